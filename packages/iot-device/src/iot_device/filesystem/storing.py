"""Storing files: together as one stream where the board can, else each by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from iot_device.filesystem.in_place import write_in_place
from iot_device.filesystem.progress import Meter, OnProgress
from iot_device.filesystem.solid import store_solid
from iot_device.filesystem.writing import write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from iot_device.filesystem.calls import BoardCalls
    from iot_device.filesystem.entries import WriteResult

__all__ = ["Content", "store_file", "store_files"]

Content: TypeAlias = "bytes | Path"

_TOGETHER: Final = 262144  # bytes of files that are in memory, and go as one stream


def store_file(
    calls: BoardCalls,
    path: str,
    data: bytes,
    on_progress: OnProgress | None,
    *,
    in_place: bool = False,
) -> WriteResult:
    """Store a file, verified and, unless ``in_place``, atomic.

    Raises:
        OSError: The board refused.
        VerificationError: What is stored is not what was sent.
    """
    results: list[WriteResult] = []
    store_files(calls, [(path, data)], results.append, on_progress, in_place=in_place)
    return results[0]


def store_files(
    calls: BoardCalls,
    files: Sequence[tuple[str, Content]],
    on_result: Callable[[WriteResult], object],
    on_progress: OnProgress | None,
    *,
    in_place: bool = False,
) -> None:
    """Store files one behind the other, as ``store_file`` does, up to the first that fails.

    Raises:
        OSError: A file of the host cannot be read, or the board refused.
        VerificationError: What is stored is not what was sent.
    """
    sizes = [_size_of(content) for _, content in files]
    meter = Meter(on_progress, sum(sizes))
    left = iter(sizes)

    def note(result: WriteResult) -> None:
        on_result(result)
        meter.finish_part(next(left))

    alone = write_in_place if in_place else write_file
    for batch in _batches(files):
        done = 0
        while done < len(batch):
            done += store_solid(calls, batch[done:], note, meter.part)
            if done < len(batch):
                # What the stream does not do is tried alone, where each step tells what is wrong.
                note(alone(calls, *batch[done], meter.part))
                done += 1


def _batches(files: Sequence[tuple[str, Content]]) -> Iterator[list[tuple[str, bytes]]]:
    """Yield the files with their bytes, some at a time; what cannot be read raises at its turn."""
    batch: list[tuple[str, bytes]] = []
    size = 0
    for path, content in files:
        try:
            data = content.read_bytes() if isinstance(content, Path) else content
        except OSError:
            yield batch
            raise
        batch.append((path, data))
        size += len(data)
        if size >= _TOGETHER:
            yield batch
            batch, size = [], 0
    yield batch


def _size_of(content: Content) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)
