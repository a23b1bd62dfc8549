"""Finds words of orders and requests by which the service is declined, put off or asked for by mistake.

Notes tell of other services too, such as surgery that is declined or drugs that are on hold, of what was done before,
and of what interrupts a treatment; these are no words against the service.
"""

import re

_NOT_WANTED = r"(?:cancel|declin|refus|withdr[ae]w|discontinu)\w*"
_RADIATION = r"(?:IMRT|VMAT|radiation|radiotherapy|X?RT)"
# An order for something else, such as images, is not this one.
_ORDER = rf"(?:order|request)(?!\s+(?:for|of)\s+(?!(?:the\s+)?(?:{_RADIATION}|plan|treat)))"
_SERVICE = rf"(?:{_RADIATION}|{_ORDER})"
_TREATMENT = rf"(?:{_SERVICE}|treatment|tx)"
_PATIENT = r"(?:patient|pt|family|he|she)"
_OTHER_CARE = (
    r"(?:surg|resection|prostatectomy|mastectomy|lumpectomy|chemo|hormon|ADT\b|androgen|brachy|proton|biops|immuno|dental"
    r"|trial|PET\b|MRI\b|CT\b|CBCT|reconstruct|fiducial|spacer|SBRT|3[- ]?D)\w*"
)
_BEGINS = r"(?:^|[.;:!\n])\W{0,20}(?:please\s+)?"
_ENDS = r"(?=\W{0,20}(?:$|[.;!\n])|\s*[,:(-]|\s+(?:by|per|on|at|due|as|because|until|till|pending|for\s+now)\b)"
_TOXICITY = (
    r"(?:grade|fever|febrile|temp|ANC|WBC|neutro|platelet|plt|hgb|h[a]?emoglobin|toxicit|mucositis|desquamation|diarrh"
    r"|infection|counts?|weight|vomit|pain|machine|holiday|weekend)\w*"
)
_PREPARED = (
    r"(?:bladder|rectum|bowel|consent|dental|teeth|mask|pregnan|authoriz|approv|insur|labs?|CBCT|imag|physic|QA|chart"
    r"|align|shift|port|films|time[- ]?out)\w*"
)
# What is said of the service and is not against it.
_BESIDE = re.compile(
    # the service as a time, an earlier one, or another order
    rf"\b(?:during|before|after|prior\s+to|while\s+on|throughout)\s+(?:(?:the|your|his|her|their)\s+)?{_TREATMENT}\b"
    rf"|\b(?:prior|previous|earlier|old)\s+{_TREATMENT}\b"
    r"|\breplac(?:es|ing)\s[^.;!\n]{0,80}"
    r"|\b(?:PET|CT|MRI|CBCT|labs?|chemo\w*|bone\s+scan|consult\w*|referral)\s+(?:order|request)s?\b"
    # what a patient may do, and what interrupts a treatment
    r"|\b(?:if|in\s+case|should)\s+(?:you|patient|pt|the\s+patient|he|she|they)\b[^,.;!\n]{0,120}"
    r"|\byou\s+(?:may|can|have\s+the\s+right\s+to)\b[^,.;!\n]{0,120}"
    rf"|\b(?:hold|stop)\s+{_TREATMENT}\s+(?:for|if|when|on)\b[^.;!\n]{{0,40}}?\b{_TOXICITY}"
    # what has to be ready on the day
    rf"|\bdo\s+not\s+\w+(?:\s+\w+)?\s+(?:until|till|unless|without|before)\b[^.;!\n]{{0,40}}?\b{_PREPARED}"
    rf"|\bonly\s+(?:if|when)\b[^.;!\n]{{0,40}}?\b{_PREPARED}"
    r"|\b(?:prevent|avoid)\w*\s+(?:a\s+)?wrong\s+\w+",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    rf"\b{_NOT_WANTED}\s+(?:\w+\s+){{0,2}}{_SERVICE}\b|\b{_SERVICE}\s+(?:\w+\s+){{0,3}}{_NOT_WANTED}"
    rf"|{_BEGINS}(?:{_NOT_WANTED}|postponed?|deferr?(?:ed)?|suspend(?:ed)?|terminated?|void(?:ed)?|rescind(?:ed)?"
    rf"|revoked?|tentative|superseded|replaced\s+by|contraindicated|(?:no\s+longer|not)\s+(?:needed|wanted|required|indicated"
    rf"|recommended|necessary)(?:\s+any\s*more)?|no\s+(?:further\s+)?{_RADIATION}(?:\s+(?:is\s+)?(?:planned|needed"
    rf"|indicated|recommended|wanted))?){_ENDS}|{_BEGINS}(?:superseded|replaced)\s+by\b"
    # put off
    rf"|{_BEGINS}(?:(?:put|place|keep)\s+)?on\s+hold{_ENDS}|\b(?:put|place)\s+(?:this|{_TREATMENT})\s+on\s+hold\b"
    rf"|{_BEGINS}hold(?:\s+off)?(?:\s+(?:until|till|pending|for\s+now|this|order)\b|(?<=off)\W{{0,20}}(?:$|[.;!\n]))"
    rf"|{_BEGINS}hold(?:ing)?\s+off\s+(?:on\s+)?(?:{_TREATMENT}|sim|plan|schedul)"
    rf"|\b{_TREATMENT}\s+(?:(?:is|was|now|currently)\s+)*on\s+hold\b|\bhold\s+(?:\w+\s+)?{_SERVICE}\b"
    rf"|{_BEGINS}hold\s+treatment{_ENDS}|{_BEGINS}stop\s+{_TREATMENT}{_ENDS}"
    rf"|\b{_TREATMENT}\s+(?:(?:is|was|has|being|been|will|should|to|be|now|currently)\s+)*(?:deferred|postponed|held"
    r"|suspended|terminated|voided|rescinded|revoked|contraindicated"
    r"|(?:not|no\s+longer)\s+(?:indicated|recommended|needed|wanted|required|desired|pursued|planned|offered))"
    r"\b(?!\s+(?:on|only|if|for|when|of|over)\b)"
    # on a condition
    r"|\b(?:schedule|start|treat|proceed|begin|give|perform|needed)\s+only\s+(?:if|when)\b"
    rf"|{_BEGINS}only\s+(?:if|when)\b|^\W{{0,20}}if\b[^,;:.\n]{{0,80}}\W{{0,20}}$"
    # by mistake
    r"|\b(?:entered|created|placed|ordered)\s+(?:in\s+error|by\s+mistake|mistakenly|accidentally)\b"
    r"|\bwrong\s+(?:patient|side|site|order|code|procedure|diagnosis|MRN|chart|record|account|encounter)\b"
    rf"|\b(?:this|the)\s+{_ORDER}\s+(?:(?:is|was|has|been)\s+)+(?:replaced|superseded)\b"
    rf"|{_BEGINS}void\W{{1,10}}see\b|\bdo\s+not\s+use\s+(?:this|the)\s+(?:order|request)\b"
    rf"|\b(?:treatment|tx)\s+(?:(?:is|was|has|been|now)\s+)*cancel\w*\b(?!\s+(?:on|only|if|for|when|over)\b)"
    r"|\bdisregard\b|\b(?:please\s+|to\s+be\s+)ignored?(?=\W{0,20}(?:$|[.;!\n])|\s+th(?:is|e)\s)"
    rf"|{_BEGINS}(?:ignore|deleted?|not\s+to\s+be\s+(?:scheduled|done|performed|given|started)|no\s+treatment(?!\s+on\b)"
    rf"|no\s+{_RADIATION}){_ENDS}"
    rf"|\b(?:void|delete)\s+th(?:is|e)\s+{_ORDER}\b|\b{_ORDER}\s+(?:is|was)\s+(?:void|not\s+real|a\s+(?:test|duplicate))\b"
    r"|\b(?:meant|intended|is)\s+for\s+(?:another|a\s+different)\s+patient\b"
    r"|^\W{0,20}(?:test|training|dummy|practice)\s+(?:patient|order|request)\b"
    r"|\bignore\s+th(?:is|e)\s+(?:order|request)\b"
    rf"|\bduplicate\s+{_SERVICE}\b|{_BEGINS}duplicate\W{{0,20}}$"
    r"|\bdo\s+not\s+(?:schedule|perform|treat|start|proceed|book|plan|simulate|process|use)"
    rf"(?:\s+(?:this|the\s+order|it|{_TREATMENT}|(?:the\s+)?(?:patient|pt)|yet))?"
    r"(?=\W{0,20}(?:$|[.;!\n])|\s*[,:(-]|\s+(?:until|till|unless|pending|yet|at\s+this|for\s+now|now|as|because|due|per)\b)"
    # by the patient, or by what became of the patient
    rf"|\b{_PATIENT}\s+(?:has\s+|is\s+)?(?:refus|declin)\w*\s+(?:all\s+|any\s+|further\s+)*(?:treatment|therapy|tx)\b"
    r"(?!\s+(?:for|with|of|by)\b)"
    r"|\b(?:wish|want|request|prefer|ask|like|plan|decid|elect|opt)\w*\s+to\s+(?:defer|delay|postpone|put\s+off|wait"
    rf"|hold\s+off|think)\b(?!\s+(?:on\s+|off\s+)?(?:(?:the|his|her|their|any)\s+)?{_OTHER_CARE})"
    r"|\b(?:deciding|undecided|choosing|torn)\s+between\b|\bstill\s+(?:considering|deciding|undecided|weighing)\b"
    r"|\b(?:consider|discuss|contemplat)\w*\s+(?:\w+\s+)?hospice\b"
    r"|\b(?:transferr(?:ed|ing)|moved)\s+(?:\w+\s+)?care(?!\s+(?:to\s+(?:us|our|here|this|me)|from|here)\b)"
    r"|\b(?:be|being|get|getting)\s+treated\s+(?:elsewhere|at\s+(?:another|a\s+different|an\s+outside))\b"
    r"|\bsecond\s+opinion\b[^.;!\n]{0,30}\b(?:before|prior\s+to)\s+(?:proceed|start|treat|begin|radiat)\w*"
    rf"|\bundecided\s+(?:about|on)\s+(?:\w+\s+)?{_TREATMENT}\b"
    r"|\b(?:(?:does|do|did|would)\s+not|doesn['’]?t|didn['’]?t|no\s+longer)\s+(?:want|wish|desire|consent|agree)\w*\s+"
    rf"(?:(?:to|with|any|have|receive|undergo|the)\s+){{0,3}}(?:{_TREATMENT}|proceed|continue)\b"
    rf"(?!\s+(?:with\s+)?(?:\w+\s+)?{_OTHER_CARE})"
    r"|\b(?:not\s+(?:be\s+)?|never\s+)(?:proceed(?:ing)?|pursu(?:ed?|ing)|going\s+(?:ahead|forward))\b"
    rf"(?!\s+(?:with\s+)?(?:\w+\s+)?{_OTHER_CARE})"
    rf"|\bdecided\s+against\s+(?:\w+\s+)?{_TREATMENT}\b"
    r"|\b(?:not|no\s+longer)\s+an?\s+(?:\w+\s+)?candidate\s+for\s+(?:\w+\s+)?"
    rf"(?:{_RADIATION}|treatment)\b"
    r"|\b(?:patient|pt)\s+(?:has\s+|is\s+)?(?:expired(?!\s+(?:insurance|card|ID|coverage|auth))|passed(?=\s+(?:on\s+)?\d)"
    r"|died|dead|deceased|passed\s+away)\b"
    r"|\b(?:going|gone|transferr?ed|enroll?ed|admitted|discharged|referred)\s+(?:\w+\s+)?(?:to|in|into|on)\s+"
    r"(?:\w+\s+)?hospice\b",
    re.IGNORECASE,
)
# Something else was chosen, or the disease is not known yet; not where the words tell of an earlier time.
_CHOSE_OTHERWISE = re.compile(
    r"\b(?:elect|opt|cho[os]s?e|prefer|decid)\w*\s+(?:\w+\s+){0,2}(?:observation|surveillance|watchful|hospice"
    r"|comfort\s+care)\b|\b(?:elect|opt|cho[os]s?e|prefer)\w*\s+(?:\w+\s+){0,2}\w+\s+instead\b"
    rf"(?!\s+of\b(?!\s+{_RADIATION}))|\b(?:surgery|observation|surveillance)\s+instead\b(?!\s+of\b)"
    r"|\bbenign\s+(?:on\s+|by\s+)?(?:patholog|biops|histolog)|\b(?:biops\w*|pathology|histology)\s+"
    r"(?:(?:is|was|came|back|returned|shows)\s+)*(?:benign|negative(?!\s+margin))\b"
    r"|\b(?:pending|await(?:ing|s)?|waiting\s+(?:for|on))\s+(?:\w+\s+){0,2}(?:biops|path\b|patholog|histolog"
    r"|diagnosis|tumor\s+board|second\s+opinion|decision)"
    r"|\b(?:dx|diagnosis|indication|reason)\b[^.;!\n]{0,40}(?:\br/o\b|\brule[-\s]out\b|\bsuspected\b|\bprobable\b)"
    r"|\b(?:biopsy|path|pathology|histology|diagnosis|tumor\s+board|second\s+opinion|decision)\s+(?:(?:is|are|still)\s+)*"
    r"(?:pending|awaited|outstanding)\b",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"\b(?:previous(?:ly)?|prior|initially|originally|earlier|at\s+first|had|history|in\s+(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"[^\S\n]+")
_LONG_BREAK = re.compile(r"\W{4,}")
_CLAUSES = re.compile(r"[.;!\n]+(?!\d)")


def words_against(words: str) -> bool:
    """Whether words say that the service is declined, put off or asked for by mistake."""
    said = _BESIDE.sub(" -", _LONG_BREAK.sub(".\n", _BLANKS.sub(" ", words)))
    if _AGAINST.search(said):
        return True
    return any(_CHOSE_OTHERWISE.search(one) and not _EARLIER.search(one) for one in _CLAUSES.split(said))


def is_not_wanted(words: str) -> bool:
    """Whether the name of a service says that it is not wanted."""
    return bool(re.search(rf"\b{_NOT_WANTED}", words, re.IGNORECASE))
