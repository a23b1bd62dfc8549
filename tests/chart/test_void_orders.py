"""What an order calls void, and what only a printed plan or an unfinished table holds, is not stated."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.passages import sentences
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.results.verifications import verifications_in
from isocenter.chart.statements.check import line_of
from tests.chart.reading import document_of, read

_SIGNED = "Ada Winter, MD electronically signed 3/4/2025"


@pytest.mark.parametrize(
    ("legend", "void"),
    [
        ("Revised order; superseded lines are struck by S:", "S: Cord max 50 Gy"),
        ("Lines marked X: are void.", "X: Cord max 50 Gy"),
        ("++ = deleted", "++ Cord max 50 Gy"),
        ("Old limits (crossed out with an *)", "* Cord max 50 Gy"),
    ],
)
def test_lines_with_the_mark_of_void_ones_order_nothing(grammar: Grammar, legend: str, void: str) -> None:
    found = read(
        grammar,
        f"# Radiation Prescription\nDate: 3/4/2025\n{legend}\n{void}\nPTV: 54 Gy in 30 fractions\n"
        f"Cord max 45 Gy\nHeart mean < 5 Gy\n{_SIGNED}",
    )
    assert [limit.limit for limit, _ in found.constraints] == [45, 5]


@pytest.mark.parametrize(
    "said",
    [
        "Earlier limits superseded.",
        "The limits of the sheet of 2/12 are void.",
        "All goals of 2/12 are replaced by these.",
        "Lens max 6 Gy (was 8 Gy, superseded)",
    ],
)
def test_an_order_that_replaces_other_limits_is_in_force(grammar: Grammar, said: str) -> None:
    found = read(
        grammar,
        f"# Radiation Prescription\nDate: 3/4/2025\nPTV: 54 Gy in 30 fractions\nCord max 44 Gy\n{said}\n"
        f"Heart mean < 6 Gy\n{_SIGNED}",
    )
    assert [limit.limit for limit, _ in found.constraints if limit.structure != "Lens"] == [44, 6]
    assert document_of(found, "prescription").state == ""


def test_an_order_that_a_mark_below_it_calls_void_orders_no_limit(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Radiation Prescription\nDate: 3/4/2025\nPTV: 66 Gy in 33 fractions\n"
        "Limits: cord max 47 Gy; heart mean < 9 Gy\n"
        f">> VOID - see the order of 3/9/2025 <<\n{_SIGNED}",
        "# Radiation Prescription\nDate: 3/9/2025\nPTV: 60 Gy in 30 fractions\n"
        f"Limits: cord max 43 Gy; heart mean < 8 Gy\n{_SIGNED}",
    )
    assert [limit.limit for limit, _ in found.constraints] == [43, 8]


@pytest.mark.parametrize("said", ["Superseded by Dr. Winter on 3/3/2025.", "Plan voided by RN: Kay, see log"])
def test_who_made_an_order_void_is_no_mark(grammar: Grammar, said: str) -> None:
    found = read(
        grammar,
        f"# Radiation Prescription\nDate: 3/4/2025\nPrevious version: {said}\nPTV: 54 Gy in 30 fractions\n"
        f"Dr. Winter wants: cord max 45 Gy\nHeart mean < 5 Gy\n{_SIGNED}",
    )
    assert [limit.limit for limit, _ in found.constraints] == [45, 5]


@pytest.mark.parametrize(
    "orders",
    [
        "Rx v1: 66 Gy / 33 fx (superseded). Rx v2: PTV 60 Gy / 30 fx (active).",
        "Rx v2: PTV 60 Gy / 30 fx (active). Rx v1: 66 Gy / 33 fx (superseded).",
        "Version 1, 66 Gy in 33 fractions, was discontinued; version 2, PTV 60 Gy in 30 fractions, is in force.",
        "Order 1: 66 Gy in 33 fractions - cancelled 3/2/2025; Order 2: PTV 60 Gy in 30 fractions - approved",
        "OLD ORDER: 66 Gy in 33 fractions. VOID. NEW ORDER: PTV 60 Gy in 30 fractions.",
        "Rx v1 66 Gy in 33 fractions superseded.\nRx v2 PTV 60 Gy in 30 fractions active.",
        "PTV 60 Gy in 30 fractions.\nVer 1 (void): 6600/33, cord max 50",
    ],
)
def test_of_several_versions_of_an_order_on_a_row_the_one_in_force_counts(grammar: Grammar, orders: str) -> None:
    found = read(grammar, f"# Radiation Prescription\nDate: 3/4/2025\nCord max 45 Gy.\n{orders}\n{_SIGNED}")
    assert [(d.kind, d.state) for d in found.documents] == [("prescription", "")]
    assert found.prescription is not None
    assert (found.prescription.dose_gy, found.prescription.fractions) == (60, 30)


@pytest.mark.parametrize(
    ("title", "state"),
    [
        ("Prescription (ver 3, 3/4/2025; ver 2 of 3/1/2025 void)", ""),
        ("Prescription, version 1 withdrawn; version 2", ""),
        ("Prescription (ver 2, void)", "superseded"),
    ],
)
def test_the_title_of_an_order_may_name_the_version_that_is_void(grammar: Grammar, title: str, state: str) -> None:
    found = read(grammar, f"# {title}\nDate: 3/4/2025\nPTV 60 Gy in 30 fractions.\nCord max 45 Gy.\n{_SIGNED}")
    assert document_of(found, "prescription").state == state


@pytest.mark.parametrize(
    "orders",
    [
        "Rx v1: 66 Gy in 33 fx (superseded). See Rx v2.",
        "Rx v1 66 Gy in 33 fx void; Rx v2 60 Gy in 30 fx void",
        "Both versions void: v1 60 Gy in 30 fractions, v2 66 Gy in 33 fractions.",
    ],
)
def test_where_every_version_of_an_order_is_void_nothing_is_prescribed(grammar: Grammar, orders: str) -> None:
    found = read(grammar, f"# Radiation Prescription\nDate: 3/4/2025\nCord max 45 Gy.\n{orders}\n{_SIGNED}")
    assert found.prescription is None


def test_an_earlier_order_that_was_canceled_is_no_planning_note(grammar: Grammar) -> None:
    found = read(
        grammar,
        f"# Clinical Treatment Planning Note\nDate: 3/4/2025\nVolumes: I contoured the GTV and a CTV.\n{_SIGNED}\n"
        "# PREVIOUS ORDER RX-398, 3/1/2025, CANCELLED: PTV 55 Gy in 20 sessions, rectum V50 < 60 %. Never signed.",
    )
    assert [(d.kind, d.state, len(d.elements)) for d in found.documents] == [
        ("clinical_planning_note", "", 1),
        ("prescription", "superseded", 0),
    ]


_PLAN = (
    "# Plan Summary and Physician Review\nDate: 3/4/2025\nThe computed plan gives 47.9 Gy to 95 % of the PTV.\n"
    "Structure    Reached\nSpinal cord max    39.8 Gy\nPTV D95    47.9 Gy\n"
)


@pytest.mark.parametrize(
    ("signer", "kinds"),
    [
        ("Ole Ray, PhD, Medical Physicist", {"plan_report"}),
        ("Ada Winter, MD, Radiation Oncologist", {"plan_report", "dvh_review"}),
    ],
)
def test_statistics_that_only_physics_signed_are_no_review(grammar: Grammar, signer: str, kinds: set[str]) -> None:
    found = read(grammar, f"{_PLAN}Electronically signed by {signer} 3/4/2025 10:12")
    assert {document.kind for document in found.documents} == kinds


def test_a_row_whose_name_is_unreadable_names_no_field_after_its_units() -> None:
    columns = (Column("MU plan", "498"), Column("MU second", "490"), Column("%", "-1.6"))
    (row,) = [s._replace(row=3, columns=columns) for s in sentences([line_of("498 490 -1.6")])]
    assert [(v.field, v.value) for v in verifications_in([row], calculation=True)] == [("", -1.6)]


def test_a_limit_beside_an_empty_cell_is_no_result() -> None:
    rows = [(Column("Rotation", "CW1"), Column("Gamma 3%/2mm", "96.8 %"), Column("Limit", "95 %"))]
    rows.append((Column("Rotation", "CCW2"), Column("Limit", "95 %")))
    some = [
        s._replace(row=number, columns=columns)
        for number, columns in enumerate(rows)
        for s in sentences([line_of(" ".join(c.value for c in columns))])
    ]
    assert [(v.field, v.value) for v in verifications_in(some, calculation=False)] == [("CW1", 96.8)]


def test_a_row_that_was_not_computed_checks_no_field(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Second MU Calculation\nDate: 3/4/2025\nArc    MU plan    MU second    %\n1    511    520    +1.8\n"
        "2    470    not computed, couch 90 unsupported\n3    467    ---    skipped\n"
        "Electronically signed by Ole Ray, PhD, Medical Physicist 3/4/2025",
    )
    calculation = document_of(found, "dosimetry_calculation")
    assert [e.detail for e in calculation.elements if e.element == "independent_check"] == ["1"]


_NOTE = {
    "Radiation Prescription": "PTV: 54 Gy in 30 fractions\nCord max < 45 Gy",
    "Weekly On-Treatment Visit": "Seen and examined, skin intact, images reviewed.",
}


@pytest.mark.parametrize(
    ("title", "named", "roles"),
    [
        ("Radiation Prescription", "prescription", []),
        ("Weekly On-Treatment Visit", "visit note", ["radiation_oncologist"]),
    ],
)
def test_an_attestation_signs_a_note_on_its_own_day_and_no_order(
    grammar: Grammar, title: str, named: str, roles: list[str]
) -> None:
    found = read(
        grammar,
        f"# {title}\nDate: 3/4/2025\n{_NOTE[title]}",
        f"# Signature Attestation\nDate: 9/1/2025\nI, Ada Winter, MD, attest that the {named} dated 3/4/2025 was "
        "written by me and lacked my signature by oversight.\nAda Winter, MD electronically signed 9/1/2025",
    )
    first = found.documents[0]
    assert [s.role for s in first.signatures] == roles
    assert {str(s.signed_on) for s in first.signatures} <= {"2025-09-01"}


def test_the_day_of_an_attestation_is_that_of_signing_it_and_not_that_of_the_note(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# ATTESTATION\nI, Ada Winter, MD, attest that the entry of 03/13/2026 reflects my visit of that day "
        "and was left unsigned by oversight.\nAda Winter, MD 04/02/2026",
    )
    assert [(one.kind, str(one.document_date)) for one in found.documents] == [("attestation_statement", "2026-04-02")]


@pytest.mark.parametrize(
    "table",
    [
        "| Organ | Limit | v1 limit\n| Cord | max < 45 Gy | max < 40 Gy\n| Colon | V45 < 9 cc | V40 < 5 cc",
        "| Organ | v1 (4/2) | v2 (4/9)\n| Cord | max < 40 Gy | max < 45 Gy\n| Colon | V40 < 5 cc | V45 < 9 cc",
        "| Organ | Protocol | This patient\n| Cord | max < 40 Gy | max < 45 Gy\n| Colon | V40 < 5 cc | V45 < 9 cc",
        "| Organ | Former | Revised\n| Cord max | 40 Gy | 45 Gy\n| Colon V45 | 5 cc | 9 cc",
    ],
)
def test_columns_of_an_earlier_version_order_nothing(grammar: Grammar, table: str) -> None:
    page = f"# RADIATION PRESCRIPTION\nDate: 4/9/2025\n{table}\nAda Winter, MD, e-signed 4/9/2025"
    limits = {(c.structure, c.metric, c.limit) for c, _ in read(grammar, page).constraints}
    assert limits == {("Cord", "max", 45.0), ("Colon", "V45Gy", 9.0)}


@pytest.mark.parametrize(
    "history",
    [
        "Revision 3 (replaces revision 2 of June 4, 60 Gy in 30 fractions,\ncancelled by the physician)",
        "This order supersedes the first one, which was\nvoided when the scan showed a second node.",
    ],
)
def test_what_an_order_replaces_is_void_over_two_lines_and_the_order_is_in_force(
    grammar: Grammar, history: str
) -> None:
    page = (
        f"# RADIATION PRESCRIPTION\nDate: 6/6/2025\n{history}\n\n| Target | Dose | Fractions\n| PTV_A | 66 Gy | 33\n"
        f"Cord max 44 Gy.\n{_SIGNED}"
    )
    found = read(grammar, page)
    assert found.prescription is not None
    assert (found.prescription.dose_gy, found.prescription.fractions) == (66.0, 33)
    assert {(c.structure, c.limit) for c, _ in found.constraints} == {("Cord", 44.0)}
    assert document_of(found, "prescription").state == ""


def test_an_order_that_another_one_replaces_is_superseded_all_the_same(grammar: Grammar) -> None:
    page = (
        "# RADIATION PRESCRIPTION\nDate: 6/6/2025\nReplaced by revision 2,\nand so voided.\n"
        f"PTV_A 66 Gy in 33 fractions.\n{_SIGNED}"
    )
    assert read(grammar, page).prescription is None


def test_a_limit_of_an_organ_outside_the_fields_is_not_ordered(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Radiation Prescription\nDate: 3/4/2025\nPTV: 54 Gy in 30 fractions\n"
        "Kidneys (n/a, outside the fields): V18 < 33 %\nLens: not applicable, max 7 Gy\n"
        "Larynx [out of field] mean < 40 Gy\nLeft cochlea n/a, right cochlea max < 45 Gy\n"
        f"Cord PRV (both parts) max < 50 Gy\n{_SIGNED}",
    )
    assert [(limit.structure, limit.limit) for limit, _ in found.constraints] == [
        ("right cochlea", 45),
        ("Cord PRV", 50),
    ]


@pytest.mark.parametrize("said", ["is to be held to", "held at", "must be restricted to", "to be kept to"])
def test_an_organ_that_is_held_to_a_dose_has_a_limit(grammar: Grammar, said: str) -> None:
    page = f"# Radiation Prescription\nDate: 3/4/2025\nPTV: 54 Gy in 30 fractions\nThe cord {said} 4500 cGy.\n{_SIGNED}"
    ((limit, _),) = read(grammar, page).constraints
    assert (limit.metric, limit.comparison, limit.limit) == ("max", "<=", 4500)


@pytest.mark.parametrize(
    ("change", "dose", "targets"),
    [
        ("The boost is cut to 6 fractions, 12 Gy, for a total of 62 Gy in 31 fractions.", (62, 31), {50, 62}),
        ("Add a boost of 6 Gy in 3 fractions to the scar.", (66, 33), {50, 66}),
    ],
)
def test_an_addendum_changes_the_limit_that_it_names_and_a_total_that_it_gives(
    grammar: Grammar, change: str, dose: tuple[int, int], targets: set[int]
) -> None:
    found = read(
        grammar,
        "# Radiation Prescription\nDate: 3/4/2025\nPTV_50: 50 Gy in 25 fractions, then PTV_66: 16 Gy in 8 fractions, "
        f"total 66 Gy in 33 fractions\nCord max 44 Gy\nHeart V25 < 12 %\n{_SIGNED}",
        f"# Addendum to prescription\nDate: 4/2/2025\n{change} Heart V25 now less than 8 %.\n"
        "Ada Winter, MD electronically signed 4/2/2025",
    )
    assert sorted((limit.structure, limit.limit) for limit, _ in found.constraints) == [("Cord", 44), ("Heart", 8)]
    assert found.prescription is not None
    assert (found.prescription.dose_gy, found.prescription.fractions) == dose
    assert {target.dose_gy for target in found.prescription.targets} == targets
