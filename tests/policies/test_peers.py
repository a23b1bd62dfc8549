"""The rules that compare courses with their peers agree with plain Python, and what they compare is what was billed."""

from collections import Counter, defaultdict
from functools import reduce
from itertools import groupby
from math import sqrt
from random import Random
from statistics import median
from typing import Any, NamedTuple

import pytest
import sqlglot
from sqlglot import exp

from isocenter.facts.store import FactStore
from isocenter.review.duckdb_engine import judge
from isocenter.review.policy_tables import load_policy as load_tables
from isocenter.rulebook.rulebook import Rulebook, load_policy, with_readings
from tests.policies.random_courses import random_world

_POLICY = load_policy("imrt")
_SERVICES = ["plan", "dosimetry", "simulation", "physics"]


class Profile(NamedTuple):
    """One row of course_profiles."""

    course_id: str
    billing_npi: str
    site: str
    setting: str
    service_year: int
    service: str
    units: int


def random_profiles(seed: int) -> list[Profile]:
    """Courses of a few sites, settings, years and providers, crowded here and sparse there."""
    random = Random(seed)
    found = []
    for number in range(random.choice([1, 20, 120])):
        site = random.choice(["prostate", "prostate", "prostate", "breast", ""])
        setting = random.choice(["professional", "professional", "institutional"])
        year = random.choice([2023, 2023, 2024])
        npi = f"npi {min(int(random.expovariate(0.4)), 9)}"
        for service in random.sample(_SERVICES, random.randint(1, len(_SERVICES))):
            units = random.choice([1, 1, 1, 2, 3, random.randint(1, 40)])
            found.append(Profile(f"C{number}", npi, site, setting, year, service, units))
    return found


def _chosen(seed: int) -> dict[str, float | str]:
    random = Random(seed + 1)
    return {
        "peers_least_courses": random.choice([1, 2, 5, 12]),
        "peers_far_deviations": random.choice([0.5, 1.3, 3.5]),
        "peers_least_deviation_units": random.choice([0.25, 1]),
        "providers_least_courses": random.choice([1, 3, 8]),
        "providers_least_peers": random.choice([1, 4]),
        "providers_least_second_plans": random.choice([1, 3]),
    }


def _joining_as_spark_does(query: str) -> str:
    """The query with texts joined so that a null among them gives null, as Spark joins them and DuckDB does not."""

    def joined(node: exp.Expression) -> exp.Expression:
        if not isinstance(node, exp.Concat):
            return node
        texts: list[exp.Expression] = [exp.cast(text.copy(), "varchar") for text in node.expressions]
        return exp.paren(reduce(lambda left, right: exp.DPipe(this=left, expression=right), texts))

    return sqlglot.parse_one(query, read="duckdb").transform(joined).sql(dialect="duckdb")


def _told(rulebook: Rulebook, rule: str, profiles: list[Profile]) -> dict[str, tuple[str, str]]:
    """What a rule says of nothing but the profiles and its policy's own tables: {subject: (outcome, because)}."""
    store = FactStore(threads=1)
    load_tables(store, rulebook)
    store.connection.execute(
        "create table course_profiles (course_id varchar, billing_npi varchar, site varchar, setting varchar,"
        " service_year integer, service varchar, units bigint)"
    )
    if profiles:
        store.connection.executemany("insert into course_profiles values (?, ?, ?, ?, ?, ?, ?)", profiles)
    query = rulebook.rule(rule).query
    rows = store.connection.execute(query).fetchall()
    as_spark_joins = store.connection.execute(_joining_as_spark_does(query)).fetchall()
    store.close()
    assert sorted(as_spark_joins) == sorted(rows), "a text is joined with null"
    told = {subject: (outcome, because) for subject, outcome, because in rows}
    assert len(told) == len(rows), "a subject was answered twice"
    return told


