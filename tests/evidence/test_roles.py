"""Roles of structures by names as met in the wild, by DICOM type where the name is silent, or as given."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocenter.errors import UnknownName
from isocenter.evidence.roles.roles import ROLES, find_structure, role_of, structure_rows
from isocenter.evidence.roles.standard_structures import standard_table
from isocenter.terms.imaging import ContouredStructure, StructureSet
from isocenter.terms.spelling import differ_by

ORGANS = {
    "LUNG_RIGHT": ("Lung_R", "right"),
    "Lt Lung": ("Lung_L", "left"),
    "Lung-Left": ("Lung_L", "left"),
    "LLung": ("Lung_L", "left"),
    "Lungs": ("Lungs", ""),
    "Both Lungs": ("Lungs", "both"),
    "Spinal-Cord": ("SpinalCord", ""),
    "SPINAL CORD": ("SpinalCord", ""),
    "SpinalCord": ("SpinalCord", ""),
    "SpinalCrod": ("SpinalCord", ""),
    "Parotid_L": ("Parotid_L", "left"),
    "L parotid": ("Parotid_L", "left"),
    "lparotid": ("Parotid_L", "left"),
    "ParotidR": ("Parotid_R", "right"),
    "Brain Stem": ("Brainstem", ""),
    "Rt Optic Nerve": ("OpticNrv_R", "right"),
    "LtFemHead": ("Femur_Head_L", "left"),
    "Oral Cavity": ("Cavity_Oral", ""),
    "Small Bowel": ("Bowel_Small", ""),
    "Rectal Wall": ("Rectal_Wall", ""),
    "Heart final 2": ("Heart", ""),
    "Lungs-GTV": ("Lungs", ""),
}
TARGETS = {
    "PTV_7000": "PTV",
    "ptv70": "PTV",
    "CTV hi": "CTV",
    "iGTV": "GTV",
    "GTVp": "GTV",
    "ITV": "ITV",
    "PTV_Eval": "PTV",
    "PTV_Breast_L": "PTV",
    "Prostate PTV": "PTV",
    "Tumor Bed": "CTV",
    "Tumor Bed Block": "",
    "OuterTarget": "",
}
HELPERS = [
    "z_ring", "zzDose", "NS_opt", "rectum+3mm", "CTV+5mm", "SpinalCord_PRV05", "Bladder-PTV", "Lungs-PTV",
    "PTVopt", "PTV-Parotid", "Rectum in PTV", "ring 1cm", "95% isodose", "HotSpot",
]  # fmt: skip


@pytest.mark.parametrize("name", ORGANS)
def test_organs_are_recognized_by_name_with_their_side(name: str) -> None:
    found = role_of(name)
    assert (found.role, found.standard_name, found.laterality, found.source) == ("critical", *ORGANS[name], "name")


@pytest.mark.parametrize("name", TARGETS)
def test_targets_are_recognized_by_name_with_their_class(name: str) -> None:
    assert (role_of(name).role, role_of(name).target_class) == ("target", TARGETS[name])


@pytest.mark.parametrize("name", HELPERS)
def test_what_serves_the_optimizer_alone_is_a_helper(name: str) -> None:
    assert role_of(name, "ORGAN").role == "helper"


@pytest.mark.parametrize(
    ("name", "role"),
    [("BODY", "external"), ("External", "external"), ("Couch Surface", "support"), ("CouchInterior", "support"),
     ("Bolus_05mm", "support"), ("Nodes", "other"), ("Scar", "other"), ("Marker 1", "other")],
)  # fmt: skip
def test_outline_support_and_the_rest(name: str, role: str) -> None:
    assert role_of(name).role == role


@pytest.mark.parametrize(
    ("name", "interpreted_type", "role", "source"),
    [
        ("Core", "ORGAN", "critical", "dicom type"),
        ("Foo", "EXTERNAL", "external", "dicom type"),
        ("Foo", "CONTROL", "helper", "dicom type"),
        ("Foo", "", "other", "name"),
        ("Lt Lung", "AVOIDANCE", "critical", "name"),
        ("BODY", "ORGAN", "external", "name"),  # the name is more to be trusted than the type
        ("Heart", "CTV", "critical", "name"),
        ("Breast", "GTV", "target", "dicom type"),  # an organ that can itself be the target
    ],
)
def test_the_dicom_type_decides_only_where_the_name_leaves_it_open(
    name: str, interpreted_type: str, role: str, source: str
) -> None:
    found = role_of(name, interpreted_type)
    assert (found.role, found.source) == (role, source)


@pytest.mark.parametrize(
    ("name", "standard_name"),
    [("LNs", "LN"), ("LN level II", "LN"), ("Lvl_III_R", "LN_R"), ("Level 2", "LN"), ("Axilla_L", "LN_L"),
     ("pelvic LN", "LN"), ("SCV", "LN"), ("Lymphknoten", "LN")],
)  # fmt: skip
def test_a_region_of_lymph_nodes_is_no_organ_at_risk_whatever_its_type(name: str, standard_name: str) -> None:
    found = role_of(name, "ORGAN")
    assert (found.role, found.standard_name) == ("other", standard_name)
    assert role_of(name, "CTV").role == "target"


def test_a_bare_dose_is_an_isodose_unless_its_type_says_target() -> None:
    assert [role_of("50Gy", kind).role for kind in ("", "ORGAN", "PTV")] == ["helper", "helper", "target"]


def disk(number: int, name: str, kind: str, x_mm: float, radius_mm: float) -> ContouredStructure:
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    outline = np.column_stack([x_mm + radius_mm * np.cos(turn), radius_mm * np.sin(turn)])
    return ContouredStructure(number, name, kind, tuple((3.0 * k, outline) for k in range(4)))


@pytest.mark.parametrize(
    ("bladder", "role"),
    [
        (disk(2, "Bladder", "ORGAN", 0.0, 20.0), "target"),  # the target holds the bladder that it is named after
        (disk(2, "Bladder", "ORGAN", 50.0, 22.0), "helper"),  # the target is cut by the bladder beside it
        (disk(2, "Foo", "ORGAN", 50.0, 22.0), "target"),
    ],
)
def test_a_target_named_with_an_organ_is_cut_by_it_or_holds_it(bladder: ContouredStructure, role: str) -> None:
    drawn = StructureSet((disk(1, "PTV-Bladder", "PTV", 0.0, 30.0), bladder))
    assert structure_rows("P", drawn)[0].role == role


def test_a_role_that_was_given_wins_and_says_so() -> None:
    found = role_of("Lt Lung", "ORGAN", {"lt_lung": "helper"})
    assert (found.role, found.source, found.standard_name) == ("helper", "given", "Lung_L")


def test_a_given_role_that_is_none_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="critical"):
        role_of("Heart", given={"Heart": "organ"})


def test_rows_carry_role_side_and_source() -> None:
    structure_set = StructureSet((ContouredStructure(3, "Lt Lung"), ContouredStructure(5, "Lungs")))
    rows = structure_rows("1.2", structure_set)
    assert [(r.structure_number, r.role, r.laterality, r.role_source) for r in rows] == [
        (3, "critical", "left", "name"),
        (5, "critical", "", "name"),
    ]


@given(st.text(max_size=30), st.text(max_size=12))
def test_any_name_gets_a_known_role(name: str, interpreted_type: str) -> None:
    assert role_of(name, interpreted_type).role in ROLES


def test_every_standard_name_is_its_own_alias() -> None:
    for row in standard_table():
        if row.standard_name:
            name = f"{row.standard_name}_L" if row.is_paired else row.standard_name
            assert role_of(name).standard_name == name


def test_every_standard_name_is_in_the_published_list(shared_data: Path) -> None:
    with (shared_data / "tg263" / "tg263_names.csv").open(encoding="utf-8") as file:
        published = {row["primary_name"] for row in csv.DictReader(file)}
    ours = {
        name
        for row in standard_table()
        for name in (
            (f"{row.standard_name}_L", f"{row.standard_name}_R", row.both) if row.is_paired else (row.standard_name,)
        )
        if name
    }
    assert ours <= published


def test_published_names_that_the_table_holds_are_found_as_published(shared_data: Path) -> None:
    known = {name for row in standard_table() for name in (row.standard_name, row.both) if name}
    with (shared_data / "tg263" / "tg263_names.csv").open(encoding="utf-8") as file:
        names = [row["primary_name"] for row in csv.DictReader(file)]
    for name in names:
        bare = name.removesuffix("_L").removesuffix("_R")
        if bare in known:
            assert role_of(name).standard_name == name


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [("cord", "cord", 0), ("cord", "crod", 1), ("heart", "hart", 1), ("liver", "lever", 1), ("abc", "xyz", 3)],
)
def test_letters_changed_left_out_or_swapped_are_counted(one: str, other: str, steps: int) -> None:
    assert differ_by(one, other, 5) == steps
    assert differ_by(other, one, 5) == steps
    assert differ_by(one, other, 0) == min(steps, 1)


@pytest.mark.parametrize("name", ["PTV_Wall", "wall PTV 50", "PTV rind", "Ring_PTV", "Shell PTV70", "D2CM", "D2cm_PTV"])
def test_walls_rings_shells_and_rinds_are_no_targets(name: str) -> None:
    assert role_of(name).role == "helper"


@pytest.mark.parametrize(
    ("name", "standard_name"),
    [
        ("Moelle \u00e9pini\u00e8re", "SpinalCord"),
        ("R\u00fcckenmark", "SpinalCord"),
        ("Rueckenmark", "SpinalCord"),
        ("M\u00e9dula", "SpinalCord"),
        ("Poumon gauche", "Lung_L"),
        ("Lunge rechts", "Lung_R"),
        ("Pulm\u00f3n izq", "Lung_L"),
        ("Parotide droite", "Parotid_R"),
        ("C\u0153ur", "Heart"),
        ("Vejiga", "Bladder"),
        ("Harnblase", "Bladder"),
        ("Vessie", "Bladder"),
        ("Cabeza femoral derecha", "Femur_Head_R"),
        ("Huftkopf li", "Femur_Head_L"),
        ("Lung Lef", "Lung_L"),
        ("Parotid Rig", "Parotid_R"),
        ("LT Lung", "Lung_L"),
        ("Parotid RT", "Parotid_R"),
    ],
)
def test_names_of_other_languages_and_cut_sides_are_read(name: str, standard_name: str) -> None:
    found = role_of(name)
    assert (found.role, found.standard_name) == ("critical", standard_name)


def test_names_as_clinics_of_seven_languages_write_them_are_read() -> None:
    with Path(__file__).with_name("structure_names.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    misread = [
        (row["name"], found.role, found.standard_name)
        for row in rows
        if (found := role_of(row["name"])).role != row["role"]
        or (row["standard_name"] and found.standard_name != row["standard_name"])
    ]
    assert (len(rows) > 300, misread) == (True, [])


@pytest.mark.parametrize(
    ("asked", "names", "meant"),
    [
        ("Spinal Cord", ["SpinalCord_PRV05", "cord"], "cord"),
        ("SpinalCord_PRV05", ["SpinalCord", "Cord PRV 5"], "Cord PRV 5"),
        ("SpinalCord_PRV05", ["SpinalCord", "Cord PRV 3"], None),
        ("PTV", ["GTV", "PTV_50"], "PTV_50"),
        ("PTV", ["PTV_50", "PTV_60"], None),
        ("Parotid", ["Parotid_L", "Parotid_R"], None),
        ("Left parotid", ["Parotid_R", "Lt Parotid"], "Lt Parotid"),
        ("Lungs", ["Lung_L", "Lung_R", "Both lungs"], "Both lungs"),
        ("moelle", ["SpinalCord"], "SpinalCord"),
        ("Rectum", ["Bladder"], None),
        ("PTV_50", ["PTV_50.4"], None),
        ("PTV_7000", ["GTV 70Gy", "PTV 70Gy", "PTV_56"], "PTV 70Gy"),
        ("PTV 50.4 Gy", ["PTV_5040", "PTV_4500"], "PTV_5040"),
        ("PTV 70", ["PTV_7000", "PTV 70 Gy"], None),
        ("PTV_1", ["PTV_100cGy", "PTV 1Gy"], None),
        ("PTV_7000", ["PTV_7000_opt", "PTV_60"], None),
    ],
)
def test_a_structure_is_found_by_the_name_of_an_order(asked: str, names: list[str], meant: str | None) -> None:
    assert find_structure(asked, names) == meant


@pytest.mark.parametrize(
    "name",
    ["Normal Tissue", "NormalTissue", "normaltissue_obj", "Healthy tissue", "Unspecified Tissue", "Remaining volume",
     "RVR", "Fall off", "Skin_5mm", "Cord 3 mm", "opti rectum", "Block Heart", "xPTV", "~PTV_50"],
)  # fmt: skip
def test_what_steers_the_dose_is_no_organ_whatever_type_its_file_states(name: str) -> None:
    assert role_of(name, "ORGAN").role == "helper"


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("PTV L3-L5", ""),
        ("CTV_L5", ""),
        ("PTV R1", ""),
        ("PTV_L 50", "left"),
        ("PTV_RUL", "right"),
        ("RML PTV", "right"),
        ("PTV_LLL", "left"),
    ],
)
def test_vertebrae_are_no_side_and_lobes_are_one(name: str, side: str) -> None:
    assert role_of(name).laterality == side


def test_words_that_only_begin_with_a_letter_of_helpers_are_none() -> None:
    assert role_of("Zygomatic bone", "ORGAN").role == "critical"
    assert role_of("Tumor Bed Block").role == "target"
