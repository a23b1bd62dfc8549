"""How the values of a table are written: dates, decimals, settings and coverages, recognized by the values."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from isocenter.terms.payer_names import names_another_kind

SAS_DAYS = "SAS day number"
EXCEL_DAYS = "Excel day number"
SAS_SECONDS = "SAS datetime number"
UNIX_SECONDS = "Unix time"
UNIX_MILLISECONDS = "Unix time in milliseconds"
OF_NO_SERVICE = "it names no service, as a total or an empty row does"


@dataclass(frozen=True, slots=True)
class NumberedDays:
    """Dates written as numbers: what counts as zero, how many count as a day, and the first and last likely date."""

    zero: date
    in_a_day: int
    first: date
    last: date

    def fits(self, number: float) -> bool:
        """Whether a number is one of a likely date."""
        days = number / self.in_a_day
        return (self.first - self.zero).days <= days < (self.last - self.zero).days


# The likely dates of seconds are narrower: the same number is a date of SAS and, ten years later, one of Unix.
NUMBERED_DAYS = {
    SAS_DAYS: NumberedDays(date(1960, 1, 1), 1, date(1990, 1, 1), date(2040, 1, 1)),
    EXCEL_DAYS: NumberedDays(date(1899, 12, 30), 1, date(1990, 1, 1), date(2040, 1, 1)),
    SAS_SECONDS: NumberedDays(date(1960, 1, 1), 86_400, date(2009, 1, 1), date(2040, 1, 1)),
    UNIX_SECONDS: NumberedDays(date(1970, 1, 1), 86_400, date(1990, 1, 1), date(2030, 1, 1)),
    UNIX_MILLISECONDS: NumberedDays(date(1970, 1, 1), 86_400_000, date(1990, 1, 1), date(2040, 1, 1)),
}
_NUMBER = re.compile(r"\d{1,13}(\.\d*)?")
ISO = ""
# In this order where several fit: American dates name the month first.
_DATE_FORMS = (
    (ISO, re.compile(r"\d{4}-\d{1,2}-\d{1,2}")),
    ("%m/%d/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}")),
    ("%d/%m/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}")),
    ("%m/%d/%y", re.compile(r"\d{1,2}/\d{1,2}/\d{2}")),
    ("%d/%m/%y", re.compile(r"\d{1,2}/\d{1,2}/\d{2}")),
    ("%Y%m%d", re.compile(r"\d{8}")),
    ("%m%d%Y", re.compile(r"\d{8}")),
    ("%m-%d-%Y", re.compile(r"\d{1,2}-\d{1,2}-\d{4}")),
    ("%d-%m-%Y", re.compile(r"\d{1,2}-\d{1,2}-\d{4}")),
    ("%d.%m.%Y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")),
    ("%m.%d.%Y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")),
    ("%m-%d-%y", re.compile(r"\d{1,2}-\d{1,2}-\d{2}")),
    ("%d-%m-%y", re.compile(r"\d{1,2}-\d{1,2}-\d{2}")),
    ("%y-%m-%d", re.compile(r"\d{2}-\d{1,2}-\d{1,2}")),
    ("%Y.%m.%d", re.compile(r"\d{4}\.\d{1,2}\.\d{1,2}")),
    ("%Y/%m/%d", re.compile(r"\d{4}/\d{1,2}/\d{1,2}")),
    ("%d%b%Y", re.compile(r"\d{1,2}[A-Za-z]{3}\d{4}")),
    ("%d%b%y", re.compile(r"\d{1,2}[A-Za-z]{3}\d{2}")),
    ("%d-%b-%Y", re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{4}")),
    ("%d-%b-%y", re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{2}")),
    ("%d %b %Y", re.compile(r"\d{1,2} [A-Za-z]{3} \d{4}")),
    ("%b %d, %Y", re.compile(r"[A-Za-z]{3} \d{1,2}, \d{4}")),
    ("%d/%b/%Y", re.compile(r"\d{1,2}/[A-Za-z]{3}/\d{4}")),
    ("%b-%d-%Y", re.compile(r"[A-Za-z]{3}-\d{1,2}-\d{4}")),
    ("%B %d %Y", re.compile(r"[A-Za-z]{3,9} \d{1,2} \d{4}")),
    ("%b %d %Y", re.compile(r"[A-Za-z]{3} {1,2}\d{1,2} \d{4}")),
    ("%d %B %Y", re.compile(r"\d{1,2} [A-Za-z]{3,9} \d{4}")),
    ("%B %d, %Y", re.compile(r"[A-Za-z]{3,9} \d{1,2}, \d{4}")),
    ("%A, %B %d, %Y", re.compile(r"[A-Za-z]{6,9}, [A-Za-z]{3,9} \d{1,2}, \d{4}")),
)
# Six digits may be a day in several orders: a form counts where it alone fits all of a column.
_MONTH_FIRST = "%m%d%y"
_YEAR_FIRST = "%y-%m-%d"
_YEAR_AND_DAY = "%y%j"  # 25055, a Julian day: February 24, 2025
_FIVE_DIGITS = re.compile(r"\d{5}")
DAYS_OF_SIX_DIGITS = (_MONTH_FIRST, "%d%m%y", "%y%m%d")
_YEARS_OF_CLAIMS = range(2010, 2040)
_FEW_DAYS, _FEW_YEARS = 3, 10
_SIX_DIGITS = re.compile(r"\d{6}")
_FIRST_ZERO_LOST = re.compile(r"[1-9]\d{4}")
_ZERO_BEFORE_DIGITS = re.compile(r"0\d")
_SHAPES = dict(_DATE_FORMS) | dict.fromkeys(DAYS_OF_SIX_DIGITS, _SIX_DIGITS) | {_YEAR_AND_DAY: _FIVE_DIGITS}
_DAY_FIRST = {  # of the same shape
    "%m/%d/%Y": "%d/%m/%Y", "%m/%d/%y": "%d/%m/%y", "%m-%d-%Y": "%d-%m-%Y", "%m-%d-%y": "%d-%m-%y",
    "%m.%d.%Y": "%d.%m.%Y",
}  # fmt: skip
_BETWEEN_DAYS = re.compile(r"\s*(?:\b(?:to|through|thru)\b|[-–])\s*", re.IGNORECASE)
_DAY_OF_A_YEAR = re.compile("[0-9]{1,2}[/.][0-9]{1,2}")  # named by the last day of a range
_MOST_DAYS = 100_000  # that a number counts from its zero
_TIME = re.compile(r"[ T:]\d{1,2}:.*$")
_POINT_ZERO = re.compile(r"^(\d+)\.0+$")
# A count of services with its unit behind it, as exports write both in one cell: 1.00 UN. Minutes (15 MJ) are none.
WORDS_OF_SERVICES = "(UN|UNITS?|EA|EACH)"
COUNTED = f"(-?[0-9]+)([.]0*)? *{WORDS_OF_SERVICES}[.]?"
OF_MINUTES = "-?[0-9.]+ *(MJ|MINS?|MINUTES?)[.]?"

# What others write where we write a word of our own; compared in lower case, without marks.
SETTINGS = {
    **dict.fromkeys(
        ("p", "prof", "professional", "pro", "1500", "cms1500", "hcfa", "hcfa1500", "837p", "physician", "carrier",
         "partb", "m", "medical", "71", "72"),
        "professional",
    ),
    **dict.fromkeys(
        ("i", "inst", "institutional", "ub", "ub04", "ub92", "cms1450", "837i", "facility", "fac", "hospital",
         "outpatient", "op", "40"),
        "institutional",
    ),
}  # fmt: skip
# H is the hospital's form beside P, and the physician's (HCFA) beside U; alone it says neither.
# O and F are the claims of a facility beside P, of a professional.
_H_BESIDE = {
    "p": {"h": "institutional", "o": "institutional", "f": "institutional"},
    "u": {"h": "professional", "u": "institutional"},
}
COVERAGES = {
    **dict.fromkeys(
        ("medicare", "mcare", "mcr", "medicareadvantage", "medicareffs", "ffsmedicare", "ma", "mb", "mapd",
         "medicareparta", "medicarepartb", "traditionalmedicare", "medicarehmo", "medicareppo", "16"),
        "medicare",
    ),
    **dict.fromkeys(("medicaid", "mcaid", "mcd", "mc", "managedmedicaid", "medicaidhmo", "chip"), "medicaid"),
    **dict.fromkeys(
        ("commercial", "comm", "com", "private", "ppo", "pos", "epo", "ci", "bl", "12", "13", "14", "15", "17",
         "exchange", "selffunded", "fullyinsured", "aso"),
        "commercial",
    ),
    **dict.fromkeys(("other", "ch", "champus", "tricare", "va", "wc", "workerscompensation", "selfpay", "of"), "other"),
}  # fmt: skip
FREQUENCIES = {
    **dict.fromkeys(("original", "orig", "new", "initial", "first"), "1"),
    **dict.fromkeys(("replacement", "corrected", "correction", "replace", "resubmission", "resubmitted"), "7"),
    **dict.fromkeys(("void", "cancel", "voidcancel", "cancelled", "canceled", "voided"), "8"),
}
# The list that a code is from, before it, as an 837 or an export of a practice writes it: HC:77334:59, CPT 77301.
BEFORE_A_CODE = "(HC|HCPCS|CPT-?4?)[:^|> ]+"
# A number that a spreadsheet has rounded: 1.23457E+11 may have been several.
ROUNDED = "[0-9]([.][0-9]+)?E[+][0-9]+"
NPIS = ("rendering_npi", "billing_npi", "supervising_npi")
# NPI: 1999999984, 1.999999984E+09 with all of its digits, or any number as 1999999984.0; the groups hold the digits.
WRITTEN_NPI = "NPI[ :#-]*([0-9]{10})([.]0+)?|([0-9])[.]([0-9]{9})E[+]0?9|([0-9]+)[.]0+"
DIGITS_OF_NPI = r"\1\3\4\5"
# Places of service in words, by their two digits.
PLACES = {
    **dict.fromkeys(("office", "physicianoffice", "doctorsoffice", "clinicoffice"), "11"),
    **dict.fromkeys(("home", "patienthome", "patientshome"), "12"),
    **dict.fromkeys(
        ("offcampusoutpatienthospital", "outpatienthospitaloffcampus", "offcampusoutpatient", "offcampushospital"), "19"
    ),
    **dict.fromkeys(("urgentcare", "urgentcarefacility"), "20"),
    **dict.fromkeys(("inpatient", "inpatienthospital", "hospitalinpatient"), "21"),
    **dict.fromkeys(
        ("outpatient", "outpatienthospital", "hospitaloutpatient", "hospitaloutpatientdepartment", "hopd",
         "oncampusoutpatienthospital", "outpatienthospitaloncampus", "oncampusoutpatient"),
        "22",
    ),
    **dict.fromkeys(("emergencyroom", "emergencyroomhospital", "emergencydepartment"), "23"),
    **dict.fromkeys(("asc", "ambulatorysurgicalcenter", "ambulatorysurgerycenter"), "24"),
    **dict.fromkeys(("snf", "skillednursingfacility"), "31"),
    **dict.fromkeys(("nursinghome", "nursingfacility"), "32"),
    **dict.fromkeys(("hospice",), "34"),
    **dict.fromkeys(("independentclinic",), "49"),
}  # fmt: skip
PLACE_BEFORE_WORDS = "([0-9]{1,2})[-: ]+[A-Za-z].*"  # 11 - Office
PLACE_BEHIND_WORDS = "[A-Za-z][A-Za-z /-]*[-:( ]([0-9]{2})[)]?"  # Office (11), POS 11
_FREQUENCY_AND_WORD = re.compile(r"([1-9])[-: ]+[A-Za-z].*")  # 7 - Replacement of prior claim


@dataclass(frozen=True, slots=True)
class DateForm:
    """How the dates of a column are written, as 2025-02-24 or in one more form; `other` fits all of them as well.

    In a column that is `of_both`, each of the two forms alone fits some: a day counts where both say the same, or one
    alone fits.
    """

    form: str
    share: float  # of the values that it fits
    other: str = ""
    of_both: bool = False

    @property
    def is_open(self) -> bool:
        """Whether every value may be a number of days and a day of digits, or begin with its year, as well."""
        days_of_digits = (*DAYS_OF_SIX_DIGITS, _YEAR_AND_DAY)
        return self.other == _YEAR_FIRST or (self.other in days_of_digits and self.form in NUMBERED_DAYS)

    @property
    def forms(self) -> tuple[str, ...]:
        """The form by which days are read, or the two."""
        return (self.form, self.other) if self.of_both else (self.form,)


def date_form_of(values: Iterable[str]) -> DateForm | None:
    """The form that fits most values beside 2025-02-24, which means one day in any column; None where none fits any."""
    texts = [_POINT_ZERO.sub(r"\1", _TIME.sub("", value.strip())) for value in values if value.strip()]
    iso = [text for text in texts if _is_of(text, *_DATE_FORMS[0])]
    others = [text for text in texts if not _is_of(text, *_DATE_FORMS[0])]
    if iso and others:
        found = date_form_of(others)
        if found is None or found.form in NUMBERED_DAYS:
            return DateForm(ISO, len(iso) / len(texts))
        return replace(found, share=(len(iso) + found.share * len(others)) / len(texts))
    if found := _of_zeros_lost(texts):
        return found
    fits = {form: [_is_of(text, form, shape) for text in texts] for form, shape in _DATE_FORMS}
    counts = {form: sum(fit) for form, fit in fits.items()}
    numbers = [float(text) for text in texts if _NUMBER.fullmatch(text) and not _ZERO_BEFORE_DIGITS.match(text)]
    counts |= {form: sum(map(days.fits, numbers)) for form, days in NUMBERED_DAYS.items()}
    counts |= _counts_of_six_digits(texts)
    best = max(counts, key=lambda form: counts[form])
    if not counts[best]:
        return None
    if best in NUMBERED_DAYS and all(map(_may_be_year_and_day, texts)):
        return DateForm(best, counts[best] / len(texts), _YEAR_AND_DAY)
    for month_first, day_first in _DAY_FIRST.items():
        pairs = set(zip(fits[month_first], fits[day_first], strict=True))
        if best in (month_first, day_first) and {(True, False), (False, True)} <= pairs:
            either = sum(map(any, zip(fits[month_first], fits[day_first], strict=True)))
            return DateForm(month_first, either / len(texts), day_first, of_both=True)
    equals = [form for form in counts if counts[form] == counts[best] and form != best and _differ(texts, form, best)]
    return DateForm(best, counts[best] / len(texts), equals[0] if equals else "")


def _differ(texts: Sequence[str], first: str, second: str) -> bool:
    """Whether two forms that fit the same number of texts say different days: May 1, 2025 has its month in full."""
    if not {first, second} <= {form for form, _ in _DATE_FORMS}:
        return True
    return any(
        not (_is_of(text, first, _SHAPES[first]) and _is_of(text, second, _SHAPES[second]))
        or datetime.strptime(text, first or "%Y-%m-%d") != datetime.strptime(text, second or "%Y-%m-%d")
        for text in texts
        if _is_of(text, first, _SHAPES[first]) or _is_of(text, second, _SHAPES[second])
    )


def _counts_of_six_digits(texts: Sequence[str]) -> dict[str, int]:
    """How many texts are six digits, by the one order of day, month and year that fits all of these; {} without one.

    Beside such texts five digits have lost their first zero in a spreadsheet; alone they are numbers of days.
    """
    if not any(map(_SIX_DIGITS.fullmatch, texts)):
        return {}
    written = [digits for text in texts if _SIX_DIGITS.fullmatch(digits := _with_first_zero(text))]
    fitting = [form for form in DAYS_OF_SIX_DIGITS if all(_is_of(digits, form, _SIX_DIGITS) for digits in written)]
    return {fitting[0]: len(written)} if len(fitting) == 1 else {}


def _of_zeros_lost(texts: Sequence[str]) -> DateForm | None:
    """The form of a column of five digits throughout, all of which may be a month without its zero, day and year.

    Numbers of days may look so where they are few: those of several days of the year, of a few years, do not.
    """
    if not texts or not all(map(_FIRST_ZERO_LOST.fullmatch, texts)):
        return None
    different = set(texts)
    if not all(_is_of(f"0{text}", _MONTH_FIRST, _SIX_DIGITS) for text in different):
        return None
    days = [datetime.strptime(f"0{text}", _MONTH_FIRST).date() for text in different]
    if not all(day.year in _YEARS_OF_CLAIMS for day in days):
        return None
    numbered = [form for form, of in NUMBERED_DAYS.items() if all(of.fits(float(text)) for text in different)]
    years = max(day.year for day in days) - min(day.year for day in days)
    of_the_year = len({(day.month, day.day) for day in days})
    if not numbered or (of_the_year >= _FEW_DAYS and years <= _FEW_YEARS):
        return DateForm(_MONTH_FIRST, 1)
    are_numbers = years > _FEW_YEARS or (of_the_year == 1 and len(different) >= _FEW_DAYS)
    return DateForm(numbered[0], 1, "" if are_numbers else _MONTH_FIRST)


def _may_be_year_and_day(text: str) -> bool:
    """Whether a text may be a year of two digits and the number of a day in it that has come: 25055."""
    if not _is_of(text, _YEAR_AND_DAY, _FIVE_DIGITS):
        return False
    day = datetime.strptime(text, _YEAR_AND_DAY).date()
    return day.year in _YEARS_OF_CLAIMS and day <= date.today()


def _with_first_zero(text: str) -> str:
    return f"0{text}" if _FIRST_ZERO_LOST.fullmatch(text) else text


def date_forms_of(columns: Mapping[str, Iterable[str]], beside: Collection[str] = ()) -> dict[str, DateForm]:
    """The form of each column of days of one table that has one.

    Month and day are in one order throughout a table: where the values of a column do not show it, the other columns
    do, and where none does, the forms `beside` that files with the same columns show. Where nothing shows it, the
    month is first, as in American claims.
    """
    found = {name: form for name, values in columns.items() if (form := date_form_of(values))}
    shown = forms_shown(found.values())
    return {name: _in_an_order_shown(beside, _in_an_order_shown(shown, form)) for name, form in found.items()}


def forms_shown(forms: Iterable[DateForm]) -> frozenset[str]:
    """The forms that columns show beyond doubt, some value of each fitting no other."""
    return frozenset(one for form in forms if form.of_both or not form.other for one in form.forms)


def reads_the_day_first(form: str) -> bool:
    """Whether a form of dates has a day where another form of the same shape has the month."""
    return form in _DAY_FIRST.values()


def _in_an_order_shown(shown: Collection[str], form: DateForm) -> DateForm:
    """A form that may be of either order of month and day, in the order that is shown, or of both."""
    if form.of_both or form.other != _DAY_FIRST.get(form.form):
        return form
    match form.form in shown, form.other in shown:
        case True, True:
            return replace(form, of_both=True)
        case False, True:
            return replace(form, form=form.other, other="")
        case True, False:
            return replace(form, other="")
    return form


def day_of(value: str, written: DateForm) -> date | None:
    """The day that a value says in a form, or as 2025-02-24; None where it says none, or one of two."""
    text = _POINT_ZERO.sub(r"\1", _TIME.sub("", value.strip()))
    if written.is_open:
        return None
    if written.form in NUMBERED_DAYS:
        numbered = NUMBERED_DAYS[written.form]
        days = float(text) // numbered.in_a_day if _NUMBER.fullmatch(text) else -1
        return numbered.zero + timedelta(days) if 0 <= days <= _MOST_DAYS else None
    text = _with_first_zero(text) if written.form in DAYS_OF_SIX_DIGITS else text
    forms = [form for form in written.forms if _is_of(text, form, _SHAPES[form])]
    days_said = {datetime.strptime(text, form or "%Y-%m-%d").date() for form in forms}
    if not forms and _is_of(text, *_DATE_FORMS[0]):
        return datetime.strptime(text, "%Y-%m-%d").date()
    return days_said.pop() if len(days_said) == 1 else None


def meant_by_both(values: Iterable[str], written: DateForm) -> str:
    """What the first value that is another day in each of two forms would be, as a sentence ends; '' without one."""
    for value in filter(None, map(str.strip, values)):
        days = [day_of(value, DateForm(form, 1)) for form in (written.form, written.other)]
        if None not in days and days[0] != days[1]:
            return f", so that {value:.20} is {days[0]} or {days[1]}"
    return ""


def is_a_range_of_days(value: str) -> bool:
    """Whether a value is a first and a last day: 03/03/2025 - 03/07/2025, 3/3-3/7/2025."""
    text = value.strip()
    sides = ((text[: mark.start()], text[mark.end() :]) for mark in _BETWEEN_DAYS.finditer(text))
    return any(
        first and last and (_DAY_OF_A_YEAR.fullmatch(first) or date_form_of([first])) and date_form_of([last])
        for first, last in sides
    )


def one_of_each_form(values: Iterable[str], most: int = 3) -> list[str]:
    """The first values that differ in more than their letters and digits, such as `2025-02-24` and `2/24/2025`."""
    of_form: dict[str, str] = {}
    for value in filter(None, map(str.strip, values)):
        of_form.setdefault(re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", value)), value)
    return list(of_form.values())[:most]


def plain(value: str) -> str:
    """A word by which values are compared: in lower case, its letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", _POINT_ZERO.sub(r"\1", value.strip().lower()))


