"""Pictures in the output of a program are found wherever the bytes are cut; text stays as it is."""

from __future__ import annotations

import base64
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_device import RichItem, RichSplitter

PNG = bytes(range(256))
ITEM = b"\x1b_image/png;base64," + base64.encodebytes(PNG).replace(b"\n", b"\r\n") + b"\x1b\\"

# What is near to an item, so that random text comes upon the splitter's corners.
words = st.sampled_from(
    b"\x1b|\x1b_|\x1b\\|_|\\|image/png|text/plain|;base64|;id=x|,|a|\r\n|\x1b[31m|iot;password|\xff".split(
        b"|"
    )
)


def split(data: bytes, *, size: int = 0, limit: int = 1000) -> list[bytes | RichItem]:
    """Return what comes out, with neighbouring texts joined."""
    splitter = RichSplitter(limit)
    step = size or max(1, len(data))
    pieces = [piece for i in range(0, len(data), step) for piece in splitter.feed(data[i:][:step])]
    return joined(pieces + splitter.finish())


def joined(pieces: list[bytes | RichItem]) -> list[bytes | RichItem]:
    found: list[bytes | RichItem] = []
    for piece in pieces:
        last = found[-1] if found else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            found[-1] = last + piece
        else:
            found.append(piece)
    return found


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7])
def test_an_item_is_found_between_text_however_the_bytes_are_cut(size: int) -> None:
    assert split(b"before\r\n" + ITEM + b"behind", size=size) == [
        b"before\r\n",
        RichItem("image/png", PNG, 256),
        b"behind",
    ]


def test_items_may_be_neighbours_and_empty() -> None:
    assert split(ITEM + b"\x1b_text/plain,\x1b\\" + ITEM) == [
        RichItem("image/png", PNG, 256),
        RichItem("text/plain", b"", 0),
        RichItem("image/png", PNG, 256),
    ]


def test_data_without_base64_are_text_with_the_newlines_of_the_host() -> None:
    [item] = split(b"\x1b_text/markdown,# a, b\r\n\xc3\xa9\x1b\\")
    assert item == RichItem("text/markdown", b"# a, b\n\xc3\xa9", 9)


def test_an_item_may_have_a_name_and_parameters_of_data_urls() -> None:
    [item] = split(b"\x1b_text/plain;charset=utf-8;base64;id=dial-1,aGk=\x1b\\")
    assert item == RichItem("text/plain", b"hi", 2, name="dial-1")


@pytest.mark.parametrize(
    "text",
    [
        b"\x1b_iot;password\x1b\\Key: ",  # how a program asks for a password
        b"\x1b_Gf=100;AAAA\x1b\\",  # a picture for some terminals
        b"\x1b_image,AAAA\x1b\\",
        b"\x1b_IMAGE/PNG,AAAA\x1b\\",
        b"\x1b_image/png AAAA\x1b\\",
        b"\x1b_image/png;id=<b>,AAAA\x1b\\",
        b"\x1b_" + b"a" * 21 + b"/png,AAAA\x1b\\",
        b"\x1b_image/png" + b";a" * 5 + b",AAAA\x1b\\",
        b"\x1b[31mred\x1b[0m \x1b]0;title\x07",
        b"\x1b_image/pn",
        b"\x1b_image/png;base64",
        b"\x1b",
    ],
)
@pytest.mark.parametrize("size", [0, 1])
def test_what_only_looks_like_an_item_is_text(text: bytes, size: int) -> None:
    assert split(text, size=size) == [text]


def test_text_is_not_held_longer_than_it_may_become_an_item() -> None:
    splitter = RichSplitter()
    assert splitter.feed(b"Key: \x1b_iot;") == [b"Key: \x1b_iot;"]
    assert splitter.feed(b"a\x1b[") == [b"a\x1b["]


@pytest.mark.parametrize("size", [0, 1])
def test_an_item_that_is_cut_off_ends_where_the_next_escape_begins(size: int) -> None:
    found = split(b"\x1b_image/png;base64,AAAA\x1b[31mred" + ITEM, size=size)
    assert found == [
        RichItem("image/png", b"AAAA", 4, problem="cut off"),
        b"\x1b[31mred",
        RichItem("image/png", PNG, 256),
    ]


@pytest.mark.parametrize("end", [b"", b"\x1b"])
def test_an_item_without_an_end_is_cut_off_when_nothing_follows(end: bytes) -> None:
    [item] = split(b"\x1b_text/plain;id=x,one\ntwo" + end)
    assert item == RichItem("text/plain", b"one\ntwo", 7, "x", "cut off")


def test_after_the_end_the_next_bytes_are_text_again() -> None:
    splitter = RichSplitter()
    splitter.feed(b"\x1b_text/plain,one")
    splitter.finish()
    assert splitter.feed(b"two\x1b\\") == [b"two\x1b\\"]


def test_what_is_no_base64_is_told() -> None:
    for data in (b"A", b"AA=A", b"<b>!", b"AAAA=AAA"):
        [item] = split(b"\x1b_image/png;base64," + data + b"\x1b\\")
        assert item == RichItem("image/png", data, len(data), problem="no base64")


def test_what_is_too_large_is_counted() -> None:
    exact, more = (b"\x1b_text/plain," + b"x" * n + b"\x1b\\" for n in (1000, 1001))
    assert split(exact, size=64) == [RichItem("text/plain", b"x" * 1000, 1000)]
    assert split(more, size=64) == [RichItem("text/plain", b"", 1001, problem="too large")]


def test_a_flood_inside_an_item_does_not_fill_the_memory() -> None:
    splitter, block = RichSplitter(limit=100_000), b"x" * 10_000
    splitter.feed(b"\x1b_text/plain,")
    tracemalloc.start()
    try:
        for _ in range(5000):
            assert splitter.feed(block) == []
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert splitter.finish() == [RichItem("text/plain", b"", 50_000_000, problem="cut off")]


def test_the_summary_is_one_line_for_people() -> None:
    assert RichItem("image/png", b"", 12).summary == "image/png, 12 bytes"
    cut = RichItem("image/png", b"", 12, problem="cut off")
    assert cut.summary == "image/png, 12 bytes, cut off"


@given(st.binary().map(lambda data: data.replace(b"/", b"")), st.integers(0, 5))
def test_without_an_item_the_text_stays_as_it_is(data: bytes, size: int) -> None:
    assert b"".join(p for p in split(data, size=size) if isinstance(p, bytes)) == data


@given(st.lists(words, max_size=30).map(b"".join), st.integers(1, 9))
def test_how_the_bytes_are_cut_changes_nothing(data: bytes, size: int) -> None:
    assert split(data, size=size) == split(data)


@given(st.lists(st.binary(max_size=50) | words, max_size=8), st.integers(1, 9))
def test_what_is_sent_as_items_arrives_byte_by_byte(items: list[bytes], size: int) -> None:
    sent = b"".join(b"\x1b_a/b;base64," + base64.b64encode(item) + b"\x1b\\" for item in items)
    assert split(sent, size=size) == [RichItem("a/b", item, len(item)) for item in items]
