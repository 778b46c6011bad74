"""What is measured: each row by all tools in turn, on one board in one run."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final

from board_process import started_board
from measure import Figures
from workload import (
    FOLDER,
    TRANSFER_SIZE,
    TRANSFERS,
    TREE,
    changed_source,
    fill,
    fill_large,
    fill_project,
    fill_transfers,
    make_tree,
    remove,
    source,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from board_process import BoardProcess

__all__ = ["LINKS", "Settings", "measure_all"]

# A USB board as full-speed CDC does it, a UART at 115200 baud whose ring is MicroPython's, and the
# same behind a bridge that collects bytes for 16 ms.
LINKS: Final = {
    "pty": "",
    "usb": "rate=800000,latency=0.0005,ring=512,nak",
    "uart": "rate=11520,latency=0.001,ring=255,drop,tick=0.001",
    "ftdi": "rate=11520,latency=0.008,ring=255,drop,tick=0.001",
}

_HERE: Final = Path(__file__).parent
_BIN: Final = Path(sys.executable).parent
_SESSIONS: Final = {
    "bare client": "session_bare",
    "iot": "session_iot",
    "mpremote /dev/pts": "session_mpremote",
    "mpremote other": "session_mpremote",
}
_TOOLS: Final = ("iot", "mpremote /dev/pts", "mpremote other")


@dataclass(frozen=True)
class Settings:
    """How much is measured.

    Attributes:
        micropython: Path of the MicroPython in the board.
        repeats: Repetitions of each row.
        megabytes: Output of the board in the row about that, for `iot`; also of the large file.
        links: Which of ``LINKS``.
        only_transfers: Whether to leave out what is not about files that travel.
        only: What is in the name of each row that is measured.
    """

    micropython: str
    repeats: int = 5
    megabytes: int = 100
    links: tuple[str, ...] = tuple(LINKS)
    only_transfers: bool = False
    only: str = ""

    def wants(self, row: str) -> bool:
        """Tell whether a row is measured."""
        return self.only in row


def measure_all(settings: Settings) -> Iterator[Figures]:
    """Measure all rows."""
    if not settings.only_transfers:
        yield from _start_up(settings)
    for link in settings.links:
        with started_board(LINKS[link], settings.micropython) as board:
            bench = _Bench(settings, link, board)
            if not settings.only_transfers and link != "ftdi":
                yield from _all_but_transfers(bench, link)
            yield from bench.large_file() if link == "pty" else bench.transfers()


def _all_but_transfers(bench: _Bench, link: str) -> Iterator[Figures]:
    yield from bench.no_ops()
    yield from bench.files()
    yield from bench.copies()
    if link == "usb":
        yield from bench.syncs()
        yield from bench.changes()
        yield from bench.commands()
    if link == "pty":
        yield from bench.floods()


def _start_up(settings: Settings) -> list[Figures]:
    row = "start-up: --version"
    if not settings.wants(row):
        return []
    figures = [Figures(row, "", tool) for tool in ("iot", "mpremote")]
    for _ in range(3 * settings.repeats):
        for one in figures:
            one.seconds.append(_command_time([str(_BIN / one.tool), "--version"]))
    return figures


def _command_time(command: list[str]) -> float:
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return perf_counter() - start


class _Bench:
    """The rows on one board.

    Args:
        settings: How much is measured.
        link: Name of the board's link.
        board: The board.
    """

    def __init__(self, settings: Settings, link: str, board: BoardProcess) -> None:
        self._settings = settings
        self._link = link
        self._board = board

    def no_ops(self) -> list[Figures]:
        """``pass`` on an open session; the bare client shows what link and board cost."""
        figures = self._figures("session: exec pass", tuple(_SESSIONS))
        for one in figures:
            self._on_session(one, "noop", 20 * self._settings.repeats)
            one.to_board //= len(one.seconds)
            one.to_host //= len(one.seconds)
            one.turns //= len(one.seconds)
        return figures

    def files(self) -> Iterator[Figures]:
        """List and remove 200 files on an open session."""
        for row, work in (("session: list 200", "list"), ("session: rm -r 200", "remove")):
            figures = self._figures(row, _TOOLS)
            self._in_turn(figures, partial(self._on_session, work=work, number=1))
            yield from figures

    def copies(self) -> Iterator[Figures]:
        """Copy 50 files of 1 KB to the board: new ones, and such as are there already."""
        for row, is_there in (("session: cp -r 50 new", False), ("session: cp -r 50 same", True)):
            figures = self._figures(row, _TOOLS)
            self._in_turn(figures, partial(self._copy, is_there=is_there))
            yield from figures

    def _copy(self, one: Figures, *, is_there: bool) -> None:
        if is_there:
            make_tree(self._board.flash)
        self._on_session(one, work="copy", number=1)

    def syncs(self) -> Iterator[Figures]:
        """Keep a project of files of 1 KB in step, on an open session."""
        for count, changed in ((200, 0), (200, 3), (1000, 0)):
            what = f"{changed} changed" if changed else "unchanged"
            tools = _TOOLS if count <= 200 else _TOOLS[:2]  # the third would need minutes
            figures = self._figures(f"session: sync {count}, {what}", tools)
            for _ in range(self._settings.repeats):
                for one in figures:
                    fill_project(self._board.flash / FOLDER[1:], count, changed)
                    self._on_session(one, "sync", count)
                    remove(self._board.flash)
            yield from figures

    def changes(self) -> Iterator[Figures]:
        """A file of 100 KB, each time by a new command: the rows differ by a change of one line."""
        for row, content in (("unchanged", source()), ("one line changed", changed_source())):
            figures = self._figures(f"command: sync 100 KB, {row}", ("iot",))
            self._in_turn(figures, partial(self._sync_file, content=content))
            yield from figures

    def _sync_file(self, one: Figures, content: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="iot-benchmark-") as folder:
            file, words = Path(folder, "file.py"), ["rsync", folder, f":{TREE}"]
            file.write_bytes(source())
            self._command(Figures("", self._link, one.tool), words)
            file.write_bytes(content)
            self._command(one, words)

    def transfers(self) -> Iterator[Figures]:
        """Files of 100 KB to and from the board, on an open session."""
        fill_transfers(self._board.flash)
        for row, work in TRANSFERS.items():
            tools = ("iot",) if work == "put unverified" else ("iot", "mpremote /dev/pts")
            figures = self._figures(f"session: {row}", tools)
            for one in figures:
                one.size = TRANSFER_SIZE
            self._in_turn(figures, partial(self._on_session, work=work, number=1))
            yield from figures

    def large_file(self) -> list[Figures]:
        """A file that is larger than the memory that may be used."""
        figures = self._figures("session: get a large file", ("iot",))
        for one in figures:
            one.size = self._settings.megabytes * 1_000_000
            fill_large(self._board.flash, self._settings.megabytes)
        self._in_turn(figures, partial(self._on_session, work="get large", number=1))
        return figures

    def commands(self) -> Iterator[Figures]:
        """Whole commands; the no-op is what each tool needs to start, connect and leave."""
        no_ops = self._commands("exec pass", ["exec", "pass"])
        yield from no_ops
        for row, words in (
            ("ls 200", ["ls", f":{FOLDER}"]),
            ("rm -r 200", ["rm", "-r", f":{FOLDER}"]),
        ):
            medians = {no_op.tool: no_op.median for no_op in no_ops}
            for one in self._commands(row, words):
                one.no_op = medians.get(one.tool)
                yield one

    def _commands(self, row: str, words: list[str]) -> list[Figures]:
        figures = self._figures(f"command: {row}", _TOOLS)
        self._in_turn(figures, partial(self._command, words=words))
        return figures

    def floods(self) -> Iterator[Figures]:
        """Output in bulk, and stopping a program in the midst of it."""
        output = self._figures("session: output", _TOOLS)
        for one in output:
            one.size = self._settings.megabytes * 1_000_000 if one.tool == "iot" else 256_000
        self._in_turn(output, lambda one: self._on_session(one, "output", one.size))
        stop = self._figures("session: Ctrl-C in a flood", _TOOLS)
        self._in_turn(stop, partial(self._on_session, work="interrupt", number=2))
        yield from (*output, *stop)

    def _figures(self, row: str, tools: tuple[str, ...]) -> list[Figures]:
        wanted = tools if self._settings.wants(row) else ()
        return [Figures(row, self._link, tool) for tool in wanted]

    def _in_turn(self, figures: list[Figures], act: Callable[[Figures], None]) -> None:
        for _ in range(self._settings.repeats if figures else 0):
            for one in figures:
                fill(self._board.flash)
                act(one)
                remove(self._board.flash)

    def _port(self, tool: str) -> str:
        return self._board.link if tool == "mpremote other" else self._board.port

    def _on_session(self, one: Figures, work: str, number: int) -> None:
        script = str(_HERE / f"{_SESSIONS[one.tool]}.py")
        command = [sys.executable, script, self._port(one.tool), work, str(number)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdout.readline()
            before = self._board.statistics()
            process.stdin.write("\n")
            process.stdin.flush()
            line = process.stdout.readline()
            self._count(one, before)
        if not line:
            one.failures += 1  # its traceback stands on standard error
            return
        result = json.loads(line)
        one.seconds += result["seconds"]
        if one.size:
            one.growth = max(one.growth or 0, result["growth"])

    def _command(self, one: Figures, words: list[str]) -> None:
        if one.tool == "iot":
            command = [str(_BIN / "iot"), "-d", self._board.port, *words]
        else:
            # Without `resume` it would also soft-reset the board.
            command = [str(_BIN / "mpremote"), "connect", self._port(one.tool), "resume", *words]
        before = self._board.statistics()
        one.seconds.append(_command_time(command))
        self._count(one, before)

    def _count(self, one: Figures, before: dict[str, int]) -> None:
        after = self._board.statistics()
        one.to_board = after["to_board"] - before["to_board"]
        one.to_host = after["to_host"] - before["to_host"]
        one.turns = after["turns"] - before["turns"]
        one.lost += after["lost"] - before["lost"]
