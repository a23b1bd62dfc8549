"""Small DICOM-RT files written field by field, so that a test can say exactly what is odd in them."""

import struct
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

CT, DOSE, STRUCTURES = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.481.2", "1.2.840.10008.5.1.4.1.1.481.3"
RECORD, PLAN, REGISTRATION = (
    "1.2.840.10008.5.1.4.1.1.481.4",
    "1.2.840.10008.5.1.4.1.1.481.5",
    "1.2.840.10008.5.1.4.1.1.66.1",
)
HEAD_FIRST_SUPINE = [1, 0, 0, 0, 1, 0]


def item(**values: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def new(sop_class: str, uid: str, **values: object) -> Dataset:
    usual = {"PatientID": "P1", "FrameOfReferenceUID": "1.9"}
    return item(SOPClassUID=sop_class, SOPInstanceUID=uid, **{**usual, **values})


def save(dataset: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.save_as(path, enforce_file_format=True)
    return path


def jpeg_lossless(
    pixels: np.ndarray, *, predictor: int = 1, precision: int = 16, rows_between_restarts: int = 0, shift: int = 0
) -> bytes:
    """One gray plane as lossless JPEG (ITU-T T.81, annex H).

    Every category of difference has a code of five bits, so that the bits are written down by hand. shift is the
    point transform: so many low bits are dropped.
    """
    rows, columns = pixels.shape
    samples = [[int(value) >> shift for value in row] for row in pixels]
    step = rows_between_restarts or rows
    scan = b""
    for number, start in enumerate(range(0, rows, step)):
        text = ""
        for row in range(start, min(start + step, rows)):
            for column in range(columns):
                expected = _expected(samples, row, column, start, predictor)
                if expected is None:
                    expected = 1 << (precision - shift - 1)
                change = (samples[row][column] - expected + 32768) % 65536 - 32768
                category = abs(change).bit_length()
                text += f"{category:05b}"
                if 0 < category < 16:
                    text += f"{change if change > 0 else change + (1 << category) - 1:0{category}b}"
        text += "1" * (-len(text) % 8)
        if number:
            scan += bytes([0xFF, 0xD0 + (number - 1) % 8])
        scan += int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")
    frame = b"\xff\xc3" + struct.pack(">HBHHBBBB", 11, precision, rows, columns, 1, 1, 0x11, 0)
    codes = b"\xff\xc4" + struct.pack(">HB", 36, 0) + bytes([0, 0, 0, 0, 17, *[0] * 11]) + bytes(range(17))
    restarts = b"\xff\xdd" + struct.pack(">HH", 4, rows_between_restarts * columns) if rows_between_restarts else b""
    start_of_scan = b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, predictor, 0, shift)
    return b"\xff\xd8" + frame + codes + restarts + start_of_scan + scan + b"\xff\xd9"


def _expected(samples: list[list[int]], row: int, column: int, first_row: int, predictor: int) -> int | None:
    if row == first_row:
        return samples[row][column - 1] if column else None
    above = samples[row - 1][column]
    if not column:
        return above
    left, corner = samples[row][column - 1], samples[row - 1][column - 1]
    return {
        1: left,
        2: above,
        3: corner,
        4: left + above - corner,
        5: left + (above - corner) // 2,
        6: above + (left - corner) // 2,
        7: (left + above) // 2,
    }[predictor]


def _image(pixels: np.ndarray, orientation: list[float], position: list[float]) -> dict[str, object]:
    bits = pixels.dtype.itemsize * 8
    return {
        "ImageOrientationPatient": orientation,
        "ImagePositionPatient": position,
        "PixelSpacing": [2.0, 3.0],
        "Rows": pixels.shape[-2],
        "Columns": pixels.shape[-1],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "PixelData": pixels.tobytes(),
    }


def ct_slice(z_mm: float, pixels: np.ndarray | None = None, **changes: object) -> Dataset:
    pixels = np.full((4, 5), 24, dtype=np.int16) if pixels is None else pixels
    values = {
        "Modality": "CT",
        "SeriesInstanceUID": "1.5",
        "PatientPosition": "HFS",
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
        **_image(pixels, HEAD_FIRST_SUPINE, [-10.0, -20.0, z_mm]),
        **changes,
    }
    return new(CT, f"1.5.{round(z_mm * 10) % 100000}", **values)


def dose(stored: np.ndarray, offsets: list[float], **changes: object) -> Dataset:
    values = {
        "Modality": "RTDOSE",
        "DoseUnits": "GY",
        "DoseType": "PHYSICAL",
        "DoseSummationType": "PLAN",
        "DoseGridScaling": 0.01,
        "NumberOfFrames": len(stored),
        "FrameIncrementPointer": 0x3004000C,
        "GridFrameOffsetVector": offsets,
        "ReferencedRTPlanSequence": [item(ReferencedSOPInstanceUID="1.2")],
        **_image(stored, HEAD_FIRST_SUPINE, [-10.0, -20.0, 5.0]),
        **changes,
    }
    return new(DOSE, str(changes.get("uid", "1.4")), **{k: v for k, v in values.items() if k != "uid"})


def square(z_mm: float, half_mm: float = 5.0, kind: str = "CLOSED_PLANAR") -> Dataset:
    corners = [(-half_mm, -half_mm), (half_mm, -half_mm), (half_mm, half_mm), (-half_mm, half_mm)]
    points = [value for x, y in corners for value in (x, y, z_mm)]
    return item(ContourGeometricType=kind, NumberOfContourPoints=4, ContourData=points)


def structures(rois: dict[int, tuple[str, list[Dataset]]], **changes: object) -> Dataset:
    values = {
        "Modality": "RTSTRUCT",
        "StructureSetLabel": "S",
        "StructureSetROISequence": [
            item(ROINumber=number, ROIName=name, ReferencedFrameOfReferenceUID="1.9")
            for number, (name, _) in rois.items()
        ],
        "ROIContourSequence": [
            item(ReferencedROINumber=number, ContourSequence=contours)
            # Against the order of the names: contours go to their ROI by number.
            for number, (_, contours) in reversed(rois.items())
            if contours
        ],
        "RTROIObservationsSequence": [
            item(ObservationNumber=number, ReferencedROINumber=number, RTROIInterpretedType="ORGAN") for number in rois
        ],
        **changes,
    }
    return new(STRUCTURES, "1.3", **values)


def control_point(index: int, weight: float, **changes: object) -> Dataset:
    return item(ControlPointIndex=index, CumulativeMetersetWeight=weight, **changes)


def leaves(positions: list[float], jaws: bool = True) -> list[Dataset]:
    devices = [item(RTBeamLimitingDeviceType="MLCX", LeafJawPositions=positions)]
    if jaws:
        devices.append(item(RTBeamLimitingDeviceType="ASYMX", LeafJawPositions=[-50, 50]))
    return [*devices, item(RTBeamLimitingDeviceType="ASYMY", LeafJawPositions=[-20, 20])]


def beam(number: int, points: list[Dataset] | None = None, **changes: object) -> Dataset:
    if points is None:
        first = {"GantryAngle": 40.0, "GantryRotationDirection": "NONE", "NominalBeamEnergy": 6}
        opening = leaves([-10, -10, 10, 10])
        points = [control_point(0, 0, BeamLimitingDevicePositionSequence=opening, **first), control_point(1, 1)]
    values = {
        "BeamNumber": number,
        "BeamName": f"F{number}",
        "RadiationType": "PHOTON",
        "TreatmentDeliveryType": "TREATMENT",
        "BeamLimitingDeviceSequence": [
            item(RTBeamLimitingDeviceType="MLCX", NumberOfLeafJawPairs=2, LeafPositionBoundaries=[-20, 0, 20]),
        ],
        "FinalCumulativeMetersetWeight": 1,
        "NumberOfControlPoints": len(points),
        "ControlPointSequence": points,
    }
    return item(**{**values, **changes})


def plan(beams: list[Dataset] | None = None, uid: str = "1.2", **changes: object) -> Dataset:
    beams = [beam(1), beam(2)] if beams is None else beams
    values = {
        "Modality": "RTPLAN",
        "RTPlanLabel": "PROSTATE",
        "RTPlanDate": "20240301",
        "ApprovalStatus": "APPROVED",
        "ReviewerName": "ONCOLOGIST^ADA",
        "ReviewDate": "20240304",
        "DoseReferenceSequence": [
            item(DoseReferenceNumber=1, DoseReferenceType="TARGET", TargetPrescriptionDose=10),
        ],
        "FractionGroupSequence": [
            item(
                FractionGroupNumber=1,
                NumberOfFractionsPlanned=5,
                ReferencedBeamSequence=[
                    item(
                        ReferencedBeamNumber=part.BeamNumber,
                        BeamMeterset=100 + part.BeamNumber,
                        BeamDose=2 / len(beams),
                    )
                    for part in reversed(beams)
                ],
            )
        ],
        "ReferencedStructureSetSequence": [item(ReferencedSOPInstanceUID="1.3")],
        "BeamSequence": beams,
        **changes,
    }
    return new(PLAN, uid, **values)


def record(fraction: int = 1, **changes: object) -> Dataset:
    delivered = item(
        ReferencedBeamNumber=1,
        BeamName="F1",
        CurrentFractionNumber=fraction,
        SpecifiedPrimaryMeterset=101,
        DeliveredPrimaryMeterset=100.9,
        TreatmentTerminationStatus="NORMAL",
        TreatmentVerificationStatus="VERIFIED",
    )
    values = {
        "Modality": "RTRECORD",
        "TreatmentDate": "20240311",
        "ReferencedRTPlanSequence": [item(ReferencedSOPInstanceUID="1.2")],
        "TreatmentSessionBeamSequence": [delivered],
        **changes,
    }
    return new(RECORD, f"1.6.{fraction}", **values)


def registration(matrix: np.ndarray, source: str = "1.8") -> Dataset:
    parts = item(
        FrameOfReferenceTransformationMatrixType="RIGID", FrameOfReferenceTransformationMatrix=list(matrix.ravel())
    )
    mapped = item(FrameOfReferenceUID=source, MatrixRegistrationSequence=[item(MatrixSequence=[parts])])
    return new(REGISTRATION, "1.7", Modality="REG", RegistrationSequence=[mapped])


def complete_folder(folder: Path) -> Path:
    """A plan, its structures, dose and CT that fit together without one problem."""
    for k in range(6):
        save(ct_slice(5.0 + 2.0 * k), folder / f"CT{k}.dcm")
    contours = [square(5.0 + 2.0 * k, 1.0) for k in range(1, 4)]
    save(structures({1: ("PTV", contours)}), folder / "RS.dcm")
    save(plan(), folder / "RP.dcm")
    stored = np.full((6, 12, 8), 1000, dtype=np.uint16)
    save(dose(stored, [2.0 * k for k in range(6)], ImagePositionPatient=[-10.0, -10.0, 5.0]), folder / "RD.dcm")
    return folder
