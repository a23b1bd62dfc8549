"""The words by which a paper, or an order on it, says that it no longer holds."""

import re

SUPERSEDED = re.compile(
    r"\bsuperseded?\b|\breplaced by\b|\bvoid(?:ed)?\b|\bdiscontinued\b|\bcancell?ed\b|\bno longer valid\b|(?<!had )(?<!was )(?<!were )\bnot to be used\b|\brevoked\b|\bwithdrawn\b|\bobsolete\b|\binactive\b|\bdo not (?:use|treat)\b|\bnot in force\b|\bretired\b|\bsee (?:revised|new) (?:prescription|rx)|\bin error\b|\bnullified\b|\bretracted\b|\b(?:status|state|order)\W{1,2}rejected\b|\b(?:un|never |not )signed,? (?:and )?replaced\b",
    re.IGNORECASE,
)
