"""Treatment records to fractions: what adds up, and a sentence for what does not."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.evidence.courses.delivery import add_up_delivery
from isocenter.terms.courses import GuidanceProtocol
from isocenter.terms.imaging import Beam, TreatmentPlan
from isocenter.terms.problems import FRACTION_RECORD, UnreadPart
from isocenter.terms.treatment_records import DeliveredBeam, TreatmentRecord

MONDAY = date(2025, 3, 3)
PLAN = TreatmentPlan(
    "1.2.plan",
    fractions=5,
    beams=(
        Beam(1, monitor_units=100.0),
        Beam(2, monitor_units=80.0),
        Beam(3, delivery_type="SETUP", monitor_units=1.0),
    ),
)
BOTH = {1: 100.0, 2: 80.0}


def record(uid, number, day, mu, plan="1.2.plan", termination="NORMAL", shift=None, specified=None):
    beams = tuple(
        DeliveredBeam(beam, specified_mu=specified, delivered_mu=value, termination=termination)
        for beam, value in mu.items()
    )
    treated_on = None if day is None else MONDAY + timedelta(days=day)
    return TreatmentRecord(uid, plan, treated_on, number, beams, shift)


def add_up(*records, plan=PLAN, **options):
    return add_up_delivery("course-1", records, plan, "records", **options)


def told(delivery):
    return " ".join(problem.sentence for problem in delivery.problems)


def test_five_whole_fractions_add_up_without_a_word():
    delivery = add_up(*(record(f"r{n}", n, n, BOTH) for n in range(1, 6)))
    assert [fraction.fraction_number for fraction in delivery.fractions] == [1, 2, 3, 4, 5]
    assert all(f.delivered_mu == f.planned_mu == 180 and f.termination == "NORMAL" for f in delivery.fractions)
    assert delivery.problems == ()


def test_a_fraction_names_its_plan_only_where_its_records_do():
    delivery = add_up(record("r1", 1, 1, BOTH), record("r2", 2, 2, BOTH, plan=""))
    assert [fraction.plan_id for fraction in delivery.fractions] == ["1.2.plan", ""]


def test_what_many_records_repeat_is_one_sentence_with_a_count():
    delivery = add_up(*(record(f"r{n}", n, n, {1: 100.0, 2: 80.0 - n}) for n in range(1, 21)))
    assert len(delivery.fractions) == 20
    sentences = [problem.sentence for problem in delivery.problems]
    assert len(sentences) == 2
    assert "18 more places (last: fraction 20," in sentences[0]
    assert "14 more places (last: fraction 20," in sentences[1]


def test_records_older_than_the_plan_and_of_another_machine_are_said_once_with_a_count():
    plan = replace(PLAN, plan_date=MONDAY + timedelta(days=3), beams=(replace(PLAN.beams[0], machine="TB1"),))
    days = [replace(record(f"r{n}", n, n, {1: 100.0}), machine=" tb1") for n in range(1, 3)]
    elsewhere = [replace(record(f"r{n}", n, n, {1: 100.0}), machine="TB2") for n in range(3, 6)]
    early, other = add_up(*days, plan=plan), add_up(*elsewhere, plan=plan)
    assert [problem.place for problem in early.problems] == ["record of 2025-03-04", "record of 2025-03-05"]
    assert "dated before the plan was made (2025-03-06)" in told(early)
    assert "on the machine 'TB2'; the plan is made for 'TB1'" in told(other)
    assert "before the plan was made" not in told(other)
    assert (len(early.fractions), len(other.fractions)) == (2, 3)


def test_a_session_split_over_two_records_is_one_fraction():
    delivery = add_up(record("a", 1, 0, {1: 100.0}), record("b", 1, 0, {2: 80.0}))
    assert [(f.fraction_number, f.delivered_mu) for f in delivery.fractions] == [(1, 180)]
    assert delivery.problems == ()


def test_an_interrupted_beam_taken_up_the_same_day_ends_normally():
    first = record("a", 1, 0, {1: 40.0}, termination="MACHINE", specified=100.0)
    delivery = add_up(first, record("b", 1, 0, {1: 60.0}, specified=60.0), record("c", 1, 0, {2: 80.0}))
    assert [(f.delivered_mu, f.termination) for f in delivery.fractions] == [(180, "NORMAL")]
    assert delivery.problems == ()


def test_a_fraction_begun_one_day_and_completed_the_next_counts_once_on_the_later_day():
    delivery = add_up(record("a", 1, 0, {1: 100.0}, termination="OPERATOR"), record("b", 1, 1, {2: 80.0}))
    assert [(f.delivered_on, f.delivered_mu) for f in delivery.fractions] == [(date(2025, 3, 4), 180)]
    assert "was begun on 2025-03-03" in told(delivery)


def test_a_number_delivered_in_full_on_two_days_counts_twice_and_is_reported():
    delivery = add_up(record("a", 1, 0, BOTH), record("b", 1, 1, BOTH))
    assert len(delivery.fractions) == 2
    assert "one of the numbers is wrong" in told(delivery)


def test_a_partial_fraction_says_which_beam_fell_short():
    delivery = add_up(record("a", 1, 0, {1: 100.0, 2: 30.0}, termination="MACHINE"))
    assert delivery.fractions[0].delivered_mu == 130
    assert delivery.fractions[0].termination == "MACHINE"
    assert "Beam 2 delivered 30.0 of 80.0 MU" in told(delivery)


def test_a_beam_that_is_missing_makes_the_fraction_partial():
    assert "Beam 2 (80.0 MU) was not delivered" in told(add_up(record("a", 1, 0, {1: 100.0})))


def test_a_beam_delivered_twice_in_one_session_is_reported():
    delivery = add_up(record("a", 1, 0, BOTH), record("b", 1, 0, {1: 100.0}))
    assert "delivered 200.0 MU where 100.0 MU were planned" in told(delivery)


def test_records_of_another_plan_do_not_count():
    delivery = add_up(record("a", 1, 0, BOTH), record("b", 1, 1, BOTH, plan="1.2.other"))
    assert len(delivery.fractions) == 1
    assert "another plan (1.2.other)" in told(delivery)


def test_the_same_record_twice_counts_once():
    delivery = add_up(record("a", 1, 0, BOTH), record("a", 1, 0, BOTH))
    assert [f.delivered_mu for f in delivery.fractions] == [180]
    assert "counts once" in told(delivery)


def test_a_record_without_a_date_is_no_fraction():
    delivery = add_up(record("a", 1, None, BOTH))
    assert delivery.fractions == ()
    assert "no treatment date" in told(delivery)


def test_a_session_without_a_number_counts_by_its_date():
    delivery = add_up(record("a", 1, 0, BOTH), record("b", None, 1, BOTH), record("c", 3, 2, BOTH))
    assert [f.fraction_number for f in delivery.fractions] == [1, 2, 3]
    assert "counts as fraction 2" in told(delivery)
    same_day = add_up(record("a", 1, 0, {1: 100.0}), record("b", None, 0, {2: 80.0}))
    assert [(f.fraction_number, f.delivered_mu) for f in same_day.fractions] == [(1, 180)]


def test_gaps_numbers_beyond_the_plan_and_numbers_out_of_order_are_reported():
    words = told(
        add_up(record("a", 1, 0, BOTH), record("b", 4, 1, BOTH), record("c", 3, 2, BOTH), record("d", 7, 3, BOTH))
    )
    assert "No record shows fraction 2," in words
    assert "No record shows fraction 5 to 6," in words
    assert "The plan has 5 fractions; the record says 7" in words
    assert "Fraction 3 is dated after fraction 4" in words


def test_set_up_beams_and_beams_of_no_plan_add_no_monitor_units():
    delivery = add_up(record("a", 1, 0, {**BOTH, 3: 1.0, 9: 50.0}))
    assert delivery.fractions[0].delivered_mu == 180
    assert told(delivery) == "Beam 9 is not in the plan; it is left out."
    assert add_up(record("a", 1, 0, {3: 1.0})).fractions == ()


def test_a_session_without_monitor_units_or_of_images_alone_is_no_fraction():
    interrupted = record("r2", 2, 2, {1: 0.0, 2: 0.0}, termination="OPERATOR")
    images = record("r3", 3, 3, BOTH)
    images = replace(images, beams=tuple(replace(beam, is_of_set_up=True) for beam in images.beams))
    delivery = add_up(record("r1", 1, 1, BOTH), interrupted, images, record("r4", 4, 4, {1: 0.0, 2: 80.0}))
    assert [fraction.fraction_number for fraction in delivery.fractions] == [1, 4]
    assert "No monitor units were delivered, so it does not count as a fraction." in told(delivery)
    assert "No treatment beam was delivered, so it does not count as a fraction." in told(delivery)


def test_records_that_show_no_delivery_at_all_leave_the_fractions_open():
    of_set_up = record("r1", 1, 1, {3: 1.0})
    (unread,) = (one for one in add_up(of_set_up).problems if isinstance(one, UnreadPart))
    assert unread.part == FRACTION_RECORD
    for delivery in (add_up(), add_up(of_set_up, record("r2", 2, 2, BOTH))):
        assert not any(isinstance(one, UnreadPart) for one in delivery.problems)


def test_a_session_whose_units_nobody_recorded_may_be_a_fraction():
    assert len(add_up(record("r1", 1, 1, {1: 0.0, 2: None})).fractions) == 1


def test_an_order_that_differs_from_the_plan_is_reported():
    assert "ordered with 50.0 MU; the plan has 100.0" in told(add_up(record("a", 1, 0, {1: 50.0}, specified=50.0)))


def test_monitor_units_that_were_not_recorded_stay_unknown():
    delivery = add_up(record("a", 1, 0, {1: None, 2: 80.0}))
    assert delivery.fractions[0].delivered_mu is None
    assert "no monitor units on record" in told(delivery)


def test_table_shifts_become_image_guided_set_ups_with_the_stated_tolerance():
    delivery = add_up(
        record("a", 1, 0, {1: 100.0}, shift=(3.0, 4.0, 0.0)),
        record("b", 1, 0, {2: 80.0}, shift=(3.0, 4.0, 0.0)),
        record("c", 2, 1, BOTH),
        guidance=GuidanceProtocol("ct", 3.0, "radiation_therapist", "direct"),
    )
    (row,) = delivery.image_guidance
    assert (row.guided_on, row.method, row.shift_mm, row.tolerance_mm) == (MONDAY, "ct", 5.0, 3.0)
    assert (row.performed_by_role, row.supervision, row.reviewed_on) == ("radiation_therapist", "direct", None)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, -1, 1, 2, 3, 9]),
            st.sampled_from([None, 0, 1, 2]),
            st.dictionaries(st.integers(1, 4), st.sampled_from([None, 0.0, 50.0, 80.0, 100.0])),
            st.sampled_from(["", "1.2.plan", "1.2.other"]),
        ),
        max_size=8,
    )
)
def test_no_recorded_monitor_unit_of_this_plan_is_lost(sessions):
    records = [record(f"r{i}", number, day, mu, plan=plan) for i, (number, day, mu, plan) in enumerate(sessions)]
    delivery = add_up(*records)
    if all(mu is not None for _, _, beams, _ in sessions for mu in beams.values()):
        expected = sum(
            mu
            for _, day, beams, plan in sessions
            if day is not None and plan != "1.2.other"
            for beam, mu in beams.items()
            if beam in (1, 2)
        )
        assert sum(f.delivered_mu for f in delivery.fractions) == expected
    assert add_up(*reversed(records)).fractions == delivery.fractions
