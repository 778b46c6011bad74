"""Many cases on one board, counted; and the random ones."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from faults.cases import WORKS, Bench, Case
from iot_device.simulator import PowerCut
from iot_device.testing import Fault
from iot_device.testing.faults import DIRECTIONS, FAULT_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from faults.cases import Outcome, Work
    from iot_device.testing import Direction

__all__ = ["Tally", "cuts", "power_cuts", "random_cases", "run_all"]

_POWER_EVERY: Final = 8  # of so many random faults one is a power cut, as there are seven others
_LONGEST: Final = 64  # bytes that one fault strikes
_MOST_WRITES: Final = 30


@dataclass
class Tally:
    """What became of many cases.

    Attributes:
        cases: How many there were.
        struck: In how many the fault happened.
        errors: Types of the errors, and how often; empty for success.
        problems: What must not be, and how often.
        finished: In how many the next connection put a file in its place that was missing.
        failures: The cases with problems.
        longest: Seconds, by the board's clock.
    """

    cases: int = 0
    struck: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    failures: list[Outcome] = field(default_factory=list)
    longest: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Count a case."""
        self.cases += 1
        self.struck += outcome.happened
        self.errors[outcome.error] += 1
        self.problems.update(problem.partition(":")[0] for problem in outcome.problems)
        self.finished += bool(outcome.finished)
        self.longest = max(self.longest, outcome.seconds)
        if outcome.problems:
            self.failures.append(outcome)

    def merge(self, other: Tally) -> None:
        """Add another one."""
        self.cases += other.cases
        self.struck += other.struck
        self.errors += other.errors
        self.problems += other.problems
        self.finished += other.finished
        self.failures += other.failures
        self.longest = max(self.longest, other.longest)

    def __str__(self) -> str:
        lines = [f"{self.cases} cases, {self.struck} faults struck, longest {self.longest:.1f} s"]
        lines += [f"  {number:6} {error or 'success'}" for error, number in self.errors.items()]
        lines += [f"  {self.finished:6} finished by the next connection"]
        lines += [f"  {number:6} PROBLEM {what}" for what, number in self.problems.items()]
        for outcome in self.failures[:_SHOWN]:
            lines += [f"  {outcome.case}", *(f"    {problem}" for problem in outcome.problems)]
        return "\n".join(lines)


_SHOWN: Final = 20


def run_all(bench: Bench, cases: Iterable[Case], keep: Path | None = None) -> Tally:
    """Run cases and count what becomes of them.

    Args:
        bench: The board.
        cases: What is done.
        keep: Folder for the bytes of those that fail.
    """
    tally = Tally()
    for case in cases:
        outcome = bench.run(case)
        tally.add(outcome)
        if outcome.problems and keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{len(tally.failures)}.txt").write_text(_transcript(outcome))
    return tally


def cuts(
    bench: Bench, work: Work, *, most: int | None = None, warm: bool = False
) -> Iterator[Case]:
    """Cut the link after each byte of a piece of work, in either direction.

    Args:
        bench: Where the work is measured.
        work: The piece of work.
        most: So many bytes of each direction, evenly spaced, or a few more; ``None``: each.
        warm: On a link that did such work before; else from its opening on.
    """
    sizes = bench.size_of(work, warm=warm)
    for way in DIRECTIONS:
        distance = 1 if most is None else max(1, sizes[way] // most)
        for offset in range(0, sizes[way], distance):
            yield Case(work, Fault("cut", way, offset), warm=warm)


def power_cuts(bench: Bench, work: Work, *, half: bool = False) -> Iterator[Tally]:
    """Cut the power in each write of a block; the last case is the one that is not reached."""
    for write in count(1):
        tally = run_all(bench, [Case(work, power_cut=PowerCut(write, half=half))])
        yield tally
        if not tally.struck:
            return


def random_cases(bench: Bench, seed: str, number: int) -> Iterator[Case]:
    """Return faults of any kind, anywhere."""
    chance = random.Random(seed)
    sizes = {work: bench.size_of(work, warm=False) for work in WORKS}
    for _ in range(number):
        work = chance.choice(WORKS)
        if chance.randrange(_POWER_EVERY) == 0:
            yield Case(work, power_cut=PowerCut(chance.randint(1, _MOST_WRITES)))
        else:
            yield Case(work, _random_fault(chance, sizes[work]))


def _random_fault(chance: random.Random, sizes: dict[Direction, int]) -> Fault:
    way = chance.choice(DIRECTIONS)
    return Fault(
        chance.choice(FAULT_KINDS),
        way,
        chance.randrange(sizes[way]),
        length=chance.choice([1, 1, 2, chance.randint(3, _LONGEST)]),
        bits=chance.randint(1, 255),
        seconds=chance.choice([0.05, 0.2, 1.0]),
    )


def _transcript(outcome: Outcome) -> str:
    lines = [repr(outcome.case), *outcome.problems]
    lines += [f"{way} {data!r}" for way, data in outcome.record]
    return "\n".join(lines) + "\n"
