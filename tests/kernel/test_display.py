"""Pictures and the like of board code, as messages to the notebook. Both virtual machines."""

from __future__ import annotations

import base64
import re
import zlib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.kernel_client import KernelClient, Shown

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("vm", ["cpython", "micropython"], indirect=True, scope="module"),
    pytest.mark.xdist_group("kernel-display"),
]

START, END = r"'\x1b_", r"\x1b\\'"


def png() -> bytes:
    """Return a PNG of one pixel."""
    chunks = (b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0"), (b"IDAT", zlib.compress(b"\0\xff"))
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, content in (*chunks, (b"IEND", b"")):
        checksum = zlib.crc32(kind + content).to_bytes(4, "big")
        parts.append(len(content).to_bytes(4, "big") + kind + content + checksum)
    return b"".join(parts)


def item(header: str, data: str) -> str:
    """Return board code that writes an item."""
    return f"print({START}{header},{data}{END}, end='')"


def order(shown: Shown) -> list[str]:
    """Return what is shown, text joined, in its order."""
    found: list[str] = []
    for message in shown.messages:
        content = message["content"]
        if message["msg_type"] == "stream" and found and found[-1].startswith("text:"):
            found[-1] += content["text"]
        elif message["msg_type"] == "stream":
            found.append("text:" + content["text"])
        elif message["msg_type"] == "display_data":
            found.append(next(iter(content["data"])))
    return found


def displays(shown: Shown) -> list[dict[str, Any]]:
    return [content["data"] for content in shown.contents("display_data")]


def test_a_picture_of_the_board_is_shown(kernel: KernelClient) -> None:
    code = item("image/png;base64", base64.b64encode(png()).decode())
    [data] = displays(kernel(code))
    assert data == {
        "image/png": base64.b64encode(png()).decode(),
        "text/plain": f"[image/png, 1x1, {len(png())} bytes]",
    }


def test_pictures_keep_their_place_between_the_text(kernel: KernelClient) -> None:
    code = "\n".join(
        f"print('before', {n})\n{item('text/markdown', f'# {n}')}\nprint('behind')"
        for n in range(3)
    )
    assert order(kernel(code)) == [
        "text:before 0\n",
        "text/markdown",
        "text:behind\nbefore 1\n",
        "text/markdown",
        "text:behind\nbefore 2\n",
        "text/markdown",
        "text:behind\n",
    ]


def test_a_picture_that_comes_in_pieces_is_one(kernel: KernelClient) -> None:
    data = base64.encodebytes(png()).decode().split("\n")
    code = f"print('\\x1b_image/png;base64,', end='')\nfor line in {data}: print(line)\n"
    [shown] = displays(kernel(code + r"print('\x1b\\', end='')"))
    assert base64.b64decode(shown["image/png"]) == png()


def test_svg_is_cleaned_and_json_parsed(kernel: KernelClient) -> None:
    svg = '<svg onload="x()"><script>x()</script><rect width="3"/></svg>'
    code = item("image/svg+xml", svg) + "\n" + item("application/json", '{"a": [1]}')
    first, second = displays(kernel(code))
    assert first["image/svg+xml"] == (
        '<svg xmlns="http://www.w3.org/2000/svg"><rect width="3"></rect></svg>'
    )
    assert second["application/json"] == {"a": [1]}


def test_an_item_with_a_name_takes_the_place_of_the_last(kernel: KernelClient) -> None:
    waits = "import time; time.sleep(0.2)"
    named = [item("text/plain;id=dial", str(n)) for n in range(3)]
    shown = kernel(f"{named[0]}\n{waits}\n{named[1]}\nprint('between')\n{named[2]}")
    [first] = shown.contents("display_data")
    updates = shown.contents("update_display_data")
    assert first["data"] == {"text/plain": "0"}
    assert updates[-1]["data"] == {"text/plain": "2"}
    assert {u["transient"]["display_id"] for u in updates} == {first["transient"]["display_id"]}
    [again] = kernel(named[0]).contents("display_data")
    assert again["transient"]["display_id"] != first["transient"]["display_id"]


def test_a_thousand_updates_are_at_most_twenty_messages_a_second(kernel: KernelClient) -> None:
    shown = kernel(f"for n in range(1000): print({START}text/plain;id=n,%d{END} % n, end='')")
    messages = [*shown.contents("display_data"), *shown.contents("update_display_data")]
    assert len(messages) < 200
    assert messages[-1]["data"] == {"text/plain": "999"}


def test_what_is_not_shown_is_told_once_and_the_cell_goes_on(kernel: KernelClient) -> None:
    html, bad = item("text/html", "<b>x</b>"), item("image/png;base64", "AAAA")
    shown = kernel(f"print('text', end='')\n{html}\n{html}\n{bad}\nprint('behind')")
    assert shown.contents("display_data") == []
    assert shown.text == (
        "text\n[text/html: not shown, HTML of a board is never shown]\n"
        "[image/png: not shown, it is no PNG]\nbehind\n"
    )


def test_what_the_cell_leaves_open_appears_as_text(kernel: KernelClient) -> None:
    shown = kernel(r"print('\x1b_text/plain,one\x07', end='')")
    assert shown.text == "one\\x07\n[text/plain, 4 bytes, cut off]\n"
    assert kernel("print('next')").text == "next\n"
    assert kernel(r"print('\x1b_text/pl', end='')").text == r"\x1b_text/pl"


def test_an_error_in_the_middle_of_a_picture_is_shown_as_always(kernel: KernelClient) -> None:
    shown = kernel("print('\\x1b_image/png;base64,AAAA', end='')\n1/0")
    assert shown.error["ename"] == "ZeroDivisionError"
    assert shown.text == "AAAA\n[image/png, 4 bytes, cut off]\n"


def test_other_escapes_are_text_as_before(kernel: KernelClient) -> None:
    shown = kernel(r"print('\x1b_iot;x\x1b\\ \x1b_Ga=1,b=2\x1b\\ \x1b[31mred\x1b[0m')")
    assert shown.stream() == "\\x1b_iot;x\\x1b\\ \\x1b_Ga=1,b=2\\x1b\\ \x1b[31mred\x1b[0m\n"


def test_capture_keeps_pictures(kernel: KernelClient) -> None:
    named = [item("text/plain;id=n", str(n)) for n in range(2)]
    shown = kernel(f"%%capture log\nprint('quiet')\n{item('text/markdown', '*a*')}\n{named[0]}")
    assert order(shown) == []
    assert kernel("%%host\n[o.data['text/plain'] for o in log.outputs]").result == "['*a*', '0']"
    assert order(kernel("%%host\nlog()")) == ["text:quiet\n", "text/markdown", "text/plain"]
    kernel(f"%%capture log\n{named[0]}\n{named[1]}")
    assert kernel("%%host\n[o.data for o in log.outputs]").result == "[{'text/plain': '1'}]"


def test_programs_that_run_and_remote_show_pictures_too(kernel: KernelClient, cwd: Path) -> None:
    (cwd / "shows.py").write_text(item("text/markdown", "*a*"))
    assert order(kernel("%run shows.py")) == ["text/markdown"]
    assert order(kernel("%%host\nremote(open('shows.py').read())")) == ["text/markdown"]
    assert order(kernel(f"%%host\n%%board\n{item('text/markdown', '*a*')}")) == ["text/markdown"]
    assert order(kernel(f"%%time\n{item('text/markdown', '*a*')}"))[0] == "text/markdown"


def test_on_many_boards_each_picture_has_its_label(
    kernel: KernelClient, tmp_path: Path, vm: str
) -> None:
    boards = [f"sim://{tmp_path / name}?vm={vm}" for name in ("one", "two")]
    named = item("text/plain;id=n", "1")
    shown = kernel(
        f"%%connect {' '.join(boards)} --parallel\nprint('hi', end='')\n{named}\n{named}\nprint(2)"
    )
    assert shown.status == "ok"
    for board in boards:
        label = re.escape(board)
        assert re.search(
            rf"{label} +hi\n(.*\n)*{label} +\[text/plain\]\n(.*\n)*{label} +2\n", shown.text
        )
    ids = {content["transient"]["display_id"] for content in shown.contents("display_data")}
    assert len(ids) == 2


def test_a_program_of_the_boards_start_shows_pictures_too(
    kernel: KernelClient, flash: Path
) -> None:
    (flash / "main.py").write_text(item("text/markdown", "*a*"))
    try:
        assert "text/markdown" in order(kernel("%hardreset -q"))
    finally:
        (flash / "main.py").unlink()