def far_counts(profiles: list[Profile], chosen: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """The outcome of each course, and how many of its services are far above their peers."""
    found = {}
    for course, own in groupby(sorted(profiles), key=lambda row: row.course_id):
        compared, far = 0, 0
        for row in own:
            peers = _peers(row, profiles, chosen["peers_least_courses"])
            if peers:
                middle = median(peers)
                spread = median(abs(units - middle) for units in peers)
                spread = max(spread, chosen["peers_least_deviation_units"])
                compared += 1
                far += row.units > middle + chosen["peers_far_deviations"] * spread / 0.6745
        found[course] = ("not_applicable" if not compared else "not_met" if far else "met", far)
    return found


def _peers(row: Profile, profiles: list[Profile], least: int) -> list[int]:
    same = [other for other in profiles if (other.setting, other.service) == (row.setting, row.service)]
    of_site = [other for other in same if other.site == row.site]
    of_year = [other for other in of_site if other.service_year == row.service_year]
    for peers in (of_year, of_site, same):
        if len(peers) >= least:
            return [other.units for other in peers]
    return []


def far_providers(profiles: list[Profile], chosen: dict[str, Any]) -> dict[str, str]:
    """The outcome of each provider by its share of courses with a second plan."""
    plans: dict[str, list[Profile]] = defaultdict(list)
    for row in profiles:
        if row.service == "plan":
            plans[row.billing_npi].append(row)
    setting = {npi: min(row.setting for row in rows) for npi, rows in plans.items()}
    counts = {npi: (sum(row.units > 1 for row in rows), len(rows)) for npi, rows in plans.items()}
    found = {}
    for npi, (second, courses) in counts.items():
        pooled: dict[str, Counter[str]] = defaultdict(Counter)
        for other, (other_second, other_courses) in counts.items():
            if setting[other] == setting[npi]:
                peer = other if other_courses >= chosen["providers_least_courses"] else "few courses"
                pooled[peer].update(second=other_second, courses=other_courses)
        shares = [100 * peer["second"] / peer["courses"] for peer in pooled.values()]
        everyone = sum(peer["second"] for peer in pooled.values()) / sum(peer["courses"] for peer in pooled.values())
        middle = median(shares)
        spread = median(abs(share - middle) for share in shares) / 0.6745
        by_chance = 100 * sqrt(everyone * (1 - everyone) / courses)
        far = 100 * second / courses > middle + chosen["peers_far_deviations"] * max(spread, by_chance)
        if courses < chosen["providers_least_courses"] or len(shares) < chosen["providers_least_peers"]:
            found[npi] = "not_applicable"
        else:
            found[npi] = "not_met" if far and second >= chosen["providers_least_second_plans"] else "met"
    return found


@pytest.mark.parametrize("seed", range(10))
def test_counts_far_from_peers_are_those_that_plain_python_finds(seed: int) -> None:
    profiles, chosen = random_profiles(seed), _chosen(seed)
    rulebook = with_readings(_POLICY, chosen, "a test")
    told = _told(rulebook, "counts_far_from_peers", profiles)
    expected = far_counts(profiles, chosen)
    assert {course: outcome for course, (outcome, _) in told.items()} == {
        course: outcome for course, (outcome, _) in expected.items()
    }
    for course, (outcome, because) in told.items():
        assert outcome != "not_met" or because.startswith(f"{expected[course][1]} of "), because


@pytest.mark.parametrize("seed", range(10))
def test_providers_far_from_peers_are_those_that_plain_python_finds(seed: int) -> None:
    profiles, chosen = random_profiles(seed), _chosen(seed)
    rulebook = with_readings(_POLICY, chosen, "a test")
    told = _told(rulebook, "second_plans_far_from_peers", profiles)
    assert {npi: outcome for npi, (outcome, _) in told.items()} == far_providers(profiles, chosen)


def test_every_outcome_is_met_somewhere() -> None:
    counts: Counter[str] = Counter()
    providers: Counter[str] = Counter()
    for seed in range(40):
        profiles, chosen = random_profiles(seed), _chosen(seed)
        counts.update(outcome for outcome, _ in far_counts(profiles, chosen).values())
        providers.update(far_providers(profiles, chosen).values())
    assert min(counts.values()) > 20 and min(providers.values()) > 5
    assert set(counts) == set(providers) == {"met", "not_met", "not_applicable"}


def test_without_a_profile_nothing_is_said() -> None:
    assert _told(_POLICY, "counts_far_from_peers", []) == {}
    assert _told(_POLICY, "second_plans_far_from_peers", []) == {}


def test_no_number_alone_refuses_anything() -> None:
    assert {rule.consequence for rule in _POLICY.rules if rule.compares} == {"inform"}


def test_a_profile_counts_each_component_of_what_a_course_billed() -> None:
    store = FactStore(threads=1)
    tables = random_world(5, courses=60, clean=True)
    for table, rows in tables.items():
        assert not store.supply(table, rows)
    judge(store, [_POLICY])
    told = store.connection.execute("select course_id, service, units from imrt.course_profiles").fetchall()
    services = {"77301": "plan", "77290": "simulation", "77427": "management", "77336": "physics"}
    billed: Counter[tuple[str, str]] = Counter()
    professional: Counter[tuple[str, str]] = Counter()
    technical: Counter[tuple[str, str]] = Counter()
    for line in tables["claim_lines"]:
        if line.procedure_code in services:
            key = (line.course_id, services[line.procedure_code])
            billed[key] += line.units
            professional[key] += line.units * (line.modifier_1 == "26" or line.setting == "professional")
            technical[key] += line.units * (line.modifier_1 != "26")
    expected = {key: max(professional[key], technical[key]) for key in professional}
    assert len(expected) > 200 and billed != expected
    assert {(course, service): units for course, service, units in told if service in services.values()} == expected
