"""People as charts write them: names, credentials, and the roles these stand for."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

_CREDENTIAL_ROLES = {
    "md": "radiation_oncologist", "do": "radiation_oncologist", "mbbs": "radiation_oncologist", "mbchb": "radiation_oncologist", "mrcp": "radiation_oncologist", "frcp": "radiation_oncologist", "frcr": "radiation_oncologist", "franzcr": "radiation_oncologist", "frcpc": "radiation_oncologist", "facpsem": "medical_physicist",
    "phd": "medical_physicist", "dabr": "medical_physicist", "dabmp": "medical_physicist", "ms": "medical_physicist", "msc": "medical_physicist", "fccpm": "medical_physicist", "mccpm": "medical_physicist", "dmp": "medical_physicist", "qmp": "medical_physicist", "mipem": "medical_physicist", "fipem": "medical_physicist", "csci": "medical_physicist",
    "cmd": "dosimetrist", "rtt": "radiation_therapist", "rt": "radiation_therapist", "rt(t)": "radiation_therapist", "rt(r)": "radiation_therapist", "cthr": "radiation_therapist", "dcr(t)": "radiation_therapist",
    "rn": "other", "bsn": "other", "lpn": "other", "np": "other", "cnp": "other", "fnp": "other", "anp": "other", "dnp": "other", "crnp": "other", "aprn": "other", "arnp": "other", "agnp": "other", "ocn": "other", "msn": "other", "pa": "other", "pa-c": "other", "pac": "other", "ma": "other", "cma": "other", "lcsw": "other", "rd": "other", "ldn": "other", "pharmd": "other", "cna": "other", "cns": "other", "np-c": "other", "fnp-bc": "other", "aocnp": "other", "acnp": "other", "agacnp": "other", "agacnp-bc": "other", "agnp-c": "other", "lvn": "other", "msrs": "radiation_therapist", "bsrs": "radiation_therapist", "bsrt": "radiation_therapist", "mba": "", "mph": "", "mha": "", "msph": "", "facr": "", "facro": "", "fastro": "", "faapm": "", "bs": "", "bsc": "", "ba": "", "ms4": "other",
}  # fmt: skip
_DOTTED = {
    "m.d": "md",
    "d.o": "do",
    "ph.d": "phd",
    "m.s": "ms",
    "r.n": "rn",
    "n.p": "np",
    "p.a": "pa",
    "c.m.d": "cmd",
    "r.t": "rt",
    "m.sc": "msc",
    "b.s": "bs",
}
_TITLE_ROLES = (
    (re.compile(r"\b(?:resident|fellow|pgy[- ]?\d?|(?<=\()r[1-6](?=\))|intern|medical student|trainee|(?:specialty |speciality |specialist |clinical )?registrar|house officer|nurse|practitioner|physician assistant|scribe|secretary|clerk|transcription\w*|social worker|dietitian|biller|coder|receptionist|(?:front |scheduling )?desk|assistant(?! (?:clinical )?professor))\b", re.IGNORECASE), "other"),
    (re.compile(r"\b(?:medical oncolog\w+|urolog\w+|patholog\w+|radiologist|surgeon|neurosurg\w+|otolaryng\w+|ent|ears?,? nose,? and throat|pulmonolog\w+|gyneco\w+|internal medicine|family medicine|hospitalist|primary care|referring|anesthes\w+|cardiolog\w+|neurolog\w+|nuclear medicine|neuroradiology|body imaging|interventional radiology|surgical oncolog\w+|surgery|dentist\w*|palliative medicine|diagnostic radiology|hematolog\w+)\b", re.IGNORECASE), "other"),
    (re.compile(r"\btreating physician\b", re.IGNORECASE), "treating_physician"),
    (re.compile(r"\b(?:(?:radiation|clinical|consultant) oncolog\w+|attending)\b", re.IGNORECASE), "radiation_oncologist"),
    (re.compile(r"\b(?:physicist|qmp|physics|clinical scientist)\b", re.IGNORECASE), "medical_physicist"),
    (re.compile(r"\b(?:dosimetrist\b|planner\b|dosimetry\))", re.IGNORECASE), "dosimetrist"),
    (re.compile(r"\b(?:radiation therapist|therapist|rtt|(?:(?:therapy|therapeutic|treatment) )?radiographer|(?:radiation|radiotherapy|therapy) technolog\w+)\b", re.IGNORECASE), "radiation_therapist"),
)  # fmt: skip
CREDENTIAL = r"(?:M\.?[Dd]\.?|D\.?O\.?(?!\s+(?:NOT|YOU|WE|THEY|IT|SO)\b)|P[hH]\.?\s?D\.?|M\.?S(?:c|\.)?|DABR|DABMP|CMD|C\.M\.D\.|R\.?T\.?\s?\(?[RT]?\)?(?:\s?\([RT]\))*|RTT|RN|R\.N\.|BSN|LPN|MSN|OCN|C?RNP|CNP|F?NP(?:-(?:C|BC))?|AOCNP|ACNP|AGACNP(?:-BC)?|AGNP(?:-C)?|ANP|ARNP|APRN|DNP|PA(?:-C)?|P\.A\.|MBBS|MB\s?Ch\.?B|[MF]RCP|FRCR|FRANZCR|FRCPC|FACPSEM|[MF]IPEM|CSci|DCR\(?T\)?|MBA|MPH|MHA|MSPH|[MB]SRS|BSRT|LVN|FASTRO|FACRO?|FAAPM|DMP|QMP|MA|CMA|LCSW|RD|LDN|PharmD|MCCPM|FCCPM|BSc|B\.?S\.?)"
_LATIN = [*map(chr, range(0xC0, 0x250)), *map(chr, range(0x1E00, 0x1F00))]
_UPPER = f"[A-Z{''.join(filter(str.isupper, _LATIN))}]"
_LOWER = f"[a-z{''.join(filter(str.islower, _LATIN))}'’-]"
_SUFFIX = r"(?:J[Rr]|S[Rr]|II|III|IV)\b"
_RUN_TOGETHER = rf"(?:(?<=/[sS]/)|(?<=/[sS]/\s)){_UPPER}{_UPPER}{_LOWER}{{2,}}"  # as in /s/ RWinter
_PART = rf"(?!{CREDENTIAL}(?![\w'’]))(?!{_SUFFIX})(?!Dr[ae]?\b)(?:{_RUN_TOGETHER}|{_UPPER}{_LOWER}{{3,}}I(?![\w])|{_UPPER}{_LOWER}+(?:{_UPPER}{_LOWER}+){{0,3}}|{_UPPER}{{2,}}(?:[-'’]{_UPPER}+)?|(?:{_UPPER}\.){{1,3}}|(?<![\w.])[B-HJ-Z](?=\s{_UPPER}{_LOWER}{{2}}))"
_NAME = rf"(?:{_PART}(?:\s+(?:(?:van|von|de|la|del|der|den|al|bin|St\.)\s+)*{_PART}){{0,6}})"
PERSON = re.compile(
    rf"(?:(?P<dr>\b(?:Dr[ae]?|DRA?|Doctora?)\.?(?:\s?med\.)?|(?:(?<![\s\S])|(?<=[;)]\s))MD(?::(?=\s[A-Z][a-z.]))?)\s+)?(?P<name>(?<![\w])(?:{_NAME},\s(?:{_UPPER}\.?|{_UPPER}{_LOWER}+|(?!{CREDENTIAL}\b){_UPPER}{{2,}})(?:\s[A-Z]\.?)?(?=(?:,?\s{_SUFFIX}\.?)?,?\s+\(?{CREDENTIAL}\b)|(?:(?<=\b[Bb][Yy]\s)|(?<=:\s))(?:{_PART},\s{_PART}(?=\s+(?:\(?(?:[Ee]-?)?[Ss](?:igned|IGNED)\s+)?(?:(?:[Oo]n|[Aa]t|ON|AT)\s+)?\d|\s*\()|[A-Z]{{2,}},\s[A-Z]{{2,}}(?=\s*$))|(?<=\b[Bb][Yy]\s){_PART},\s{_PART}(?=\s*$)|(?<![\s\S]){_PART},\s{_UPPER}\.(?=\s+\d)|{_NAME}\s{_UPPER}\.?(?=,?\s+{CREDENTIAL}(?![\w]|-\d))|{_NAME}))"
    rf"(?:,?\s{_SUFFIX}\.?)?(?P<creds>(?:[,\s]+\(?{CREDENTIAL}(?![\w]|-\d)\)?)*)"
)
_INITIAL_AND_NAME = re.compile(rf"{_UPPER}{_UPPER}{_LOWER}{{2,}}")
_SPLIT = re.compile(r"[,\s]+")
_DEGREES_OF_SCIENCE = {"ms", "msc", "bs", "bsc", "ba"}  # which dosimetrists hold as well as physicists
_IS_DOSIMETRIST = re.compile(r"\W*(?:(?:medical|chief|senior|certified|lead) ){0,2}dosimetrist\b", re.IGNORECASE)
_NOT_NAMES = {
    "sof",
    "per", "created", "edited", "entered", "modified", "updated", "keyed", "imported", "exported", "opened", "viewed", "typed", "scanned", "transcribed", "uploaded", "archived", "accessed", "posted", "last", "filed", "sanctioned", "discussed", "scribed", "with", "note", "author", "authored", "electronically", "signed", "approved", "reviewed", "date", "physician", "physicist", "attending", "dosimetrist", "planner", "plan", "page", "report", "dose", "radiation", "oncology", "oncologist", "treatment", "verified", "therapist", "signature", "status", "draft", "radiology", "hospital", "clinic", "center", "centre", "department", "patient", "performed", "result", "pass", "physics", "approval", "cosigned", "co", "by", "on", "time", "seen", "dictated", "authenticated", "the", "name", "title", "medical", "treating", "resident", "nurse", "staff", "weekly", "checked", "check", "calculated", "ordered", "supervising", "performing", "responsible", "locked", "final", "printed", "accepted", "prepared", "read", "and", "agreed", "imrt", "vmat", "mu", "gy", "cgy", "ptv", "ct", "mri", "am", "pm", "esig", "esign", "esigned", "sig", "sincerely", "dear", "re", "to", "from", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december", "none", "pending", "cc", "stamp", "id", "mrn", "dob", "qa", "chart", "order", "ok", "no", "yes", "therapy", "board", "certified", "qualified", "completed", "confirmed", "validated", "released", "witness", "witnessed", "attestation", "attested", "addendum", "late", "entry", "initials", "initial", "for", "i", "my", "this", "it", "as", "at", "in", "we", "was", "teaching", "present", "service", "visit", "site", "review", "reviewer", "second", "independent", "measured", "measurement", "linac", "prescription", "rx", "sim", "simulation", "chief", "senior", "lead", "assistant", "director", "cosign", "fecha", "firma", "firmado", "countersigned", "counter", "declined", "rejected", "revoked", "rescinded", "withdrawn", "retracted", "disapproved", "what", "who", "which", "why", "where", "when", "how", "did", "does", "file", "stamped", "closed", "sign-off", "signoff", "countersign", "sign", "decision", "outcome", "disposition", "determination",
}  # fmt: skip


_UNITS = {"mm", "cm", "gy", "cgy", "kv", "mv", "mu", "deg", "cbct", "ct", "mri", "fx"}  # as in: 3 MM RTT


class Person(NamedTuple):
    """A person named in a text, from where to where, with credentials in lower case."""

    name: str
    credentials: tuple[str, ...]
    is_doctor: bool
    start: int
    stop: int

    @property
    def surname(self) -> str:
        """The last name in lower case, as far as the order of the names shows it."""
        return surname_of(self.name)

    @property
    def initials(self) -> str:
        """The first letters of the names in lower case, in their order."""
        return "".join(word[0] for word in self.name.split()).lower()

    @property
    def credentials_as_written(self) -> str:
        """The credentials as one writes them, such as PhD, DABR."""
        shown = {
            "md": "MD",
            "do": "DO",
            "phd": "PhD",
            "ms": "MS",
            "msc": "MSc",
            "rt(t)": "RT(T)",
            "dabr": "DABR",
            "cmd": "CMD",
        }
        return ", ".join(shown.get(credential, credential.upper()) for credential in self.credentials)


def is_no_name(word: str) -> bool:
    """Whether a word with a capital names no person, such as a day of the week or a department."""
    return word.lower() in _NOT_NAMES


def surname_of(name: str) -> str:
    """The last name in lower case: before a comma, else the last word."""
    if "," in name:
        return name.split(",", maxsplit=1)[0].rsplit(maxsplit=1)[-1].lower().strip(".")
    if _INITIAL_AND_NAME.fullmatch(name):
        return name[1:].lower()
    words = [word for word in name.split() if len(word.strip(".")) > 1]
    return (words or name.split() or [""])[-1].lower().strip(".")


def people_in(text: str) -> list[Person]:
    """People in a text from left to right: names with credentials or a doctor's title, and bare names.

    In a text without any capital a name is known by the credentials behind it.
    """
    return list(_people(text if text != text.lower() else _NAMED_IN_SMALL.sub(_with_capitals, text)))


def has_credentials(text: str) -> bool:
    """Whether a text names a person with credentials."""
    return any(person.credentials for person in people_in(text))


_NAMED_IN_SMALL = re.compile(
    r"(?:(?<![\s\S])|(?<=[,:;–-] )|(?<=\bby )|(?<=\bby: )|(?<=signed )|(?<=\bdr )|(?<=\bdr\. ))(?P<name>(?:(?!(?:her|his|the|my|our|same|own|with|and|seen|saw|see|by|for|per)\b)(?:[a-z]{2,}|[a-z]\.?) ){1,2}[a-z][a-z'’-]+)(?P<gap>,? )(?P<creds>md|m\.d\.|phd|cmd|rn|pa-c|rtt|rt\(t\))(?=[\s,;.]|$)"
)


def _with_capitals(found: re.Match[str]) -> str:
    name = found["name"].title()
    return f"{name}{found['gap']}{found['creds'].upper()}"


_INITIALS_ALONE = re.compile(r"[A-Z]{2,3}")
_MONTHS_AND_NAMES = {"april", "may", "june", "august"}
_DATES_A_MONTH = re.compile(r"(?:\d|\b(?:in|since|until|of|from|by|for|on))[\s,.]*\Z", re.IGNORECASE)
_NEVER_A_LAST_NAME = {"referring", "by", "the", "and", "of", "to", "with", "from"}


@lru_cache(maxsize=4096)
def _people(text: str) -> tuple[Person, ...]:
    found: list[Person] = []
    for match in PERSON.finditer(text):
        credentials = tuple(c for c in map(_plain, _SPLIT.split(match["creds"] or "")) if c)
        first_name = _word_as_a_first_name(text, match) if credentials else ""
        name, start = _without_other_words(
            match["name"], match.start("name"), whole=bool(credentials), first_name=first_name
        )
        if _COUNTED.fullmatch(name):
            continue  # such as: Phase I MD approval
        if credentials == ("rt",) and match["name"].lower() in _WORDS_BEFORE_RADIOTHERAPY:
            continue  # such as: Continue RT.
        if credentials == ("pa",) and _PRACTICE.search(match["name"]):
            continue  # a professional association, such as: WINTER RADIATION ONCOLOGY, P.A.
        is_doctor = bool(match["dr"]) and not _titles_a_paper(match)
        if not name or name.lower() in _UNITS or (not credentials and not is_doctor and len(name.split()) < 2):
            continue
        if text[max(start - 1, 0) : start] == "/" and _INITIALS_ALONE.fullmatch(name):
            continue  # of a person who worked, behind the title, such as: RTT/BO
        if name.split()[-1].lower() in _NEVER_A_LAST_NAME:
            continue  # such as: read over by MD
        is_label = text[match.end() : match.end() + 1] == ":"
        if credentials and is_label and (is_no_name(name) or re.fullmatch(r"[A-Za-z]+ing", name)):
            continue  # such as: approved for treatment MD:, or Reviewing MD:
        if _is_a_title_and_its_reader(name, match):
            continue
        if _OWNS.search(name) and not credentials and not _SIGNATURE_OF.match(text, start + len(name)):
            continue  # whose thing is named, such as: I agree with Dr. Berg's note.
        stop = match.end() if credentials else start + len(name)
        name = _MISREAD_L.sub("l", name)
        found.append(Person(name, credentials, is_doctor, start, stop))
    return tuple(found)


_OWNS, _SIGNATURE_OF = re.compile(r"['’]s$", re.IGNORECASE), re.compile(r" (?:e-?)?signature\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"(?:phase|stage|grade|level|arm|group|arc|field|portal|zone|room|type|class|vitamin|hepatitis) [A-Z]",
    re.IGNORECASE,
)
_MISREAD_L = re.compile(r"(?<=[a-z]{3})I\b")  # as recognition reads the last letter of Ravenel


_WORDS_BEFORE_RADIOTHERAPY = {
    "continue", "continued", "continues", "continuing", "start", "started", "starting", "begin", "began", "finish", "finished", "complete", "completed", "resume", "resumed", "hold", "held", "stop", "stopped", "delay", "tolerating", "tolerates", "receiving", "received", "during", "after", "before", "prior", "previous", "earlier", "concurrent", "definitive", "adjuvant", "palliative", "curative", "salvage", "preoperative", "postoperative", "pelvic", "breast", "thoracic", "cranial", "whole", "boost", "full", "daily", "more", "further", "with", "on", "of", "for", "without", "no", "proton", "photon", "external",
}  # fmt: skip

_SAYS_WHO_ACTED = re.compile(r"\bby:?\s+\Z", re.IGNORECASE)


_PRACTICE = re.compile(
    r"\b(?:radiation|oncology|associates|clinic|center|group|medical|cancer|physicians|consultants|partners|institute)$",
    re.IGNORECASE,
)


def _word_as_a_first_name(text: str, match: re.Match[str]) -> str:
    """The first name in lower case that is another word too, such as June or Per; '' where what stands before it makes it one.

    Whatever begins with Per says on whose behalf somebody acted, except right behind the word by.
    """
    first = match["name"].split()[0].lower()
    if first == "per" and _SAYS_WHO_ACTED.search(text, 0, match.start("name")):
        return first
    return first if first in _MONTHS_AND_NAMES and not _DATES_A_MONTH.search(text, 0, match.start("name")) else ""


def _titles_a_paper(match: re.Match[str]) -> bool:
    """Whether MD stands before the words of a title and not before a name, such as: MD Plan Acceptance, MD Isodose Review."""
    first, *others = match["name"].lower().split()
    return match["dr"] == "MD" and (first in _NOT_NAMES or bool(_ENDS_A_TITLE & set(others)))


_ENDS_A_TITLE = {"review", "approval", "acceptance", "evaluation", "check", "note", "order", "orders", "plan", "report", "visit", "prescription", "sign-off", "signoff"}  # fmt: skip


def _is_a_title_and_its_reader(name: str, match: re.Match[str]) -> bool:
    """Whether credentials stand behind a title and not behind a name, such as: Isodose Acceptance (MD), Plan Check MD."""
    if name.lower() in _ENDS_A_TITLE and match["name"] != name:
        return True
    return name.rsplit(maxsplit=1)[-1].lower() in _ENDS_A_TITLE and match["creds"].lstrip(", ").startswith("(")


def _plain(credential: str) -> str:
    low = credential.lower().strip(",;")
    low = low.strip("()") if low.count("(") != low.count(")") or low.startswith("(") else low
    low = _DOTTED.get(low.rstrip("."), low.rstrip("."))
    if low in _CREDENTIAL_ROLES:
        return low
    bare = low.replace(".", "").replace(" ", "")
    if bare.startswith("rt("):
        return "rt(t)"
    return bare if bare in _CREDENTIAL_ROLES else ""


def _without_other_words(name: str, start: int, *, whole: bool, first_name: str = "") -> tuple[str, int]:
    """A name without words before it that no name is made of, such as Physicist.

    Right before credentials stands a name, whatever it means otherwise: `whole` keeps that last word. `first_name` is one in
    lower case that is the name of a month too.
    """
    words = list(re.finditer(r"\S+", name))
    last = len(words) - 1 if whole and len(words) > 1 else -1
    final = words[last] if last >= 0 else None
    if words and words[0].group().lower() == first_name and last > 0:
        return name.strip(" ,"), start
    while words and words[0] is not final and _is_other_word(words[0].group()):
        words.pop(0)
    kept: list[re.Match[str]] = []
    for word in words:
        if word is not final and word.group().lower().strip(".,:") in _NOT_NAMES and not word.group().endswith("."):
            kept = [] if final is not None else kept
            if final is None:
                break
            continue
        kept.append(word)
    if len(kept) > 2 and _are_initials(kept[0].group(), [word.group() for word in kept[1:]]):
        kept.pop(0)  # written over the printed name
    if not kept or all(len(word.group().strip(".,")) < 2 for word in kept):
        return "", start
    printed = kept[_words_by_hand(kept) :] if whole else kept
    return name[printed[0].start() : kept[-1].end()].strip(" ,"), start + kept[0].start()


def _is_other_word(word: str) -> bool:
    low = word.lower().strip(".,:")
    return (low in _NOT_NAMES and not re.fullmatch(r"[A-Z]\.", word)) or low.endswith(_STATES_OF_PLANS)


_STATES_OF_PLANS = ("approved", "reviewed", "signed")  # as planning systems print them in one word: TreatmentApproved


def _words_by_hand(words: list[re.Match[str]]) -> int:
    """How many words write the name by hand before it is printed, such as two of: S. Moss Susan Moss."""
    names = [word.group().lower().strip(",") for word in words]
    return names.index(names[-1]) + 1 if len(names) > _FEWEST_NAMES_TWICE and names[-1] in names[:-2] else 0


_FEWEST_NAMES_TWICE = 3


def _are_initials(word: str, names: list[str]) -> bool:
    letters = "".join(name[0] for name in names)
    return len(word) > 1 and word.isupper() and word in (letters, letters[0] + letters[-1])


def role_of(person: Person, around: str, staff: Mapping[str, str]) -> str:
    """The role of a person by a title beside the name, credentials, or the staff known otherwise; '' when unknown."""
    for pattern, role in _TITLE_ROLES[:2]:
        if pattern.search(around):
            return role
    roles = [_CREDENTIAL_ROLES[c] for c in person.credentials if _CREDENTIAL_ROLES[c]]
    if roles:
        if "other" in roles and not {"radiation_oncologist"} & set(roles):
            return "other"
        if "radiation_oncologist" in roles and "md" in (*person.credentials, "do"):
            known = staff.get(person.surname, "")
            if known == "other":
                return known
            return "treating_physician" if _TITLE_ROLES[2][0].search(around) else "radiation_oncologist"
        if "dosimetrist" in roles or (set(person.credentials) <= _DEGREES_OF_SCIENCE and _IS_DOSIMETRIST.match(around)):
            return "dosimetrist"
        if "medical_physicist" in roles and "radiation_therapist" in roles:
            return "radiation_therapist"
        return roles[0]
    if person.surname in staff:
        return staff[person.surname]
    if person.is_doctor:
        return next(
            (role for pattern, role in _TITLE_ROLES[4:] if _begins_with(pattern, around)), "radiation_oncologist"
        )
    for pattern, role in _TITLE_ROLES[2:]:
        if pattern.search(around):
            return role
    return ""


def has_title(behind: str) -> bool:
    """Whether the words behind a name give the person a title of the field, such as Radiation Oncologist."""
    return any(_begins_with(pattern, behind) for pattern, _ in _TITLE_ROLES)


def _begins_with(title: re.Pattern[str], behind: str) -> bool:
    """Whether the words behind a name begin with a title, perhaps with its field or rank before it."""
    words = behind.lstrip(" ,-–(")
    return bool(title.match(words) or title.match(_FIELD_OF_A_TITLE.sub("", words)))


_FIELD_OF_A_TITLE = re.compile(
    r"^(?:(?:medical|principal|consultant|lead|superintendent|specialty|pa?ediatric|oncology|research|charge|registered|senior|chief|staff|certified|clinical|licensed) ){1,2}",
    re.IGNORECASE,
)


def names_of_staff(texts: Iterable[str]) -> frozenset[str]:
    """The words in lower case of the names that are written with credentials."""
    people = [person for text in texts for person in people_in(text) if person.credentials]
    return frozenset(word for person in people for word in words_of_name(person.name))


def words_of_name(name: str) -> frozenset[str]:
    """The words in lower case of a name, without initials."""
    return frozenset(word.lower() for word in re.findall(r"[^\W\d_]{2,}", name))


def staff_of(texts: Iterable[str]) -> dict[str, str]:
    """Roles by last name, from every place in a chart that writes a person with credentials, or a doctor with a title."""
    votes: dict[str, dict[str, int]] = {}
    below: dict[str, str] = {}
    in_training: set[str] = set()
    author = ""
    for text, following in pairwise([*texts, ""]):
        people = people_in(text)
        author = next((one.surname for one in people if _AUTHOR.search(text, 0, one.start)), author)
        if _AUTHOR_IN_TRAINING.search(text):
            in_training.add(author)
        for person in people:
            if person.credentials or (person.is_doctor and has_title(text[person.stop :])):
                following_person = min((one.start for one in people if one.start >= person.stop), default=len(text))
                around = text[person.start : min(person.stop + 45, following_person)].split("  ")[0]
                role = role_of(person, _BEHIND_A_TITLE.split(around[len(person.name) :])[0], {})
                if role:
                    counts = votes.setdefault(person.surname, {})
                    counts[role] = counts.get(role, 0) + 1
                if _IS_IN_TRAINING.match(text, person.stop):
                    in_training.add(person.surname)
                if _IN_TRAINING.match(following) and not re.search(r"\w", text[: person.start] + text[person.stop :]):
                    below[person.surname] = "other"
    roles = {name: max(sorted(counts), key=lambda role: counts[role]) for name, counts in votes.items()}
    return roles | dict.fromkeys(in_training, "other") | below


_BEHIND_A_TITLE = re.compile(r";| (?:after|upon|following|with) |\b[Ss]cribe(?:d by|:)")
_IS_IN_TRAINING = re.compile(
    r"[ ,(–-]{0,3}(?:(?:radiation|clinical|oncology|chief|senior|PGY[- ]?\d),? ){0,3}(?:resident|fellow|registrar|trainee|PGY[- ]?\d|R[1-6](?=\)))(?! \d\.)(?=\s*(?:[),;.]|$|physician\b|in\b|radiation\b|\d|(?:co-?)?sign(?:s|ed)?\b|attest|author\b))",
    re.IGNORECASE,
)  # right behind a name, in the head of a note as well, such as: Author: Tove Berg, MD (Resident)
_AUTHOR = re.compile(r"\bauthor\s*:\s*$", re.IGNORECASE)
_AUTHOR_IN_TRAINING = re.compile(
    r"\b(?:author|provider) type\s*:\s*(?:resident|fellow|registrar|trainee)\b", re.IGNORECASE
)  # as record systems print in the head of a note below or beside its author
_IN_TRAINING = re.compile(
    r"\W*(?:(?:radiation|clinical|oncology|chief|senior) ){0,3}(?:resident|fellow|registrar|trainee|pgy)\b[^.:]{0,40}$",
    re.IGNORECASE,
)  # the title of a physician on a line of its own
