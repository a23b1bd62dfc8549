"""Random courses of IMRT for the oracle: clean ones, and ones with violations of every kind planted."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from random import Random
from typing import Any

from isocenter.terms.chart import Document, DocumentElement, Signature
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine, Diagnosis
from isocenter.terms.courses import Course, Fraction, ImageGuidance
from isocenter.terms.plans import Plan, PlanField
from isocenter.terms.reference import CoveredDiagnosis, UnitLimit

Tables = dict[str, list[Any]]

_TABLES = [
    "courses",
    "claim_lines",
    "diagnoses",
    "claim_diagnoses",
    "documents",
    "document_elements",
    "signatures",
    "plans",
    "plan_fields",
    "fractions",
    "image_guidance",
    "covered_diagnoses",
    "unit_limits",
]
# First days around which the codes change: courses begin in each code era and across its borders.
_BEGINNINGS = [date(2014, 11, 24), date(2019, 3, 4), date(2024, 6, 3), date(2025, 11, 24), date(2026, 2, 2)]
_PLANTED_CODES = [
    "77301", "77295", "77263", "77290", "77293", "77306", "77305", "77307", "77321", "77316", "77326", "77318",
    "77331", "77332", "77333", "77334", "77416", "77787", "77336", "77370", "77427", "77470", "77499", "99205",
    "99214", "77401", "G6004", "G6012", "77422", "77373", "77402", "77407", "77412", "77418", "G6015", "G6016",
    "77385", "77386", "0073T", "77761", "77770", "77424", "77425", "G6001", "G6002", "77014", "77421", "76950",
    "77387", "77436", "77437", "77338", "77280", "77435", "77523", "12345",
]  # fmt: skip
_PLANTED_STATEMENTS = {
    "anatomy_change": ["anatomy_change", "repeat_planning_ct"],
    "field_change_note": ["cone_down", "changed_field_size"],
    "clinical_planning_note": ["records_review", "modality_choice"],
    "visit_note": ["records_review"],
    "simulation_record": ["resimulation_reason", "patient_positioning"],
    "special_dosimetry_record": ["plan_verification", "apart_from_verification", "other_modality"],
    "device_record": ["other_modality", "separate_and_distinct"],
    "special_treatment_record": ["total_body", "intraoperative_cone", "lesser_procedure", "regular_variant"],
    "procedure_record": ["proof_of_work", "date_of_service"],
    "other_modality": ["external_beam", "brachytherapy"],
    "special_physics_consultation": ["need", "use", "separate_from_planning", "other_modality"],
    "delivery_level_record": ["several_isocenters"],
    "plan_report": ["computed_plan"],
}


def random_world(seed: int, courses: int, *, clean: bool = False) -> Tables:
    """Tables of many courses, two of them to a member; clean ones hold nothing that a rule could mind."""
    random = Random(seed)
    tables: Tables = {name: [] for name in _TABLES}
    for number in range(courses):
        one = _CourseInTheMaking(random, f"C{number}", f"M{number if clean else number // 2}")
        one.bill_a_clean_course()
        if not clean:
            for _ in range(random.randint(0, 12)):
                random.choice(one.plants)()
        for name, rows in one.tables.items():
            tables[name] += rows
    _load_lists(random, tables, clean=clean)
    return tables


def leave_open(seed: int, tables: Tables) -> None:
    """Make two versions of a replacement of some claims that hold a line twice, and leave some of some lines open.

    Some state no setting, some not who rendered or billed them, and of some the provider expects a refusal.
    """
    lines = _some_of_replacements(Random(seed), tables["claim_lines"])
    lines = _some_by_named_providers(Random(seed), _some_to_be_refused(Random(seed), lines))
    lines = _some_over_the_end_of_their_code(lines)
    tables["claim_lines"] = _some_without_setting(Random(seed), lines)


def _some_without_setting(random: Random, lines: list[ClaimLine]) -> list[ClaimLine]:
    return [line._replace(setting="") if random.random() < 0.05 else line for line in lines]


def _some_by_named_providers(random: Random, lines: list[ClaimLine]) -> list[ClaimLine]:
    return [
        line._replace(
            rendering_npi=random.choice(["", "", "1999999976", "1999999992"]),
            billing_npi="" if random.random() < 0.1 else line.billing_npi,
        )
        for line in lines
    ]


def _some_to_be_refused(random: Random, lines: list[ClaimLine]) -> list[ClaimLine]:
    return [
        line._replace(**{random.choice(["modifier_1", "modifier_4"]): random.choice(["GA", "GX", "GY", "GZ"])})
        if random.random() < 0.03 and not line.modifier_1
        else line
        for line in lines
    ]


def _some_over_the_end_of_their_code(lines: list[ClaimLine]) -> list[ClaimLine]:
    """Image guidance of the last days of a year, of which a line goes on into the next."""
    return [
        line._replace(last_service_date=line.service_date + timedelta(days=7))
        if line.procedure_code in ("77014", "G6002") and line.service_date.strftime("%m-%d") > "12-25"
        else line
        for line in lines
    ]


def _some_of_replacements(random: Random, lines: list[ClaimLine]) -> list[ClaimLine]:
    """Of the claims that hold a line twice, half are two versions of a replacement under one number."""
    times = Counter((line.claim_id, line.line_number) for line in lines)
    twice = sorted({claim for (claim, _), count in times.items() if count > 1})
    replacements = set(random.sample(twice, len(twice) // 2))
    return [line._replace(claim_frequency="7") if line.claim_id in replacements else line for line in lines]


class _CourseInTheMaking:
    """One course: its lines, documents, fractions, in the order in which they come to be."""

    def __init__(self, random: Random, course_id: str, member_id: str) -> None:
        self.random, self.course_id, self.member_id = random, course_id, member_id
        self.tables: Tables = defaultdict(list)
        self.begin = random.choice(_BEGINNINGS) + timedelta(days=random.randint(0, 20))
        self.sessions = random.choice([3, 5, 8, 18, 25, 33])
        self.plants = [
            *[self.plant_line] * 6,
            *[self.plant_document] * 4,
            self.plant_fractions,
            self.plant_plan,
            self.plant_guidance,
            self.plant_copy,
            self.plant_visit,
            self.plant_replanning,
            self.plant_documented_service,
            self.lose_lines,
            self.move_a_line,
            self.plant_component_pair,
            self.plant_fields,
            self.plant_portals,
            self.plant_hospital_management,
        ]
        planned = self.sessions if course_id.endswith(("1", "3", "5", "7", "9")) else None
        self.tables["courses"].append(Course(course_id, member_id, "medicare", planned_fractions=planned))
        self.tables["diagnoses"].append(Diagnosis(course_id, "C61", 1))

    def line(self, code: str, day: date, units: int = 1, modifiers: tuple[str, ...] = (), **more: str) -> None:
        number = len(self.tables["claim_lines"]) + 1
        given = dict(zip(("modifier_1", "modifier_2", "modifier_3", "modifier_4"), modifiers, strict=False))
        row = ClaimLine(
            claim_line_id=f"{self.course_id}-{number:03d}",
            claim_id=more.pop("claim_id", f"A-{self.course_id}-{day:%m%d}"),
            line_number=number,
            course_id=self.course_id,
            member_id=self.member_id,
            service_date=day,
            procedure_code=code,
            units=units,
            setting=more.pop("setting", "professional"),
            billing_npi="1999999984",
            line_of_business="medicare",
            **given,
            **more,
        )
        self.tables["claim_lines"].append(row)

    def document(self, kind: str, elements: list[str], day: date | None, **about: str) -> None:
        name = f"{self.course_id}-D{len(self.tables['documents'])}"
        self.tables["documents"].append(Document(name, self.course_id, kind, day, **about))
        self.tables["document_elements"] += [DocumentElement(name, element) for element in elements]
        if self.random.random() < 0.8:
            role = self.random.choice(["radiation_oncologist", "radiation_oncologist", "medical_physicist"])
            self.tables["signatures"].append(Signature(name, role, "A. Example", day))

    def bill_a_clean_course(self) -> None:
        begin, days = self.begin, [self.begin + timedelta(days=14 + step) for step in range(self.sessions)]
        self.line("77263", begin)
        self.line("77290", begin + timedelta(days=1))
        plan_day = begin + timedelta(days=6)
        if self.random.random() < 0.5:
            self.line("77301", plan_day)
        else:
            self.line("77301", plan_day, modifiers=("26",))
            self.line("77301", plan_day, claim_id=f"H-{self.course_id}", setting="institutional")
        if self.random.random() < 0.3:
            self.line("77293", plan_day)
        self.line("77334", plan_day, units=self.random.randint(1, 6), modifiers=("26",))
        for number, day in enumerate(days):
            self.line(_delivery_code(day), day)
            if number % 5 == 4 or (number == 0 and self.sessions < 5):
                self.line("77336", day)
            if number % 5 == 0 and self.sessions - number >= 3:
                self.line("77427", day)
        if self.random.random() < 0.4:
            self.tables["fractions"] += [
                Fraction(self.course_id, number, day) for number, day in enumerate(days, start=1)
            ]
        day = days[0]
        if date(2015, 1, 1) <= day < date(2026, 1, 1):
            self.line("77014", day)
            self.tables["image_guidance"].append(ImageGuidance(self.course_id, day, "ct", supervision="direct"))

    def some_day(self) -> date:
        """A day of the course, oftener than not one on which something is billed."""
        if self.random.random() < 0.6 and self.tables["claim_lines"]:
            return self.random.choice(self.tables["claim_lines"]).service_date
        return self.begin + timedelta(days=self.random.randint(-5, self.sessions + 30))

    def plant_line(self) -> None:
        modifiers = self.random.choice([(), (), ("26",), ("TC",), ("59",), ("XU",), ("26", "59"), ("26", "TC")])
        setting = self.random.choice(["professional", "professional", "institutional"])
        code, units = self.random.choice(_PLANTED_CODES), self.random.choice([1, 1, 1, 2, 3, 7])
        self.line(code, self.some_day(), units, modifiers, setting=setting)

    def plant_component_pair(self) -> None:
        code, day = self.random.choice(["77301", "77295", "77263", "77336", "77370"]), self.some_day()
        self.line(code, day, modifiers=("26",))
        self.line(code, day, modifiers=("TC",))

    def plant_document(self) -> None:
        kind = self.random.choice(sorted(_PLANTED_STATEMENTS))
        stated = [element for element in _PLANTED_STATEMENTS[kind] if self.random.random() < 0.7]
        line = self.random.choice(self.tables["claim_lines"]) if self.tables["claim_lines"] else None
        about = {}
        if line and self.random.random() < 0.3:
            about = {"claim_line_id": line.claim_line_id}
        elif line and self.random.random() < 0.3:
            about = {"procedure_code": line.procedure_code}
        self.document(kind, stated, self.some_day() if self.random.random() < 0.9 else None, **about)

    def plant_fractions(self) -> None:
        start = self.begin + timedelta(days=self.random.randint(0, 20))
        known = len(self.tables["fractions"]) + 1
        self.tables["fractions"] += [
            Fraction(self.course_id, known + number, start + timedelta(days=number))
            for number in range(self.random.randint(1, 30))
        ]

    def plant_plan(self) -> None:
        known = self.random.choice([True, True, False, None])
        plans_so_far = len(self.tables["plans"])
        name = f"{self.course_id}-P{plans_so_far}"
        self.tables["fractions"] = [
            one._replace(plan_id=name) if one.fraction_number % 3 == plans_so_far % 3 else one
            for one in self.tables["fractions"]
        ]
        self.tables["plans"].append(
            Plan(
                name,
                self.course_id,
                plan_date=self.some_day() if self.random.random() < 0.6 else None,
                approval=self.random.choice(["APPROVED", "UNAPPROVED", "REJECTED", ""]),
                approved_on=self.some_day() if self.random.random() < 0.4 else None,
                fractions=(None, 2, 40)[len(self.tables["claim_lines"]) % 3],
                is_imrt=known,
                gantry_stops=self.random.choice([None, 0, 3, 5, 9]),
                arcs=self.random.choice([None, 0, 2]),
            )
        )

    def plant_fields(self) -> None:
        """A plan that its fields describe: at angles, by arcs, through compensators, with electrons."""
        name = f"{self.course_id}-P{len(self.tables['plans'])}"
        self.tables["plans"].append(Plan(name, self.course_id, plan_date=self.some_day(), is_imrt=True))
        for number in range(self.random.randint(1, 5)):
            is_arc = self.random.choice([False, False, False, True])
            self.tables["plan_fields"].append(
                PlanField(
                    name,
                    number,
                    modality=self.random.choice(["PHOTON", "PHOTON", "ELECTRON"]),
                    is_arc=is_arc,
                    gantry_start_deg=self.random.choice([None, 0.0, 72.0, 144.0, 216.0]),
                    modulation=self.random.choice(["mlc", "compensator"]),
                )
            )
        if self.random.random() < 0.5:
            self.line(self.random.choice(["G6016", "0073T"]), self.some_day())

    def plant_portals(self) -> None:
        """What the chart says of portals and of the compensators in them."""
        kind, element = self.random.choice([("portal_description", "portal_count"), ("compensator_design", "portal")])
        self.document(kind, [], self.some_day())
        name = self.tables["documents"][-1].document_id
        for _ in range(1 if kind == "portal_description" else 4):
            detail = self.random.choice(["1", "2", "3", "4", "5", "", "five"])
            self.tables["document_elements"].append(DocumentElement(name, element, detail))
        if kind == "compensator_design" and self.random.random() < 0.5:
            self.line("G6016", self.some_day())

    def plant_hospital_management(self) -> None:
        bill_type = self.random.choice(["131", "851", "0851", ""])
        self.line("77427", self.some_day(), setting="institutional", bill_type=bill_type)

    def plant_visit(self) -> None:
        """A visit before the clinical planning, each with a note that may rest on a review of records."""
        self.line("99205", self.begin - timedelta(days=self.random.randint(-2, 9)))
        for kind in ("visit_note", "clinical_planning_note"):
            self.document(kind, ["records_review"] if self.random.random() < 0.7 else [], self.begin)

    def plant_replanning(self) -> None:
        """A change of anatomy, mostly with its CT, and what is planned anew because of it."""
        day = self.begin + timedelta(days=self.random.randint(10, 30))
        stated = ["anatomy_change", "repeat_planning_ct"][: self.random.choice([1, 2, 2, 2])]
        self.document("anatomy_change", stated, day)
        for code in ("77290", "77263", "77301", "77295"):
            if self.random.random() < 0.6:
                self.line(code, day + timedelta(days=self.random.randint(-3, 6)))

    def plant_documented_service(self) -> None:
        """A service that its record decides, with one thing that the record states."""
        code, kind = self.random.choice(
            [
                ("77331", "special_dosimetry_record"),
                ("77470", "special_treatment_record"),
                ("77499", "special_treatment_record"),
                ("77334", "device_record"),
                ("77412", "delivery_level_record"),
                ("77412", "delivery_level_record"),
            ]
        )
        day = self.some_day()
        self.line(code, day, modifiers=self.random.choice([(), ("26",)]))
        self.document(kind, [self.random.choice(_PLANTED_STATEMENTS[kind])], day, procedure_code=code)

    def plant_guidance(self) -> None:
        day, level = (
            self.some_day(),
            self.random.choice(["general", "direct", "virtual_direct", "personal", "", "none"]),
        )
        method = self.random.choice(["ct", "ct", "ultrasound", "stereoscopic_xray", "surface", ""])
        for _ in range(self.random.choice([0, 1, 1, 2])):
            self.tables["image_guidance"].append(ImageGuidance(self.course_id, day, method, supervision=level))
            level = self.random.choice([level, "general"])
        for _ in range(self.random.choice([1, 1, 2])):
            self.line(self.random.choice(["77014", "G6001", "G6002", "77421", "76950"]), day)

    def plant_copy(self) -> None:
        """The claim of a line once more."""
        if not self.tables["claim_lines"]:
            return
        line = self.random.choice(self.tables["claim_lines"])
        self.tables["claim_lines"].append(
            line._replace(
                claim_line_id=f"{self.course_id}-{len(self.tables['claim_lines']) + 1:03d}",
                claim_id=self.random.choice([line.claim_id, f"Z-{line.claim_id}"]),
            )
        )

    def lose_lines(self) -> None:
        """All lines of one code go missing: the plan, the delivery, the simulation."""
        if self.tables["claim_lines"]:
            code = self.random.choice(self.tables["claim_lines"]).procedure_code
            kept = [line for line in self.tables["claim_lines"] if line.procedure_code != code]
            if len(kept) == len({line.claim_line_id for line in kept}):
                self.tables["claim_lines"] = _renumbered(kept)

    def move_a_line(self) -> None:
        if self.tables["claim_lines"]:
            place = self.random.randrange(len(self.tables["claim_lines"]))
            moved = self.tables["claim_lines"][place]
            self.tables["claim_lines"][place] = moved._replace(service_date=self.some_day())


def _renumbered(lines: list[ClaimLine]) -> list[ClaimLine]:
    """Lines named anew in their order, so that a later line never takes the name of an earlier one."""
    return [line._replace(claim_line_id=f"{line.course_id}-{number:03d}") for number, line in enumerate(lines, start=1)]


def _delivery_code(day: date) -> str:
    if day < date(2015, 1, 1):
        return "77418"
    return "G6015" if day < date(2026, 1, 1) else "77407"


def _load_lists(random: Random, tables: Tables, *, clean: bool) -> None:
    for code in ("77301", "G6015", "77407", "77418"):
        tables["covered_diagnoses"].append(CoveredDiagnosis(code, "C61"))
    for setting in ("professional", "institutional"):
        tables["unit_limits"].append(UnitLimit("77334", setting, 10, 3))
        tables["unit_limits"].append(UnitLimit("77301", setting, 1, 2))
    if clean:
        return
    for code, adjudication in (("77427", 2), ("77336", 1), ("G6015", 3), ("77334", 3), ("77370", 2)):
        ends = random.choice([None, date(2024, 6, 20)])
        limit = UnitLimit(code, "professional", random.randint(1, 2), adjudication, None, ends)
        tables["unit_limits"].append(limit)
    tables["covered_diagnoses"].append(CoveredDiagnosis("77293", "C34.11", date(2024, 6, 12), None))
    for line in tables["claim_lines"]:
        if random.random() < 0.1:
            icd10 = random.choice(["C61", "C34.11", "Z51.0"])
            tables["claim_diagnoses"].append(ClaimDiagnosis(line.claim_id, icd10, 1))
    tables["diagnoses"] = [entry for entry in tables["diagnoses"] if random.random() < 0.8]
