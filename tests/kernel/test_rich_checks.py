"""What a board calls a picture, JSON or Markdown is shown only if it is that, and harmless."""

from __future__ import annotations

import base64
import json
import re
import zlib
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from iot_device import RichItem
from iot_kernel.display import Display
from iot_kernel.rich import RichItems
from iot_kernel.rich.checks import MAX_TEXT, MIME_TYPES, forms_of
from iot_kernel.rich.items import MAX_BYTES, MAX_ITEMS
from iot_kernel.rich.json_text import MAX_DEPTH, MAX_JSON, check_json
from iot_kernel.rich.markdown import clean_markdown
from iot_kernel.rich.pictures import check_jpeg, check_png
from iot_kernel.rich.refusing import NotShownError
from kernel.attacks import MARKDOWN_ATTACKS


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + kind + content + checksum


def header(width: int, height: int) -> bytes:
    return chunk(b"IHDR", width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0")


def png(width: int = 2, height: int = 1, extra: bytes = b"") -> bytes:
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + b"\xff" * 2) * 1))
    return b"\x89PNG\r\n\x1a\n" + header(width, height) + extra + pixels + chunk(b"IEND", b"")


def segment(kind: int, content: bytes) -> bytes:
    return bytes((0xFF, kind)) + (len(content) + 2).to_bytes(2, "big") + content


def jpeg(width: int = 4, height: int = 3, frame: int = 0xC0, before: bytes = b"") -> bytes:
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    frames = segment(frame, b"\x08" + size + b"\x01\x01\x11\0")
    return b"\xff\xd8" + before + frames + segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"..\xff\xd9"


# Pictures.


def test_a_png_is_shown_with_its_size() -> None:
    assert forms_of(RichItem("image/png", png(), 9)) == {
        "image/png": base64.b64encode(png()).decode(),
        "text/plain": f"[image/png, 2x1, {len(png())} bytes]",
    }


def test_of_a_png_only_the_picture_is_kept() -> None:
    extra = chunk(b"tEXt", b"<script>") + chunk(b"acTL", b"12345678") + chunk(b"iCCP", b"x")
    assert check_png(png(extra=extra) + b"PK\x03\x04")[0] == png()
    assert check_png(png(extra=chunk(b"gAMA", b"1234")))[0] == png(extra=chunk(b"gAMA", b"1234"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        png()[:8],
        png()[:-1],
        png().replace(b"IDAT", b"IDAU"),
        png()[:20] + b"\x01" + png()[21:],
        b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", bytes(7) + b"\1" * 6) + png()[8:],
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\x01") + png()[33:],
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR",
    ],
)
def test_what_is_no_whole_png_is_not_shown(data: bytes) -> None:
    with pytest.raises(NotShownError, match=r"no PNG|damaged"):
        check_png(data)


def test_a_jpeg_is_shown_up_to_its_end() -> None:
    padded = jpeg(before=segment(0xE0, b"JFIF\0") + b"\xff") + bytes(100)
    data, size = check_jpeg(padded)
    assert (data, size) == (padded[:-100], (4, 3))
    assert forms_of(RichItem("image/jpeg", padded, 9))["text/plain"].startswith("[image/jpeg, 4x3,")
    assert check_jpeg(jpeg(frame=0xC2))[1] == (4, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        png(),
        b"\xff\xd8\xff\xd9",
        jpeg()[:-2],
        jpeg().replace(b"\xff\xda", b"\0\0"),
        jpeg().replace(b"\xff\xc0", b"\xff\xfe"),
        jpeg(before=segment(0xC0, b"\x08\0\x01\0\x01")),
        jpeg(before=b"\0\0"),
        jpeg(before=b"\xff\xe0\xff\xff"),
        jpeg(frame=0xC3),
        jpeg(frame=0xC9),
    ],
)
def test_what_is_no_whole_jpeg_is_not_shown(data: bytes) -> None:
    with pytest.raises(NotShownError, match=r"no JPEG|damaged|of this kind"):
        check_jpeg(data)


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (4097, 4096), (65535, 65535)])
def test_a_picture_of_no_or_too_many_pixels_is_not_shown(size: tuple[int, int]) -> None:
    with pytest.raises(NotShownError, match="pixels"):
        check_png(png(*size))
    with pytest.raises(NotShownError, match="pixels"):
        check_jpeg(jpeg(*size))


