"""One fault in one piece of work with files, and what must be true after it."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass, field
from traceback import format_exception
from typing import TYPE_CHECKING, Final, Literal, Self, TypeAlias

from faults.rig import DeskBoard, connected
from iot_device.errors import IotError
from iot_device.testing import FaultyTransport
from iot_device.testing.faults import DIRECTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from iot_device.session import Session
    from iot_device.simulator import PowerCut
    from iot_device.testing import Direction, Fault

__all__ = ["WORKS", "Bench", "Case", "Outcome", "Work"]

Work: TypeAlias = Literal["put", "get", "copy"]
WORKS: Final[tuple[Work, ...]] = ("put", "get", "copy")

LIMIT: Final = 90.0  # seconds until a piece of work has ended, whatever happens
_TIDY: Final = 20  # cases after which it is looked whether work done again tidies up

# Reads no more than a small board can hold; says what is in each file.
_LOOK: Final = """
def look(paths):
    import hashlib
    for path in paths:
        digest, size = hashlib.sha256(), 0
        try:
            with open(path, 'rb') as file:
                while True:
                    data = file.read(256)
                    if not data:
                        break
                    digest.update(data)
                    size += len(data)
            print(path, size, ''.join('%02x' % byte for byte in digest.digest()))
        except OSError:
            pass
"""
_RESTORE: Final = """
def restore(path, size, byte):
    with open(path, 'wb') as file:
        for start in range(0, size, 256):
            file.write(bytes([byte]) * min(256, size - start))
