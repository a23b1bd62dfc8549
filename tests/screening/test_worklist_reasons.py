"""The worklist names each rule's reason once: a rule found on every day of a course leaves room for the others."""

from pathlib import Path

from isocenter.engines.database import connect
from isocenter.screening.worklist import make_worklist


def test_reasons_of_one_rule_are_counted_and_those_of_others_stay(tmp_path: Path) -> None:
    daily = [("C1", "delivery_follows_a_plan", f"delivered on 2025-03-0{day}; no plan", 520.0) for day in (3, 4, 5)]
    found = [*daily, ("C1", "site_is_supported", "no diagnosis names the site", 2600.0), ("C1", "z_rule", "odd", 10.0)]
    values = ", ".join(f"('{course}', '{rule}', '{because}', {amount})" for course, rule, because, amount in found)
    with connect() as connection:
        connection.execute(
            "create table findings as select *, 'not_met' as outcome, null::double as allowed_amount"
            f" from (values {values}) as given (course_id, rule, because, charge_amount)"
        )
        connection.execute(
            "create table lines as select 'C1' as course_id, 10.0 as charge_amount, 5.0 as allowed_amount"
        )
        connection.execute(
            "create table courses as select 'C1' as course_id, 'M1' as member_id, '' as billing_npi,"
            " date '2025-03-03' as first_service, 'human_review' as recommendation"
        )
        (row,) = make_worklist(connection, tmp_path, "1")
    assert row["rules"] == "delivery_follows_a_plan; site_is_supported; z_rule"
    assert row["reasons"] == ("no diagnosis names the site; delivered on 2025-03-03; no plan (and 2 more like it); odd")
