"""How far apart two words are: letters inserted, left out, changed, or swapped with their neighbor."""


def differ_by(one: str, other: str, at_most: int) -> int:
    """Optimal string alignment distance of two words; at_most + 1 where it is greater than at_most."""
    if abs(len(one) - len(other)) > at_most:
        return at_most + 1
    two_before: list[int] = []
    before = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, other_letter in enumerate(other, start=1):
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other_letter))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == other_letter:
                steps = min(steps, two_before[j - 2] + 1)
            row.append(steps)
        two_before, before = before, row
    return min(before[-1], at_most + 1)
