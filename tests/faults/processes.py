"""The same faults for whole processes, through a pty: ours, and mpremote beside it.

Nothing is hurried here: a program that waits for ever is ended after a minute.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from faults.rig import DeskBoard, connected
from iot_device.simulator import PowerCut
from iot_device.testing import Fault, FaultyTransport, TransportProxy
from iot_device.testing.faults import DIRECTIONS, FAULT_KINDS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PROBLEMS", "TOOLS", "ProcessTally", "Tool", "run_processes"]

Tool: TypeAlias = Literal["iot", "mpremote"]
TOOLS: Final[tuple[Tool, ...]] = ("iot", "mpremote")

OLD: Final = b"old " * 1250
NEW: Final = b"new..." * 1000
PATIENCE: Final = 60.0  # seconds that a process may take
PROBLEMS: Final = (
    "neither old nor new",
    "success, but the file is not new",
    "never returned",
    "traceback shown",
    "next command failed",
)
_MOST_WRITES: Final = 20


@dataclass
class ProcessTally:
    """What became of many processes: how many there were, and what went wrong how often."""

    runs: int = 0
    problems: Counter[str] = field(default_factory=Counter)


class _Rig:
    """A board with the old file, and commands that reach it through a faulty pty."""

    def __init__(self, tool: Tool, folder: Path, kind: str) -> None:
        self._tool = tool
        self._folder = folder
        self._desk = DeskBoard(folder, kind)
        (folder / "new").write_bytes(NEW)

    def prepare(self) -> dict[str, int]:
        """Make the image; return the bytes that an undisturbed copy sends each way."""
        self._desk.power_on()
        with connected(self._desk, self._desk.transport()) as (_, files):
            files.write("/f", OLD)
        self._desk.power_off()
        self._snapshot = self._desk.image.read_bytes()
        self._desk.power_on()
        transport = FaultyTransport(self._desk.transport(), [])
        with TransportProxy(transport, self._folder / "board"):
            self._copy()
        self._desk.power_off()
        return {way: transport.position(way) for way in DIRECTIONS}

    def run(self, fault: Fault | PowerCut) -> set[str]:
        """Copy the new file over the old one; return what went wrong that must not."""
        self._desk.image.write_bytes(self._snapshot)
        self._desk.power_on(fault if isinstance(fault, PowerCut) else None)
        faults = [fault] if isinstance(fault, Fault) else []
        reset = self._desk.board.hard_reset
        transport = FaultyTransport(self._desk.transport(), faults, reset=reset)
        try:
            with TransportProxy(transport, self._folder / "board"):
                ended = self._copy()
            # The cable is whole again.
            with TransportProxy(self._desk.transport(), self._folder / "board"):
                following = self._command("ls")
            problems = _judge(ended)
            if following is None or following.returncode:
                problems.add("next command failed")
            return problems | self._judge_file(
                is_success=ended is not None and not ended.returncode
            )
        finally:
            self._desk.power_off()

    def _copy(self) -> subprocess.CompletedProcess[str] | None:
        return self._command("cp", str(self._folder / "new"), ":f")

    def _command(self, *words: str) -> subprocess.CompletedProcess[str] | None:
        port = str(self._folder / "board")
        if self._tool == "mpremote":
            command = ["mpremote", "connect", port, "resume", *words]
        else:
            command = ["iot_cli", "-d", port, *words]
        try:
            return subprocess.run(
                [sys.executable, "-m", *command],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None

    def _judge_file(self, *, is_success: bool) -> set[str]:
        # What another life of the board finds: nothing that was only in its memory.
        self._desk.power_off()
        self._desk.power_on()
        look = "try:\n    print(open('/f').read(), end='')\nexcept OSError: pass"
        with connected(self._desk, self._desk.transport()) as (session, _):
            found = session.execute(look, timeout=30, check=False).output
        problems = set() if found in (OLD, NEW) else {"neither old nor new"}
        return problems | (
            {"success, but the file is not new"} if is_success and found != NEW else set()
        )


def _judge(ended: subprocess.CompletedProcess[str] | None) -> set[str]:
    if ended is None:
        return {"never returned"}
    return {"traceback shown"} if "Traceback" in ended.stderr + ended.stdout else set()


def run_processes(tool: Tool, folder: Path, kind: str, seed: str, number: int) -> ProcessTally:
    """Run a tool so many times, each with one random fault.

    Args:
        tool: Which one.
        folder: For the board.
        kind: ``lfs2`` or ``fat``.
        seed: Of the faults.
        number: How many.
    """
    rig, chance, tally = _Rig(tool, folder, kind), random.Random(seed), ProcessTally()
    sizes = rig.prepare()
    for _ in range(number):
        fault = _random_fault(chance, sizes)
        problems = rig.run(fault)
        tally.runs += 1
        tally.problems.update(problems)
        if problems:
            sys.stderr.write(f"{tool} {kind} {fault}: {', '.join(sorted(problems))}\n")
    return tally


def _random_fault(chance: random.Random, sizes: dict[str, int]) -> Fault | PowerCut:
    if chance.randrange(len(FAULT_KINDS) + 1) == 0:
        return PowerCut(chance.randint(1, _MOST_WRITES))
    way = chance.choice(DIRECTIONS)
    offset, length = chance.randrange(sizes[way]), chance.choice([1, 1, 16])
    return Fault(
        chance.choice(FAULT_KINDS), way, offset, length=length, bits=chance.randint(1, 255)
    )
