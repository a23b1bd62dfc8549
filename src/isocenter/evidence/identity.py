"""Whose plan it is: what a plan states of patient, order, site, side and days, beside what the case states.

The first check of a physicist (AAPM MPPG 11.a, tables 5 and 8). Nothing is judged: each thing that differs is a row,
and a plan that differs is no evidence until a person accepts the difference.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from isocenter.evidence.courses.days_of_plan import differences_of_days, differences_of_scan
from isocenter.evidence.courses.delivered_beams import differences_of_beams
from isocenter.evidence.courses.monitor_units import differences_of_monitor_units
from isocenter.evidence.doses.dose_of_plan import dose_differences
from isocenter.evidence.doses.labeled_dose import labeled_dose_gy
from isocenter.evidence.drawn.misdrawn import misdrawn_structures
from isocenter.evidence.fields.off_target import off_target
from isocenter.evidence.roles.roles import role_of
from isocenter.terms.courses import Course, Member
from isocenter.terms.imaging import ContouredStructure, Patient, PlanFolder, TreatmentPlan
from isocenter.terms.one_person import contradictions
from isocenter.terms.person_names import same_name
from isocenter.terms.plan_purpose import is_for_machine, is_for_research, is_for_verification
from isocenter.terms.plans import AcceptedDifference, PlanDifference
from isocenter.terms.record_numbers import same_number, share_number, without_issuer
from isocenter.terms.treated_places import ordered_together, treated_places

_SAME_DOSE = 0.05  # share by which a plan's dose may miss the order
_LEAST_FRACTION_GY = 1.0  # a fraction of less is given by nobody: what is left of an order must be more
_OFF_MIDLINE_MM = 30.0
# A plan of much higher fractions than ordered is a boost only where usual fractions are left for the rest.
_HIGHER_FRACTIONS, _LEAST_USUAL_FRACTION_GY = 1.5, 1.75
_UNREADABLE = "a value that cannot be read"
_ITEM_WORDS = {"patient_id": "patient ID", "patient_name": "name", "birth_date": "birth date", "sex": "sex"}
_LEAST_STRUCTURES = 2  # of known regions, before they speak for another site

_SIDED_SITES = frozenset(("breast", "thorax"))  # whose targets lie well beside the midline, if they have a side

_REGIONS_OF_SITE = {
    "central_nervous_system": {"head", "spine"},
    "head_and_neck": {"head", "neck"},
    "prostate": {"pelvis"},
    "pelvis": {"pelvis"},
    "thorax": {"thorax"},
    "breast": {"thorax"},
    "abdomen": {"abdomen"},
    "retroperitoneum": {"abdomen", "pelvis"},
}
_STRUCTURES_OF_REGION = {
    "head": "Brainstem OpticChiasm OpticNrv Eye Lens Retina Cornea Joint_TM Glnd_Lacrimal Cochlea Ear_Internal "
    "Ear_Middle Hippocampus Lobe_Temporal Pituitary Hypothalmus Brain Cerebellum Parotid",
    "neck": "Parotid Glnd_Submand Glnd_Subling Glnd_Thyroid Bone_Mandible Cavity_Oral Lips Tongue Palate_Soft Larynx "
    "Glottis Pharynx Musc_Constrict",
    "thorax": "Bronchus Carina Lung Heart A_LAD Pericardium Breast Chestwall GreatVes",
    "abdomen": "Liver Stomach Duodenum Spleen Pancreas Gallbladder Kidney Glnd_Adrenal",
    "pelvis": "Bladder Bladder_Wall Rectum Rectal_Wall Canal_Anal Sphincter_Anal PenileBulb Penis Testis Urethra "
    "Prostate ProstateBed SeminalVes Uterus Cervix Ovary Vagina Femur_Head Femur Bone_Pelvic",
}
_REGIONS_OF_STRUCTURE = {
    name: {region for region, names in _STRUCTURES_OF_REGION.items() if name in names.split()}
    for names in _STRUCTURES_OF_REGION.values()
    for name in names.split()
}


@dataclass(frozen=True)
class Tumor:
    """A tumor as its ICD-10-CM code places it; site and laterality are empty where the code leaves them open."""

    icd10: str
    site: str
    laterality: str = ""


@dataclass(frozen=True)
class OfCase:
    """What the case states that a plan can be compared with.

    delivered_on: the days of fractions or services. tumors: those diagnosed, which speak where the course names no
    site or no side.
    unreadable: columns of course and member where the case states what could not be read.
    is_whole: whether delivered_on reaches to the end of the course.
    """

    course: Course
    member: Member | None = None
    delivered_on: Collection[date] = ()
    tumors: Sequence[Tumor] = ()
    unreadable: Collection[str] = ()
    is_whole: bool = True


def plan_differences(
    folder: PlanFolder, case: OfCase, accepted: Sequence[AcceptedDifference] = ()
) -> list[PlanDifference]:
    """Every difference between the plans of a folder and the case, each with whether a person accepts it."""
    parts = [part for part in (folder, *folder.further) if part.plan is not None]
    member_id = case.course.member_id
    patients = [part.plan.patient for part in parts if part.plan]
    of_member = [part for part in parts if part.plan and not _of_patient(part.plan.patient, case.member, member_id)]
    own = [part.plan for part in of_member if part.plan]
    ordered = _of_order(treated_places(of_member), case.course)
    found = []
    for part in parts:
        assert part.plan is not None
        differences = [
            *_of_origin(part.plan),
            *_of_records(part),
            *_of_patient(part.plan.patient, case.member, member_id),
            *_of_other_patients(part, patients, case.member),
            *_of_parts(part, case.member, member_id),
            *(ordered if part.plan in own else _of_order([[part.plan]], case.course)),
            *(_of_labeled_dose(part.plan, case.course) if not ordered else ()),
            *dose_differences(part),
            *_of_structures(part),
            *misdrawn_structures(part),
            *_of_site(part, case),
            *_of_side(part, case),
            *_of_portals(part),
            *differences_of_monitor_units(part),
            *differences_of_beams(part),
            *differences_of_scan(part),
            *differences_of_days(
                part.plan, case.course, case.delivered_on, is_whole=case.is_whole, is_only=len(parts) == 1
            ),
        ]
        found += [_row(part.plan, case.course, difference, accepted) for difference in differences]
        seen = {item for item, _, _ in differences}
        unknown = [one for one in _not_comparable(part, own, case) if one[0] not in seen]
        found += [_row(part.plan, case.course, one, accepted, is_comparable=False) for one in unknown]
    return found


Difference = tuple[str, str, str]  # item, of the plan, of the case


def _row(
    plan: TreatmentPlan,
    course: Course,
    difference: Difference,
    accepted: Sequence[AcceptedDifference],
    *,
    is_comparable: bool = True,
) -> PlanDifference:
    item, of_plan, of_case = difference
    words = next(
        (
            entry.reason
            for entry in accepted
            if entry.reason and entry.item in ("", item) and entry.plan in ("", plan.label, plan.sop_instance_uid)
        ),
        "",
    )
    plan_id = plan.sop_instance_uid or plan.label
    return PlanDifference(
        plan_id, course.course_id, item, of_plan, of_case, plan.label, bool(words), words, is_comparable
    )


def _not_comparable(part: PlanFolder, own: Sequence[TreatmentPlan], case: OfCase) -> Iterator[Difference]:
    """What the plan states where the case's own value could not be read, and nothing else tells it."""
    assert part.plan is not None
    plan, patient = part.plan, part.plan.patient
    doses_gy = [one.prescribed_dose_gy for one in own or [plan]]
    fractions = [one.given_fractions or one.fractions for one in own or [plan]]
    is_named = not patient.is_deidentified
    stated = {
        "prescribed_dose_gy": ("prescribed_dose", f"{doses_gy[0]:g} Gy" if doses_gy[0] else ""),
        "planned_fractions": ("fractions", f"{fractions[0]}" if fractions[0] else ""),
        "medical_record_number": ("patient_id", patient.patient_id if is_named else ""),
        "family_name": ("patient_name", patient.family_name if is_named else ""),
        "birth_date": ("birth_date", f"{patient.birth_date or patient.birth_year or ''}" if is_named else ""),
        "sex": ("sex", patient.sex if is_named else ""),
    }
    for column, (item, of_plan) in stated.items():
        if column in case.unreadable and of_plan:
            yield item, of_plan, _UNREADABLE
    drawn = part.structure_set.structures if part.structure_set is not None else ()
    if "site" in case.unreadable and not case.tumors and (named := _known_structures(drawn)):
        yield "site", ", ".join(sorted(named)), _UNREADABLE
    if "laterality" in case.unreadable and not case.tumors:
        sides = _sides_of_targets(part, {case.course.site}) or _side_of_label(part)
        if sides:
            yield "laterality", ", ".join(sorted(sides)), _UNREADABLE
    if {"first_delivery", "last_delivery"} & {*case.unreadable} and not case.delivered_on and plan.plan_date:
        yield "dates", f"made on {plan.plan_date}", _UNREADABLE


