"""A course drawn in time: lanes of services, documents and signatures on a scale of days without its silences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from isocenter.report.chart import ChartDocument, chart_documents
from isocenter.report.claims import label_of
from isocenter.report.points import Point, code_lists_of, points_by_line
from isocenter.report.words import LINE_NAMES, counted, listed, number_ranges, readable
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import LineRecommendation, ReviewedLine
from isocenter.terms.review import Review

WIDTH = 1000.0
LEFT, RIGHT = 136.0, 14.0
AXIS_HEIGHT = 36.0
LANE_PADDING = 5.0
LOWEST_LANE = 31.0
LABEL_HEIGHT = 12.0
CHARACTER_WIDTH = 6.2
GAP_WIDTH = 16.0
ROW_GAP = 3.0
LETTER_RADIUS = 7.0
DOCUMENTS, SIGNATURES, RECORDED = "Documents", "Signatures", "Recorded fractions"
SERVICES = "Other services"
_GAP_LIMITS_DAYS = (12, 8, 5, 4)
_BREAK_WIDTH_DAYS = 3.5
_COMFORTABLE_DAY_WIDTH = 8.0
_WIDEST_DAY = 36.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One sign of a lane: claim lines of one code and day, a recorded fraction, a document or a signature."""

    day: date
    shape: str
    text: str
    title: str
    points: str = ""
    line_ids: tuple[str, ...] = ()
    caption: str = ""  # the text beside the mark, where there is room
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Tag:
    """The numbers of the points of a run of marks, written from x, above the run from x1 to x2."""

    points: str
    x1: float
    x2: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane: its name, what it holds in short, its position and what it contains."""

    name: str
    holds: str
    top: float
    height: float
    marks: tuple[Mark, ...]
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A Monday on the axis; labeled where there is room."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Break:
    """Silent days that were folded away, centered at x."""

    x: float
    days: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole picture, ready to be drawn."""

    width: float
    height: float
    radius: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    breaks: tuple[Break, ...]
    delivery: tuple[float, float] | None
    title: str
    description: str


class DayScale:
    """Days to x; a silence longer than the limit is folded to a fixed width."""

    def __init__(self, days: Iterable[date], left: float, right: float) -> None:
        """Lay out the days between left and right, folding more the longer the course is."""
        self._days = sorted(set(days))
        for limit in _GAP_LIMITS_DAYS:
            self._units = self._lay_out(limit)
            span = self._units[self._days[-1]]
            self.day_width = min(_WIDEST_DAY, (right - left) / (span + 1))
            if self.day_width >= _COMFORTABLE_DAY_WIDTH:
                break
        self._left = left + self.day_width / 2

    def x(self, day: date) -> float:
        """The x of a day that has something on it, or lies within a stretch that was not folded."""
        if day in self._units:
            return self._left + self._units[day] * self.day_width
        before = max(known for known in self._days if known < day)
        after = min(known for known in self._days if known > day)
        share = (day - before).days / (after - before).days
        units = self._units[before] + share * (self._units[after] - self._units[before])
        return self._left + units * self.day_width

    def breaks(self) -> tuple[Break, ...]:
        """The silences that were folded."""
        found = []
        for before, after in pairwise(self._days):
            if (after - before).days > self._limit:
                found.append(Break((self.x(before) + self.x(after)) / 2, (after - before).days - 1))
        return tuple(found)

    def mondays(self) -> tuple[date, ...]:
        """The Mondays that are drawn: within the span and in no folded silence."""
        first, last = self._days[0], self._days[-1]
        monday = first + timedelta(days=-first.weekday() % 7)
        found = []
        while monday <= last:
            before = max(day for day in self._days if day <= monday)
            after = min(day for day in self._days if day >= monday)
            if (after - before).days <= self._limit:
                found.append(monday)
            monday += timedelta(days=7)
        return tuple(found)

    def _lay_out(self, limit: int) -> dict[date, float]:
        self._limit = limit
        units = {self._days[0]: 0.0}
        for before, after in pairwise(self._days):
            gap = (after - before).days
            units[after] = units[before] + (gap if gap <= limit else _BREAK_WIDTH_DAYS)
        return units


def draw(review: Review, rulebooks: Sequence[Rulebook], points: Sequence[Point]) -> Timeline | None:
    """The course in time; None where nothing has a date."""
    marks = {name: some for name, some in _all_marks(review, rulebooks, points).items() if some}
    days = [mark.day for some in marks.values() for mark in some]
    if not days:
        return None
    scale = DayScale(days, LEFT, WIDTH - RIGHT)
    radius = round(max(2.4, min(5.0, scale.day_width * 0.42)), 2)
    lanes: list[Lane] = []
    top = AXIS_HEIGHT
    for name, some in marks.items():
        lane = _lay_lane(name, some, scale, radius, top)
        lanes.append(lane)
        top += lane.height
    return Timeline(
        width=WIDTH,
        height=round(top + 4, 1),
        radius=radius,
        lanes=tuple(lanes),
        ticks=_ticks(scale),
        breaks=scale.breaks(),
        delivery=_delivery_span(marks, _delivery_lane(rulebooks), scale),
        title=f"Course {review.course.course_id} from {min(days)} to {max(days)}",
        description=_describe(marks),
    )


