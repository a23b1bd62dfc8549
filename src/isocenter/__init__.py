"""Isocenter reviews a course of radiation therapy against the coverage policies that apply to it.

import isocenter

review = isocenter.review_case("a case folder")  # by all bundled policies, as on the command line
reviewer = isocenter.Reviewer(["imrt"])  # by one of them, for many cases
review = isocenter.review_case("another case folder", reviewer)
text = isocenter.review_as_json(review)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isocenter.errors import IsocenterError
    from isocenter.report.as_json import review_as_json
    from isocenter.review.reviewer import Reviewer
    from isocenter.rulebook.rulebook import load_policy
    from isocenter.terms.review import Review
    from isocenter.workflow import review_case

    __version__: str

__all__ = ["IsocenterError", "Review", "Reviewer", "__version__", "load_policy", "review_as_json", "review_case"]

# Loaded when first asked for, so that a command that does not review starts without the database.
_ROOMS = {
    "IsocenterError": "isocenter.errors",
    "Review": "isocenter.terms.review",
    "Reviewer": "isocenter.review.reviewer",
    "load_policy": "isocenter.rulebook.rulebook",
    "review_as_json": "isocenter.report.as_json",
    "review_case": "isocenter.workflow",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from isocenter.files.program import program_version  # noqa: PLC0415

        globals()[name] = found = program_version()
        return found
    if name in _ROOMS:
        return getattr(import_module(_ROOMS[name]), name)
    raise AttributeError(f"module 'isocenter' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
