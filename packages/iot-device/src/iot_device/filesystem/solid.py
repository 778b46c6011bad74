"""Several files as one solid stream: no round trip for each, and what they share is sent once.

One function of ours runs on the board, stores one file after the other under its temporary name,
compares its digest and renames it, and tells how many are in their place. So a cut leaves whole
files, old or new; and the bytes of the one that was on its way, for the next write of the same.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from posixpath import join
from typing import TYPE_CHECKING, Any, Final

from iot_device.errors import BoardOSError, ExecutionInterrupted, IotError, ResultError
from iot_device.filesystem.entries import WriteResult, space_from
from iot_device.filesystem.paths import name_of, parent_of, temporary_for
from iot_device.filesystem.placing import CLEANUP, discard, put_in_place, tell_state
from iot_device.filesystem.uploading import send_frames, size_to_send
from iot_device.filesystem.writing import resumable, unchanged
from iot_device.protocol.transfer import Archive, ArchivedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iot_device.filesystem.calls import BoardCalls
    from iot_device.filesystem.progress import OnProgress

__all__ = ["store_solid"]

_NEEDS: Final = frozenset({"os.rename", "os.stat", "hashlib.sha256"})
_RESUMED: Final = 16384  # bytes; smaller files are sent as fast as it is asked what is there
_LONGEST_NAME: Final = 59  # bytes; so that any file system can have the temporary name


def store_solid(
    calls: BoardCalls,
    files: Sequence[tuple[str, bytes]],
    on_result: Callable[[WriteResult], object],
    on_progress: OnProgress,
) -> int:
    """Store files as one stream, up to the first that must be stored by itself.

    Args:
        calls: Runs board code.
        files: Their paths and bytes.
        on_result: Told of each file that is in its place.
        on_progress: Told of the bytes of each file that are stored, and how many it has.

    Returns:
        How many files are in their place.

    Raises:
        BoardOSError: A file could not take the place of the old one; the message tells in what
            state it is.
        RemoteProtocolError: Bytes get lost again and again; likewise.
    """
    if not (calls.can_stream and calls.features.names >= _NEEDS):
        return 0
    suited = list(takewhile(_is_suited, files))
    if not suited:
        return 0
    upload = _SolidUpload(calls, suited, on_result, on_progress)
    if upload.prepare():
        upload.send_all()
    return upload.done


def _is_suited(file: tuple[str, bytes]) -> bool:
    return len(name_of(file[0]).encode(errors="surrogateescape")) <= _LONGEST_NAME


class _SolidUpload:
    """The files that go together; the ``Bytes`` of as many streams as that takes.

    Attributes:
        done: Files that are in their place.
    """

    def __init__(
        self,
        calls: BoardCalls,
        files: Sequence[tuple[str, bytes]],
        on_result: Callable[[WriteResult], object],
        on_progress: OnProgress,
    ) -> None:
        self.done = 0
        self._calls = calls
        self._files = [ArchivedFile(path, temporary_for(path), data) for path, data in files]
        self._on_result = on_result
        self._on_progress = on_progress
        self._current = ""  # the board's current folder
        self._free = 0  # bytes of memory on the board
        self._resumed: dict[int, int] = {}
        self._first = 0  # the file that the present archive begins with
        self._archive = Archive(())
        self._stored = 0  # bytes of it
        self._begun = 0  # bytes of it that the board may have
        self._noted = 0  # files that are begun, or done
        self._before = 0  # bytes of earlier archives that are stored
        self._rename_failed: bool | None = None  # whether there is an old file then

    def prepare(self) -> bool:
        """Look what is left of earlier writes; return whether there is room for all files."""
        large = [number for number, file in enumerate(self._files) if len(file.data) >= _RESUMED]
        folder, path = parent_of(self._files[0].path), self._files[0].path
        temporaries = tuple(self._files[number].temporary for number in large)
        match self._calls.call("files_before_many", folder, temporaries, path=path):
            case [(str(current),), int(free), *rest] if len(rest) >= len(large):
                self._current, self._free = current, free
            case other:
                raise ResultError("the board's answer is incomplete", text=ascii(other))
        space = rest[len(large) :]
        self._stop_before_finished()
        for number, there in zip(large, rest, strict=False):
            if number < len(self._files):
                self._resume(number, there)
        return bool(self._files) and self._have_room(space)

    def send_all(self) -> None:
        """Send the files, as far as streams do."""
        while self.done < len(self._files) and self._calls.can_stream:
            self._begin_archive()
            try:
                self._send()
            except BoardOSError:
                self._forget_all_but(self.done)
                discard(self._calls, self._places(self.done)[1])
                return  # it is tried alone then, where each step tells what is wrong
            except BaseException as error:
                self._abandon(error)
                raise
            finally:
                self._calls.being_written = frozenset()
            self._forget_all_but(self.done)
            self._go_on()

    # What a stream is made of, and what becomes of it.

    def read(self, start: int, size: int) -> bytes:
        """Return bytes of the archive."""
        if start + size > self._begun:
            self._begun = start + size
            self._note_begun()
        return self._archive.read(start, size)

    def on_stored(self, size: int) -> None:
        """So many bytes of the archive are stored."""
        self._stored = size
        if self.done < len(self._files):
            stored = self._archive.stored(self.done - self._first, size)
            self._on_progress(stored, len(self._files[self.done].data))

    def on_answer(self, answer: list[Any]) -> None:
        """Take how many files of the archive are in their place."""
        match answer:
            case [int(number)] if self.done <= self._first + number <= len(self._files):
                while self.done < self._first + number:
                    self._finish()
            case [int(number), bool(existed)] if self.done == self._first + number:
                self._rename_failed = existed
            case _:
                raise ResultError("the board's answer makes no sense", text=ascii(answer))

    def _begin_archive(self) -> None:
        self._first = self.done
        self._archive = Archive(self._files[self._first :])
        self._stored = self._begun = 0
        self._noted = self._first

    def _send(self) -> None:
        file = self._files[self.done]
        if file.start:
            self._on_progress(file.start, len(file.data))
        size = size_to_send(self._calls, self._archive.size, self._before)
        send_frames(
            self._calls, "files_store", source=self, size=size, free=self._free, path=file.path
        )
        self._before += self._stored

    def _finish(self) -> None:
        """Count the file that is in its place now, and tell it."""
        file, resumed = self._files[self.done], self._resumed.get(self.done, 0)
        self.done += 1
        result = WriteResult(file.path, len(file.data), "sha256", atomic=True, resumed=resumed)
        self._on_result(result)

    def _go_on(self) -> None:
        """See to it that the next archive begins where this one came to."""
        if self._rename_failed is not None:
            file, existed = self._files[self.done], self._rename_failed
            self._rename_failed = None
            temporary = self._places(self.done)[1]
            put_in_place(self._calls, temporary, file.path, existed=existed)
            self._finish()
        elif self.done < len(self._files):
            if self._stored == self._archive.size:
                raise ResultError("the board's answer is incomplete", text=str(self.done))
            start = self._archive.stored(self.done - self._first, self._stored)
            self._files[self.done] = replace(self._files[self.done], start=start)

    # What is noted on this computer, in case that it does not end well.

    def _note_begun(self) -> None:
        """Note the files that the board may begin to write now, and forget those that are done."""
        begun = self._noted
        while self._noted < len(self._files) and self._begins_before(self._begun):
            self._noted += 1
        if begun < self._noted:
            new = [(*self._places(n), self._files[n].data) for n in range(begun, self._noted)]
            done = [self._places(n)[1] for n in range(self._first, self.done)]
            self._calls.journal.change(new, done)
            written = range(self.done, self._noted)
            self._calls.being_written = frozenset(self._places(n)[1] for n in written)

    def _begins_before(self, position: int) -> bool:
        return self._archive.begin(self._noted - self._first) < position

    def _forget_all_but(self, number: int) -> None:
        """Forget what was noted, but for the file that a stream ended with."""
        others = [n for n in range(self._first, self._noted) if n != number]
        self._calls.journal.change([], [self._places(n)[1] for n in others])

    def _places(self, number: int) -> tuple[str, str]:
        """Return the path of a file and its temporary name, from the board's root."""
        file = self._files[number]
        return join(self._current, file.path), join(self._current, file.temporary)

    # Before and after.

    def _resume(self, number: int, there: object) -> None:
        """Let a file begin behind what an earlier write of the same content has stored."""
        file = self._files[number]
        if isinstance(there, int) and there:
            start = resumable(self._calls, file.temporary, file.data, there)
            self._files[number] = replace(file, start=start)
            self._resumed[number] = start

    def _stop_before_finished(self) -> None:
        """Leave out, with all behind it, what this connection has finished of an earlier write."""
        for number in range(len(self._files)):
            if self._places(number)[1] in self._calls.finished:
                del self._files[number:]
                return

    def _have_room(self, space: list[Any]) -> bool:
        if not space:
            return True
        room = space_from(space[0])
        # Some file systems know no figures and say 0 of 0.
        block = max(room.block, 1)
        wanted = sum(-(-(len(file.data) - file.start) // block) * block for file in self._files)
        return not room.total or wanted <= room.free

    def _abandon(self, error: BaseException) -> None:
        """Remove what there is of a file that shall not be, and tell in what state it is."""
        if self.done == len(self._files):
            self._forget_all_but(self.done)
            tell_state(error, f"{self._files[-1].path} is the new file, whole")
            return
        path, temporary = self._files[self.done].path, self._places(self.done)[1]
        is_sent = self._begun >= self._archive.end(self.done - self._first)
        existed, left = self._are_there(path, temporary)
        interrupted = isinstance(error, ExecutionInterrupted) or not isinstance(error, IotError)
        if existed is not None:
            self._forget_all_but(self.done)
        if is_sent and left and not existed and not interrupted:
            # After a loss of power it may be the only one: FAT removes the old file to rename.
            tell_state(error, f"there is no {path}; the new one, if whole, is {temporary}")
            return
        if left or not is_sent or existed is False:
            # Without an answer, "unchanged" is true whether there is an old file or not.
            tell_state(error, unchanged(path, existed=existed is not False))
        else:
            tell_state(error, f"{path} is the old file or the new one, whole")
        if existed is not None:
            discard(self._calls, temporary)

    def _are_there(self, *paths: str) -> tuple[bool | None, ...]:
        """Tell which files exist; ``None`` if the board does not answer."""
        try:
            found = self._calls.call("files_stats", paths, path=paths[0], timeout=CLEANUP)
        except Exception:  # noqa: BLE001  (the error that brought us here is the one to tell)
            return (None,) * len(paths)
        return tuple(isinstance(facts, tuple) for facts in found)
