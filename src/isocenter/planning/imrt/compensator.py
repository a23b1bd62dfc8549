"""A compensator for each field: a plate whose thickness leaves the fluence that the optimizer asks for."""

from dataclasses import replace

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.planning.beam.beam_data import BeamData
from isocenter.planning.conformal.components import as_leaves_form
from isocenter.planning.dose.influence import BIXEL_MM, BixelMap
from isocenter.terms.imaging import Beam, Compensator, ControlPoint, FloatArray

MILLED_MM = 0.1  # steps of thickness that are milled


def thickness_mm(transmission: FloatArray, data: BeamData) -> FloatArray:
    """The thickness that lets these shares through, hardening included, as it is milled; at most the table's."""
    if data.compensator_mm is None or data.compensator_transmission is None:
        raise UnreadableInput(
            f"the beam data {data.name} has no `compensator` (material, thickness_mm, transmission); "
            "add it, or plan another delivery"
        )
    depth = -np.log(data.compensator_transmission)
    wanted = -np.log(np.clip(transmission, data.compensator_transmission[-1], 1.0))
    thick: FloatArray = np.interp(wanted, depth, data.compensator_mm)
    return np.round(thick / MILLED_MM) * MILLED_MM


def transmission_of(thick_mm: FloatArray, data: BeamData) -> FloatArray:
    """The share of kerma in water behind a thickness, interpolated in the logarithm."""
    assert data.compensator_mm is not None and data.compensator_transmission is not None
    depth: FloatArray = np.interp(thick_mm, data.compensator_mm, -np.log(data.compensator_transmission))
    return np.exp(-depth)


def compensated_field(bixels: BixelMap, wanted_mu: FloatArray, data: BeamData) -> Beam:
    """A field of one opening behind a plate of its own that gives a map (columns, leaf pairs) of monitor units."""
    is_used = wanted_mu > 0
    shape = as_leaves_form(is_used)
    columns, pairs = (np.flatnonzero(shape.any(axis)) for axis in (1, 0))
    most = float(wanted_mu.max())
    thick = thickness_mm(wanted_mu / most, data)
    u_mm, v_mm = bixels.u0_mm - BIXEL_MM / 2, bixels.v0_mm - BIXEL_MM / 2
    first, last = np.argmax(shape, 0), shape.shape[0] - np.argmax(shape[::-1], 0)
    is_closed, middle = ~shape.any(0), u_mm + BIXEL_MM * (columns[0] + columns[-1] + 1) / 2
    half_gap = (data.leaf_gap_mm or 0.0) / 2
    left = np.where(is_closed, middle, u_mm + BIXEL_MM * first + half_gap)
    right = np.where(is_closed, middle, u_mm + BIXEL_MM * last - half_gap)
    window = slice(columns[0], columns[-1] + 1), slice(pairs[0], pairs[-1] + 1)
    rows = thick[window].T[::-1]  # DICOM's first row is the topmost: +y
    plate = Compensator(
        number=1,
        identifier="PLATE",
        rows=rows.shape[0],
        columns=rows.shape[1],
        has_thickness=True,
        has_transmission=True,
        material=data.compensator_material,
        pixel_mm=(BIXEL_MM, BIXEL_MM),
        corner_mm=(
            float(bixels.u0_mm + BIXEL_MM * columns[0]),
            float(bixels.v0_mm + BIXEL_MM * pairs[-1]),
        ),
        thickness_mm=rows,
        transmission=transmission_of(rows, data),
    )
    jaws_x = (float(u_mm + BIXEL_MM * columns[0]), float(u_mm + BIXEL_MM * (columns[-1] + 1)))
    jaws_y = (float(v_mm + BIXEL_MM * pairs[0]), float(v_mm + BIXEL_MM * (pairs[-1] + 1)))
    point = ControlPoint(
        0.0, bixels.view.gantry_deg, jaws_x_mm=jaws_x, jaws_y_mm=jaws_y, leaves_mm=np.stack([left, right])
    )
    return Beam(
        number=0,
        beam_type="STATIC",
        monitor_units=most,
        leaf_boundaries_mm=v_mm + BIXEL_MM * np.arange(wanted_mu.shape[1] + 1),
        leaf_axis="X",
        compensators=(plate,),
        control_points=(point, replace(point, cumulative_weight=1.0)),
    )
