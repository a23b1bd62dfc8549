"""Tells the name of somebody who signed from what only stands in its place: a title, a word about the signature."""

import re

from isocenter.terms.problems import worded

# In the place of a name: nobody is named.
_NOBODY = {
    "unknown", "none", "null", "nan", "no", "false", "true", "yes", "na", "n a", "nil", "tbd", "pending", "unsigned",
    "not signed", "missing", "not stated", "not documented", "draft",
}  # fmt: skip
# What stands beside a name, and alone names nobody.
_TITLES = {
    "dr", "md", "np", "pa", "rn", "phd", "mbbs", "the", "physician", "doctor", "provider", "staff", "nurse",
    "attending", "resident", "treating", "radiation", "medical", "oncologist", "physicist", "therapist", "dosimetrist",
}  # fmt: skip
# Words about a signature that are none.
_ABOUT_SIGNATURE = re.compile(
    r"(?:electronic(?:ally)? |digital(?:ly)? )?(?:signature|signed)(?: by| on file)?|on file|sof|self"
    r"|illegible(?: \w+)?"
    r"|same(?: as \w+)?|see(?: \w+){1,3}|verbal(?: order)?|stamp(?:ed)?|to be signed|refused|unable(?: \w+){1,3}"
    r"|(?:await|awaiting|pending)(?: \w+){1,3}"
)
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def why_no_name(signer: str) -> str:
    """What is missing of a signer that names nobody; '' where it is a name."""
    name = _BETWEEN_WORDS.sub(" ", signer).strip().lower()
    is_named = name not in _NOBODY and not _ABOUT_SIGNATURE.fullmatch(name) and not _TITLES.issuperset(name.split())
    is_mark = not signer.strip().strip("xX")
    if name and is_named and not is_mark and not name.isdecimal():
        return ""
    return worded("signer is {signer!r}; expected the name as it is written under the document", signer=signer)
