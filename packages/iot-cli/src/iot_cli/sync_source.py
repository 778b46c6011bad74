"""What belongs on a board, as ``rsync`` and ``rdiff`` are told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iot_cli.board_paths import board_path, is_board_path

if TYPE_CHECKING:
    from iot_device import Device
    from iot_device.rsync import Wanted

__all__ = ["Source"]


@dataclass(frozen=True)
class Source:
    """What the person said.

    Attributes:
        folder: A folder of this computer; ``None``: the board's configuration counts.
        dest: The folder of the board for what is in it, with a colon.
        upload_only: Delete nothing that the configuration does not name.
        delete: Delete what else is in ``dest``.
        show_skipped: List the files that patterns leave out.
        overwrite: Overwrite what changed on both sides.
        max_delete: How many files may be deleted without consent.
        mpy: Compile modules.
        pull: The other direction: the files here become those of the board.

    Raises:
        click.UsageError: It makes no sense.
    """

    folder: str | None
    dest: str | None
    upload_only: bool
    delete: bool
    show_skipped: bool
    overwrite: bool
    max_delete: int | None
    mpy: bool
    pull: bool

    def __post_init__(self) -> None:
        if self.folder == "":  # a variable without a value
            raise click.UsageError("FOLDER is empty: the current folder is a dot.")
        if self.pull and (self.mpy or self.upload_only):
            raise click.UsageError("--pull excludes --mpy and -u; it deletes only with --delete.")
        if self.folder is None and self.delete and not self.pull:
            raise click.UsageError("--delete needs FOLDER; by a configuration rsync deletes.")
        if self.folder is not None and self.upload_only:
            raise click.UsageError("With FOLDER nothing is deleted without --delete.")
        if self.folder is not None and is_board_path(self.folder):
            raise click.UsageError("FOLDER is one of this computer, without a colon.")
        if self.dest is not None and not is_board_path(self.dest):
            raise click.UsageError("DEST is a folder of the board: it begins with a colon.")

    def wanted(self, device: Device) -> Wanted:
        """Find out what the board shall have.

        Raises:
            ConfigurationError: It has no configuration, or one that is wrong; or the folder is
                missing or empty.
            InvalidTargetError: ``dest`` is no path of a board.
            OSError: A file of this computer cannot be read.
        """
        from iot_device.rsync import (  # noqa: PLC0415  (start-up)
            configuration_of,
            wanted_by_configuration,
            wanted_by_folder,
        )

        if self.folder is None:
            configuration = configuration_of(device)
            keeps = self.upload_only or (self.pull and not self.delete)
            wanted = wanted_by_configuration(configuration, upload_only=keeps)
        else:
            top = board_path(self.dest or ":/") or "/"
            wanted = wanted_by_folder(
                Path(self.folder), top, delete=self.delete, may_be_empty=self.pull
            )
        options = replace(wanted.options, overwrite=self.overwrite)
        if self.max_delete is not None:
            options = replace(options, max_delete=self.max_delete)
        return replace(wanted, options=options)

    def folders(self, wanted: Wanted) -> set[Path]:
        """Return the folders in which a change can change what the board shall have."""
        if self.folder is not None:
            return {Path(self.folder)}
        from iot_device import load_configurations  # noqa: PLC0415  (start-up)

        sources = (file.source for file in wanted.files.values())
        folders = {path.parent for path in sources if isinstance(path, Path)}
        return {load_configurations().folder, *folders}
