"""For which tumor a claim is by its diagnoses, and whether the IMRT plans of its course are for another one."""

from datetime import date
from typing import Any

from tests.policies.oracle.codes import MANAGEMENT, PHYSICS, PLAN
from tests.policies.oracle.counting import components
from tests.policies.oracle.world import World

SITES = {"C61": "prostate", "C34.11": "thorax"}  # as far as random courses go


def is_for_another_tumor(world: World, delivery: Any) -> bool:
    """Whether its claim and those of all plans billed up to its day name sites, and none of these is its own."""
    planned = {
        site_of_claim(world, plan.claim_id)
        for plan in world.by_course[delivery.course_id]
        if plan.procedure_code in PLAN and plan.service_date <= delivery.service_date
    }
    site = site_of_claim(world, delivery.claim_id)
    return bool(site and planned) and not planned & {"", site}


def site_of_claim(world: World, claim: str) -> str:
    """The site that the first diagnosis of a claim names; '' where none does."""
    stated = [entry for entry in world.tables["claim_diagnoses"] if entry.claim_id == claim]
    named = sorted((entry.position, entry.icd10) for entry in stated if entry.icd10 in SITES)
    return SITES[named[0][1]] if named else ""


def is_week_of_another_tumor(world: World, line: Any) -> bool:
    """Whether management or physics is for another tumor than the plans, of which IMRT is delivered too."""
    site = site_of_claim(world, line.claim_id)
    return (
        line.procedure_code in MANAGEMENT | PHYSICS
        and is_for_another_tumor(world, line)
        and any(
            world.delivers_imrt(other)
            and site_of_claim(world, other.claim_id) == site
            and is_for_another_tumor(world, other)
            for other in world.by_course[line.course_id]
        )
    )


def fractions_for_others(world: World, course: str, day: date) -> int:
    """Fractions billed for a day that are for another tumor than the plans."""
    return sum(
        line.units
        for line in world.by_course[course]
        if line.service_date == day
        and "technical" in components(line)
        and world.delivers_imrt(line)
        and is_for_another_tumor(world, line)
    )
