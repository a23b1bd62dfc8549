"""The signals that stop a command."""

import signal


def stopping_signals() -> list[signal.Signals]:
    """Ctrl-C, SIGTERM, and SIGHUP but where it is ignored: nohup lets a command outlive its terminal."""
    hang_up: signal.Signals | None = getattr(signal, "SIGHUP", None)
    stops = [signal.SIGINT, signal.SIGTERM]
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        stops.append(hang_up)
    return stops