"""


@dataclass(frozen=True)
class Case:
    """What is done, and what goes wrong.

    Attributes:
        work: ``put`` writes a file over an old one, ``get`` reads it, ``copy`` writes three.
        fault: On the link; offsets count from the opening of the link, or with ``warm`` from the
            beginning of the work on a link that did such work before.
        power_cut: Of the board; it counts from the boot.
        warm: See ``fault``.
    """

    work: Work
    fault: Fault | None = None
    power_cut: PowerCut | None = None
    warm: bool = False


@dataclass
class Outcome:
    """What became of a case.

    Attributes:
        case: The case.
        error: Type of the error of the work; empty for success.
        happened: Whether the fault struck at all.
        problems: What must not be.
        finished: Files that were missing, and whole under their temporary name, until the next
            connection: FAT cannot rename over a file in one step.
        seconds: How long the work took, by the board's clock.
        record: The bytes on the link.
    """

    case: Case
    error: str = ""
    happened: bool = False
    problems: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    seconds: float = 0.0
    record: list[tuple[str, bytes]] = field(default_factory=list)


class Bench:
    """A board, the files that each case begins with, and the cases.

    The connection that looks what a case has done is the next command, and the next case begins
    on it.

    Args:
        folder: For the board's image.
        kind: ``lfs2`` or ``fat``.
        heap: KB that programs have; ``None``: plenty.
        size: Bytes of the old file; the new one is a fifth longer.
    """

    def __init__(self, folder: Path, kind: str, heap: int | None = None, size: int = 300) -> None:
        self._kind = kind
        self._desk = DeskBoard(folder, kind, heap)
        self._old = {path: bytes([65 + index]) * size for index, path in enumerate(_PATHS)}
        self._new = {
            path: (f"new {index} ".encode() * size)[: size * 6 // 5]
            for index, path in enumerate(_PATHS)
        }
        self._snapshot = b""
        self._connection = ExitStack()
        self._cases = 0
        self._told_as_kept: set[str] = set()  # a person is told of it once, and it stays
        self._warm: Session | None = None

    def __enter__(self) -> Self:
        self._desk.power_on()
        self._connect()
        self._files.mkdir("/d", exist_ok=True)
        self._restore({})
        self._power_off()
        self._snapshot = self._desk.image.read_bytes()
        self._desk.power_on()
        self._connect()
        return self

    def __exit__(self, *_: object) -> None:
        self._power_off()

    def size_of(self, work: Work, *, warm: bool) -> dict[Direction, int]:
        """Return how many bytes a piece of work sends, in each direction."""
        self._connect()
        if warm:
            self._warm_up()
        before = {way: self._transport.position(way) if warm else 0 for way in DIRECTIONS}
        self._do(work)
        sizes = {way: self._transport.position(way) - before[way] for way in DIRECTIONS}
        self._restore(self._look())
        return sizes

    def run(self, case: Case) -> Outcome:
        """Run a case and judge it; the board is as it was before then."""
        outcome = Outcome(case)
        begun = self._desk.clock()
        try:
            self._prepare(case)
            self._do(case.work)
        except (IotError, OSError) as error:
            outcome.error = type(error).__name__
        except Exception as error:  # noqa: BLE001  (to find those is the purpose)
            outcome.error = type(error).__name__
            outcome.problems.append("traceback: " + "".join(format_exception(error)[-3:]))
        self._connection.close()
        outcome.seconds = self._desk.clock() - begun
        outcome.record = self._link.record
        cut = case.power_cut is not None and self._desk.lost_power
        outcome.happened = bool(self._transport.happened) or cut
        if outcome.seconds > LIMIT:
            outcome.problems.append(f"over the deadline: {outcome.seconds:.0f} seconds")
        if case.power_cut is not None and not cut:
            # It shall not come later.
            self._power_off()
            self._desk.power_on()
        self._run_next(outcome)
        return outcome

    # The connection.

    def _connect(self, *faults: Fault) -> None:
        """Connect, as a command does."""
        self._connection.close()
        self._link = self._desk.transport()
        reset = self._desk.board.hard_reset
        self._transport = FaultyTransport(self._link, faults, reset=reset, clock=self._desk.clock)
        self._session, self._files = self._connection.enter_context(
            connected(self._desk, self._transport)
        )

    def _power_off(self) -> None:
        self._connection.close()
        self._desk.power_off()

    def _start_afresh(self, power_cut: PowerCut | None = None) -> None:
        self._power_off()
        self._desk.image.write_bytes(self._snapshot)
        self._desk.power_on(power_cut)
        self._connect()

    # A case.

    def _prepare(self, case: Case) -> None:
        if case.power_cut is not None:
            self._start_afresh(case.power_cut)
        if case.fault is not None and case.warm:
            self._warm_up()
            self._transport.plan(case.fault)
        elif case.fault is not None:
            self._connect(case.fault)

    def _warm_up(self) -> None:
        """Let the connection do what it does only once."""
        if self._warm is not self._session:
            self._files.write("/f", self._old["/f"])
            self._files.read("/f")
            self._warm = self._session

    def _do(self, work: Work) -> None:
        if work == "put":
            self._files.write("/f", self._new["/f"])
        elif work == "copy":
            self._files.write_many([(path, self._new[path]) for path in _PATHS[1:]])
        elif self._files.read("/f") not in (self._old["/f"], self._new["/f"]):
            raise AssertionError("what was read is not what is in the file")

    def _run_next(self, outcome: Outcome) -> None:
        """Connect again, as the next command does; look, and now and then do the work again."""
        begun = self._desk.clock()
        self._cases += 1
        try:
            self._desk.leftovers.clear()
            self._connect()
            self._files.listdir("/")
            found = self._look()
            self._judge(outcome, found)
            self._judge_leftovers(outcome, found)
            if self._cases % _TIDY == 0 or outcome.case.power_cut:
                self._do(outcome.case.work)
                self._judge_tidiness(outcome)
        except Exception as error:  # noqa: BLE001  (whatever it is, the next command failed)
            outcome.problems.append("the next command failed: " + format_exception(error)[-1])
            self._start_afresh()
        if self._desk.clock() - begun > LIMIT:
            outcome.problems.append("the next command was over the deadline")
        self._restore(self._look())

    # What is true.

    def _judge(self, outcome: Outcome, found: dict[str, str]) -> None:
        for path in _PATHS:
            old, new = _digest(self._old[path]), _digest(self._new[path])
            if found.get(path) not in (old, new):
                outcome.problems.append(f"neither old nor new: {path} is {found.get(path)}")
            elif not outcome.error and found[path] != new and path in _written(outcome.case.work):
                outcome.problems.append(f"success with wrong content: {path}")

    def _judge_leftovers(self, outcome: Outcome, found: dict[str, str]) -> None:
        """What is left has been dealt with, or a person was told of it."""
        told = {leftover.temporary: leftover.action for leftover in self._desk.leftovers}
        outcome.finished = [path for path, action in told.items() if action == "finished"]
        kept = {path for path, action in told.items() if action in ("kept", "unknown")}
        self._told_as_kept = (self._told_as_kept | kept) & found.keys()
        for path in found:
            if path not in _PATHS and path not in self._told_as_kept:
                outcome.problems.append(f"left after the next connection: {path}")

    def _judge_tidiness(self, outcome: Outcome) -> None:
        names = {entry.path for entry in self._files.list_tree("/")}
        work = outcome.case.work
        left = [name for name in names if name.removesuffix(".~iot") in _written(work)]
        if sorted(left) != sorted(_written(work)):
            outcome.problems.append(f"left over: {sorted(left)}")

    def _look(self) -> dict[str, str]:
        """Return what is in the files, as a program sees it that shares nothing with ours."""
        paths = [*_PATHS, *(f"{path}.~iot" for path in _PATHS)]
        shown = self._session.execute(f"{_LOOK}\nlook({paths!r})", timeout=30)
        lines = [line.split() for line in shown.output.decode().splitlines()]
        return {path: f"{size} {digest}" for path, size, digest in lines}

    def _restore(self, found: dict[str, str]) -> None:
        calls = [
            f"restore({path!r}, {len(data)}, {data[0]})"
            for path, data in self._old.items()
            if found.get(path) != _digest(data)
        ]
        if calls:
            self._session.execute("\n".join([_RESTORE, *calls]), timeout=30)


_PATHS: Final = ("/f", "/a", "/b", "/d/c")


def _written(work: Work) -> tuple[str, ...]:
    return {"put": _PATHS[:1], "copy": _PATHS[1:], "get": ()}[work]


def _digest(data: bytes) -> str:
    return f"{len(data)} {hashlib.sha256(data).hexdigest()}"
