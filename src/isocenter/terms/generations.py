"""Jr., Sr., III: what tells apart a parent and a child of one name."""

import re

_GENERATIONS = {"sr": 1, "jr": 2, "ii": 2, "2nd": 2, "iii": 3, "3rd": 3, "iv": 4, "4th": 4}


def generation_of(name: str) -> int | None:
    """The generation that a name has: 1 of Sr., 2 of Jr. and II; None where it has none.

    The first word is none: Sr. before a name is a title.
    """
    words = re.findall(r"[^\W_]+", name.casefold())[1:]
    return next((_GENERATIONS[word] for word in words if word in _GENERATIONS), None)


def with_generation(family_name: str, suffix: str) -> str:
    """A family name, and behind it the generation that is stated apart from it; other suffixes are left aside."""
    generation = next((word for word in suffix.split() if word.casefold().strip(".,") in _GENERATIONS), "")
    return f"{family_name} {generation}" if family_name and generation else family_name
