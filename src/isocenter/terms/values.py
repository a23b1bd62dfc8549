"""The gate for values: what no column of a fact table can hold, whichever format it came from."""

import math

from isocenter.terms.limits import TEXT_CHARACTERS

LEAST_WHOLE, MOST_WHOLE = -(2**31), 2**31 - 1


def why_not_kept(value: object) -> str:
    """What would have to be in the place of a value that cannot be kept; '' where it can."""
    match value:
        case bool():
            return ""
        case int() if not LEAST_WHOLE <= value <= MOST_WHOLE:
            return f"a whole number between {LEAST_WHOLE} and {MOST_WHOLE}"
        case float() if not math.isfinite(value):
            return "a number"
        case str() if len(value) > TEXT_CHARACTERS.most:
            return f"a text of at most {TEXT_CHARACTERS.most:,} characters"
        case str() if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            return "text that can be written as UTF-8"
    return ""
