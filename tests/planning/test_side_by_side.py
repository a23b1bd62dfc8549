"""A work in a process beside this one: what it says and makes comes here, and so does what goes wrong."""

import os
import signal
import subprocess
import sys

import pytest

from isocenter.errors import UnreadableInput
from isocenter.planning.optimizing.side_by_side import beside, can_work_side_by_side

pytestmark = pytest.mark.skipif(not can_work_side_by_side(), reason="one processor, or processes cannot be forked")


def test_what_is_said_and_made_beside_comes_here():
    said = []

    def work(say):
        say("halfway")
        return os.getpid()

    with beside(work, said.append) as other:
        assert other.result() not in (0, os.getpid())
    assert said == ["halfway"]


def test_what_goes_wrong_beside_is_raised_here():
    def work(_):
        raise UnreadableInput("no aperture covers the target")

    with beside(work, print) as other, pytest.raises(UnreadableInput, match="no aperture covers the target"):
        other.result()


def test_a_work_whose_process_is_killed_is_done_here():
    here = os.getpid()

    def work(_):
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return "made"

    with beside(work, print) as other:
        assert other.result() == "made"


def test_a_work_ends_with_what_it_is_beside():
    def work(_):
        signal.pause()

    with pytest.raises(KeyboardInterrupt), beside(work, print) as other:
        process = other._process
        raise KeyboardInterrupt
    assert process.exitcode == -signal.SIGKILL


_STOPPED = """
import signal, sys
from isocenter.planning.optimizing.side_by_side import beside
def stop(*_):
    raise KeyboardInterrupt
for one in (signal.SIGINT, signal.SIGTERM):
    signal.signal(one, stop)
def work(say):
    say("begun")
    signal.pause()
try:
    with beside(work, lambda text: print(text, flush=True)) as other:
        other.result()
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_work_that_is_stopped_with_what_it_is_beside_says_nothing(number):
    whole = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", _STOPPED], stdout=whole, stderr=whole, text=True, start_new_session=True
    ) as process:
        assert process.stdout.readline() == "begun\n"
        os.killpg(process.pid, number)  # as a terminal does, and a batch system
        _, told = process.communicate(timeout=30)
    assert (process.returncode, told) == (130, "")
