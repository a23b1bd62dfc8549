"""What all tests share."""

import gc
import socket
from pathlib import Path
from typing import Any

import hypothesis
import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared"
_DEAREST_FIRST = ("spark", "slow")
_COLLECT_AFTER = (50_000, 20, 50)


def pytest_configure() -> None:
    """Garbage is looked for less often, for what is kept is none; and no property fails because a machine is busy."""
    gc.set_threshold(*_COLLECT_AFTER)
    hypothesis.settings.register_profile("no deadline", deadline=None)  # speed is measured in benchmarks/
    hypothesis.settings.load_profile("no deadline")


def pytest_collection_finish() -> None:
    """What collecting the tests has made stays to the end, so no later search goes through it."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with tests that take long come first, so that no worker ends long after the others."""
    rank_of: dict[Path, int] = {}
    for item in items:
        rank = next((rank for rank, mark in enumerate(_DEAREST_FIRST) if item.get_closest_marker(mark)), 2)
        rank_of[item.path] = min(rank, rank_of.get(item.path, rank))
    items.sort(key=lambda item: rank_of[item.path])


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """By `--dist loadfile` tests of a file go to one worker, for they share what is dear; all of Spark to one too."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415  # the tests run without it too

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "spark" if Path(file).name.startswith("test_spark_") else file

    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture
def shared_data() -> Path:
    """Real and reference data of others, kept beside the checkout and never in it."""
    folder = _SHARED / "data"
    if not folder.is_dir():
        pytest.skip("the reference data of others is not beside the checkout (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def given_cases() -> Path:
    """Small inputs that once were judged wrongly, each with its right answer, kept beside the checkout."""
    folder = _SHARED / "cases"
    if not folder.is_dir():
        pytest.skip("the given cases are not beside the checkout (../shared/cases)")
    return folder


@pytest.fixture(scope="session")
def given_charts() -> Path:
    """Fictitious charts with what they state and a scorer, kept beside the checkout."""
    folder = _SHARED / "charts"
    if not folder.is_dir():
        pytest.skip("the given charts are not beside the checkout (../shared/charts)")
    return folder


@pytest.fixture
def policy_text() -> Path:
    """A copy of the policy text, kept beside the checkout and never in it."""
    text = _SHARED / "policy" / "imrt-policy.txt"
    if not text.is_file():
        pytest.skip("the policy text is not beside the checkout (../shared/policy)")
    return text


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection is opened, no name looked up and no port listened on while a test runs."""

    def forbidden(*arguments: object, **_: object) -> None:
        pytest.fail(f"a socket was asked for: {arguments[1:]}")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, forbidden)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, forbidden)