def is_stated(patient: Patient, member: Member | None, member_id: str) -> bool:
    """Whether anything that names one person can be compared between plan and case."""
    if patient.is_deidentified or not patient.is_stated:
        return False
    if any(number.casefold() == member_id.casefold() for number in patient.numbers):
        return True
    if member is None:
        return False
    return bool(
        same_name(patient, member) is not None
        or ((patient.birth_date or patient.birth_year) and member.birth_date)
        or (patient.patient_id and member.medical_record_number)
    )


def _of_origin(plan: TreatmentPlan) -> list[Difference]:
    """A plan that was made for another purpose than to treat the patient, or was rejected, did not treat the course."""
    found = [("origin", "computed for a comparison", "the clinic's plan")] if plan.is_computed else []
    if is_for_machine(plan):
        found.append(("origin", "made to check or service a machine", "a plan that treats the patient"))
    if is_for_verification(plan):
        found.append(("origin", "made to verify another plan", "a plan that treats the patient"))
    if is_for_research(plan):
        found.append(("origin", "made for research", "a plan that treats the patient"))
    if plan.approval == "REJECTED":
        found.append(("approval", "rejected", "a plan that was approved for treatment"))
    return found


def _of_records(part: PlanFolder) -> list[Difference]:
    """Treatment records that name another plan, and none that names this one."""
    if not part.delivered_otherwise:
        return []
    return [("origin", f"treatment records of the plan {part.delivered_otherwise[0]} alone", "of this one")]


