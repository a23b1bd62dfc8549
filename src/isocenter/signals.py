"""The signals that stop a command."""

import os
import signal

SERVED_BY = "ISOCENTER_SERVED_BY"  # names, to a worker, the process that serves and that says when it is stopped


class Stopping:
    """Whether a signal came: a library may turn what its handler raised into an exception of its own, or lose it."""

    came = False


def stopping_signals() -> list[signal.Signals]:
    """Ctrl-C, SIGTERM, and SIGHUP but where it is ignored: nohup lets a command outlive its terminal."""
    hang_up: signal.Signals | None = getattr(signal, "SIGHUP", None)
    stops = [signal.SIGINT, signal.SIGTERM]
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        stops.append(hang_up)
    return stops


def says_that_it_stops() -> bool:
    """Whether a command says that it was stopped: a worker leaves that to the process that began it."""
    return SERVED_BY not in os.environ


def loop_has_ended() -> None:
    """Say that a server's loop took the signal for its end, so that nothing is raised again while the rest ends."""
    if Stopping.came and hasattr(signal, "SIGALRM"):
        signal.setitimer(signal.ITIMER_REAL, 0)
