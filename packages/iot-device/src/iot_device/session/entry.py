"""Getting the raw REPL, whatever the board is doing, and saying what it was doing if that fails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from iot_device.errors import BoardTimeoutError
from iot_device.protocol.events import Entered, Noise
from iot_device.session.link import KEPT

if TYPE_CHECKING:
    from iot_device.session.deadline import Deadline
    from iot_device.session.link import Link

__all__ = ["BOOT_TIME", "ENTRY_TIMEOUT", "Entry"]

ENTRY_TIMEOUT: Final = 10.0  # seconds
BOOT_TIME: Final = 1.5  # seconds after a reset in which Ctrl-C may wipe a file system (#10833)

# Seconds that an idle board may take for its banner; with them no two Ctrl-C come within half a
# second, see INTERRUPT_INTERVAL.
ANSWER_TIME: Final = 0.5
IDLE_ANSWER_TIME: Final = 0.15  # seconds, where a person waits for the completion of a word
QUIET: Final = 0.04  # seconds without a byte after which a board is taken for quiet

# Lines that the chip and the firmware print before any program of the user runs.
_BOOT_LINE = re.compile(
    rb"^(ets |rst:|boot:|configsip|clk_drv|mode:|load:|entry |csum|tail |chksum|ho |I \(|W \(|"
    rb"(MPY: )?soft reboot|SPIWP|Build:|Saved PC|[^\x20-\x7e\r\n]*$)"
)

# What no program prints: marks of the raw REPL, with the answer to a program behind them.
_PROTOCOL = re.compile(rb"[\x00-\x06]>?(?:OK)?")


class Entry:
    """Enters the raw REPL.

    Attributes:
        stopped_program: Whether a program of the user ran and was stopped.

    Args:
        link: The way to the board.
        interrupts: Whether a program may be stopped.
    """

    def __init__(self, link: Link, *, interrupts: bool = True) -> None:
        self._link = link
        self._interrupts = interrupts
        self.stopped_program: bool = False

    def enter(self, deadline: Deadline, booting: Deadline) -> None:
        """Get the raw REPL's prompt.

        Ctrl-C first: it ends a running program, a pending ``input()``, paste mode, and what a tool
        that was killed left behind (half a line in the raw REPL, half a raw paste); then Ctrl-A.
        Both go at once: the board takes them in order, and what a stopped program said stands
        before the banner. A Ctrl-A that a dying program takes for its own is sent again.

        Args:
            deadline: When to give up.
            booting: Until when the board may still be booting and must get no Ctrl-C, unless a
                program is heard.

        Raises:
            BoardTimeoutError: No prompt in time; the message says what the board was doing.
        """
        if not self._interrupts:
            self._enter_idle_board(deadline)
            return
        limit = deadline.within(ENTRY_TIMEOUT)
        before = self._link.recent
        while not limit.expired:
            may_interrupt = booting.expired or _is_program(self._link.recent)
            self._link.machine.enter(interrupts=may_interrupt)
            if self._listen(limit.within(ANSWER_TIME)):
                return
        raise self._failed(hears_board=self._link.recent != before)

    def _listen(self, limit: Deadline) -> bool:
        """Wait for the banner; notice in what stands before it whether a program was stopped."""
        heard = b""
        while not limit.expired:
            events = self._link.step(limit)
            noise = b"".join(event.data for event in events if isinstance(event, Noise))
            heard = (heard + noise)[-KEPT:]
            self.stopped_program = self.stopped_program or b"KeyboardInterrupt" in heard
            if any(isinstance(event, Entered) for event in events):
                return True
        return False

    def _enter_idle_board(self, deadline: Deadline) -> None:
        """Enter from the friendly prompt only, without Ctrl-C.

        A program that prints is heard and gets nothing. One that is quiet gets Ctrl-A and, when no
        prompt comes, Ctrl-B: the prompt after its end takes them as going to the raw REPL and
        back. But ``input()`` would return, so the caller has to know of no program.
        """
        if not self._link.listen(QUIET, deadline.within(QUIET)):
            self._link.machine.enter(clears_line=False)
            if self._link.wait_for(Entered, deadline.within(IDLE_ANSWER_TIME)):
                return
            self._link.machine.give_up_entering()
            self._link.listen(0.0, deadline.within(QUIET))
        raise BoardTimeoutError(
            f"{self._link.transport.url} is not at its prompt; a program may run there",
            waiting_for="the raw REPL's prompt",
            received=self._link.recent,
        )

    def _failed(self, *, hears_board: bool) -> BoardTimeoutError:
        doing, hint = _diagnose(self._link.recent, hears_board=hears_board)
        url = self._link.transport.url
        return BoardTimeoutError(
            f"no prompt from {url}: {doing}",
            waiting_for="the raw REPL's prompt",
            received=self._link.recent,
            hint=hint,
        )


def _is_program(heard: bytes) -> bool:
    return any(line and not _BOOT_LINE.match(line) for line in heard.splitlines())


def _diagnose(recent: bytes, *, hears_board: bool) -> tuple[str, str]:
    if not recent:
        return (
            "the board is silent",
            "is it powered, is this its port, does it run MicroPython? Press its reset button.",
        )
    if b"waiting for download" in recent:
        return "the chip is in its bootloader", "reset the board without holding its BOOT button"
    other = "this is not MicroPython" if hears_board else "the board or the link is dead"
    return (
        f"a program runs that ignores Ctrl-C, or {other}; it said last {_last_words(recent)}",
        "press the board's reset button and try again",
    )


def _last_words(recent: bytes) -> str:
    """Return the last line of what came, without what the raw REPL puts before it."""
    said = _PROTOCOL.split(recent[-200:])[-1].decode(errors="backslashreplace").strip()
    return ascii(said.splitlines()[-1] if said else said)
