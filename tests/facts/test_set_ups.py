"""Set-ups on record twice, in the chart and in treatment records, become one."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from isocenter.facts.placement import complete_set_ups
from isocenter.facts.store import FactStore
from isocenter.terms.courses import ImageGuidance

_MONDAY, _TUESDAY = date(2024, 2, 5), date(2024, 2, 6)
_DAYS = st.sampled_from([_MONDAY, _TUESDAY])
_RECORDED = st.builds(ImageGuidance, st.just("C1"), _DAYS, st.just("ct"), st.floats(0, 20), st.just(5.0))
_CHARTED = st.builds(
    ImageGuidance, st.just("C1"), _DAYS, st.just(""), st.sampled_from([None, 1.5]), reviewed_on=st.just(_TUESDAY)
)


def test_the_chart_keeps_its_words_and_takes_the_largest_shift_of_the_day() -> None:
    charted = [ImageGuidance("C1", _MONDAY, "surface", reviewed_by_role="radiation_oncologist", reviewed_on=_TUESDAY)]
    recorded = [ImageGuidance("C1", day, "ct", shift, 5.0) for day, shift in ((_MONDAY, 3.0), (_MONDAY, 7.0))]
    elsewhere = ImageGuidance("C1", _TUESDAY, "ct", 2.0, 5.0)
    assert complete_set_ups(charted, [*recorded, elsewhere]) == [
        ImageGuidance("C1", _MONDAY, "surface", 7.0, 5.0, "", "", "radiation_oncologist", _TUESDAY),
        elsewhere,
    ]


@given(st.lists(_CHARTED, max_size=4), st.lists(_RECORDED, max_size=4))
def test_no_set_up_is_lost_and_no_stated_shift_is_changed(
    charted: list[ImageGuidance], recorded: list[ImageGuidance]
) -> None:
    together = complete_set_ups(charted, recorded)
    assert [row.shift_mm for row in together[: len(charted)] if row.shift_mm == 1.5].count(1.5) >= sum(
        row.shift_mm == 1.5 for row in charted
    )
    assert {row.guided_on for row in together} == {row.guided_on for row in [*charted, *recorded]}
    for row in together:
        shifts = [r.shift_mm for r in recorded if r.guided_on == row.guided_on]
        assert row.shift_mm in ([*shifts, 1.5] if shifts else [None, 1.5])


def test_rows_put_in_the_place_of_others_are_the_only_ones() -> None:
    store = FactStore(few_rows=True)
    store.supply("image_guidance", [ImageGuidance("C1", _MONDAY, "ct")])
    problems = store.replace("image_guidance", [ImageGuidance("C1", _TUESDAY, "ct"), ImageGuidance("C1", _MONDAY, "x")])
    assert [row.guided_on for row in store.rows("image_guidance")] == [_TUESDAY]
    assert "'x'" in problems[0].sentence
    store.close()
