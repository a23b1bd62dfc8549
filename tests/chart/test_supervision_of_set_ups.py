"""A line of a log of set-ups states the level of supervision; a denied level is never taken for that level."""

import pytest

from isocenter.chart.results.image_guidance import _supervision


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("01/16/2024 CBCT shift 2 mm direct supervision Dr. A. Example", "direct"),
        ("01/16/2024 CBCT physician immediately available in the suite", "direct"),
        ("01/16/2024 CBCT general supervision", "general"),
        ("01/16/2024 CBCT virtual direct supervision", "virtual_direct"),
        ("01/16/2024 CBCT supervision: none", "none"),
        ("01/16/2024 CBCT no physician supervision that day", "none"),
        ("01/16/2024 CBCT unsupervised", "none"),
        ("01/16/2024 CBCT not under direct supervision", ""),
        ("01/16/2024 CBCT physician not immediately available", ""),
        ("01/16/2024 CBCT no direct supervision", ""),
        ("01/16/2024 CBCT shift 2 mm", ""),
    ],
)
def test_a_denied_level_of_supervision_is_not_that_level(line: str, level: str) -> None:
    assert _supervision(line) == level
