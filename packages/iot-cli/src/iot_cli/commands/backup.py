"""``backup`` and ``restore``: all files of a board in a folder of this computer, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iot_cli.batch import Batch
from iot_cli.board_paths import board_path
from iot_cli.context import Work, examples, pass_work
from iot_cli.copying import note_outcome, tell_report
from iot_cli.errors import PartlyDoneError
from iot_cli.output import write, write_json
from iot_cli.own_folder import own_folder_name
from iot_cli.plan_output import facts_of, shown_plan
from iot_cli.progress import progress_bar
from iot_cli.text import printable

if TYPE_CHECKING:
    from iot_device import Device
    from iot_device.backup import BackupResult, Restore
    from iot_device.rsync import RsyncResult

__all__ = ["backup_command", "restore_command"]


@click.command(
    "backup",
    short_help="Copy all files of the board into a folder.",
    epilog=examples(
        "iot backup pico-backup          all files, with a manifest",
        "iot backup --path :/lib libs    a folder of the board",
        "iot -d all backup classroom     each board into a folder of its own",
    ),
)
@click.option("--path", metavar=":PATH", help="Only this folder of the board.")
@click.option("--force", is_flag=True, help="Use FOLDER although it holds something else.")
@click.argument("folder", type=click.Path(path_type=Path))
@pass_work
def backup_command(work: Work, folder: Path, *, path: str | None, force: bool) -> None:
    """Copy all files of the board into FOLDER, with a manifest.

    A backup that is there already is brought up to date: only what changed is
    read, and until all of that is here the old one stays. FOLDER may hold
    nothing else, and no backup of another board. Of several boards each has a
    folder of its own in FOLDER. SD cards and the like are left out.
    """
    from iot_device.backup import make_backup  # noqa: PLC0415  (start-up)

    batch = Batch(work, "saved")
    with work.open_device() as device:
        work.waits_for("the files of the board")
        if work.is_one_of_several:
            folder /= own_folder_name(work, device)
        with batch.ends_with_link(), progress_bar(work) as on_progress:
            result = make_backup(
                device,
                folder,
                path=None if path is None else board_path(path),
                force=force,
                on_outcome=lambda outcome: note_outcome(batch, outcome),
                on_progress=on_progress,
            )
    _tell_backup(work, folder, result)
    tell_report(work, result.report)
    batch.finish()


@click.command(
    "restore",
    short_help="Give the board the files of a backup.",
    epilog=examples(
        "iot restore pico-backup            put all files back",
        "iot restore pico-backup --exact    and delete what else is there",
        "iot -d all restore master --exact  reset a classroom",
    ),
)
@click.option("--exact", is_flag=True, help="Also delete what the backup does not have.")
@click.option("-n", "--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("--delete-first", is_flag=True, help="Delete before writing, for want of room.")
@click.option(
    "--in-place",
    is_flag=True,
    help="Without room for both, remove an old file first: a cut then loses it.",
)
@click.argument("folder", type=click.Path(path_type=Path))
@pass_work
def restore_command(
    work: Work, /, folder: Path, *, exact: bool, dry_run: bool, **for_room: bool
) -> None:
    """Give the board the files that were backed up in FOLDER.

    The files in FOLDER are compared with its manifest, and those on the board
    are verified. The backup may be that of another board. --exact keeps dot
    files, other file systems, boot_out.txt, webrepl_cfg.py and settings.toml.
    """
    from iot_device.backup import plan_restore  # noqa: PLC0415  (start-up)

    with work.open_device() as device:
        work.waits_for("the files of the board")
        restore = plan_restore(device, _backup_of(work, device, folder), exact=exact)
        if not work.options.json and (work.options.verbose or not work.is_one_of_several):
            write(shown_plan(restore.plan))
        result = None if dry_run else _apply(work, restore, **for_room)
    if work.options.json:
        write_json(_document(restore, result))
    _tell_restore(work, restore, result)
    if restore.plan.conflicts and not dry_run:
        count = len(restore.plan.conflicts)
        way = "file has something in its way" if count == 1 else "files have something in their way"
        raise PartlyDoneError(f"{count} {way}", hint=None if exact else "try --exact")


def _apply(work: Work, restore: Restore, *, delete_first: bool, in_place: bool) -> RsyncResult:
    work.waits_for("writing the board's files")
    with progress_bar(work) as on_progress:
        return restore.apply(delete_first=delete_first, in_place=in_place, on_progress=on_progress)


def _backup_of(work: Work, device: Device, folder: Path) -> Path:
    """Return the backup that is meant: of several boards each may have its own."""
    from iot_device.backup import read_manifest  # noqa: PLC0415  (start-up)

    if not work.is_one_of_several or read_manifest(folder) is not None:
        return folder
    return folder / own_folder_name(work, device)


def _tell_backup(work: Work, folder: Path, result: BackupResult) -> None:
    for point in result.manifest.skipped:
        place = printable(point)
        work.tell(f":{place} is another file system and left out; --path :{place} backs it up")
    if not result.is_kept:
        work.tell(f"the older backup in {folder} is complete and stays as it was")


def _tell_restore(work: Work, restore: Restore, result: RsyncResult | None) -> None:
    from iot_device.rsync import plan_summary  # noqa: PLC0415  (start-up)

    proofs = () if result is None else result.proofs
    work.conclude(plan_summary(restore.plan, done=result is not None, proofs=proofs))


def _document(restore: Restore, result: RsyncResult | None) -> dict[str, Any]:
    return {
        "done": result is not None,
        "actions": [facts_of(action) for action in restore.plan.actions],
        "kept": [facts_of(keep) for keep in restore.plan.keeps if not keep.equal],
        "equal": sum(keep.equal for keep in restore.plan.keeps),
    }