def _all_marks(review: Review, rulebooks: Sequence[Rulebook], points: Sequence[Point]) -> dict[str, list[Mark]]:
    documents = chart_documents(review)
    marks = _claim_marks(review, rulebooks, points)
    marks[RECORDED] = _record_marks(review)
    marks[DOCUMENTS] = [
        Mark(d.document.document_date, "document", d.letter, f"{d.letter}: {d.name}, {d.document.document_date}")
        for d in documents
        if d.document.document_date
    ]
    marks[SIGNATURES] = [mark for document in documents for mark in _signature_marks(document)]
    order = [*_lanes(rulebooks), SERVICES]
    delivered = _delivery_lane(rulebooks)
    order.insert(order.index(delivered) + 1 if delivered else 0, RECORDED)
    order += [DOCUMENTS, SIGNATURES]
    return {name: sorted(marks[name], key=lambda m: m.day) for name in order}


def _claim_marks(review: Review, rulebooks: Sequence[Rulebook], points: Sequence[Point]) -> dict[str, list[Mark]]:
    """Claim lines of one lane, day, code and recommendation share a mark."""
    of_line = points_by_line(review, points)
    gathered: dict[tuple[str, date, str, LineRecommendation, str], list[ReviewedLine]] = {}
    for line in review.lines:
        numbers = _short(number_ranges(point.number for point in of_line[line.claim_line_id]))
        key = (_lane_of(line, rulebooks), line.service_date, line.procedure_code, line.recommendation, numbers)
        gathered.setdefault(key, []).append(line)
    marks: dict[str, list[Mark]] = {name: [] for name in (*_lanes(rulebooks), SERVICES)}
    for (lane, day, code, recommendation, numbers), lines in gathered.items():
        title = f"{code} {label_of(lines[0], rulebooks)}, {day}: {LINE_NAMES[recommendation]}"
        if len(lines) > 1:
            title += f" ({len(lines)} lines)"
        if numbers:
            title += f"; see {numbers}"
        marks[lane].append(
            Mark(
                day,
                recommendation.value,
                code,
                title,
                points=numbers,
                line_ids=tuple(line.claim_line_id for line in lines),
            )
        )
    return marks


def _short(numbers: str) -> str:
    return numbers.replace(" to ", "–").replace(" and ", ", ")


def _lane_of(line: ReviewedLine, rulebooks: Sequence[Rulebook]) -> str:
    lists = code_lists_of(line, rulebooks)
    return next((lane for lane, names in _lanes(rulebooks).items() if lists & names), SERVICES)


def _lanes(rulebooks: Sequence[Rulebook]) -> dict[str, set[str]]:
    """The lanes that the policies state, each with its code lists; lanes of one title are one."""
    lanes: dict[str, set[str]] = {}
    for lane in (lane for book in rulebooks for lane in book.policy.lanes):
        lanes.setdefault(lane.title, set()).update(lane.code_lists)
    return lanes


def _delivery_lane(rulebooks: Sequence[Rulebook]) -> str:
    """The first lane of services that deliver a course, with which recorded fractions are compared; '' without one."""
    delivers = {name for book in rulebooks for name in book.policy.course_roles.delivers}
    return next((lane for lane, names in _lanes(rulebooks).items() if names & delivers), "")


def _record_marks(review: Review) -> list[Mark]:
    return [
        Mark(row.delivered_on, "record", "", f"Fraction {row.fraction_number} recorded on {row.delivered_on}")
        for row in review.facts.get("fractions", ())
    ]


def _signature_marks(document: ChartDocument) -> list[Mark]:
    """One mark a day on which the document was signed, by however many."""
    by_day: dict[date, list[str]] = {}
    for signature in document.signatures:
        if signature.signed_on:
            by_day.setdefault(signature.signed_on, []).append(readable(signature.role).lower())
    return [
        Mark(
            day,
            "signature",
            document.letter,
            f"{document.letter}: {document.name}, signed on {day} by {listed(roles)}",
        )
        for day, roles in by_day.items()
    ]