def _of_patient(patient: Patient, member: Member | None, member_id: str) -> list[Difference]:
    if patient.is_deidentified:
        return []
    found: list[Difference] = []
    record = member.medical_record_number if member else ""
    is_known = any(same_number(number, known) for number in patient.numbers for known in (record, member_id) if known)
    if record and patient.patient_id and not is_known:
        found.append(("patient_id", patient.patient_id, record))
    elif not record and _is_other_number_of_one_form(patient.patient_id, member_id):
        found.append(("patient_id", patient.patient_id, member_id))
    if member is not None:
        found += contradictions(patient, member)
    return found


def _of_other_patients(part: PlanFolder, all_patients: Sequence[Patient], member: Member | None) -> list[Difference]:
    """Parts that belong to the plan and are of another patient; and plans of two patients in one folder.

    Of those, where the case names nobody, neither is the case's for certain.
    """
    assert part.plan is not None
    patient = part.plan.patient
    if part.of_others:
        listed = ", ".join(f"{kind} of {_shown(whose)}" for kind, whose in part.of_others)
        return [("patient_of_part", listed, f"of {_shown(patient)}")]
    others = {other.number for other in all_patients if other.number and not share_number(other, patient)}
    if not others or not patient.number or (member is not None and is_stated(patient, member, member.member_id)):
        return []
    together = f"plans of {len(others) + 1} patients in one folder"
    return [("patient_of_part", together, f"of {patient.number} alone")]


def _of_parts(part: PlanFolder, member: Member | None, member_id: str) -> list[Difference]:
    """What structures, dose, CT and records state of their patient against the member, or against the plan.

    What the plan itself states otherwise than the case is said of the plan.
    """
    assert part.plan is not None
    plan_patient = part.plan.patient
    said = {item for item, _, _ in _of_patient(plan_patient, member, member_id)}
    stated: list[str] = []
    expected: list[str] = []
    for kind, whose in part.part_patients:
        differences: dict[str, Difference] = {one.item: one for one in contradictions(whose, plan_patient)}
        differences |= {one[0]: one for one in _of_patient(whose, member, member_id)}
        for item, of_part, of_other in differences.values():
            if item not in said:
                stated.append(f"{kind} with {_ITEM_WORDS[item]} {of_part}")
                expected.append(f"{_ITEM_WORDS[item]} {of_other}")
    if not stated:
        return []
    return [("patient_of_part", ", ".join(dict.fromkeys(stated)), ", ".join(dict.fromkeys(expected)))]


