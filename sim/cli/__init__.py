"""The command `partnersim`: parse, call, print."""

import os

from partnersim import leave


def main() -> None:
    """Run the command: nothing is imported before the current folder is left."""
    leave()
    os.environ["MPLBACKEND"] = "agg"  # a notebook's own may not be installed here
    from sim.cli import commands, shared, streams, terminal

    heed_endings()
    streams.open_up()
    terminal.guard()
    shared.heed_notices()
    with shared.ending():
        try:
            commands.app(prog_name="partnersim")
        finally:
            streams.pass_on()


def heed_endings() -> None:
    """End like an interruption when told to end, or when the terminal is closed.

    Whoever started the command may have asked for it to go on without a terminal (nohup).
    """
    import signal

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
