"""The program ``iot``, from its first moment."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from iot_cli import exit_codes

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["main"]


def main() -> None:
    """Run the command that ``sys.argv`` names, and exit."""
    # Until the command handles it: loading takes a tenth of a second, more on a busy computer, and
    # Python would show where in it Ctrl-C struck.
    signal.signal(signal.SIGINT, _end_at_once)
    from iot_cli.running import run  # noqa: PLC0415  (after that line)

    run()


def _end_at_once(_number: int, _frame: FrameType | None) -> None:
    with suppress(OSError):
        os.write(2, b"iot: error[interrupted]: stopped by Ctrl-C\n")
    os._exit(exit_codes.INTERRUPTED)  # nothing is begun that would have to be ended


if __name__ == "__main__":
    main()
