"""The National Provider Identifier: ten digits, the last of which checks the others.

Source: 45 CFR 162.406; ISO/IEC 7812-1 (Luhn) over the prefix 80840 and the number.
"""

import re

NOT_AN_NPI = "this is not a National Provider Identifier; ten digits with the right check digit are expected"
_TEN_DIGITS = re.compile(r"[0-9]{10}", re.ASCII)
_PREFIX = "80840"


def is_npi(written: str) -> bool:
    """Whether a text is a National Provider Identifier with its right check digit."""
    if not _TEN_DIGITS.fullmatch(written):
        return False
    digits = [int(digit) for digit in reversed(_PREFIX + written)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
