"""A second plan beside a phantom's, as `isocenter plan` leaves one: for tests, the same fields with a lower dose."""

from pathlib import Path

import pydicom
from pydicom.uid import generate_uid


def add_second_plan(folder: Path, share: float = 0.8) -> None:
    """Write a computed plan and its dose, a share of the first one's, into a folder beside the phantom's files."""
    plan, dose = pydicom.dcmread(folder / "RP.dcm"), pydicom.dcmread(folder / "RD.dcm")
    plan.SOPInstanceUID = plan.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["second plan"])
    plan.RTPlanLabel, plan.ApprovalStatus = "EVIDENCE 3D", "UNAPPROVED"
    plan.Manufacturer = "Isocenter"
    dose.SOPInstanceUID = dose.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["second dose"])
    dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = plan.SOPInstanceUID
    dose.DoseGridScaling = float(dose.DoseGridScaling) * share
    made = folder / "made"
    made.mkdir()
    plan.save_as(made / "RP_conformal.dcm")
    dose.save_as(made / "RD_conformal.dcm")
