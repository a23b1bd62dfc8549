"""The words that names of columns are made of, and the signs by which a column of claims is known."""

import re
from dataclasses import dataclass
from functools import cache

_WORDS = re.compile(r"\d+(?:ST|ND|RD|TH|st|nd|rd|th)(?![A-Za-z])|[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|\d+")
_NUMBER_SIGN = re.compile(r"(?<=[A-Za-z])\s*#")  # Policy #, Acct#
_ICD_TEN = re.compile(r"icd[-_ ]?(?:10|9)(?:[-_ ]?cm)?(?!\d)", re.IGNORECASE)
# Short forms of the words that names of columns are made of.
_LONG = {
    **dict.fromkeys(("mbr", "memb", "mem", "members"), "member"),
    **dict.fromkeys(("pt", "pat", "ptnt"), "patient"),
    **dict.fromkeys(("bene", "bnfcry", "benef"), "beneficiary"),
    "recip": "recipient",
    **dict.fromkeys(("sbscrbr", "subscr", "sub", "subscrib", "subsc", "sbscr", "sbsb"), "subscriber"),
    **dict.fromkeys(("treat", "trtmt"), "treatment"),
    **dict.fromkeys(("clm", "claims"), "claim"),
    "fin": "financial",
    "bus": "business",
    "prcsg": "processing",
    "ctgry": "category",
    **dict.fromkeys(("txn", "trans", "tran", "trx"), "transaction"),
    **dict.fromkeys(("ind", "indctr", "indic"), "indicator"),
    **dict.fromkeys(("flg",), "flag"),
    "2nd": "2",
    "3rd": "3",
    "4th": "4",
    "5th": "5",
    "dnl": "denial",
    **dict.fromkeys(("enc", "enctr", "encntr", "encounters"), "encounter"),
    **dict.fromkeys(("ln", "dtl", "detail"), "line"),
    "hdr": "header",
    "uniq": "unique",
    "cur": "current",
    **dict.fromkeys(("svc", "srvc", "serv", "services", "svcs", "srv", "serviced"), "service"),
    **dict.fromkeys(("dt", "dte", "dates"), "date"),
    **dict.fromkeys(("beg", "begin", "bgn", "strt", "1st", "first", "frm", "fst"), "from"),
    **dict.fromkeys(("thru", "last", "lst", "end", "to"), "through"),
    **dict.fromkeys(("cd", "cde", "codes"), "code"),
    **dict.fromkeys(("nbr", "num", "no", "nmbr", "seq", "sequence"), "number"),
    **dict.fromkeys(("proc", "prcdr", "procd", "px"), "procedure"),
    **dict.fromkeys(("mod", "mdfr", "mods", "modifiers", "modfr", "modif", "modifr", "mdfier", "modfier"), "modifier"),
    **dict.fromkeys(("rvnu", "rev", "rvn", "cntr"), "revenue"),
    **dict.fromkeys(("bill", "billed", "bld", "blg", "bllg", "blng"), "billing"),
    **dict.fromkeys(
        ("rndrng", "rndrg", "rend", "rndr", "rendr", "performing", "perf", "prf", "physn", "servicing"), "rendering"
    ),
    **dict.fromkeys(("suprvsng", "supv", "supervisor"), "supervising"),
    **dict.fromkeys(("prvdr", "prov", "prvd"), "provider"),
    **dict.fromkeys(("amt", "amnt", "amounts"), "amount"),
    **dict.fromkeys(("chrg", "chg", "charges", "chrgs", "chgs", "sbmtd", "submitted", "sbmt", "charged"), "charge"),
    **dict.fromkeys(("tot", "ttl", "totals"), "total"),
    **dict.fromkeys(("ext", "extd"), "extended"),
    **dict.fromkeys(("alwd", "allow", "alow", "alowd", "allwd", "allowable", "alw"), "allowed"),
    **dict.fromkeys(("qty", "quantity", "quan", "quant", "unit", "unt", "unts", "cnt", "count"), "units"),
    **dict.fromkeys(("plc", "plce"), "place"),
    **dict.fromkeys(("typ", "tp"), "type"),
    **dict.fromkeys(("fac", "fclty", "facil"), "facility"),
    **dict.fromkeys(("freq", "frqncy"), "frequency"),
    **dict.fromkeys(("diag", "dgns", "diagnoses", "dx", "dgnss"), "diagnosis"),
    **dict.fromkeys(("ptr", "pntr", "pointers"), "pointer"),
    **dict.fromkeys(("pyr", "payor"), "payer"),
    **dict.fromkeys(("orig", "orgnl"), "original"),
    **dict.fromkeys(("ref", "rfrnc"), "reference"),
    **dict.fromkeys(("resub", "resubmit", "resubmittal", "rsbmsn"), "resubmission"),
    **dict.fromkeys(("adjud", "adjudctd"), "adjudicated"),
    **dict.fromkeys(("acct", "acnt"), "account"),
    **dict.fromkeys(("stat", "stus", "sts"), "status"),
    **dict.fromkeys(("adj", "adjst", "adjstmt", "adjsmt", "adjustments"), "adjustment"),
    **dict.fromkeys(("ver", "vrsn", "vsn", "iteration"), "version"),
    **dict.fromkeys(("rec", "rcrd"), "record"),
    **dict.fromkeys(("rcvd", "recd", "recvd", "rcv"), "received"),
    **dict.fromkeys(("submission", "submssn", "sbmsn"), "submission"),
    **dict.fromkeys(("created", "crtd", "crt"), "creation"),
    **dict.fromkeys(("yr", "yyyy", "ccyy"), "year"),
    **dict.fromkeys(("mo", "mth", "mon", "mm"), "month"),
    **dict.fromkeys(("dd",), "day"),
    **dict.fromkeys(("nm", "names"), "name"),
    **dict.fromkeys(("brth", "bth"), "birth"),
    **dict.fromkeys(("sys", "identifier", "key"), "id"),
    **dict.fromkeys(("cntl", "ctl", "cntrl", "ctrl"), "control"),
    "insureds": "insured",
    "tm": "time",
    **dict.fromkeys(("ins", "insur"), "insurance"),
    **dict.fromkeys(("prncpal", "prin", "principal", "primary", "pri", "prim"), "principal"),
}
# Names that letters run together in and that are no words of these.
_RUN_TOGETHER = {
    "ptid": "patient id", "enrolid": "enrollee id", "desynpufid": "beneficiary id",
    "msisid": "member id", "msisidentnum": "member id",
    "clmseq": "claim line number", "stdplac": "place service", "facprof": "claim type",
    "desysortkey": "beneficiary id", "tsvcdat": "service through date", "msclmid": "claim id", "cpthcpcs": "cpt",
    "placeofservice": "place service", "typeofbill": "type billing", "lineofbusiness": "lob",
    "dateofservice": "dos", "fdos": "from dos", "tdos": "through dos", "dosf": "from dos", "dost": "through dos",
    "ldos": "through dos", "dxptr": "diagnosis pointer", "dateofbirth": "birth date", "dttm": "date time",
    # Of Facets, and letters with a point behind each.
    "clcl": "claim", "cdml": "claim line", "meme": "member", "ipcd": "procedure code", "pscd": "place service",
    "lobd": "lob", "idcd": "diagnosis code", "pos": "pos", "dos": "dos", "mrn": "mrn", "npi": "npi",
}  # fmt: skip

