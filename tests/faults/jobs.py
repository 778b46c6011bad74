"""The parts of the campaign, each on a board of its own and in a process of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from faults import campaign
from faults.campaign import Tally, random_cases, run_all
from faults.cases import Bench
from faults.processes import run_processes

if TYPE_CHECKING:
    from faults.cases import Work
    from faults.processes import ProcessTally, Tool

__all__ = ["cuts", "power_cuts", "processes", "random"]

_KEEP: Final = Path("campaign-failures")


def random(kind: str, heap: int | None, seed: str, number: int) -> Tally:
    """Run random faults on one board."""
    with _folder() as folder, Bench(Path(folder), kind, heap) as bench:
        keep = _KEEP / seed.replace(" ", "-")
        return run_all(bench, random_cases(bench, seed, number), keep)


def cuts(kind: str, heap: int | None, work: Work) -> Tally:
    """Cut the link after every byte of a piece of work with files of 5 KB."""
    with _folder() as folder, Bench(Path(folder), kind, heap, size=5000) as bench:
        return run_all(bench, campaign.cuts(bench, work), _KEEP / f"cuts-{kind}-{heap}-{work}")


def power_cuts(kind: str, heap: int | None, work: Work) -> Tally:
    """Cut the power in every write of it."""
    whole = Tally()
    halves = (False, True) if kind == "lfs2" else (False,)  # FAT is not made for torn sectors
    with _folder() as folder, Bench(Path(folder), kind, heap, size=5000) as bench:
        for half in halves:
            for tally in campaign.power_cuts(bench, work, half=half):
                whole.merge(tally)
    return whole


def processes(tool: Tool, kind: str, seed: str, number: int) -> ProcessTally:
    """Run whole processes."""
    with _folder() as folder:
        return run_processes(tool, Path(folder), kind, f"{seed} {kind}", number)


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="iot-campaign-")
