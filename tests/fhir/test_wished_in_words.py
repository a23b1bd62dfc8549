"""Words of an order that say something against its service, and ordinary ones that do not."""

import pytest

from isocenter.fhir.doubts.wished_in_words import words_against

AGAINST = """Hold RT. | Hold treatment. | Deferred. | RT deferred until May | Radiation has been postponed.
Void. | Please void this order. | No longer needed. | Treatment not indicated. | Ordered by mistake. | RT is being held.
Pt declines XRT. | Family decided against radiation. | Patient does not want radiation. | Will not proceed.
Patient elected observation. | Patient prefers comfort care. | Enrolled in home hospice. | RT contraindicated.
Not a candidate for radiation. | No RT planned. | Superseded by order 123 | Awaiting pathology | If PSA rises.
Do not start until the biopsy is back. | Do not schedule yet. | Schedule only if MRI shows recurrence. | No treatment.
Patient refuses treatment. | Pt declined any further therapy. | No RT. | Wrong MRN. | Void - see new order.
This order has been replaced. | Awaiting path. | Dx: BPH, r/o prostate ca. | Indication: suspected recurrence.
Pt wishes to defer treatment until fall. | Patient would like to wait. | Family is considering hospice.
Patient moved away, transferred care. | Will be treated elsewhere. | Do not use this order. | Tx cancelled per MD.
Patient passed 5/1. | Pt is deciding between RT and surgery. | Second opinion requested before proceeding.
Contraindicated: prior pelvic RT to full dose. | Path pending. | Awaiting a second opinion.
Benign pathology, no treatment. | Cancel order if the patient declines. | Stop radiation. | Test patient."""
ORDINARY = """Patient refuses hormone therapy. | Patient declined treatment for depression. | No treatment on July 4.
Wants to delay chemotherapy. | Would like to delay his surgery. | Transferred care to us from another clinic.
Pt passed swallow study. | Path confirmed adenocarcinoma. | Do not hold treatment for mild diarrhea.
Second opinion agreed with the plan. | Treatment cancelled on Monday for machine service. | Wishes to proceed.
Hold breath at simulation. | Hold metformin on the day of the CT. | Hold RT for fever over 101.
Void before CT. | As needed for pain: ibuprofen.
Not a candidate for surgery. | Will proceed with IMRT. | Do not schedule before 9 am.
Do not treat on Fridays. | Do not start until authorization is received. | Do not treat with an empty bladder.
Discontinue tamoxifen during radiation. | Chemotherapy discontinued before radiation. | Hold off on dental work.
Put on hold any blood thinners. | This order replaces the order cancelled on 4/30.
Cancel prior order for 3D simulation.
Call if you need to cancel your radiation appointment. | You may refuse radiation at any time. | No radiation history.
Do not start new vitamins during treatment. | Patient does not want surgery. | Patient decided against surgery.
Initially elected active surveillance; now IMRT. | Oncotype pending. | Pacemaker: RT is not contraindicated.
Surgery cancelled; definitive RT. | Will not proceed with surgery. | Prefers supine instead of prone. | No prior RT."""


def listed(words: str) -> list[str]:
    return [one.strip() for line in words.splitlines() for one in line.split(" | ")]


@pytest.mark.parametrize("words", listed(AGAINST))
def test_words_against_a_service(words: str) -> None:
    assert words_against(words)
    assert words_against(f"Seen today with family. {words}") or words in ("If PSA rises.", "Test patient.")


@pytest.mark.parametrize("words", listed(ORDINARY))
def test_ordinary_words_are_not_against_it(words: str) -> None:
    assert not words_against(words)
    assert not words_against(f"Seen today with family. {words}")
