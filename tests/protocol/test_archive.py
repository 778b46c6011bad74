"""Many files as one stream of bytes, against a reader that knows no more than the format."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_device.protocol.transfer import Archive, ArchivedFile

FILES = [
    ArchivedFile("/a.py", "/a.py.~iot", b"content of a"),
    ArchivedFile("/empty", "/empty.~iot", b""),
    ArchivedFile("/d/\udcff", "/d/\udcff.~iot", bytes(range(256)), start=200),
]
HEAD = 42  # bytes, before the names


def read_all(archive: Archive) -> bytes:
    return archive.read(0, archive.size)


def files_in(data: bytes) -> list[tuple[bytes, bytes, int, int, bytes, bytes]]:
    """Take an archive apart: path, temporary name, size, start, digest, bytes from there on."""
    found = []
    while data:
        names, size, start, digest = struct.unpack("<HII32s", data[:HEAD])
        path, temporary = data[HEAD : HEAD + names].split(b"\0")
        end = HEAD + names + size - start
        found.append((path, temporary, size, start, digest, data[HEAD + names : end]))
        data = data[end:]
    return found


def test_each_file_comes_with_its_names_its_size_and_the_digest_of_all_of_it() -> None:
    assert files_in(read_all(Archive(FILES))) == [
        (b"/a.py", b"/a.py.~iot", 12, 0, hashlib.sha256(FILES[0].data).digest(), FILES[0].data),
        (b"/empty", b"/empty.~iot", 0, 0, hashlib.sha256(b"").digest(), b""),
        (
            b"/d/\xff",
            b"/d/\xff.~iot",
            256,
            200,
            hashlib.sha256(FILES[2].data).digest(),
            FILES[2].data[200:],
        ),
    ]


@given(st.lists(st.integers(1, 60), min_size=1), st.lists(st.binary(max_size=90), max_size=5))
def test_an_archive_is_read_in_any_portions(sizes: list[int], contents: list[bytes]) -> None:
    archive = Archive([*FILES, *(ArchivedFile("x", "y", data) for data in contents)])
    portions = [archive.read(at, sizes[0]) for at in range(0, archive.size, sizes[0])]
    assert b"".join(portions) == read_all(archive)
    for start in sizes:
        assert archive.read(start, archive.size) == read_all(archive)[start:]
    assert archive.read(archive.size, 1) == b""


@pytest.mark.parametrize(
    ("position", "stored"),
    [(0, (0, 0, 200)), (HEAD + 16, (0, 0, 200)), (HEAD + 20, (4, 0, 200)), (9999, (12, 0, 256))],
)
def test_it_is_known_how_much_of_each_file_a_part_of_the_archive_holds(
    position: int, stored: tuple[int, ...]
) -> None:
    archive = Archive(FILES)
    assert tuple(archive.stored(number, position) for number in range(3)) == stored


def test_an_archive_of_nothing_is_empty() -> None:
    assert Archive([]).size == 0
    assert Archive([]).read(0, 10) == b""


def test_it_is_known_where_each_file_begins_and_ends() -> None:
    archive = Archive(FILES)
    assert [archive.begin(number) for number in range(3)] == [0, archive.end(0), archive.end(1)]
    for number in range(3):
        part = archive.read(0, archive.end(number))
        assert len(files_in(part)) == number + 1
    assert archive.end(2) == archive.size
