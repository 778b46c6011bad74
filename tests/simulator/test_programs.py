"""Programs run on the simulated board as on a board: output, errors, input, interrupts."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.client import Client

pytestmark = pytest.mark.slow


def test_a_traceback_begins_with_the_frame_of_the_program(board: Client) -> None:
    output, traceback = board.run("def f():\n    return [][1]\nf()")
    assert output == ""
    assert traceback.splitlines()[:3] == [
        "Traceback (most recent call last):",
        '  File "<stdin>", line 4, in <module>',
        '  File "<stdin>", line 3, in f',
    ]
    assert traceback.splitlines()[3].startswith("IndexError: ")


def test_an_error_of_the_file_system_shows_no_frame_of_the_simulator(board: Client) -> None:
    assert board.run("open('missing')")[1] == (
        "Traceback (most recent call last):\n"
        '  File "<stdin>", line 2, in <module>\n'
        "OSError: [Errno 2] ENOENT\n"
    )


def test_a_syntax_error_names_its_line(board: Client) -> None:
    board.write(b"x = 1\ny = = 2\n\x04")
    board.until(b"OK")
    assert board.end()[1].splitlines() == [
        "Traceback (most recent call last):",
        '  File "<stdin>", line 2',
        "SyntaxError: invalid syntax",
    ]


def test_names_last_from_program_to_program(board: Client) -> None:
    board.output("kept = 41")
    assert board.output("print(kept + 1)") == "42\n"


def test_programs_are_main(board: Client) -> None:
    assert board.output("import __main__\nx = 5\nprint(__name__, __main__.x)") == "__main__ 5\n"


def test_the_friendly_repl_shows_values(switch_on: Callable[..., Client]) -> None:
    client = switch_on()
    client.until(b">>> ")
    client.write(b"6 * 7\r")
    assert client.until(b">>> ").replace(b"\r\n", b"\n") == b"6 * 7\n42\n>>> "


def test_binary_output_is_exact(board: Client) -> None:
    board.begin("import sys\nn = sys.stdout.buffer.write(bytes(range(5, 256)) + b'\\r\\n\\n')")
    assert board.until(b"\r\n\n") == bytes(range(5, 256)) + b"\r\n\n"
    assert board.end() == ("", "")


@pytest.mark.parametrize("endless", ["while True: pass", "import time\ntime.sleep(1000)"])
def test_an_interrupt_ends_the_program(board: Client, endless: str) -> None:
    board.begin(endless)
    board.write(b"\x03")
    assert board.end()[1].endswith("KeyboardInterrupt: \n")
    assert board.output("print('alive')") == "alive\n"


def test_an_interrupt_can_be_caught_again_and_again(board: Client) -> None:
    board.begin(
        "import time\n"
        "for i in range(3):\n"
        "    try:\n"
        "        print('wait')\n"
        "        time.sleep(1000)\n"
        "    except KeyboardInterrupt:\n"
        "        print('caught', i)"
    )
    for count in range(3):
        board.until(b"wait")
        # Nearer ones are one interrupt, as on a board.
        assert board.is_silent(0.3)
        board.write(b"\x03")
        board.until(b"caught %d" % count)
    assert board.end()[1] == ""


def test_an_interrupt_stops_a_flood_at_once(board: Client) -> None:
    board.begin("while True: print('a line of a flood')")
    for _ in range(50):
        assert board.transport.read(5)
    begin = time.monotonic()
    board.write(b"\x03")
    assert board.end()[1].endswith("KeyboardInterrupt: \n")
    assert time.monotonic() - begin < 10  # a tenth of a second; the tests' computer may be busy


def test_an_interrupt_passes_input_that_nobody_reads(board: Client) -> None:
    board.begin("while True: pass")
    board.write(b"x" * 300_000 + b"\x03")
    assert board.end()[1].endswith("KeyboardInterrupt: \n")
    assert board.output("print('alive')") == "alive\n"


def test_many_interrupts_leave_the_board_in_step(board: Client) -> None:
    for _ in range(20):
        board.begin("while True: pass")
        board.write(b"\x03\x03\x03")
        assert board.end()[1].endswith("KeyboardInterrupt: \n")


# Without sim_interrupt, about one in ten of these ended in a crash or in silence.
@pytest.mark.parametrize(
    "endless",
    [
        "while True: x = [bytearray(3) for _ in range(100)]",
        "import gc\nwhile True: gc.collect()",
        "while True: exec('x%d = 1' % (id([]) % 1000))",
    ],
    ids=["allocate", "collect", "compile"],
)
def test_an_interrupt_does_not_strike_within_the_memory(board: Client, endless: str) -> None:
    board.output("kept = 42")
    for _ in range(40):
        board.begin(endless)
        board.write(b"\x03")
        assert board.end()[1].endswith("KeyboardInterrupt: \n")
    assert board.output("print(kept)") == "42\n"


def test_the_traceback_of_an_interrupt_is_its_own(board: Client) -> None:
    shown = []
    for _ in range(3):
        board.begin("def f():\n    print('within')\n    while True: pass\nf()")
        board.until(b"within")
        board.write(b"\x03")
        shown.append(board.end()[1].splitlines())
    assert [len(lines) for lines in shown] == [4, 4, 4], shown


def test_a_disabled_interrupt_character_is_data(board: Client) -> None:
    board.begin(
        "import micropython, sys\n"
        "micropython.kbd_intr(-1)\n"
        "print('ready', end='')\n"
        "print(sys.stdin.buffer.read(4))"
    )
    board.until(b"ready")
    board.write(b"a\x03\x04b")
    assert board.end() == ("b'a\\x03\\x04b'\n", "")
    board.begin("while True: pass")
    board.write(b"\x03")
    assert board.end()[1].endswith("KeyboardInterrupt: \n")


def test_input_echoes_edits_and_returns_a_line(board: Client) -> None:
    board.begin("print(repr(input('name? ')))")
    board.until(b"name? ")
    board.write(b"bobx\x7f\r")
    assert board.end() == ("bobx\x08 \x08\n'bob'\n", "")


def test_input_ends_with_control_d_on_an_empty_line(board: Client) -> None:
    board.begin("input()")
    board.write(b"\x04")
    assert board.end()[1].endswith("EOFError: \n")


def test_input_is_ended_by_an_interrupt(board: Client) -> None:
    board.begin("input('? ')")
    board.until(b"? ")
    board.write(b"half\x03")
    assert board.end()[1].endswith("KeyboardInterrupt: \n")


def test_input_that_was_not_read_goes_to_the_repl(board: Client) -> None:
    board.begin("import sys\nprint(sys.stdin.buffer.read(2))")
    board.write(b"abprint('from the rest')\x04")
    assert board.end() == ("b'ab'\n", "")
    assert board.end() == ("OKfrom the rest\n", "")


def test_a_program_can_poll_its_input(board: Client) -> None:
    board.begin(
        "import select, sys\n"
        "poll = select.poll()\n"
        "poll.register(sys.stdin, select.POLLIN)\n"
        "print(len(list(poll.poll(10))))\n"
        "print('now')\n"
        "print(poll.poll(20000)[0][1] == select.POLLIN, sys.stdin.read(1))"
    )
    assert board.until(b"now").replace(b"\r\n", b"\n") == b"0\nnow"
    board.write(b"x")
    assert board.end() == ("\nTrue x\n", "")


def test_64_kilobytes_of_input_arrive_whole(board: Client) -> None:
    data = bytes(byte for byte in range(256) if byte != 3) * 257
    board.begin(
        "import sys, hashlib, binascii\n"
        f"data = sys.stdin.buffer.read({len(data)})\n"
        "print(sum(data), len(data))"
    )
    board.write(data)
    assert board.end() == (f"{sum(data)} {len(data)}\n", "")


def test_output_flows_fast(board: Client) -> None:
    size = 100 << 20
    board.begin(
        "import sys\nb = bytes(65536)\n"
        f"for i in range({size >> 16}): n = sys.stdout.buffer.write(b)"
    )
    begin = time.monotonic()
    board.count(size)
    assert size / (time.monotonic() - begin) > 20e6


def test_output_that_the_client_does_not_read_waits_in_bounded_memory(board: Client) -> None:
    board.begin("import sys\nfor i in range(1000): n = sys.stdout.buffer.write(b'x' * 65536)")
    wire = board.transport._wire
    assert wire is not None
    taken = board.transport.read(5)
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        assert wire._on_the_way <= 256 * 1024 + 65536
    board.write(b"\x03")
    while b"\x04" not in taken:
        taken = board.transport.read(20)
    assert b"KeyboardInterrupt" in taken + board.transport.read(1)


@pytest.mark.parametrize("vm", ["micropython"], indirect=True)  # CPython has no such limit
def test_the_heap_has_a_limit(switch_on: Callable[..., Client]) -> None:
    client = switch_on(heap="256")
    client.enter_raw()
    assert client.output("print(len(bytearray(100_000)))") == "100000\n"
    _, traceback = client.run(
        "def fill():\n    hoard = []\n    while True: hoard.append(bytearray(1000))\nfill()"
    )
    # How much of the message there was room for depends on the last bytes of the heap.
    assert re.search(r"^MemoryError: ", traceback, re.MULTILINE)
    assert client.run("print('still there')") == ("still there\n", "")


@pytest.mark.parametrize("vm", ["micropython"], indirect=True)
@pytest.mark.parametrize("options", [{}, {"image": "lfs2"}], ids=["folder", "image"])
@pytest.mark.parametrize("heap", [16, 32])
def test_the_heap_is_what_programs_have(
    switch_on: Callable[..., Client], heap: int, options: dict[str, str]
) -> None:
    client = switch_on(heap=str(heap), **options)
    client.enter_raw()
    measure = "import gc\ngc.collect()\nprint(gc.mem_free())\n#"
    for text in ("", "x" * 12_000, ""):  # the text of a program counts not
        free = int(client.output(measure + text))
        assert heap * 1024 - 2500 < free <= heap * 1024
    assert "MemoryError" in client.run(f"bytearray({heap * 1024})")[1]


@pytest.mark.parametrize("vm", ["micropython"], indirect=True)
@pytest.mark.parametrize("heap", [16, 32])
def test_what_programs_have_stays_in_one_piece_after_many_of_them(
    switch_on: Callable[..., Client], heap: int
) -> None:
    client = switch_on(heap=str(heap))
    client.enter_raw()
    for number in range(40):
        keep = f"def kept_{number % 3}(): return {[*range(number % 7)]}\n"
        client.output(keep + "#" * (number * 997 % 9000))
    measure = "import gc\ngc.collect()\nprint(len(bytearray(gc.mem_free() // 2)))"
    assert int(client.output(measure)) > heap * 512 - 2500


@pytest.mark.parametrize("vm", ["micropython"], indirect=True)
def test_a_program_larger_than_the_heap_is_a_memory_error(
    switch_on: Callable[..., Client],
) -> None:
    client = switch_on(heap="128")
    client.enter_raw()
    client.write(b"#" * 200_000 + b"\x04")
    client.until(b"OK")
    assert "MemoryError" in client.end()[1]
    assert client.output("print('alive')") == "alive\n"
