"""What ``rsync`` does: once, or again whenever a file changes; and the program after it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from iot_cli import exit_codes
from iot_cli.errors import PartlyDoneError, report
from iot_cli.output import note, program_output, write, write_json
from iot_cli.plan_output import document, shown_plan, tell_summary
from iot_cli.progress import progress_bar
from iot_cli.text import counted, printable
from iot_cli.watching import Changes
from iot_device import IotError

if TYPE_CHECKING:
    from iot_cli.context import Work
    from iot_cli.sync_source import Source
    from iot_device import Device, Proof
    from iot_device.rsync import Comparison, Plan, Wanted

__all__ = ["Manner", "Sync", "compare_board"]


@dataclass(frozen=True)
class Manner:
    """How it is done.

    Attributes:
        dry_run: Only show what would be done.
        yes: The person consents to all deletes.
        delete_first: Delete before writing.
        in_place: Without room for both, remove an old file before its new content is there.
        watch: Do it again whenever a file changes.
        run: The file of the board to run afterwards.
        reset: Soft reset afterwards.

    Raises:
        click.UsageError: It makes no sense.
    """

    dry_run: bool
    yes: bool
    delete_first: bool
    in_place: bool
    watch: bool
    run: str | None
    reset: bool

    def __post_init__(self) -> None:
        if self.run is not None and self.reset:
            raise click.UsageError("--run and --reset exclude each other.")
        if self.dry_run and (self.watch or self.run is not None or self.reset):
            raise click.UsageError("--dry-run does nothing that could be watched, run or reset.")

    @property
    def program(self) -> str | None:
        """The absolute path of the file to run; ``None``: none."""
        return None if self.run is None else f"/{self.run.lstrip(':/')}"


class Sync:
    """One run of ``rsync``.

    Args:
        work: The run of the command.
        manner: How it is done.
        source: What belongs on the board.
    """

    def __init__(self, work: Work, manner: Manner, source: Source) -> None:
        self._work = work
        self._manner = manner
        self._source = source
        self._changes: Changes | None = None
        if manner.watch and (work.is_one_of_several or work.options.json):
            raise click.UsageError("--watch works with one board, and without --json.")
        if work.options.json and manner.run is not None:
            raise click.UsageError("--run and --json exclude each other.")

    def run(self) -> int:
        """Do it; return the exit code."""
        with ExitStack() as self._stack:
            code = self._once()
            while self._changes is not None and code != exit_codes.INTERRUPTED:
                self._work.waits_for("a file to change")
                self._changes.wait()
                try:
                    code = self._once()
                except (IotError, OSError, click.ClickException) as error:
                    report(error, self._work.options)  # the next change may be the remedy
        return code

    def _once(self) -> int:
        restarts = self._manner.reset or self._manner.run is not None
        with self._work.open_device(restarts=restarts) as device:
            if self._manner.watch and self._changes is None:
                # Before the first sync: a change after it was looked at counts.
                folders = self._source.folders(self._source.wanted(device))
                self._changes = self._stack.enter_context(Changes(folders))
            wanted, plan = self._sync(device)
            code = self._afterwards(device, wanted)
        if plan.conflicts and not self._manner.dry_run:
            raise PartlyDoneError(
                f"{counted(len(plan.conflicts), 'conflict')} left alone",
                hint="rdiff --text shows them; --overwrite makes the board as it is here",
            )
        return code

    def _sync(self, device: Device) -> tuple[Wanted, Plan]:
        work, manner = self._work, self._manner
        wanted, comparison = compare_board(
            work, device, self._source, sets_clock=not manner.dry_run
        )
        plan = comparison.plan
        if (program := manner.program) is not None and program not in wanted.files:
            raise click.UsageError(f"{program} is not among the files that are synced.")
        if not work.options.json:
            write(shown_plan(plan))
        proofs = None if manner.dry_run else self._apply(comparison)
        if work.options.json:
            write_json(document(plan, wanted.skipped))
        else:
            shown = self._source.show_skipped
            tell_summary(work, plan, wanted.skipped, show_skipped=shown, proofs=proofs)
        return wanted, plan

    def _apply(self, comparison: Comparison) -> set[Proof]:
        """Do what the plan says; return how what was written was verified."""
        self._work.waits_for("writing the board's files")
        consent = self._manner.yes or self._asked(comparison.plan)
        with progress_bar(self._work) as show:
            result = comparison.apply(
                consent=consent,
                delete_first=self._manner.delete_first,
                in_place=self._manner.in_place,
                on_progress=show,
            )
        return result.proofs

    def _asked(self, plan: Plan) -> bool:
        """Ask a person at a terminal, where consent is needed; elsewhere the library refuses."""
        files = f"{len(plan.losses)} of the board's {counted(plan.board_files, 'file')}"
        question = f"Delete {files}, which rsync did not put there?"
        return plan.needs_consent and self._work.agrees(question)

    def _afterwards(self, device: Device, wanted: Wanted) -> int:
        """Run the program, or reset the board, if that is wanted; return the exit code."""
        work, manner = self._work, self._manner
        if manner.reset:
            work.waits_for("the soft reset")
            device.soft_reset(run_main=True)
        if manner.program is None:
            return exit_codes.GOOD
        work.waits_for("the prompt after the soft reset")
        device.soft_reset()
        return self._run(device, wanted.files[manner.program].read())

    def _run(self, device: Device, program: bytes) -> int:
        write_piece, write_rest = program_output(binary=False)
        self._work.waits_for("the program to end")
        with ExitStack() as stack:
            stack.enter_context(self._work.signals.program(device.interrupt))
            if self._changes is not None:
                stack.enter_context(self._changes.stopping(device.interrupt))
            result = device.execute(program, on_output=write_piece, check=False)
        write_rest()
        if result.exception == "KeyboardInterrupt":
            is_stopped_by_change = self._changes is not None and self._changes.are_waiting
            return exit_codes.GOOD if is_stopped_by_change else exit_codes.INTERRUPTED
        if result.traceback:
            note(printable(result.traceback, keep="\n\t").rstrip("\n"))
        return exit_codes.GOOD if result.status in ("ok", "exit") else exit_codes.PROGRAM_RAISED


def compare_board(
    work: Work, device: Device, source: Source, *, sets_clock: bool = False
) -> tuple[Wanted, Comparison]:
    """Find out what belongs on a board and what it needs.

    Args:
        work: The run of the command.
        device: The board.
        source: What the person said.
        sets_clock: Whether its clock is set first, if it is off.
    """
    from iot_device.rsync import compare, set_clock  # noqa: PLC0415  (start-up)

    work.waits_for("the board's uid")
    wanted = source.wanted(device)
    if source.mpy:
        wanted = _compiled(work, device, wanted)
    if sets_clock:
        work.waits_for("the board's time")
        sync = set_clock(device, wanted)
        if sync is not None and sync.after is not None:
            work.detail(f"the clock was off by {sync.before.seconds:.0f} s and is set")
    work.waits_for("listing the board's files")
    return wanted, compare(device, wanted.files, wanted.options)


def _compiled(work: Work, device: Device, wanted: Wanted) -> Wanted:
    """Put bytecode in the place of modules; where that cannot be, say why and keep the source."""
    from iot_device.rsync import compiled, compiler_problem  # noqa: PLC0415  (start-up)

    if (problem := compiler_problem(device.info)) is not None:
        work.tell(f"{problem}; modules are sent as source")
        return wanted
    return replace(wanted, files=compiled(wanted.files))