def _lay_lane(name: str, marks: Sequence[Mark], scale: DayScale, radius: float, top: float) -> Lane:
    """Place marks in the first row where they are free of each other, tags in levels above each row."""
    lettered = name in (DOCUMENTS, SIGNATURES)
    half = LETTER_RADIUS if lettered else radius
    has_captions = not lettered and len({mark.text for mark in marks}) > 1
    y = top + LANE_PADDING
    laid: list[Mark] = []
    tags: list[Tag] = []
    for row in _rows([replace(mark, x=round(scale.x(mark.day), 2)) for mark in marks], half):
        levels = _tag_levels(row, scale.day_width, half)
        y += LABEL_HEIGHT * len(levels)
        tags += [
            replace(tag, y=round(y - LABEL_HEIGHT * depth - 3, 1))
            for depth, level in enumerate(levels)
            for tag in level
        ]
        captions = _captions(row, half, scale.breaks()) if has_captions else [""] * len(row)
        laid += [
            replace(mark, y=round(y + half, 2), caption=caption) for mark, caption in zip(row, captions, strict=True)
        ]
        y += 2 * half + ROW_GAP
    height = max(LOWEST_LANE, y + LANE_PADDING - top)
    return Lane(name, _what_it_holds(name, marks), round(top, 2), round(height, 2), tuple(laid), tuple(tags))


def _rows(marks: Sequence[Mark], half: float) -> list[list[Mark]]:
    rows: list[list[Mark]] = []
    for mark in marks:
        for row in rows:
            if mark.x - row[-1].x >= 2 * half:
                row.append(mark)
                break
        else:
            rows.append([mark])
    return rows


def _captions(row: Sequence[Mark], half: float, breaks: Sequence[Break]) -> list[str]:
    """The code beside each mark that has room for it before the next mark or folded silence."""
    captions = []
    obstacles = sorted([*(mark.x - half for mark in row), *(gap.x - GAP_WIDTH / 2 for gap in breaks), WIDTH])
    for mark in row:
        text = mark.text if len(mark.line_ids) <= 1 else f"{mark.text} × {len(mark.line_ids)}"
        room = min(x for x in obstacles if x > mark.x)
        captions.append(text if mark.x + half + 4 + CHARACTER_WIDTH * len(text) < room else "")
    return captions


def _tag_levels(row: Sequence[Mark], day_width: float, half: float) -> list[list[Tag]]:
    """One tag a run of neighbors with the same points; tags that would touch go one level up."""
    runs: list[list[Mark]] = []
    for mark in row:
        near = runs and mark.x - runs[-1][-1].x <= 4.5 * day_width
        if near and mark.points == runs[-1][-1].points:
            runs[-1].append(mark)
        else:
            runs.append([mark])
    levels: list[list[Tag]] = []
    for run in runs:
        if not run[0].points:
            continue
        x1 = run[0].x - half
        tag = Tag(run[0].points, x1, run[-1].x + half, min(x1, WIDTH - _width_of(run[0].points)), 0.0)
        for level in levels:
            if tag.x > _right_end(level[-1]) + 3:
                level.append(tag)
                break
        else:
            levels.append([tag])
    return levels


def _right_end(tag: Tag) -> float:
    return max(tag.x2, tag.x + _width_of(tag.points))


def _width_of(text: str) -> float:
    return CHARACTER_WIDTH * len(text) + 2


def _what_it_holds(name: str, marks: Sequence[Mark]) -> str:
    if name in (DOCUMENTS, SIGNATURES, RECORDED):
        return str(len(marks))
    counts: dict[str, int] = {}
    for mark in marks:
        counts[mark.text] = counts.get(mark.text, 0) + len(mark.line_ids)
    shown = [code if count == 1 else f"{code} × {count}" for code, count in counts.items()]
    return shown[0] if len(shown) == 1 else f"{len(shown)} codes, {sum(counts.values())} lines"


def _ticks(scale: DayScale) -> tuple[Tick, ...]:
    ticks: list[Tick] = []
    free_from = LEFT
    year = 0
    for monday in scale.mondays():
        x = scale.x(monday)
        label = f"{monday}" if monday.year != year else f"{monday}"[5:]
        if x < free_from or x > WIDTH - RIGHT - 24:
            ticks.append(Tick(round(x, 2), ""))
            continue
        year = monday.year
        free_from = x + 6.4 * len(label) + 8
        ticks.append(Tick(round(x, 2), label))
    return tuple(ticks)


def _delivery_span(marks: dict[str, list[Mark]], lane: str, scale: DayScale) -> tuple[float, float] | None:
    delivered = [*marks.get(lane, ()), *marks.get(RECORDED, ())]
    if not delivered:
        return None
    xs = [scale.x(mark.day) for mark in delivered]
    half = scale.day_width / 2
    return round(min(xs) - half, 2), round(max(xs) + half, 2)


def _describe(marks: dict[str, list[Mark]]) -> str:
    parts = []
    for name, some in marks.items():
        days = sorted({mark.day for mark in some})
        span = f"on {days[0]}" if len(days) == 1 else f"from {days[0]} to {days[-1]}"
        parts.append(f"{name}: {counted(len(some), 'mark')} {span}")
    return "; ".join(parts) + ". The tables below hold the same facts."
