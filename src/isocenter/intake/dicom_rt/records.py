"""Treatment records: what one session delivered, beam by beam."""

from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.elements import day, first_uid, items, number, open_file, reading, text, whole
from isocenter.terms.problems import Problem, Unread
from isocenter.terms.treatment_records import DeliveredBeam, TreatmentRecord


def read_record(path: Path) -> tuple[TreatmentRecord, list[Problem]]:
    """The session of an RT Beams Treatment Record file."""
    with reading(str(path)):
        return record_of(open_file(path), str(path))


def record_of(dataset: Dataset, path: str) -> tuple[TreatmentRecord, list[Problem]]:
    """The session of an open RT Beams Treatment Record; beams that cannot be read become problems."""
    beams, fractions = [], set()
    problems: list[Problem] = []
    for position, item in enumerate(items(dataset, "TreatmentSessionBeamSequence"), start=1):
        place = f"delivered beam {position}"
        try:
            beams.append(_delivered_beam(item))
            fractions.add(whole(item, "CurrentFractionNumber"))
        except UnreadableInput as error:
            problems.append(Unread(path, place, f"{error} The delivered beam is left out."))
    known = sorted(fraction for fraction in fractions if fraction is not None)
    if len(known) > 1:
        listed = ", ".join(map(str, known))
        sentence = f"The record holds beams of fractions {listed}; it counts as fraction {known[0]}."
        problems.append(Problem(path, "CurrentFractionNumber", sentence))
    record = TreatmentRecord(
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        plan_uid=first_uid(dataset, "ReferencedRTPlanSequence"),
        treated_on=day(dataset, "TreatmentDate"),
        fraction_number=known[0] if known else None,
        beams=tuple(beams),
        table_shift_mm=_table_shift_mm(dataset),
        machine=next((text(one, "TreatmentMachineName") for one in items(dataset, "TreatmentMachineSequence")), ""),
    )
    return record, problems


def _delivered_beam(item: Dataset) -> DeliveredBeam:
    beam_number = whole(item, "ReferencedBeamNumber")
    if beam_number is None:
        raise UnreadableInput("It names no beam of the plan.")
    first = next(iter(items(item, "ControlPointDeliverySequence")), None)
    return DeliveredBeam(
        beam_number=beam_number,
        beam_name=text(item, "BeamName"),
        specified_mu=number(item, "SpecifiedPrimaryMeterset"),
        delivered_mu=number(item, "DeliveredPrimaryMeterset"),
        termination=text(item, "TreatmentTerminationStatus"),
        verification=text(item, "TreatmentVerificationStatus"),
        is_of_set_up=text(item, "TreatmentDeliveryType") in ("SETUP", "OPEN_PORTFILM"),
        radiation=text(item, "RadiationType"),
        energy_mv=number(first, "NominalBeamEnergy") if first is not None else None,
        gantry_deg=number(first, "GantryAngle") if first is not None else None,
        is_continued=text(item, "TreatmentDeliveryType") == "CONTINUATION",
    )


def _table_shift_mm(dataset: Dataset) -> tuple[float, float, float] | None:
    """Displacement of the table from the set-up position: lateral, longitudinal, vertical."""
    keywords = (
        "TableTopLateralSetupDisplacement",
        "TableTopLongitudinalSetupDisplacement",
        "TableTopVerticalSetupDisplacement",
    )
    for setup in items(dataset, "PatientSetupSequence"):
        lateral, longitudinal, vertical = (number(setup, keyword) for keyword in keywords)
        if lateral is not None and longitudinal is not None and vertical is not None:
            return lateral, longitudinal, vertical
    return None
