"""Kinds of wording for one statement, each in several voices, and sentences that only seem to state it."""

from functools import cache

import pytest

from isocenter.chart.grammar.grammar import Grammar, grammar_of
from isocenter.chart.statements.check import read_samples
from tests.chart.reading import POLICY


@cache
def _grammar() -> Grammar:
    return grammar_of(POLICY / "chart")


def _is_taken(element: str, sentence: str) -> bool:
    (read,) = read_samples(_grammar(), {element: {"states": [sentence]}})
    return read.taken


_NECESSITY = "necessity_statement."
STATED = [
    (_NECESSITY + "condition_proximity", "Stomach: no space left between it and the volume."),
    (_NECESSITY + "condition_narrow_margins", "4 mm, not a millimeter more, is what the chiasm leaves."),
    ("clinical_planning_note.volume_determination", "We treat the whole bladder, nothing else."),
    ("dosimetric_verification.deviation_resolved", "89 %, gantry offset corrected, then 97 %"),
    ("respiratory_motion_record.motion_managed", "ITV method without gating"),
    ("teaching_physician_statement.present_for_key_part", "I was with the fellow and the patient all along."),
    (_NECESSITY + "condition_narrow_margins", "PTV expansion is 2 mm in place of our routine 7."),
    (_NECESSITY + "condition_narrow_margins", "3 mm toward the cord where the standard is 8, the cord leaves no more."),
    (
        _NECESSITY + "condition_concavity",
        "The volume bends round the front of the spine from the left neck to the right.",
    ),
    (_NECESSITY + "condition_dose_escalation", "76 Gy are planned, more than four fields could ever allow."),
    ("clinical_planning_note.time_dose_determination", "Three visits: 3 fx, on alternate days."),
    ("clinical_planning_note.time_dose_determination", "It will be 60 in 30, weekdays."),
    ("simulation_record.target_verification", "Stomach wall visible in every frame of the cine."),
    (
        _NECESSITY + "condition_concavity",
        "Reason for the technique: the target bends around the cord like a horseshoe.",
    ),
    ("portal_description.portal_count", "Two full coplanar arcs. Arc 1: gantry 180 to 180 CW."),
    ("simulation_record.physician_work", "Physician at sim: Winter. Wire at the introitus placed, iso set mid pelvis."),
    ("simulation_record.physician_work", "Physician present: Yes - Dr. Winter set the isocenter at the carina."),
    (_NECESSITY + "condition_proximity", "The parotid lies within a few millimeters of the elective volume."),
    ("dvh_review.constraints_explained", "Rectum V40 78.1% over aim of 75%: ok, posterior CTV needs it."),
    (_NECESSITY + "condition_dose_escalation", "The 66 Gy go far beyond the usual 54 Gy."),
    (_NECESSITY + "selected_case_reason", "Hers is a selected thoracic case: both lungs are fibrotic."),
    ("device_record.separate_and_distinct", "The block is its own item, milled apart, unrelated to the leaf pattern."),
    ("dvh_review.constraints_explained", "Right kidney 19.1 Gy vs 18: the node lies on it."),
    ("dvh_review.constraints_explained", "Left cochlea mean 37 is over 35 and accepted: the bed ends 2 mm from it."),
    ("dvh_review.constraints_explained", "Duodenum 47 Gy against 45; it buys the coverage of the head."),
    ("dosimetric_verification.deviation_resolved", "Arc 2 88.1 %, array re-zeroed, repeated: 97.4 %."),
    ("dosimetric_verification.deviation_resolved", "Table kick left out by mistake, shot again: 98.0 %."),
    ("dosimetric_verification.portal_images", "EPID images: arcs 1 and 2 filed."),
    ("dosimetric_verification.setup_verified", "Setup by laser and CBCT, within 0.4 mm."),
    ("image_guidance_note.conventional_targeting_inadequate", "Spine match misses the node by 7 mm."),
    ("special_physics_consultation.need", "He wanted to know how much the cord had already received."),
    ("respiratory_motion_record.motion_measured", "The xiphoid block rises 14 mm over four breaths."),
    ("prescription.treatment_goals", "Intent: keep the airway open without a stent."),
    (_NECESSITY + "condition_proximity", "The left kidney is just 4 mm far from the tumor."),
    (_NECESSITY + "condition_proximity", "Duodenum and antrum surround the GTV at a distance of 5 mm."),
    (_NECESSITY + "condition_proximity", "The sigmoid sags down onto the tumor bed."),
    (_NECESSITY + "condition_proximity", "The trachea and the esophagus lie hard by the mass."),
    (_NECESSITY + "condition_proximity", "IMRT is requested because the bowel touches the PTV."),
    (_NECESSITY + "condition_concavity", "The nodal target makes a letter C and the cord sits in its opening."),
    (
        _NECESSITY + "condition_concavity",
        "The volume to be irradiated forms a trough, in whose hollow lies the rectum.",
    ),
    (_NECESSITY + "condition_dose_escalation", "66 Gy is more than a four field box could deliver to this site."),
    (_NECESSITY + "condition_dose_escalation", "I prescribe 60 Gy, a dose which opposed fields cannot reach here."),
    (_NECESSITY + "condition_narrow_margins", "3 mm is what we can afford as a margin."),
    (_NECESSITY + "condition_narrow_margins", "The rim is 2 mm all round, otherwise the chiasm would lie inside it."),
    (_NECESSITY + "condition_prior_irradiation", "In 2015 electrons were sent through the same chest."),
    (_NECESSITY + "condition_prior_irradiation", "The new portals have to begin exactly where the old field ended."),
    (_NECESSITY + "compared_with_3d", "Alternative: wedged pair considered, cord 52 Gy; shelved."),
    (_NECESSITY + "compared_with_3d", "Opposed fields were the alternative, and the lung dose speaks against them."),
    (_NECESSITY + "selected_case_reason", "A single kidney is left, that is why we chose IMRT in her case."),
    ("prescription.treatment_goals", "We want a complete pathologic response."),
    ("prescription.treatment_goals", "Lower the risk of a local recurrence and keep the voice."),
    ("clinical_planning_note.test_interpretation", "PET: SUV max 9.2 in the right hilum."),
    ("clinical_planning_note.tumor_localization", "Seroma at 2 o'clock, 5 cm from the nipple."),
    ("clinical_planning_note.other_procedures", "We discussed carboplatin with oncology and decided against it."),
    ("clinical_planning_note.other_procedures", "Daratumumab on hold during treatment."),
    ("clinical_planning_note.volume_determination", "What is irradiated: the stump and both nodal stations."),
    ("simulation_record.resimulation_reason", "He lost 8 kg, so a second planning scan was needed."),
    ("simulation_record.target_verification", "The wired scar lies where the MRI shows the residual."),
    ("image_review.images_of_critical_structures", "Heart, lung and liver sections were gone through as well."),
    ("image_review.images_of_critical_structures", "I did the same for cord and parotids."),
    ("image_review.representative_isodoses", "The 50 and 45 Gy shells were viewed from all directions."),
    ("dvh_review.constraints_explained", "Left parotid 33 Gy, aim 26: the node overlaps it, accepted."),
    ("dvh_review.constraints_explained", "Stomach limit 45, 46.2 taken because the tumor lies in its wall."),
    ("dvh_review.constraints_explained", "PTV D95 of 58 Gy is short of my goal, the chiasm has priority."),
    ("portal_description.portal_count", "Nine static beam directions."),
    ("dosimetric_verification.deviation_resolved", "Loose tray found, tightened and irradiated again."),
    ("dosimetric_verification.deviation_resolved", "First run 91%, chamber moved, second run 98.4%."),
    ("dosimetric_verification.delivery_verified", "Seven fields run in clinical mode, no field interrupted."),
    (
        "dosimetric_verification.implementation_elements",
        "Checklist (gantry, couch, MLC file, MU, wedge none): all matched.",
    ),
    ("dosimetry_calculation.physician_approval", "Dr. Quill looked over the sheet and accepted it."),
    ("dosimetry_calculation.monitor_units_to_dose", "Monitor units needed to give 180 cGy: AP 96, PA 104."),
    ("field_change_note.cone_down", "Ports drawn in to the bed at fraction 26."),
    ("field_change_note.cone_down", "From today only the primary with 1 cm."),
    ("field_change_note.changed_field_size", "Now 10 x 8, previously 21 x 17."),
    ("anatomy_change.anatomy_change", "The chest wall is now flat by 2 cm."),
    ("device_record.separate_and_distinct", "It is a distinct piece, not counted among the leaves of the plan."),
    ("special_dosimetry_record.other_modality", "The chips relate to the total skin treatment."),
    ("special_treatment_record.lesser_procedure", "Second session of regional hyperthermia, 42 degrees."),
    (
        "image_guidance_note.conventional_targeting_inadequate",
        "Where the bowel lies cannot be told from tattoos or bone.",
    ),
    ("image_guidance_note.conventional_targeting_inadequate", "Mask and lasers leave 3 mm of error."),
    ("teaching_physician_statement.present_for_key_part", "I was there throughout the decisive part of the visit."),
    ("weekly_image_review.images_reviewed", "CBCTs of May 3 to 7 viewed by me and found acceptable."),
    ("signature_log.signers_named", "P Ostrow = PETRA OSTROW MD"),
]
SEEMS = [
    (_NECESSITY + "condition_proximity", "The mass sat against the cord until her laminectomy."),
    (_NECESSITY + "condition_proximity", "Same as for Mrs. Quill, the target touches the bowel."),
    (_NECESSITY + "condition_concavity", "Concave shape: absent"),
    (_NECESSITY + "compared_with_3d", "3D plan: not run"),
    ("clinical_planning_note.volume_determination", "A CTV margin of 8 mm was used in the study."),
    ("prescription.treatment_goals", "If palliation were the goal, 30 Gy would do."),
    ("image_review.images_of_critical_structures", "OAR contours drawn by software, not yet looked at."),
    ("dvh_review.dvh_targets", "Coverage aim 95 %."),
    ("dvh_review.dvh_critical_structures", "rectum V65 <= 17, bladder V60 <= 45"),
    ("respiratory_motion_record.motion_measured", "Motion above 8 mm would call for gating."),
    (_NECESSITY + "condition_proximity", "The mass used to press on the cord."),
    (_NECESSITY + "condition_concavity", "Were the volume concave, the bowel would lie in it."),
    (_NECESSITY + "compared_with_3d", "In a similar patient the 3D plan gave the rectum 44 %."),
    (_NECESSITY + "critical_structures_addressed", "Organ donor card: heart, liver, kidneys."),
    ("clinical_planning_note.other_procedures", "His cousin had chemotherapy for the same thing."),
    ("clinical_planning_note.device_selection", "He sleeps with a CPAP mask."),
    ("prescription.treatment_goals", "Goals of care meeting with the family."),
    ("simulation_record.physician_work", "Oncologist to mark the borders."),
    ("dosimetric_verification.deviation_resolved", "Second gamma at 1 mm for research, n/a, not evaluated."),
    ("image_review.images_of_critical_structures", "OAR images: none attached"),
    (_NECESSITY + "condition_concavity", "The technique can wrap the dose around a concave target."),
    ("weekly_management_note.physician_review", "Result status: In progress"),
    ("weekly_management_note.physician_review", "Pt seen by Flo Lenz RN, MD to see tomorrow."),
    ("simulation_record.physician_work", "Physician present: ____"),
    ("field_change_note.cone_down", "A cone down may follow."),
    ("respiratory_motion_record.motion_measured", "Lung tumors can move by up to 2 cm."),
    (_NECESSITY + "condition_dose_escalation", "Dose escalation: I would not call 60 Gy in 30 escalated."),
    (_NECESSITY + "compared_with_3d", "I did not ask for a 3D plan to compare with."),
    ("dosimetric_verification.deviation_resolved", "The slab was leveled and shifted by kV, 0.3 cm left."),
    ("dosimetric_verification.implementation_elements", "Log files (leaf, gantry, MU vs plan): to be run on Friday."),
    ("special_treatment_record.hemibody", "Half body vacuum bag, knee sponge."),
    ("field_change_note.changed_field_size", "Isocenter moved 3 mm left, field size kept."),
    (_NECESSITY + "condition_proximity", "The tumor is far from the spinal cord."),
    (_NECESSITY + "condition_proximity", "Treatment is covered if the target is close to critical structures."),
    (_NECESSITY + "condition_concavity", "Butterfly arcs gave the heart 6 Gy."),
    (_NECESSITY + "condition_concavity", "Concave target around the cord: no."),
    (_NECESSITY + "condition_dose_escalation", "Dose escalation: no, 50 Gy is customary."),
    (_NECESSITY + "condition_dose_escalation", "Box for dose beyond standard left blank intentionally."),
    (_NECESSITY + "condition_narrow_margins", "Narrow margins - n/a"),
    (_NECESSITY + "condition_narrow_margins", "Margins are 10 mm all round."),
    (_NECESSITY + "condition_prior_irradiation", "No radiation was ever given through the same region."),
    (_NECESSITY + "compared_with_3d", "The alternative was surgery."),
    (_NECESSITY + "selected_case_reason", "That is why we request a second opinion."),
    ("clinical_planning_note.tumor_localization", "Site: pending"),
    ("clinical_planning_note.time_dose_determination", "Blood pressure 124 / 72."),
    ("simulation_record.resimulation_reason", "A new simulation is not needed."),
    ("image_review.images_of_critical_structures", "Heart, lung and cord curves are below my line."),
    ("image_review.representative_isodoses", "The 50 Gy surface could not be displayed."),
    ("dvh_review.constraints_explained", "I accept this plan."),
    ("dvh_review.constraints_explained", "All limits met, parotid 24 Gy."),
    ("dosimetric_verification.deviation_resolved", "First run 91%, second run is planned for tomorrow."),
    ("dosimetric_verification.delivery_verified", "Field 3 aborted at segment 40."),
    ("dosimetric_verification.delivery_verified", "Beam 2 was interrupted and not resumed."),
    ("dosimetry_calculation.prescribed_by_physician", "Prescription by: ________"),
    ("field_change_note.cone_down", "Cone down considered at 50 Gy, we decided against it."),
    ("field_change_note.changed_field_size", "Fields reduced to the bed for the boost."),
    ("anatomy_change.repeat_planning_ct", "New planning CT: she prefers to wait."),
    ("portal_description.portal_locations", "The seroma dropped from 60 to 20 cc."),
    ("device_record.separate_and_distinct", "No separate item is billed for the mask."),
    ("other_modality.external_beam", "Electronic signature applied by Dr. Quill."),
    ("special_treatment_record.lesser_procedure", "Hyperthermia session cancelled."),
    ("image_guidance_note.conventional_targeting_inadequate", "Skin marks are adequate here."),
    ("teaching_physician_statement.present_for_key_part", "I was present at the tumor board."),
    ("weekly_image_review.images_reviewed", "CBCTs may be reviewed on Friday."),
]


@pytest.mark.parametrize(("element", "sentence"), STATED)
def test_a_statement_is_read_in_each_of_its_kinds_of_wording(element: str, sentence: str) -> None:
    assert _is_taken(element, sentence)


@pytest.mark.parametrize(("element", "sentence"), SEEMS)
def test_what_only_seems_to_state_something_is_not_read_as_a_statement(element: str, sentence: str) -> None:
    assert not _is_taken(element, sentence)
