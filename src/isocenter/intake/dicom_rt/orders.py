"""What a plan orders: doses of its references in Gy, and the dose and fractions of its fraction groups together."""

from collections.abc import Sequence
from dataclasses import replace

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.elements import items, number, text, whole
from isocenter.terms.imaging import Beam, DosePrescription, FractionGroup, highest_target_dose_gy
from isocenter.terms.limits import HIGHEST_ORDER_GY
from isocenter.terms.problems import Problem

_HIGHEST_FRACTION_GY = 100.0
LEAST_FRACTION_GY = 0.25  # less is given in no fraction
_SAME_DOSE = 0.05  # share by which fractions times beam doses may miss the dose that they are to give
_CUMULATIVE = 1.8  # times the dose a fraction of the group before: a boost's reference that holds the whole course

Ordered = tuple[int | None, float | None, list[Problem]]


def prescriptions_of(
    dataset: Dataset, fractions: Sequence[int | None], path: str
) -> tuple[tuple[DosePrescription, ...], list[Problem]]:
    """The dose references of an open plan, in Gy; doses written in cGy are converted, impossible ones left out."""
    prescriptions: list[DosePrescription] = []
    problems: list[Problem] = []
    planned = sum(n for n in fractions if n is not None) or 1
    for item in items(dataset, "DoseReferenceSequence"):
        place = f"dose reference {text(item, 'DoseReferenceNumber')}".strip()
        try:
            prescriptions.append(
                DosePrescription(
                    kind=text(item, "DoseReferenceType"),
                    structure_number=whole(item, "ReferencedROINumber"),
                    description=text(item, "DoseReferenceDescription"),
                    target_dose_gy=_in_gy(item, "TargetPrescriptionDose", planned, Problem(path, place, ""), problems),
                    organ_maximum_gy=_in_gy(
                        item, "OrganAtRiskMaximumDose", planned, Problem(path, place, ""), problems
                    ),
                    refers_to=text(item, "DoseReferenceStructureType"),
                    number=whole(item, "DoseReferenceNumber"),
                )
            )
        except UnreadableInput as error:
            problems.append(Problem(path, place, f"{error} The dose reference is left out."))
    return tuple(prescriptions), problems


def _in_gy(item: Dataset, keyword: str, fractions: int, place: Problem, problems: list[Problem]) -> float | None:
    value = number(item, keyword)
    if value is None or 0 < value <= HIGHEST_ORDER_GY:
        return value
    in_gy = value / 100.0
    if 0 < in_gy <= HIGHEST_ORDER_GY and in_gy / fractions <= _HIGHEST_FRACTION_GY:
        sentence = f"{keyword} is {value:g}, which can only be cGy; it is read as {in_gy:g} Gy."
        problems.append(place._replace(sentence=sentence))
        return in_gy
    if value != 0:
        problems.append(place._replace(sentence=f"{keyword} is {value:g} Gy, which cannot be right; it is not used."))
    return None


def in_gray_by_beams(
    prescriptions: Sequence[DosePrescription], groups: Sequence[FractionGroup], beams: Sequence[Beam], path: str
) -> tuple[tuple[DosePrescription, ...], list[Problem]]:
    """Target doses that are not what they seem, as the doses of all beams and fractions show.

    They could be Gy and are cGy (180 for 1.8), or are those of one fraction. Without doses of beams, what would be less
    than a fraction ever is can only be one fraction's.
    """
    stated = highest_target_dose_gy(prescriptions)
    given_gy = [_given_gy(group, beams) for group in groups]
    total_gy = sum(dose for dose in given_gy if dose is not None)
    of_one = groups[0].fractions if len(groups) == 1 and groups[0].fractions else 1
    if not stated:
        return tuple(prescriptions), []
    if not given_gy or None in given_gy:
        if stated / of_one >= LEAST_FRACTION_GY or of_one == 1:
            return tuple(prescriptions), []
        sentence = (
            f"TargetPrescriptionDose is {stated:g} Gy for {of_one} fractions, so it can only be the dose of one "
            f"fraction; it is read as {stated * of_one:g} Gy."
        )
        return _times(prescriptions, of_one), [Problem(path, "dose references", sentence)]
    for factor, can_only_be in ((0.01, "cGy"), (of_one, "the dose of one fraction")):
        if factor != 1 and abs(total_gy - stated * factor) <= _SAME_DOSE * stated * factor:
            sentence = (
                f"TargetPrescriptionDose is {stated:g} where the beams' doses make {total_gy:.2f} Gy, so it can only "
                f"be {can_only_be}; it is read as {stated * factor:g} Gy."
            )
            return _times(prescriptions, factor), [Problem(path, "dose references", sentence)]
    return tuple(prescriptions), []


