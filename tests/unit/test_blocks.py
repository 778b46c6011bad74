"""What of a changed file is new, without a board."""

from __future__ import annotations

import random
from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from iot_device.filesystem.blocks import (
    Part,
    blocks_of,
    gaps_of,
    heads_of,
    new_bytes,
    parts_of,
    refined,
)

TEXT = b"".join(b"value_%d = %d\n" % (n, n * n) for n in range(5000))
SIZE = 64


def built(parts: list[Part], old: bytes) -> bytes:
    return b"".join(
        part if isinstance(part, bytes) else old[part[0] : part[0] + part[1]] for part in parts
    )


def parted(new: bytes, old: bytes, size: int = SIZE) -> list[Part] | None:
    return parts_of(new, blocks_of(old, size), size, len(old))


@given(
    old=st.binary(max_size=400),
    edits=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 20), st.binary(max_size=5))),
    size=st.integers(1, 70),
)
def test_parts_make_the_new_file(
    old: bytes, edits: list[tuple[int, int, bytes]], size: int
) -> None:
    new = old
    for at, gone, come in edits:
        new = new[:at] + come + new[at + gone :]
    parts = parted(new, old, size)
    if parts is not None:
        assert built(parts, old) == new
        assert new_bytes(parts) * 4 <= len(new)


@given(
    old=st.binary(min_size=1, max_size=900),
    edits=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 20), st.binary(max_size=5))),
)
def test_a_second_look_with_smaller_blocks_makes_the_same_file_with_no_more_that_is_new(
    old: bytes, edits: list[tuple[int, int, bytes]]
) -> None:
    new = old
    for at, gone, come in edits:
        new = new[:at] + come + new[at + gone :]
    parts = parts_of(new, blocks_of(old, 64), 64, len(old), share=1)
    assert parts is not None
    gaps = gaps_of(parts, len(old))
    blocks = {
        at: blocks_of(old[at : at + 8], 8)[0]
        for begin, end in gaps
        for at in range(begin, end - 7, 8)
    }
    finer = refined(parts, blocks, 8)
    assert built(finer, old) == new
    assert new_bytes(finer) <= new_bytes(parts)


def test_gaps_are_what_the_new_file_does_not_use() -> None:
    assert gaps_of([b"x", (64, 64), b"y", (0, 10)], 200) == [(10, 64), (128, 200)]
    assert gaps_of([(0, 200)], 200) == []
    assert gaps_of([b"x"], 5) == [(0, 5)]


def test_one_changed_line_costs_a_few_blocks_wherever_it_is() -> None:
    lines = TEXT.splitlines(keepends=True)
    for number in (0, 2500, 4999):
        for text in (b"changed\n", b"", b"two\nlines\n"):
            new = b"".join([*lines[:number], text, *lines[number + 1 :]])
            parts = parted(new, TEXT)
            assert parts is not None
            assert built(parts, TEXT) == new
            assert new_bytes(parts) <= 2 * SIZE + len(text)
            assert len(parts) <= 3


def test_a_moved_part_is_found() -> None:
    new = TEXT[40_000:60_000] + TEXT[:40_000] + TEXT[60_000:]
    parts = parted(new, TEXT)
    assert parts is not None
    assert built(parts, TEXT) == new
    assert new_bytes(parts) < 4 * SIZE


def test_of_many_equal_blocks_the_next_one_is_taken() -> None:
    old = bytes(100 * SIZE)
    assert parted(old + b"x", old) == [(0, 100 * SIZE), b"x"]


def test_one_changed_line_of_a_large_block_costs_a_few_small_ones() -> None:
    new = TEXT.replace(b"value_2500 =", b"changed =")
    parts = parts_of(new, blocks_of(TEXT, 2048), 2048, len(TEXT), share=2)
    assert parts is not None
    assert new_bytes(parts) > 1900
    gaps = gaps_of(parts, len(TEXT))
    assert sum(end - begin for begin, end in gaps) == 2048
    blocks = {
        at: crc for at in range(*gaps[0], SIZE) for crc in blocks_of(TEXT[at : at + SIZE], SIZE)
    }
    finer = refined(parts, blocks, SIZE)
    assert built(finer, TEXT) == new
    assert new_bytes(finer) <= 2 * SIZE


def test_another_file_is_sent_whole() -> None:
    noise = random.Random(1).randbytes(len(TEXT))
    assert parted(noise, TEXT) is None
    assert parted(TEXT, b"") is None


def test_heads_are_the_checksums_of_all_beginnings() -> None:
    assert heads_of(b"abc") == [crc32(b"a"), crc32(b"ab"), crc32(b"abc")]
    assert heads_of(b"") == []
