"""What the programs of the transcripts do, firmware by firmware."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iot_device.protocol.events import RunSource, SoftReset
from protocol.scripted_board import INTERRUPT, LINE, Exited, Raised

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.protocol.repl_profile import ReplProfile
    from protocol.scripted_board import Script
    from protocol.transcripts import Scenario

# Programs that print and end.
_OUTPUTS = {
    "": "",
    "import sys": "",
    "import time": "",
    "print(1)": "1\n",
    "1 + 1": "2\n",
    "x = 5": "",
    "x": "",
    "t.deinit()": "",
    "print('one')": "one\n",
    "print('two')": "two\n",
    "print('after')": "after\n",
    "print('next')": "next\n",
    "print('alive')": "alive\n",
    "print('still alive')": "still alive\n",
    "print('whole')": "whole\n",
    "print('between')": "between\n",
    "print('a\\x04b>\\x04\\x04>c')\n": "a\x04b>\x04\x04>c\n",
    "print('a\\nb\\r\\nc\\rd', end='')\n": "a\nb\r\nc\rd",
    "print('grüß €')\n": "grüß €\n",
    "print('0123456789' * 200)\n": "0123456789" * 200 + "\n",
    "for i in range(2):\n    print(i)\n    \n    \n": "0\n1\n",
    "def f():\r    return 7\rprint(f())\r": "7\n",
}
# Programs that end with an exception: output, lines of the traceback, exception.
_FAILURES: dict[str, tuple[str, list[str], str]] = {
    "def f():\n    return 1 / 0\nprint('before')\nf()\n": (
        "before\n",
        ["line 4, in <module>", "line 2, in f"],
        "ZeroDivisionError: divide by zero",
    ),
    "print('before')\n1 / 0\n": (
        "before\n",
        ["line 2, in <module>"],
        "ZeroDivisionError: divide by zero",
    ),
    "x = = 1\n": ("", ["line 1"], "SyntaxError: invalid syntax"),
    "if True:\nprint(1)\n": ("", ["line 2"], "SyntaxError: invalid syntax"),
}
# Programs that run until they are interrupted, and the line where that happens.
_ENDLESS = {
    "while True: pass\n": "line 1, in <module>",
    "while True:\n    pass\n": "line 2, in <module>",
    "import time\ntime.sleep(60)\n": "line 2, in <module>",
    "import time\ntime.sleep_ms(60000)\n": "line 2, in <module>",
}
# What is written between the runs, by the number of the exchange that it follows.
_BACKGROUND = {
    "timer-callback-while-idle": {
        0: "tick 1\ntick 2\ntick 3\ntick 4\n",
        1: "tick 5\ntick 6\ntick 7\ntick 8\ntick 9\n",
        2: "tick 12\ntick 13\n",
    },
    "thread-output-while-idle": {
        0: "from thread 0\nfrom thread 1\n",
        1: "from thread 2\nfrom thread 3\nfrom thread 4\nfrom thread 5\n",
    },
}


@dataclass(frozen=True)
class BoardScripts:
    """The scripts of one firmware for one scenario."""

    profile: ReplProfile
    scenario: Scenario

    def __call__(self, event: RunSource | SoftReset) -> Script:
        """Return the script for a program or for the boot."""
        if isinstance(event, SoftReset):
            return self._boot(event)
        source = event.source.decode()
        if source in _OUTPUTS:
            return self._print(_OUTPUTS[source])
        if source in _FAILURES:
            return self._fail(*_FAILURES[source])
        if source in _ENDLESS:
            return self._run_until_interrupted("", _ENDLESS[source])
        if source.startswith("while True: print('tick')"):
            return self._run_until_interrupted("tick\n" * self._ticks(), "line 1, in <module>")
        return self._special(source)

    def background(self, exchange: int) -> bytes:
        """Return what timers and threads write after an exchange, before the next."""
        return self._text(_BACKGROUND.get(self.scenario.name, {}).get(exchange, ""))

    def _special(self, source: str) -> Script:
        specials: dict[str, Callable[[], Script]] = {
            "try:\n    while True: pass": self._catch_interrupt,
            "import sys\nn = sys.stdout.buffer.write": self._write_bytes,
            "a00 = 0  # a line of text\n": lambda: self._print("530\n"),
            "from machine import Timer\n": lambda: self._print(""),
            "import _thread, time\n": lambda: self._print(""),
            "import time\nfor i in range(3):": self._work,
            "x = input('name? ')\n": self._ask,
            "import sys\nprint('before')\nsys.exit(3)\n": lambda: self._exit("before\n"),
            "sys.exit(3)": lambda: self._exit(""),
        }
        return next(script() for start, script in specials.items() if source.startswith(start))

    def _text(self, text: str) -> bytes:
        return text.encode().replace(b"\n", self.profile.line_end)

    def _traceback(self, frames: list[str], exception: str, file: str = "<stdin>") -> bytes:
        if self.profile.name == "microbit-1.9.2":
            exception = exception.replace("divide by zero", "division by zero")
        lines = [f'  File "{file}", {frame}\n' for frame in frames]
        return self._text(
            "".join(["Traceback (most recent call last):\n", *lines, exception, "\n"])
        )

    def _ticks(self) -> int:
        return sum(
            exchange.answer.count(b"tick") - exchange.answer.count(b"'tick'")
            for exchange in self.scenario.exchanges
        )

    # Scripts.

    def _print(self, text: str) -> Script:
        yield self._text(text)

    def _fail(self, text: str, frames: list[str], exception: str) -> Script:
        yield self._text(text)
        raise Raised(self._traceback(frames, exception))

    def _run_until_interrupted(self, text: str, frame: str, file: str = "<stdin>") -> Script:
        yield self._text(text)
        yield INTERRUPT
        raise Raised(self._traceback([frame], "KeyboardInterrupt: ", file))

    def _catch_interrupt(self) -> Script:
        yield INTERRUPT
        yield self._text("caught\n")

    def _write_bytes(self) -> Script:
        yield b"a\x04b>\x04>\xff\xfe\x80\x00\x01c\n\r\n"

    def _work(self) -> Script:
        yield self._text("work 0\nwork 1\n")
        yield self._text("tick 10\nwork 2\ntick 11\n")

    def _ask(self) -> Script:
        yield b"name? "
        line = yield LINE
        if line == b"\x04":
            raise Raised(self._traceback(["line 1, in <module>"], "EOFError: "))
        yield self._text(f"got '{line.decode()}'\n")

    def _exit(self, text: str) -> Script:
        yield self._text(text)
        raise Exited

    def _boot(self, event: SoftReset) -> Script:
        """Play ``boot.py`` and ``main.py``, where the scenario says that there are such files."""
        has_boot = "boot.py" in self.scenario.description or self.profile.name.startswith("rp2")
        has_files = self.scenario.name.startswith("soft-reset") and self._has_main
        if has_files and has_boot:
            yield self._text("boot.py here\n")
        if not (has_files and event.run_main):
            return
        yield self._text("main.py here\n")
        if self.scenario.name == "soft-reset-friendly-endless-main":
            is_microbit = self.profile.name == "microbit-1.9.2"
            yield from self._run_until_interrupted(
                "", "line 3, in <module>", "__main__" if is_microbit else "main.py"
            )

    @property
    def _has_main(self) -> bool:
        return "main.py" in self.scenario.description