def settings_by(values: Iterable[str]) -> dict[str, str]:
    """The words for the setting of a claim, as the values of one column use them."""
    beside = [_H_BESIDE[word] for word in map(plain, values) if word in _H_BESIDE]
    return SETTINGS | (beside[0] if beside and all(one == beside[0] for one in beside) else {})


_NOT_MEDICARE = {
    "supplement", "supplemental", "secondary", "medicaid", "dual", "non", "not", "no", "pre", "snp", "crossover",
    "pending",
}  # fmt: skip


# Who processes Medicare's claims of physicians and hospitals, and those of no other payer.
_CONTRACTORS = re.compile(
    r"\s*(novitas|noridian|first coast service|fcso|palmetto gba|cgs admin|national government services|ngs medicare"
    r"|wps (gha|government))\b",
    re.IGNORECASE,
)


def coverages_by(values: Iterable[str]) -> dict[str, str]:
    """The words for the coverage of a claim, with values that name one among others: Medicare Advantage PPO."""
    named = {}
    for value in values:
        words = set(re.findall(r"[a-z]+", value.lower()))
        if names_another_kind(value):
            continue
        is_of_medicare = "medicare" in words or bool(_CONTRACTORS.match(value))
        if is_of_medicare and not words & _NOT_MEDICARE:
            named[plain(value)] = "medicare"
        elif "medicaid" in words and not words & (_NOT_MEDICARE - {"medicaid"}) and "medicare" not in words:
            named[plain(value)] = "medicaid"
        elif "commercial" in words and not words & {"medicare", "medicaid", "non", "not"}:
            named[plain(value)] = "commercial"
    return named | COVERAGES


