"""The campaign in full: ``nox -s campaign``, or ``python tests/faults`` with PYTHONPATH=tests."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

from faults import jobs as work_of
from faults.campaign import Tally
from faults.cases import WORKS, Work
from faults.processes import PROBLEMS, TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable

_WRITES: Final[tuple[Work, ...]] = ("put", "copy")
_PARTS: Final = 5  # of the random faults on one board, so that all processors have work
_BOARDS: Final = [("lfs2", None), ("lfs2", 32), ("fat", None), ("fat", 32)]


def main() -> int:
    """Run what the arguments ask for; return 1 if anything was as it must not be."""
    options = _arguments()
    jobs: dict[str, Callable[[], Tally]] = {}
    for kind, heap in _BOARDS:
        board = f"{kind}, {heap or 'plenty of'} KB"
        number = options.random // len(_BOARDS) // _PARTS
        for part in range(_PARTS if number else 0):
            seed = f"{options.seed} {kind} {heap} {part}"
            jobs[f"random {seed!r}"] = partial(work_of.random, kind, heap, seed, number)
        for work in WORKS if options.sweeps else ():
            jobs[f"every cut, {work}, {board}"] = partial(work_of.cuts, kind, heap, work)
        for work in _WRITES if options.sweeps else ():
            jobs[f"every power cut, {work}, {board}"] = partial(
                work_of.power_cuts, kind, heap, work
            )
    status = _run(jobs, options.jobs)
    return status | _run_processes(options) if options.processes else status


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--random", type=int, default=10_000, help="random faults")
    parser.add_argument("--no-sweeps", dest="sweeps", action="store_false")
    parser.add_argument("--processes", type=int, default=80, help="of each tool on each board")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def _run(jobs: dict[str, Callable[[], Tally]], processes: int) -> int:
    whole = Tally()
    with ProcessPoolExecutor(processes) as pool:
        running = {name: pool.submit(job) for name, job in jobs.items()}
        for name, future in running.items():
            tally = future.result()
            sys.stdout.write(f"{name}: {tally}\n")
            sys.stdout.flush()
            whole.merge(tally)
    sys.stdout.write(f"all: {whole}\n")
    return 1 if whole.problems else 0


def _run_processes(options: argparse.Namespace) -> int:
    """Run our command and mpremote; print a table; return 1 if ours did what it must not."""
    columns = [(tool, kind) for tool in TOOLS for kind in ("fat", "lfs2")]
    with ProcessPoolExecutor(options.jobs) as pool:
        running = [
            pool.submit(work_of.processes, tool, kind, options.seed, options.processes)
            for tool, kind in columns
        ]
        tallies = [future.result() for future in running]
    heads = " | ".join(f"{tool}, {kind}" for tool, kind in columns)
    rows = [f"| one random fault each | {heads} |", f"|---|{'---|' * len(columns)}"]
    for what in ("runs", *PROBLEMS):
        figures = [tally.runs if what == "runs" else tally.problems[what] for tally in tallies]
        rows.append(f"| {what} | {' | '.join(map(str, figures))} |")
    sys.stdout.write("\n".join(rows) + "\n")
    ours = [tally for (tool, _), tally in zip(columns, tallies, strict=True) if tool == "iot"]
    return 1 if any(tally.problems for tally in ours) else 0


if __name__ == "__main__":
    sys.exit(main())