@given(st.binary(max_size=60), st.integers(0, 60))
def test_damaged_pictures_raise_nothing_else(noise: bytes, position: int) -> None:
    for data, check in ((png(), check_png), (jpeg(), check_jpeg)):
        for damaged in (data[:position] + noise, data[:position] + noise + data[position:]):
            with suppress(NotShownError):
                assert damaged.startswith(check(damaged)[0][:8])


# JSON.


def test_json_is_shown_as_json_and_as_text() -> None:
    forms = forms_of(RichItem("application/json", b'{"a": [1, 2.5, null, "\\u00e9\\u001b"]}', 9))
    assert forms["application/json"] == {"a": [1, 2.5, None, "é\x1b"]}
    assert json.loads(forms["text/plain"]) == forms["application/json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{'a': 1}",
        "[NaN]",
        "[-Infinity]",
        "[1e999]",
        "[" + "1" * 5000 + "]",
        r'["\ud800"]',
        "1",
        '"text"',
        "null",
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" + " " * MAX_JSON + "]",
    ],
)
def test_what_is_no_json_that_messages_carry_is_not_shown(text: str) -> None:
    with pytest.raises(NotShownError):
        check_json(text)


def test_brackets_in_strings_are_no_depth() -> None:
    assert check_json(json.dumps(["[" * 100 + '\\"'])) == ["[" * 100 + '\\"']


# Markdown.

HARMLESS = """\
# Title

- a *b* **c** `d`, 1 < 2 & 3
- [the web](https://micropython.org/a?b=1), $x^2 + \\alpha$

| a | b |
|---|--:|
| 1 | 2 |

```python
if a < b: c[0] = "x"
```
"""


def test_markdown_without_html_pictures_and_odd_links_stays_as_it_is() -> None:
    assert clean_markdown(HARMLESS) == HARMLESS


markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def is_link(url: str) -> bool:
    """Take every link: the reader's own checks shall not help ours."""
    return isinstance(url, str)


markdown.validateLink = is_link  # type: ignore[method-assign]  # how its users set it


def dangers(text: str) -> list[str]:
    """Return what a reader of Markdown makes of a text that a board must not show."""
    tokens = [t for token in markdown.parse(text) for t in (token, *(token.children or ()))]
    found = [t.type for t in tokens if t.type in ("html_block", "html_inline", "image")]
    hrefs = [str(t.attrs["href"]) for t in tokens if "href" in t.attrs]
    found += [href for href in hrefs if not re.match(r"https?://", href, re.IGNORECASE)]
    return found + [t.info for t in tokens if t.info.strip().startswith("mermaid")]


@pytest.mark.parametrize("text", MARKDOWN_ATTACKS)
def test_markdown_attacks_are_text(text: str) -> None:
    shown = clean_markdown(text)
    assert dangers(shown) == []
    assert shown != text
    assert not re.search(r"(ftp|file|mailto|xmpp):|@", shown)


def test_some_of_the_attacks_are_attacks() -> None:
    assert sum(bool(dangers(text)) for text in MARKDOWN_ATTACKS) > 25


@pytest.mark.parametrize("command", ["href", "class", "style", "cssId", "data", "require", "def"])
def test_tex_that_makes_html_is_text(command: str) -> None:
    assert clean_markdown(rf"$\{command}{{x}}{{y}}$") == f"$&#92;{command}{{x}}{{y}}$"
    assert clean_markdown(rf"$\{command}inition$") == rf"$\{command}inition$"


PARTS = (
    "<|>|a|script|!|[|]|(|)|:|javascript:|https://e.example|\\|&|#106;|&lt;|`|```|mermaid|\n|\n\n| "
    "|-|~~~|\"|'|/|@|$|x|\t|*|_|<b>|](|]:|![|\x1b"
)
words = st.sampled_from(PARTS.split("|"))


