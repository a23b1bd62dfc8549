"""Table rows whose cells hold several structures, metrics or limits, parted into rows of one each."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.orders.structures_listed import both_sides
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.words.metric_names import metric_named

_QUALIFIER = re.compile(
    r"\W*(?:(?:left|right|l|r|lt|rt|both|each|small|large|bilateral|combined|total|whole|true|upper|lower|inner|outer|max|mean|contra\w*|ipsi\w*|cervical|thoracic|lumbar|sacral|abdominal|proximal|distal|anterior|posterior|superior|inferior|medial|lateral)\b\W*)+",
    re.IGNORECASE,
)  # which belongs to the name before it, such as: Femoral head, left
_EACH = re.compile(r"\s*[(\[](?:each|both)[)\]]\s*$", re.IGNORECASE)
_METRICS_BEHIND = re.compile(r"(?P<name>[^:;]*[A-Za-z][^:;]*):\s*(?P<metrics>\S.*)")


def rows_of_one(columns: Sequence[Column], named: Column) -> Iterator[list[Column]]:
    """The columns of a row, or those of each structure and metric that its cells hold side by side.

    Limits go with structures or metrics by their order, where there are as many; one limit goes with every structure.
    Nothing where limits and what they limit differ in number, as it is unknown which is whose.
    """
    behind = _METRICS_BEHIND.fullmatch(named.value.strip())
    metrics = _parts(behind["metrics"], ";") if behind is not None else []
    if behind is not None and all(metric_named(_plain(metric)) is not None for metric in metrics):
        yield from _of_metrics(columns, named, behind["name"].strip(), [_plain(metric) for metric in metrics])
        return
    sides = both_sides(named.value)
    limited = next((c for c in columns if c is not named and _of_both_sides(c.value)), None)
    if sides and limited is not None:
        for side, limit in zip(sides, _of_both_sides(limited.value), strict=True):
            yield [
                named._replace(value=side),
                *(c._replace(value=limit) if c is limited else c for c in columns if c is not named),
            ]
        return
    structures = _structures(named.value)
    if len(structures) == 1:
        yield list(columns)
        return
    values = {c.name: _parts(c.value, ",") for c in columns if c is not named}
    if any(1 < len(parts) != len(structures) and all(map(_begins_a_limit, parts)) for parts in values.values()):
        return
    for at, structure in enumerate(structures):
        yield [
            c._replace(value=structure)
            if c is named
            else c._replace(value=values[c.name][at])
            if len(values[c.name]) == len(structures)
            else c
            for c in columns
        ]


_TWO_LIMITS = re.compile(
    r"(?P<before>[A-Za-z ]*?)\s*(?P<first>[<>≤≥]?=?\s*\d+(?:\.\d+)?)\s?(?P<unit>c?gy|%|cc)?\s*/\s*(?P<second>[<>≤≥]?=?\s*\d+(?:\.\d+)?)\s?(?P<behind>c?gy|%|cc)?",
    re.IGNORECASE,
)


def _of_both_sides(text: str) -> list[str]:
    """The limits of a cell that gives one for each side, such as: mean < 26 / < 20 Gy; empty where it gives no two."""
    found = _TWO_LIMITS.fullmatch(text.strip())
    if found is None:
        return []
    unit = found["unit"] or found["behind"] or ""
    return [f"{found['before']} {found[side]} {unit}".strip() for side in ("first", "second")]


def _of_metrics(
    columns: Sequence[Column], named: Column, structure: str, metrics: Sequence[str]
) -> Iterator[list[Column]]:
    """A row for each metric behind the name of a structure; the first column with as many limits holds them."""
    for column in columns:
        limits = _parts(column.value, ";")
        if column is not named and len(limits) == len(metrics) and all(map(_begins_a_limit, limits)):
            for metric, limit in zip(metrics, limits, strict=True):
                yield [named._replace(value=structure), column._replace(name=metric, value=limit)]
            return


def _begins_a_limit(text: str) -> bool:
    return re.match(r"\W{0,4}(?:[A-Za-z]{1,7} ){0,3}\W{0,3}\d", text) is not None


def _structures(text: str) -> list[str]:
    parts = _parts(_EACH.sub("", text), ",")
    plain = all(re.search(r"[A-Za-z]{2}", part) and not _QUALIFIER.fullmatch(part) for part in parts)
    return parts if len(parts) > 1 and plain and not re.search(r"\d", "".join(parts[1:])) else [text]


def _parts(text: str, mark: str) -> list[str]:
    return [part.strip() for part in re.split(rf"{mark}\s+", text.strip()) if part.strip(" ;,")]


def _plain(metric: str) -> str:
    return metric.strip(" ;†‡*§")
