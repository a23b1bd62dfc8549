"""Where the tumor of each course is, and whether record and diagnoses agree on it, in plain Python."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from re import escape, fullmatch, search
from typing import Any, NamedTuple

from isocenter.rulebook.rulebook import load_policy
from tests.policies.oracle.codes import PLAN
from tests.policies.oracle.world import MET, NOT_DOCUMENTED, NOT_MET, Rows, World


class Named(NamedTuple):
    """A tumor among the diagnoses of a course."""

    icd10: str
    site: str
    side: str


@cache
def table(name: str) -> list[dict[str, str]]:
    """The rows of a table of the policy, by its header."""
    header, rows = load_policy("imrt").tables[name]
    return [dict(zip(header, row, strict=True)) for row in rows]


@cache
def regions(site: str) -> frozenset[str]:
    """The regions of the body that a name of the site list covers."""
    return frozenset(row["region"] for row in table("site_regions") if row["site"] == site)


@cache
def _named(icd10: str) -> Named:
    for row in table("icd10_sites"):
        if len(icd10) == len(row["icd10_from"]) and row["icd10_from"] <= icd10 <= row["icd10_to"]:
            sides = [entry["laterality"] for entry in table("icd10_sides") if _is_like(icd10, entry["pattern"])]
            return Named(icd10, row["site"], min(sides, default=""))
    return Named(icd10, "", "")


def _is_like(text: str, pattern: str) -> bool:
    return fullmatch("".join({"%": ".*", "_": "."}.get(sign, escape(sign)) for sign in pattern), text) is not None


def _placed(world: World, course: str) -> list[tuple[int, int, str]]:
    """Diagnoses of a course, each behind its source and position: those of the record before those of its claims."""
    own = {(0, one.position, one.icd10) for one in world.tables["diagnoses"] if one.course_id == course}
    claims = {line.claim_id for line in world.by_course[course]}
    billed = {(1, one.position, one.icd10) for one in world.tables["claim_diagnoses"] if one.claim_id in claims}
    return sorted(own | billed)


def diagnoses(world: World, course: str) -> list[tuple[str, int]]:
    """Diagnoses of a course with their rank."""
    return [(icd10, rank) for rank, (_, _, icd10) in enumerate(_placed(world, course))]


def principal(world: World, course: str) -> Named | None:
    """The first tumor; None where there is none, or where another of the same rank names another site."""
    placed = [(rank, _named(icd10)) for *rank, icd10 in _placed(world, course) if "C00" <= icd10 <= "D49.9Z"]
    of_first_rank = [named for rank, named in placed if rank == placed[0][0]]
    return of_first_rank[0] if len({one.site for one in of_first_rank}) == 1 else None


def tumors(world: World, course: str) -> list[Named]:
    """The tumors among the diagnoses, the principal one first."""
    return [_named(icd10) for icd10, _ in diagnoses(world, course) if "C00" <= icd10 <= "D49.9Z"]


def site_of(world: World, course: str) -> str:
    """The site that the record names, else the principal diagnosis."""
    named = principal(world, course)
    return str(world.courses[course].site or (named.site if named else ""))


def side_of(world: World, course: str) -> str:
    """The side that the record names, else the diagnoses of the site."""
    site = site_of(world, course)
    sides = {one.side for one in tumors(world, course) if one.site == site} - {""}
    return str(world.courses[course].laterality or ("bilateral" if len(sides) > 1 else min(sides, default="")))


def is_contradicted(world: World, course: str) -> bool:
    """Whether the record names a site or a side, and its diagnoses name only others."""
    record, named = world.courses[course], tumors(world, course)
    if not named:
        return False
    stated = regions(record.site)
    elsewhere = bool(stated) and all(regions(one.site) and not regions(one.site) & stated for one in named)
    sides = [one.side for one in named if one.side]
    other_side = record.laterality in ("left", "right") and bool(sides)
    is_named_otherwise = elsewhere or (other_side and not {record.laterality, "bilateral"} & set(sides))
    return is_named_otherwise or _is_billed_otherwise(world, course)


def _is_billed_otherwise(world: World, course: str) -> bool:
    """Whether, of a course of several tumors, the claims of its IMRT name only others than the record."""
    record, named = world.courses[course], [one for one in tumors(world, course) if one.site]
    if len({one.site for one in named}) < 2 and len({one.side for one in named} - {""}) < 2:
        return False
    lines = [line for line in world.by_course[course] if line.procedure_code in PLAN or world.delivers_imrt(line)]
    claims = {line.claim_id for line in lines}
    codes = {one.icd10 for one in world.tables["claim_diagnoses"] if one.claim_id in claims}
    billed = [one for one in named if one.icd10 in codes]
    stated = regions(record.site)
    elsewhere = bool(stated and billed) and all(regions(one.site) and not regions(one.site) & stated for one in billed)
    sides = {one.side for one in billed} - {""}
    other_side = record.laterality in ("left", "right") and bool(sides)
    return elsewhere or (other_side and not {record.laterality, "bilateral"} & sides)


def earlier_irradiations(world: World, course: str) -> list[bool]:
    """For each earlier course of the member, whether it treated the region that is treated now."""
    record = world.courses[course]
    begun = record.first_delivery or world.treatment_start(course)
    return [
        _is_same_region(world, course, prior.site)
        for prior in world.tables["prior_irradiations"]
        if prior.member_id == record.member_id and _is_before(prior, begun)
    ]


def _is_before(prior: Any, begun: date | None) -> bool:
    if begun is None:
        return True
    if prior.ended_on is not None:
        return bool(prior.ended_on < begun)
    return prior.ended_year is None or bool(prior.ended_year <= begun.year)


def _is_same_region(world: World, course: str, site: str) -> bool:
    words, now, side = site.replace("_", " ").lower(), site_of(world, course), side_of(world, course)
    treated = {row["region"] for row in table("site_regions") if row["site"].replace("_", " ") == words}
    named = {row["word"] for row in table("region_words") if _names(words, row["word"])}
    alone = {word for word in named if not any(word != longer and word in longer for longer in named)}
    treated |= {row["region"] for row in table("region_words") if row["word"] in alone}
    is_other_side = (side == "left" and "right" in words) or (side == "right" and "left" in words)
    return (words == now.replace("_", " ") or bool(treated & regions(now))) and not is_other_side


def _names(words: str, word: str) -> bool:
    """Whether a word begins with this one, or ends with it where it is too long to be there by chance."""
    return search(rf"(^|[ /(-]){escape(word)}", words) is not None or (len(word) >= 6 and word in words)


def the_site_is_supported(world: World, irradiated_again: Iterable[str]) -> Rows:
    """`irradiated_again` are the courses whose plan or history shows an irradiated area next to the target."""
    again = set(irradiated_again)
    listed = {row["site"] for row in table("sites") if row["requirement"]}
    for course in filter(world.is_looked_at, world.courses):
        site = site_of(world, course)
        if is_contradicted(world, course):
            yield course, NOT_MET, None
        elif site in listed or course in again or world.courses[course].site == "reirradiation":
            yield course, MET, None
        else:
            yield course, NOT_MET if regions(site) else NOT_DOCUMENTED, None