def _shown(patient: Patient) -> str:
    """A patient by number, else by name."""
    return patient.number or " ".join(filter(None, (patient.given_name, patient.family_name)))


def _is_other_number_of_one_form(patient_id: str, member_id: str) -> bool:
    """Whether both are numbers of the same form, as `M-1001` and `M-2040`, but not the same one."""
    if not patient_id or not member_id or same_number(patient_id, member_id):
        return False
    forms = [re.sub(r"\d+", "9", without_issuer(number).casefold()) for number in (patient_id, member_id)]
    return forms[0] == forms[1] and re.search(r"[a-z]", forms[0]) is not None


def _of_order(places: Sequence[Sequence[TreatmentPlan]], course: Course) -> list[Difference]:
    """Dose and fractions of all plans together beside the order; a part of the order is no difference."""
    ordered_gy, planned = course.prescribed_dose_gy, course.planned_fractions
    dose_gy, count = ordered_together(places)
    plans = sum(len(place) for place in places)
    together = f" of {plans} plans together" if plans > 1 else ""
    found = []
    is_over = bool(dose_gy and ordered_gy and dose_gy > (1 + _SAME_DOSE) * ordered_gy)
    is_under = bool(dose_gy and ordered_gy and dose_gy < (1 - _SAME_DOSE) * ordered_gy)
    if dose_gy and ordered_gy and (is_over or (is_under and count is not None and count == planned)):
        found.append(("prescribed_dose", f"{dose_gy:g} Gy{together}", f"{ordered_gy:g} Gy"))
    if count and planned and (count > planned or (count < planned and dose_gy and not is_under)):
        found.append(("fractions", f"{count}{together}", f"{planned}"))
    if is_under and dose_gy and ordered_gy and count and planned and count < planned:
        rest_gy = (ordered_gy - dose_gy) / (planned - count)
        is_higher = dose_gy / count > _HIGHER_FRACTIONS * ordered_gy / planned
        if rest_gy < (_LEAST_USUAL_FRACTION_GY if is_higher else _LEAST_FRACTION_GY):
            order = f"{ordered_gy:g} Gy in {planned} fractions"
            found.append(("prescribed_dose", f"{dose_gy:g} Gy in {count} fractions{together}", order))
    return found


def _of_labeled_dose(plan: TreatmentPlan, course: Course) -> list[Difference]:
    """The dose of the label, of a plan that states no other and was read with that of the order."""
    labeled_gy, ordered_gy = labeled_dose_gy(plan.label), course.prescribed_dose_gy
    has_its_own = any(one.target_dose_gy for one in plan.prescriptions)
    if labeled_gy is None or not ordered_gy or has_its_own or plan.prescribed_dose_gy != ordered_gy:
        return []
    if abs(labeled_gy - ordered_gy) <= _SAME_DOSE * ordered_gy:
        return []
    return [("prescribed_dose", f"the label {plan.label!r}", f"{ordered_gy:g} Gy")]


def _of_structures(part: PlanFolder) -> list[Difference]:
    """Structures of another set than the one that the plan names, or one of several where it names none."""
    plan, drawn = part.plan, part.structure_set
    if plan is None or drawn is None or not drawn.sop_instance_uid:
        return []
    frames = {one.frame_of_reference_uid for one in (plan, part.dose, part.summed_dose) if one is not None} - {""}
    if frames and drawn.frame_of_reference_uid and drawn.frame_of_reference_uid not in frames:
        return [("structures", "structures in another frame of reference", "in the frame of the plan, or registered")]
    could_be = dict(part.undecided).get("structure sets", ())
    if not plan.structure_set_uid:
        made_on = "the set that the plan was made on"
        return [("structures", f"one of {len(could_be)} sets that could be meant", made_on)] if could_be else []
    if plan.structure_set_uid == drawn.sop_instance_uid:
        return []
    return [("structures", f"structures of the set {drawn.sop_instance_uid}", f"the set {plan.structure_set_uid}")]


