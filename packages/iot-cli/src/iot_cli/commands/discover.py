"""``discover``: the boards that are attached."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from iot_cli.candidates import candidate_cells, candidate_document, candidate_table
from iot_cli.context import Work, examples, pass_work
from iot_cli.output import write, write_json
from iot_cli.text import as_json, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iot_device import BoardCandidate, CandidateChange, ProbeResult

__all__ = ["discover_command"]


@click.command(
    "discover",
    short_help="List the boards on this computer's ports.",
    epilog=examples(
        "iot discover",
        "iot --json discover -a",
        "iot discover --watch",
        "iot --resume discover --probe",
    ),
)
@click.option(
    "-a", "--all", "all_ports", is_flag=True, help="All serial ports, whatever is behind them."
)
@click.option(
    "-f",
    "--force",
    "--probe",
    "probes",
    is_flag=True,
    help="Open each port and ask the board who it is; that stops its program.",
)
@click.option("-v", "--verbose", is_flag=True, help="Also show what USB tells of the devices.")
@click.option("--watch", is_flag=True, help="Show boards as they come and go, until Ctrl-C.")
@pass_work
def discover_command(
    work: Work, *, all_ports: bool, probes: bool, verbose: bool, watch: bool
) -> None:
    """List the boards on this computer's ports, as far as USB tells.

    No port is opened, and no board is disturbed, unless --probe asks for it.
    """
    from iot_device import serial_candidates  # noqa: PLC0415  (start-up: loads pyserial)

    if watch:
        if probes or verbose:
            raise click.UsageError("--watch goes with --all only.")
        _watch(work, all_ports=all_ports)
    work.waits_for("the list of ports")
    found = serial_candidates(all_ports=all_ports)
    shown = [candidate for candidate in found if all_ports or candidate.known]
    probed = _probe(work, shown) if probes else None
    _show(work, shown, probed, verbose=verbose)
    _tell_of_the_rest(work, shown=len(shown), left_out=len(found) - len(shown))


def _show(
    work: Work,
    candidates: Sequence[BoardCandidate],
    probed: Sequence[ProbeResult] | None,
    *,
    verbose: bool,
) -> None:
    from iot_device import remembered_boards  # noqa: PLC0415  (start-up)

    known = remembered_boards(candidates)
    if work.options.json:
        results = {result.candidate: result for result in probed or ()}
        write_json(
            [candidate_document(item, results.get(item), known.get(item)) for item in candidates]
        )
    elif candidates:
        write(candidate_table(candidates, probed, known, verbose=verbose))


def _tell_of_the_rest(work: Work, *, shown: int, left_out: int) -> None:
    if left_out:
        ports = "1 more port leads" if left_out == 1 else f"{left_out} more ports lead"
        work.tell(f"{ports} to a device that our table does not know; 'iot discover -a' shows it")
    elif not shown:
        work.tell(
            "no board is attached. Plug one in with a cable that carries data, or try the "
            "simulated one: iot -d sim:// info"
        )


def _probe(work: Work, candidates: Sequence[BoardCandidate]) -> Sequence[ProbeResult]:
    from iot_device.probe import TIMEOUT, probe_boards  # noqa: PLC0415  (start-up)

    work.waits_for("the boards to tell who they are")
    left = work.remaining()
    timeout = TIMEOUT if left is None else min(left, TIMEOUT)
    results = probe_boards(candidates, timeout=timeout, resume=work.options.resume)
    for result in results:
        url = printable(result.candidate.url)
        if result.restarted_program:
            work.tell(f"{url}: main.py was stopped and is started again")
        elif result.stopped_program:
            work.tell(f"{url}: main.py was stopped; iot -d {url} softreset --main starts it")
        if result.error is not None:
            work.tell(f"{url}: {printable(result.error.message)}")
    return results


def _watch(work: Work, *, all_ports: bool) -> None:
    from iot_device import serial_candidates, watch_candidates  # noqa: PLC0415  (start-up)

    work.waits_for("boards to come and go")
    for change in watch_candidates(lambda: serial_candidates(all_ports=all_ports)):
        if all_ports or change.candidate.known:
            _show_change(change, as_lines_of_json=work.options.json)


def _show_change(change: CandidateChange, *, as_lines_of_json: bool) -> None:
    event = "added" if change.arrived else "removed"
    if as_lines_of_json:
        document = {"event": event, **candidate_document(change.candidate)}
        write(json.dumps(as_json(document)) + "\n")
        return
    cells = (printable(cell) for cell in candidate_cells(change.candidate) if cell != "-")
    write(f"{'+' if change.arrived else '-'} {'  '.join(cells)}\n")