@given(st.lists(words, max_size=25).map("".join) | st.text(max_size=60))
@example("[x]: https://a\n  javascript:x")
def test_no_text_becomes_more_than_markdown_may(text: str) -> None:
    assert dangers(clean_markdown(text)) == []


# All types.


def test_only_six_types_are_shown() -> None:
    assert set(MIME_TYPES) == {
        "image/png",
        "image/jpeg",
        "image/svg+xml",
        "application/json",
        "text/markdown",
        "text/plain",
    }
    for mime in ("application/javascript", "text/latex", "application/vnd.vegalite.v5+json"):
        with pytest.raises(NotShownError, match="this type is not shown"):
            forms_of(RichItem(mime, b"{}", 2))
    with pytest.raises(NotShownError, match="never shown"):
        forms_of(RichItem("text/html", b"<b>", 3))


def test_control_characters_of_text_are_escaped() -> None:
    forms = forms_of(RichItem("text/plain", "a\x1b[2J\r\n\u202eé".encode(), 9))
    assert forms == {"text/plain": "a\\x1b[2J\n\\u202eé"}
    for mime in ("text/plain", "text/markdown", "application/json", "image/svg+xml"):
        with pytest.raises(NotShownError, match="no UTF-8"):
            forms_of(RichItem(mime, b"\xff", 1))


@pytest.mark.parametrize("mime", ["text/plain", "text/markdown"])
def test_text_that_is_too_long_is_not_shown(mime: str) -> None:
    forms_of(RichItem(mime, b"x" * MAX_TEXT, MAX_TEXT))
    with pytest.raises(NotShownError, match="longer than"):
        forms_of(RichItem(mime, b"x" * (MAX_TEXT + 1), MAX_TEXT + 1))


# What one cell shows.


def text_item(text: str, name: str = "", size: int | None = None) -> RichItem:
    return RichItem("text/plain", text.encode(), len(text) if size is None else size, name)


def test_each_reason_not_to_show_is_told_once() -> None:
    items = RichItems()
    html = RichItem("text/html", b"", 0)
    assert items.take(html) == "[text/html: not shown, HTML of a board is never shown]\n"
    assert items.take(html) == ""
    assert "image/png" in str(items.take(RichItem("image/png", b"", 9, problem="too large")))


def test_what_was_cut_off_appears_as_text_that_is_escaped() -> None:
    cut = RichItem("text/plain", b"one\n\x07two" + bytes(5000), 5008, problem="cut off")
    shown = str(RichItems().take(cut))
    assert shown.startswith("one\n\\x07two\\x00")
    assert shown.endswith("\n[text/plain, 5008 bytes, cut off]\n")
    assert len(shown) < 5000
    lines = RichItem("image/png", b"AAAA\r\nAAAA\r\n", 12, problem="cut off")
    assert RichItems().take(lines) == "AAAA\nAAAA\n[image/png, 12 bytes, cut off]\n"
    nothing = RichItem("image/png", b"", 0, problem="cut off")
    assert RichItems().take(nothing) == "[image/png, 0 bytes, cut off]\n"


def test_a_cell_shows_so_many_items_and_bytes() -> None:
    items = RichItems()
    shown = [items.take(text_item("x")) for _ in range(MAX_ITEMS + 2)]
    assert sum(isinstance(item, Display) for item in shown) == MAX_ITEMS
    assert shown[-2:] == [f"[text/plain: not shown, a cell shows {MAX_ITEMS} items]\n", ""]
    items = RichItems()
    assert isinstance(items.take(text_item("x", size=MAX_BYTES)), Display)
    assert "bytes" in str(items.take(text_item("x")))


def test_what_takes_the_place_of_another_needs_no_place_of_its_own() -> None:
    items = RichItems()
    for _ in range(MAX_ITEMS + 1):
        assert isinstance(items.take(text_item("x", "dial", size=MAX_BYTES)), Display)
    assert "bytes" in str(items.take(text_item("x", "other")))


def test_names_of_two_boards_are_two() -> None:
    items = RichItems()
    one, two = (items.take(text_item("x", "dial"), owner=owner) for owner in ("a", "b"))
    assert isinstance(one, Display)
    assert isinstance(two, Display)
    assert one.name != two.name
