"""What all tests share."""

from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def shared_data() -> Path:
    """Real and reference data of others, kept beside the checkout and never in it."""
    folder = _SHARED / "data"
    if not folder.is_dir():
        pytest.skip("the reference data of others is not beside the checkout (../shared/data)")
    return folder


@pytest.fixture
def policy_text() -> Path:
    """A copy of the policy text, kept beside the checkout and never in it."""
    text = _SHARED / "policy" / "imrt-policy.txt"
    if not text.is_file():
        pytest.skip("the policy text is not beside the checkout (../shared/policy)")
    return text
