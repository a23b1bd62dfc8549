"""Reads DICOM-RT: what a planning system exports, turned into the imaged and planned patient."""

from isocenter.intake.dicom_rt.ct import read_ct
from isocenter.intake.dicom_rt.dose import read_dose
from isocenter.intake.dicom_rt.elements import sniff
from isocenter.intake.dicom_rt.folder import read_folder
from isocenter.intake.dicom_rt.plan import read_plan
from isocenter.intake.dicom_rt.records import read_record
from isocenter.intake.dicom_rt.registrations import read_registration
from isocenter.intake.dicom_rt.structures import read_structures

__all__ = [
    "read_ct",
    "read_dose",
    "read_folder",
    "read_plan",
    "read_record",
    "read_registration",
    "read_structures",
    "sniff",
]
