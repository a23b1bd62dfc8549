"""Reads what a FHIR bill changes about others: whether it replaces, voids or credits one, or was replaced itself.

Sources: HL7 FHIR R4 (4.0.1), ExplanationOfBenefit.related; CMS Blue Button and the Chronic Conditions Warehouse,
variables clm_freq_cd, carr_clm_entry_cd, fi_clm_actn_cd and clm_disp_cd.
"""

import msgspec

from isocenter.intake.fhir.bill_parties import Parties, decoded
from isocenter.intake.fhir.once import Once
from isocenter.intake.fhir.services import codes_of
from isocenter.intake.fhir.shapes import NOTHING, Bill, Extension, Information, Meta
from isocenter.intake.x12.claims import SUPERSEDING, ClaimKeys

_INFORMATION = msgspec.json.Decoder(tuple[Information, ...], strict=False)
_EXTENSIONS = msgspec.json.Decoder(tuple[Extension, ...], strict=False)
# How the Medicare files mark an entry that takes a claim back, by the name of the variable.
_CREDITS = {"carr_clm_entry_cd": {"3"}, "fi_clm_actn_cd": {"2", "4", "6"}}
_DISPOSITION_OF_CREDIT = "03"
_IS_NOT_FINAL = Once("meta", Meta, lambda meta: any(tag.code == "NotFinalAction" for tag in meta.tag), Meta())


def why_replaced(bill: Bill) -> str:
    """Why a bill that was made bills nothing any more; '' where no other one took its place."""
    meta = b"" if bill.meta is NOTHING else bytes(bill.meta)
    if b"NotFinalAction" in meta and _IS_NOT_FINAL[meta]:
        return "a later claim took its place (it is tagged as not final)"
    if bill.related and any("replacedby" in codes_of(one.relationship) for one in bill.related):
        return "a later claim replaces it"
    return ""


def why_credit(bill: Bill) -> str:
    """Why a bill is an entry that takes back a claim, without naming which; '' where it is a debit.

    Raises one of UNDECODED.
    """
    stated = ""
    if bill.disposition == _DISPOSITION_OF_CREDIT:
        stated = f"disposition {bill.disposition}"
    elif bill.extension is not NOTHING:
        held = bytes(bill.extension)
        if b"carr_clm_entry_cd" in held or b"fi_clm_actn_cd" in held:
            stated = _credit_among(decoded(_EXTENSIONS, held, "extension"))
    if not stated:
        return ""
    return f"it takes back an earlier claim ({stated}) and does not name it; give the claims in their final version"


def _credit_among(extensions: tuple[Extension, ...]) -> str:
    for one in extensions:
        name = one.url.rsplit("/", 1)[-1]
        if one.valueCoding is not None and one.valueCoding.code in _CREDITS.get(name, ()):
            return f"{name} {one.valueCoding.code}"
    return ""


def frequency_of(bill: Bill, keys: ClaimKeys, parties: Parties | None) -> tuple[str, str, str]:
    """Frequency code, type of bill, and the number of the claim that this one replaces or voids."""
    held = b"" if bill.supportingInfo is NOTHING else bytes(bill.supportingInfo)
    states_type = b"typeofbill" in held or b"freq_cd" in held or b"fac_type_cd" in held
    states_type = states_type or b"FREQ-CD" in held or b"FAC-TYPE-CD" in held
    if not states_type and not bill.related:
        return "1", "", ""
    bill_type, frequency, parts = "", "", {"fac": "", "srvc": ""}
    for one in decoded(_INFORMATION, held, "supportingInfo") if states_type else ():
        kinds = codes_of(one.category)
        for coding in one.code.coding if one.code else ():
            name = coding.system.rsplit("/", 1)[-1].lower().replace("-", "_")
            if name in ("clm_freq_cd", "clm_bill_freq_cd"):
                frequency = coding.code
            elif name in ("clm_fac_type_cd", "clm_bill_fac_type_cd"):
                parts["fac"] = coding.code
            elif name in ("clm_srvc_clsfctn_type_cd", "clm_bill_clsfctn_cd"):
                parts["srvc"] = coding.code
            elif "typeofbill" in kinds and coding.code.strip("0").isalnum() and len(coding.code) in (3, 4):
                bill_type = coding.code[-3:]
    if not bill_type and all(parts.values()):
        bill_type = f"{parts['fac']}{parts['srvc']}{frequency}"
    frequency = frequency or (bill_type[2:3] if len(bill_type) == 3 else "")
    original = ""
    for related in bill.related:
        if {"prior", "replaces", "replacement"} & set(codes_of(related.relationship)):
            named = related.reference.value if related.reference else ""
            claim = related.claim
            named = named or (claim.identifier.value if claim and claim.identifier else "")
            if claim and not named:
                own_id = claim.reference.split("/_history/", 1)[0].rsplit("/", 1)[-1]
                known = keys.bills.get(own_id)
                named = (parties.claim_number(claim) if parties else "") or (known[0] if known else "") or own_id
            original = named
            frequency = frequency if frequency in SUPERSEDING else "7"
    return frequency if frequency in set("123456789") else "1", bill_type, original