# What a name means that is this word, or these words, alone; NOS is the number of services of a claim form.
_WHOLE_NAMES = {
    "code": "procedure code", "amount": "charge amount", "amt": "charge amount", "nos": "units",
    "numberofservices": "units", "noofservices": "units", "submittedunits": "units", "unitssubmitted": "units",
    "submittedqty": "units", "otrxclmqtyactl": "units", "submittedquantity": "units", "sbmtdunits": "units",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sign:
    """Words of which a name has all of one group, and words that say that it means something else."""

    groups: tuple[frozenset[str], ...]
    others: frozenset[str] = frozenset()


def _sign(groups: str, others: str = "") -> Sign:
    return Sign(tuple(frozenset(group.split()) for group in groups.split("|")), frozenset(others.split()))


_PERSONS = "name dob birth sex gender zip age city state phone date type code status address amount deductible"
# In this order: a column that one takes is not offered to the next. Of several groups an earlier one goes first.
SIGNS = {
    "diagnosis_pointers": _sign("diagnosis pointer|dxptr|icd pointer|pointer", "date modifier"),
    "line_number": _sign(
        "claim line number|line number|line item number|line id|claim line|line|encounter line",
        "amount charge allowed paid date units status business service_date code provider npi type frequency place",
    ),
    "original_claim_id": _sign(
        "original claim id|original claim number|original claim|original reference number|original icn|original dcn"
        "|replaces claim|replaces|corrects claim|prior claim|previous claim|adjusts claim|original reference"
        "|adjustment from claim id|adjustment claim id|replaced claim id|related claim id",
        "date amount",
    ),
    "claim_frequency": _sign(
        "claim frequency|frequency code|frequency|resubmission code|resubmission|claim submission code", "date amount"
    ),
    "patient_account_number": _sign(
        "patient account|patient control|account number|pcn|account", "date amount code type class status"
    ),
    "claim_id": _sign(
        "claim id|claim number|icn|dcn|tcn|claim control|claim header id|document control|claim"
        "|encounter id|encounter number|encounter control|voucher number|voucher|invoice number|invoice|encounter"
        "|ticket number|visit number|visit id|visit",
        "line type status date amount frequency version original provider from through year month charge units"
        " diagnosis state facility service place procedure paid adjustment count replaces replaced prior previous"
        " corrects adjusts by",
    ),
    "member_id": _sign(
        "member id|member number|mbi|hicn|patient id|patient number|person id|beneficiary id|beneficiary"
        "|recipient id|recipient number|recipient|subscriber id|subscriber number"
        "|enrollee id|insured id|member|mrn|medical record|hic|patient|enrollee|person"
        "|chart number|chart id|medicare number|medicare id|medicaid number|medicaid id"
        "|policy number|policy id|insurance id|insurance number",
        _PERSONS + " account control months month year group effective plan provider facility",
    ),
    "last_service_date": _sign(
        "service through date|dos through|service date through|claim line through date|line through date"
        "|through date|through dos|service through|through",
        "from paid birth adjudication received stay coverage eligibility",
    ),
    "service_date": _sign(
        "service from date|dos from|service date from|claim line from date|line from date|date service|service date"
        "|dos|line date|procedure date|revenue date|from date|service from|from dos|from"
        "|treatment date|visit date|encounter date|incurred date",
        "through paid birth dob plan adjudication received admit admission discharge eligibility enrollment",
    ),
    "revenue_code": _sign(
        "revenue code|revenue|ub revenue|revenue id",
        "amount charge units description date ansi apc hipps hcpcs indicator rate status",
    ),
    "procedure_code": _sign(
        "hcpcs code|cpt code|hcpcs cpt|cpt hcpcs|cpt|hcpcs|procedure code|procedure|service code",
        "modifier description desc date icd diagnosis type amount units revenue place rate adjudicated paid allowed"
        " repriced approved",
    ),
    "bill_type": _sign("billing type|type billing|tob", "provider date amount"),
    "place_of_service": _sign("place service|pos|place", "date amount description"),
    "rendering_npi": _sign(
        "rendering npi|rendering provider npi|rendering provider|physician npi|staff npi|rendering|24 j npi|24 j",
        "name date amount at op ot rfr rfrg type",
    ),
    "supervising_npi": _sign("supervising npi|supervising provider", "name date amount"),
    "billing_npi": _sign(
        "billing npi|billing provider npi|billing provider|33 a npi|org npi|organization npi|provider npi|facility npi"
        "|npi|pay to npi|group npi|provider id|provider number|provider|33 a",
        # By their boxes: 17b referring, 24J rendering and 32a facility of the CMS-1500, 76 to 79 of the UB-04.
        "rendering supervising referring attending operating ordering prescribing physician staff name date amount type"
        " tax tin zip 17 24 32 76 77 78 79",
    ),
    "allowed_amount": _sign("allowed amount|allowed|eligible amount", "units date code denied cents thousands 000"),
    "charge_amount": _sign(
        "line charge amount|line charge|extended charge|extended price|extended amount|charge amount|billing amount"
        "|charge|billing charge|total charge|billing",
        "units date code npi provider id type allowed paid number technical forecast cents thousands 000",
    ),
    "units": _sign(
        "service units|units|units billing|days units",
        "amount charge price cost allowed type code basis paid approved denied authorized covered noncovered remaining",
    ),
    "line_of_business": _sign(
        "lob|line business|business line|business|product line"
        "|coverage|payer type|financial class|payer class|product|plan type|payer|plan"
        "|insurance|principal carrier|carrier",
        "date id number amount paid pay treatment secondary tertiary second third sec 2 3 prior previous former other"
        " supplement supplemental",
    ),
    "setting": _sign(
        "setting|claim type|form type|claim form|claim type code|bill form|form|ub hcfa",
        "date amount frequency line_type billing number id",
    ),
    "payer_claim_number": _sign(
        "payer claim number|payer control number|payer claim id|icn|dcn|tcn|claim control|document control",
        "date amount original prior previous related adjustment replaces version line status type",
    ),
    "written_at": _sign("claim received date|received date|receipt date|submission date|creation date|written_at"),
}
JOINED = {  # of three parts, one column each
    "bill_type": (
        _sign("facility type|claim facility type", "service frequency date"),
        _sign("classification|class|billing class|service clsfctn|clsfctn", "date drg"),
        _sign("claim frequency|frequency"),
    ),
    "service_date": (
        _sign("service year|from year|dos year|year", "birth paid"),
        _sign("service month|from month|dos month|month", "birth paid"),
        _sign("service day|from day|dos day|day", "birth paid"),
    ),
}
STATUS = _sign(
    "status|processing indicator|transaction|disposition"
    "|denied|denial|line status|claim status|record type|transaction type|row type|adjustment type"
    "|adjustment indicator|adjustment code|adjustment reason|type record|reversal|reversed|void|voided|deleted"
    "|cancelled|canceled|rejected|line_type|line type"
    "|active indicator|active flag|is active|active|current indicator|current flag|is current|latest indicator"
    "|latest flag|is latest|reject code|reject reason|rejection|cancel reason|cancellation|delete reason|deletion",
    "date on at by amount marital patient member discharge hospice esrd admission employment provider units charge"
    " days balance",
)
# What a number of units counts: units, minutes, or an amount of a drug.
MEASURE = _sign(
    "units basis|units type|units code|units qualifier|units measure|measure code|measurement code|uom",
    "date drug ndc dose amount charge npi provider",
)
VERSION = _sign(
    "version|claim version|adjustment number|claim adjustment number|revision", "date amount icd drg grouper code"
)
BIRTH = _sign("birth date|dob|date birth", "subscriber insured provider guarantor baby weight")
# Words beside those by which a column is known that do not make it another column.
(SAYS_NO_MORE,) = _sign(
    "id number line code of the and or a by on in for claim service services header detail revenue billing billed"
    " internal external unique source value master local medical health plan payer insurance carrier provider practice"
    " facility hospital professional institutional reference control account chart record member patient subscriber"
    " beneficiary enrollee person insured synthetic date day days time from through begin end first last occurrence"
    " original current charge actual submitted total units text key hash encrypted masked deidentified study"
    " expense expns start stop performed incurred procedure cpt hcpcs item treatment rendered delivered"
    " actl ident ct fl recipient tracking card contract ssn empi mpi ck sk"
    " raw clean standard std formatted yyyymmdd mmddyyyy"
).groups
# Words of two letters that names without marks are run together from: srvdt, clmno, patid, dosto.
_SHORT_WORDS = {"cd", "dt", "dx", "id", "ln", "no", "px", "to"}
NO_DIAGNOSIS = {"pointer", "date", "poa", "description", "desc", "admitting", "admit", "version", "type", "procedure",
                 "indicator", "flag", "external", "qualifier", "group", "drg", "vrsn", "referral",
                 "referring", "reference"}  # fmt: skip


def words_of(name: str) -> list[str]:
    """The words of a name in their long forms."""
    joined = re.sub(r"[^A-Za-z0-9]", "", name).lower()
    whole = _WHOLE_NAMES.get(joined) or _RUN_TOGETHER.get(joined)
    if whole:
        return whole.split()
    found: list[str] = []
    for word in _WORDS.findall(_NUMBER_SIGN.sub(" number", _ICD_TEN.sub("icd ", name))):
        bare = word.lower()
        said = _RUN_TOGETHER[bare].split() if bare in _RUN_TOGETHER else _parted(bare)
        found += [_LONG.get(one, one) for one in said]
    return found


@cache
def _known_words() -> frozenset[str]:
    """All words that tell what a column holds, or that it holds something else."""
    signs = [*SIGNS.values(), *(sign for parts in JOINED.values() for sign in parts), STATUS, MEASURE, VERSION]
    said = {word for sign in signs for group in (*sign.groups, sign.others) for word in group}
    return frozenset({*_LONG, *_LONG.values(), *said, *SAYS_NO_MORE, *NO_DIAGNOSIS})


@cache
def _parted(word: str) -> tuple[str, ...]:
    """The fewest known words that a word is run together from, as srv and date; itself where it is known or none."""
    known = _known_words()
    if word in known or not word.isalpha():
        return (word,)
    ways: list[tuple[str, ...] | None] = [()]  # of the letters before each place
    for end in range(1, len(word) + 1):
        ends = [
            (*before, word[start:end])
            for start, before in enumerate(ways)
            if before is not None and word[start:end] in known and (end - start > 2 or word[start:end] in _SHORT_WORDS)
        ]
        ways.append(min(ends, key=len, default=None))
    return ways[-1] or (word,)
