"""A work in a process beside this one: what it says and makes comes here, and so does what goes wrong."""

import os
import signal

import pytest

from isocenter.errors import UnreadableInput
from isocenter.planning.side_by_side import beside, can_work_side_by_side

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