def _times(prescriptions: Sequence[DosePrescription], factor: float) -> tuple[DosePrescription, ...]:
    return tuple(
        replace(one, target_dose_gy=round(one.target_dose_gy * factor, 6)) if one.target_dose_gy else one
        for one in prescriptions
    )


def ordered_of(
    groups: Sequence[FractionGroup],
    prescriptions: Sequence[DosePrescription],
    beams: Sequence[Beam],
    path: str,
) -> Ordered:
    """Fractions and dose that go together; the dose None where the dose references alone hold it.

    Fraction groups follow one another. Where each names dose references of its own the doses add up over all
    fractions. Where none does, the doses of the beams decide whether the prescription is that of all groups or of
    one; where they do not either, the number of fractions is left open.
    """
    # A group that names no beam that treats, as one of set-up fields, orders nothing.
    treating = {beam.number for beam in beams if beam.is_treatment}
    groups = [group for group in groups if treating.intersection(group.beams)] or groups
    fractions = [group.fractions for group in groups]
    planned = sum(n for n in fractions if n is not None)
    if len(groups) == 1:
        unclear = _unclear_reference(groups[0], prescriptions, beams, path)
        return fractions[0], _dose_of_only_group_gy(groups[0], prescriptions, beams), unclear
    if not groups or None in fractions:
        return (planned if planned and None not in fractions else None), None, []
    shown = " and ".join(f"{n}" for n in fractions)
    own_gy = [_own_dose_gy(group, prescriptions) for group in groups]
    if all(own_gy) and len({group.dose_references for group in groups}) == len(groups):
        total_gy = _total_gy(own_gy, fractions)
        sentence = (
            f"The plan has {len(groups)} fraction groups of {shown} fractions; together they give {total_gy:g} Gy."
        )
        return planned, total_gy, [Problem(path, "fraction groups", sentence)]
    prescribed_gy = highest_target_dose_gy(prescriptions)
    given_gy = [_given_gy(group, beams) for group in groups]
    matching = _group_of_dose(prescribed_gy, fractions, given_gy)
    if prescribed_gy is None or matching is not None:
        sentence = f"The plan has {len(groups)} fraction groups of {shown} fractions; "
        sentence += "they are read as one of their sum." if matching in (None, planned) else (
            f"the prescription is that of the {matching} fractions."
        )  # fmt: skip
        return (planned if matching is None else matching), None, [Problem(path, "fraction groups", sentence)]
    naming = [n for n, dose_gy in zip(fractions, own_gy, strict=True) if dose_gy]
    if naming and not all(own_gy):
        doubt = f"only that of {' and '.join(f'{n}' for n in naming)} names the dose of a target"
    else:
        doubt = f"the plan does not say over which of them its {prescribed_gy:g} Gy are given"
    sentence = (
        f"The plan has {len(groups)} fraction groups of {shown} fractions, and {doubt}; the number of fractions is "
        "left open."
    )
    return None, None, [Problem(path, "fraction groups", sentence)]


def _dose_of_only_group_gy(
    group: FractionGroup, prescriptions: Sequence[DosePrescription], beams: Sequence[Beam]
) -> float | None:
    """The dose in Gy that the group names, where its beams give that one and not a higher one of another reference."""
    own_gy, highest_gy, given_gy = (
        _own_dose_gy(group, prescriptions),
        highest_target_dose_gy(prescriptions),
        _given_gy(group, beams),
    )
    if not own_gy or not highest_gy or given_gy is None or abs(given_gy - highest_gy) <= _SAME_DOSE * highest_gy:
        return None
    return own_gy if abs(given_gy - own_gy) <= _SAME_DOSE * own_gy and own_gy != highest_gy else None


