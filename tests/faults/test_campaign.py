"""Whatever happens to link and power: the old file or the new one, and the next command works.

``nox -s campaign`` does the same with more cases and larger files.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from faults.campaign import Tally, cuts, power_cuts, random_cases, run_all
from faults.cases import WORKS, Bench, Work
from faults.found import FOUND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SEED = os.environ.get("IOT_FAULTS_SEED", "1")
BENCHES = [("lfs2", None), ("lfs2", 32), ("fat", None), ("fat", 32)]
CUTS = 40  # of each direction
RANDOM = 130  # on each of the four boards


@pytest.fixture(scope="module", params=BENCHES, ids=lambda bench: f"{bench[0]}-{bench[1]}")
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """A board with a file system, and with plenty of memory or with 32 KB."""
    kind, heap = request.param
    with Bench(tmp_path_factory.mktemp("board"), kind, heap) as running:
        yield running


def check(tally: Tally) -> None:
    sys.stdout.write(f"{tally}\n")  # shown with -s, and where a test fails
    assert not tally.problems, str(tally)


@pytest.mark.parametrize("work", WORKS)
def test_a_link_cut_anywhere_from_its_opening_leaves_old_or_new(
    bench: Bench, work: Work, tmp_path: Path
) -> None:
    tally = run_all(bench, cuts(bench, work, most=CUTS), tmp_path)
    check(tally)
    assert tally.struck > CUTS


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("bench", [("lfs2", None), ("fat", None)], indirect=True, ids=str)
def test_a_link_cut_in_the_midst_of_work_leaves_old_or_new(
    bench: Bench, work: Work, tmp_path: Path
) -> None:
    check(run_all(bench, cuts(bench, work, warm=True), tmp_path))


@pytest.mark.parametrize("work", ["put", "copy"])
def test_a_power_cut_at_each_write_leaves_old_or_new(
    bench: Bench, work: Work, request: pytest.FixtureRequest
) -> None:
    whole = Tally()
    for tally in power_cuts(bench, work):
        whole.merge(tally)
    check(whole)
    assert whole.struck >= 5
    # Between FAT's two steps of a rename there is only the temporary file.
    assert bool(whole.finished) == (request.node.callspec.params["bench"][0] == "fat")


def test_what_was_found_once_does_not_come_back(bench: Bench, tmp_path: Path) -> None:
    check(run_all(bench, FOUND, tmp_path))


def test_random_faults_leave_old_or_new(
    bench: Bench, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    seed = f"{SEED} {request.node.name}"
    sys.stdout.write(f"seed {seed!r}\n")
    check(run_all(bench, random_cases(bench, seed, RANDOM), tmp_path))
