"""Tables of weights that examples taught, as they are written beside a policy."""

import csv
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path

from isocenter.errors import BrokenRule


def read_weights(path: Path, head: Sequence[str], written_by: str) -> dict[tuple[str, ...], float]:
    """The weights of a file by the cells before them, none where it is not there.

    The last column of the `head` is the weight. BrokenRule says what is wrong with a file, and which command
    (`written_by`) writes it again.
    """
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            first, *rows = csv.reader(file, strict=True)
            if first != list(head) or any(len(row) != len(head) for row in rows):
                raise ValueError
            weights = {tuple(names): float(weight) for *names, weight in rows}
            if not all(map(isfinite, weights.values())):
                raise ValueError
            return weights
    except (ValueError, csv.Error):
        raise BrokenRule(
            f"{path.name}: it is not a table with the columns {', '.join(head[:-1])} and {head[-1]}, a number; write it"
            f" again with {written_by}"
        ) from None


def write_weights(path: Path, head: Sequence[str], weights: Mapping[tuple[str, ...], float], digits: int) -> None:
    """Write weights to a file with so many decimal digits, in the order of the cells before them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head)
        table.writerows((*names, f"{weight:.{digits}f}") for names, weight in sorted(weights.items()))