def _unclear_reference(
    group: FractionGroup, prescriptions: Sequence[DosePrescription], beams: Sequence[Beam], path: str
) -> list[Problem]:
    """A sentence where the only group names a lower dose than the highest, and no beams' doses say which they give."""
    own_gy, highest_gy = _own_dose_gy(group, prescriptions), highest_target_dose_gy(prescriptions)
    if not own_gy or not highest_gy or own_gy == highest_gy or _given_gy(group, beams) is not None:
        return []
    sentence = (
        f"The fraction group names the dose reference of {own_gy:g} Gy, another target has {highest_gy:g} Gy, and the "
        f"beams state no doses that show which of them the plan gives; {highest_gy:g} Gy is used. Compare it with the "
        "order."
    )
    return [Problem(path, "fraction groups", sentence)]


def ordered_by_setups(dataset: Dataset, path: str) -> Ordered | None:
    """Fractions and dose of a brachytherapy plan whose application setups alone state a dose; None where they do not.

    Each of a group's setups is given in each of its fractions (DICOM PS3.3, RT Fraction Scheme Module). Several of one
    group may be doses at several points, which do not add up: the dose is left open then.
    """
    given = []
    for group in items(dataset, "FractionGroupSequence"):
        fractions = whole(group, "NumberOfFractionsPlanned")
        doses_gy = [
            number(setup, "BrachyApplicationSetupDose")
            for setup in items(group, "ReferencedBrachyApplicationSetupSequence")
        ]
        if not fractions or fractions < 1 or len(doses_gy) != 1 or not doses_gy[0] or doses_gy[0] < 0:
            return None
        given.append((fractions, doses_gy[0]))
    total_gy = round(sum(fractions * dose_gy for fractions, dose_gy in given), 6)
    if not 0 < total_gy <= HIGHEST_ORDER_GY:
        return None
    shown = " and ".join(f"{dose_gy:g} Gy in each of {fractions} fractions" for fractions, dose_gy in given)
    sentence = (
        f"The plan states no dose for a target; its application setups give {shown}, "
        f"which is read as a prescription of {total_gy:g} Gy."
    )
    return sum(fractions for fractions, _ in given), total_gy, [Problem(path, "dose references", sentence)]


def _own_dose_gy(group: FractionGroup, prescriptions: Sequence[DosePrescription]) -> float | None:
    return highest_target_dose_gy(p for p in prescriptions if p.number in group.dose_references)


def _total_gy(own_gy: Sequence[float | None], fractions: Sequence[int | None]) -> float:
    """The sum of the groups' doses; a later one that holds those before it replaces them."""
    total_gy, before_gy = 0.0, 0.0
    for dose_gy, count in zip(own_gy, fractions, strict=True):
        each_gy = (dose_gy or 0.0) / (count or 1)
        is_cumulative = total_gy > 0 and (dose_gy or 0.0) > total_gy and each_gy > _CUMULATIVE * before_gy
        total_gy = (dose_gy or 0.0) if is_cumulative else total_gy + (dose_gy or 0.0)
        before_gy = each_gy
    return round(total_gy, 6)


def _given_gy(group: FractionGroup, beams: Sequence[Beam]) -> float | None:
    """What the doses of the group's beams make over its fractions; None where one is not stated."""
    doses_gy = [beam.beam_dose_gy for beam in beams if beam.number in group.beams and beam.is_treatment]
    if not doses_gy or any(dose is None for dose in doses_gy) or not group.fractions:
        return None
    return group.fractions * sum(dose for dose in doses_gy if dose is not None)


def _group_of_dose(
    prescribed_gy: float | None, fractions: Sequence[int | None], given_gy: Sequence[float | None]
) -> int | None:
    """The fractions over which the beams give the prescription: of all groups, or of one; None where unknown."""
    if prescribed_gy is None or any(dose is None for dose in given_gy):
        return None
    together = [(sum(n or 0 for n in fractions), sum(dose or 0.0 for dose in given_gy))]
    for count, dose_gy in [*together, *zip(fractions, given_gy, strict=True)]:
        if dose_gy is not None and abs(dose_gy - prescribed_gy) <= _SAME_DOSE * prescribed_gy:
            return count
    return None