def _of_site(part: PlanFolder, case: OfCase) -> list[Difference]:
    """The regions whose structures are contoured, where none of them is the site's."""
    site = case.course.site
    sites = {site} if site else {tumor.site for tumor in case.tumors}
    if part.structure_set is None or not sites or not sites <= _REGIONS_OF_SITE.keys():
        return []
    expected = set().union(*(_REGIONS_OF_SITE[name] for name in sites))
    named = _known_structures(part.structure_set.structures)
    regions = [_REGIONS_OF_STRUCTURE[name] for name in named]
    of_case = " or ".join(sorted(sites)).replace("_", " ") + ("" if site else _by_diagnosis(case.tumors))
    labeled = _region_of_label(part)
    if labeled and not labeled & expected and part.plan is not None:
        return [("site", f"the label {part.plan.label!r}", of_case)]
    if len(named) < _LEAST_STRUCTURES or any(region & expected for region in regions):
        return []
    return [("site", ", ".join(sorted(named)), of_case)]


def _region_of_label(part: PlanFolder) -> set[str]:
    """The regions of the organ that the plan is labeled after; none where it is labeled otherwise."""
    labeled = ContouredStructure(0, part.plan.label if part.plan is not None else "")
    return set().union(*(_REGIONS_OF_STRUCTURE[name] for name in _known_names(labeled)))


def _by_diagnosis(tumors: Sequence[Tumor]) -> str:
    return f" by the diagnosis {', '.join(tumor.icd10 for tumor in tumors)}"


def _known_structures(structures: Sequence[ContouredStructure]) -> set[str]:
    return set().union(*(_known_names(structure) for structure in structures if structure.contours))


def _known_names(structure: ContouredStructure) -> set[str]:
    standard = role_of(structure.name, structure.interpreted_type).standard_name
    bare = standard.removesuffix("_L").removesuffix("_R")
    return set([name for name in (bare, bare.removesuffix("s")) if name in _REGIONS_OF_STRUCTURE][:1])


def _of_side(part: PlanFolder, case: OfCase) -> list[Difference]:
    """The side of the targets, by name and, of breast and thorax, by where they lie; and that of the label."""
    stated = case.course.laterality
    expected = {stated} if stated else {tumor.laterality for tumor in case.tumors}
    if not expected or not expected <= {"left", "right"}:
        return []
    sites = {case.course.site} if case.course.site else {tumor.site for tumor in case.tumors}
    sides, labeled = _sides_of_targets(part, sites), _side_of_label(part)
    of_case = " or ".join(sorted(expected)) + ("" if stated else _by_diagnosis(case.tumors))
    if (sides or labeled) and not (sides or labeled) & expected:
        return [("laterality", ", ".join(sorted(sides or labeled)), of_case)]
    if labeled and not labeled & expected and part.plan is not None:
        return [("laterality", f"the label {part.plan.label!r}", of_case)]
    return []


def _of_portals(part: PlanFolder) -> list[Difference]:
    """Portals that look past the targets, as where isocenter or structures are another patient's."""
    found = off_target(part)
    if found is None:
        return []
    passing = f"{found.beams} of {found.of_beams} fields look past the targets"
    return [("portals", passing, "fields that look at a target")]


def _sides_of_targets(part: PlanFolder, sites: Collection[str]) -> set[str]:
    sides = set()
    is_sided = bool(sites) and set(sites) <= _SIDED_SITES
    structures = part.structure_set.structures if part.structure_set is not None else ()
    for structure in structures:
        role = role_of(structure.name, structure.interpreted_type)
        if role.role == "target" and structure.contours:
            side = role.laterality if role.laterality in ("left", "right") else ""
            sides.add(side or (_side_of_body(structure, structures) if is_sided else ""))
    return sides - {""}


def _side_of_label(part: PlanFolder) -> set[str]:
    labeled = role_of(part.plan.label if part.plan is not None else "")
    return {labeled.laterality} & {"left", "right"} if labeled.role in ("critical", "target") else set()


def _side_of_body(target: ContouredStructure, structures: Sequence[ContouredStructure]) -> str:
    outlines = [s for s in structures if role_of(s.name, s.interpreted_type).role == "external" and s.contours]
    if not outlines:
        return ""
    x_mm = [np.concatenate([points[:, 0] for _, points in s.contours]) for s in (target, outlines[0])]
    off_mm = (float(x_mm[0].min() + x_mm[0].max()) - float(x_mm[1].min() + x_mm[1].max())) / 2
    return "" if abs(off_mm) < _OFF_MIDLINE_MM else "left" if off_mm > 0 else "right"
