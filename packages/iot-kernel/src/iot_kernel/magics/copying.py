"""``%cp``, ``%backup`` and ``%restore``: files between this computer and the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device import (
    BoardFiles,
    BoardOSError,
    HostFileError,
    HostFiles,
    IotError,
    VerificationError,
    counted,
    plan_copy,
    printable,
    run_copy,
)
from iot_device.backup import make_backup, plan_restore
from iot_device.rsync import plan_lines, plan_summary
from iot_kernel.errors import CellError, UsageError
from iot_kernel.hints import hint_of
from iot_kernel.magics.declare import Call, line_magic, option
from iot_kernel.magics.files import board_path, host_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device import CopyOutcome, CopyReport

__all__ = ["backup", "cp", "restore"]


@line_magic(
    "cp",
    "Copy files between host and microcontroller",
    option("-r", "--recursive", action="store_true", help="also copy folders"),
    option("-v", "--verbose", action="store_true", help="tell what becomes of each file"),
    option("--in-place", action="store_true", help="remove an old file first, for want of room"),
    option("sources", nargs="+", completes="any path", help="files; on the board with : before"),
    option("destination", completes="any path", help="file or folder, likewise"),
    details="Files that are there with the same content are not sent. ~ and shell variables are\n"
    "expanded in paths of the host.",
    examples=("%cp a.txt b.txt :/lib", "%cp -r site :", "%cp :a.txt :b.txt ./"),
)
def cp(call: Call) -> None:
    """Copy them."""
    sources, destination = call.options.sources, call.options.destination
    sides = {source.startswith(":") for source in sources}
    if len(sides) > 1 or not (sides == {True} or destination.startswith(":")):
        raise UsageError("%cp copies between host and board", ("paths on the board begin with :",))
    board = BoardFiles(call.device.files)
    plan = plan_copy(
        board if sides == {True} else HostFiles(),
        [_path(source) for source in sources],
        board if destination.startswith(":") else HostFiles(),
        _path(destination),
        recursive=call.options.recursive,
        in_place=call.options.in_place,
    )
    _check(run_copy(plan, on_outcome=_teller(call)))


def _path(text: str) -> str:
    if text.startswith(":"):
        return board_path(text)
    return f"{host_path(text)}{'/' if text.endswith('/') else ''}"


def _teller(call: Call) -> Callable[[CopyOutcome], object]:
    def tell(outcome: CopyOutcome) -> None:
        if call.options.verbose and outcome.error is None:
            call.write(printable(f"{outcome.action:<9} {outcome.target}"))

    return tell


def _check(report: CopyReport) -> None:
    """Raise if something was not copied; the rest was."""
    if report.failed:
        errors = [outcome.error for outcome in report.failed]
        hints = dict.fromkeys(hint_of(error) for error in errors if isinstance(error, IotError))
        rest = ", the rest was" if report.sent or report.unchanged else ""
        lines = (*map(_failure, report.failed), *filter(None, hints))
        raise CellError.named("CopyError", f"{len(errors)} not copied{rest}", lines)


def _failure(outcome: CopyOutcome) -> str:
    """Return why something was not copied; most errors say themselves what they are about."""
    names_it = isinstance(outcome.error, BoardOSError | HostFileError | VerificationError)
    return str(outcome.error) if names_it else f"{outcome.source}: {outcome.error}"


@line_magic(
    "backup",
    "Copy all files of the microcontroller into a folder of the host",
    option("--path", completes="board path", help="only this folder of the board"),
    option("--force", action="store_true", help="use the folder although it holds something else"),
    option("-v", "--verbose", action="store_true", help="tell what becomes of each file"),
    option("folder", completes="host path", help="the folder; an older backup there is updated"),
    examples=("%backup ~/boards/pico",),
)
def backup(call: Call) -> None:
    """Save them, with a manifest."""
    options = call.options
    path = None if options.path is None else board_path(options.path)
    folder = host_path(options.folder)
    result = make_backup(
        call.device, folder, path=path, force=options.force, on_outcome=_teller(call)
    )
    _check(result.report)
    sent, same = len(result.report.sent), len(result.report.unchanged)
    call.write(f"{counted(sent, 'file')} saved in {folder}, {same} were there already")


@line_magic(
    "restore",
    "Give the microcontroller the files of a backup",
    option("--exact", action="store_true", help="also delete what the backup does not have"),
    option("-n", "--dry-run", action="store_true", help="only show what would be done"),
    option("folder", completes="host path", help="the folder of the backup"),
    examples=("%restore ~/boards/pico --exact",),
)
def restore(call: Call) -> None:
    """Put them back."""
    options = call.options
    work = plan_restore(call.device, host_path(options.folder), exact=options.exact)
    for line, colour in plan_lines(work.plan):
        call.write(printable(line), style=colour)
    if not options.dry_run:
        work.apply()
    call.write(plan_summary(work.plan, done=not options.dry_run))