def is_a_no(value: str) -> bool:
    """Whether a value denies what the name of its column says: N, no, false."""
    return plain(value) in ("n", "no", "f", "false")


def translated(values: Iterable[str], words: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Each value as one of our words, and the values that are none of those known."""
    ours_of: dict[str, str] = {}
    unknown = []
    for value in dict.fromkeys(value.strip() for value in values):
        if plain(value) in words:
            ours_of[value] = words[plain(value)]
        elif value:
            unknown.append(value)
    return ours_of, unknown


def frequencies_of(values: Iterable[str]) -> dict[str, str]:
    """The digit of each value that says a claim's frequency in a word; {} where some value is none."""
    found: dict[str, str] = {}
    for value in filter(None, map(str.strip, values)):
        written = _FREQUENCY_AND_WORD.fullmatch(value)
        digit = written.group(1) if written else FREQUENCIES.get(plain(value), "")
        if not digit:
            return {}
        found[value] = digit
    return found


def distinct(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    """The different values of a column, in the order in which they come; no blank ones."""
    return list(dict.fromkeys(value for row in rows if (value := row[place].strip())))


@lru_cache(maxsize=10_000)
def _is_of(text: str, form: str, shape: re.Pattern[str]) -> bool:
    if not (text.isascii() and shape.fullmatch(text)):
        return False
    try:
        day = datetime.strptime(text, form or "%Y-%m-%d")
    except ValueError:
        return False
    return 1900 < day.year < 2100
