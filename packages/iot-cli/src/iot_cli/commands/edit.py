"""``edit``: a file of the board in an editor of this computer."""

from __future__ import annotations

import os
import posixpath
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from iot_cli.board_paths import base_name, board_path
from iot_cli.completion.values import complete_board_path
from iot_cli.context import Work, examples, pass_work
from iot_cli.output import note, write_json
from iot_cli.text import counted, printable
from iot_device import HostFileError, UnsafeError
from iot_device.copying import check_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device import FileSystem

__all__ = ["edit_command"]

_USUAL_EDITORS: Final = ("sensible-editor", "nano", "vi", "notepad")
_EDITOR_HINT: Final = "the variable EDITOR names the editor, for instance: export EDITOR=nano"


@click.command(
    "edit",
    short_help="Edit a file of the board in your editor.",
    epilog=examples("iot edit main.py", "EDITOR='code --wait' iot edit /lib/util.py"),
)
@click.argument("path", shell_complete=complete_board_path)
@pass_work
def edit_command(work: Work, path: str) -> None:
    """Edit the file PATH of the board in the editor that EDITOR names.

    The board is free meanwhile. What you save is sent back when the editor
    ends well and something changed; a file that is not there is made. If the
    board's file changed in between, nothing is sent, and your text is kept.
    """
    path = board_path(path)
    editor = _editor()
    name = check_name(base_name(path))
    with work.open_device() as device:
        work.waits_for(f"reading :{path}")
        old = _read(device.files, path)
    with _temporary_file(name, old or b"") as file:
        work.waits_for("the editor to end")
        _run_editor(editor, file)
        new = file.read_bytes()
        changed = new != (old or b"")
        if changed:
            with _kept_if_not_sent(file):
                _send(work, path, old, new)
    if work.options.json:
        write_json({"path": path, "changed": changed, "size": len(new)})
    elif not changed:
        work.tell(printable(f":{path} is unchanged, nothing was sent"))


def _read(files: FileSystem, path: str) -> bytes | None:
    """Return the contents; ``None`` if there is no such file but its folder."""
    try:
        return files.read(path)
    except FileNotFoundError:
        if (folder := posixpath.dirname(path)) not in ("", "/"):
            files.stat(folder)
        return None


def _send(work: Work, path: str, old: bytes | None, new: bytes) -> None:
    with work.open_device() as device:
        work.waits_for(f"writing :{path}")
        if _read(device.files, path) != old:
            raise UnsafeError(f":{path} was changed on the board meanwhile; nothing was sent")
        device.files.write(path, new)
        work.detail(printable(f"wrote :{path}, {counted(len(new), 'byte')}"))


def _editor() -> list[str]:
    """Return the command of the editor.

    Raises:
        click.UsageError: ``EDITOR`` makes no sense, or names none and there is no usual one.
    """
    text = os.environ.get("EDITOR", "")
    on_windows = sys.platform == "win32"
    try:
        # Backslashes are part of paths on Windows, and quotes stay there.
        words = [
            word.strip('"') if on_windows else word
            for word in shlex.split(text, posix=not on_windows)
        ]
    except ValueError as error:
        raise click.UsageError(f"EDITOR makes no sense: {text!r}: {error}.") from None
    words = words or [name for name in _USUAL_EDITORS if shutil.which(name)][:1]
    if not words:
        raise click.UsageError(f"There is no editor; {_EDITOR_HINT}.")
    return words


def _run_editor(editor: list[str], file: Path) -> None:
    """Run the editor until it ends.

    Raises:
        HostFileError: It cannot be started, or it failed.
    """
    try:
        with _ctrl_c_is_for_the_editor():
            # The user chose the program.
            status = subprocess.run([*editor, str(file)], check=False).returncode  # noqa: S603
    except OSError as error:
        raise HostFileError(
            f"the editor {editor[0]} cannot be started: {error.strerror}",
            path=editor[0],
            hint=_EDITOR_HINT,
        ) from error
    if status:
        message = f"the editor ended with status {status}; nothing was sent"
        raise HostFileError(message, path=str(file))
    if not file.is_file():
        raise HostFileError("the editor left no file; nothing was sent", path=str(file))


@contextmanager
def _ctrl_c_is_for_the_editor() -> Iterator[None]:
    # A function, not SIG_IGN: that one the editor would inherit.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _temporary_file(name: str, data: bytes) -> Iterator[Path]:
    """Give a file that only this user can read; it goes away in the end."""
    with tempfile.TemporaryDirectory(prefix="iot-") as folder:  # mode 0700
        file = Path(folder, name)
        file.touch(mode=0o600, exist_ok=False)
        file.write_bytes(data)
        yield file


@contextmanager
def _kept_if_not_sent(file: Path) -> Iterator[None]:
    """Put the file where it stays if the context fails, and say where: it is the user's work."""
    try:
        yield
    except BaseException:
        kept = Path(tempfile.mkdtemp(prefix="iot-"), file.name)
        file.replace(kept)
        note(f"iot: your text is in {kept}")
        raise
