"""Streams to boards: disturbed, interrupted, on firmware with and without what they need."""

from __future__ import annotations

import random
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from boards.disturbed import Disturbed, opened
from boards.marks import on_micropython, on_simulators
from iot_device.connecting import transport_of
from iot_device.errors import ConnectionLostError, ExecutionInterrupted
from iot_device.simulator.options import parse_simulator_url

if TYPE_CHECKING:
    from pathlib import Path

    from boards.boards import StartedBoard

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NOISE = random.Random(1).randbytes(40_000)
TEXT = b"def blink(led):\n    led.toggle()\n" * 2000

# Puts a module that lacks a name in the place of the firmware's.
WITHOUT = """\
import {module}
class Module: pass
for kept in dir({module}):
    if kept not in ({name!r}, '__class__'): setattr(Module, kept, getattr({module}, kept))
{module} = Module
__import__('sys').modules[{module!r}] = Module
"""


@pytest.fixture
def disturbed(board: StartedBoard, tmp_path: Path) -> Disturbed:
    """A transport to a board of the same kind with a flash of its own, ``tmp_path``."""
    url = str(board.target())
    return Disturbed(transport_of(url.replace(str(parse_simulator_url(url).flash), str(tmp_path))))


@on_simulators
@pytest.mark.parametrize("data", [NOISE, TEXT, b"", bytes(range(256)) * 9], ids=len)
@pytest.mark.parametrize("scheme", ["sim", "ws"])
def test_files_arrive_on_links_that_wait_and_on_links_that_lose(
    disturbed: Disturbed, tmp_path: Path, scheme: str, data: bytes
) -> None:
    disturbed.url = f"{scheme}://board"
    with opened(disturbed) as device:
        assert device.files.write("/f", data).proof == "sha256"
    assert (tmp_path / "f").read_bytes() == data


@on_simulators
def test_text_takes_fewer_bytes_on_the_wire_than_it_has(disturbed: Disturbed) -> None:
    with opened(disturbed) as device:
        device.files.write("/f", TEXT)
        assert disturbed.written < len(TEXT) // 4


@on_simulators
def test_progress_is_told_and_ends_at_the_size(disturbed: Disturbed) -> None:
    told: list[tuple[int, int]] = []
    with opened(disturbed) as device:
        device.files.write("/f", NOISE, on_progress=lambda *done: told.append(done))
    head = 42 + len("/f\0/f.~iot")
    assert told == [(size, len(NOISE)) for size in (16384 - head, 32768 - head, len(NOISE))]


@on_simulators
def test_a_link_that_is_faster_than_its_baud_rate_is_no_uart(disturbed: Disturbed) -> None:
    disturbed.url = "serial:///dev/ttyACM0"
    with opened(disturbed) as device:
        longest = 0

        def note(data: bytes, _: int) -> bytes:
            nonlocal longest
            longest = max(longest, len(data))
            return data

        disturbed.harm = note
        device.files.write("/f", NOISE[:2000])
        assert longest < 2500
        device.files.write("/f", NOISE)
        assert longest > 8192


@on_simulators
@pytest.mark.parametrize("scheme", ["sim", "ws"])
@pytest.mark.parametrize("kind", ["drop", "flip", "double"])
def test_bytes_lost_damaged_and_doubled_are_made_good(
    disturbed: Disturbed, tmp_path: Path, scheme: str, kind: str
) -> None:
    disturbed.url = f"{scheme}://board"
    changes = {"drop": b"", "flip": b"\x00", "double": b"ab"}

    def harm(data: bytes, before: int) -> bytes:
        at = 20_000 - before
        if not 0 <= at < len(data):
            return data
        return data[:at] + changes[kind] + data[at + 1 :]

    with opened(disturbed) as device:
        disturbed.harm = harm
        device.files.write("/f", NOISE)
        assert device.evaluate("1 + 1") == 2
    assert (tmp_path / "f").read_bytes() == NOISE


@on_simulators
def test_a_link_that_was_thought_to_wait_and_loses_is_slowed_down(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    with opened(disturbed) as device:
        # A ring of 2000 bytes: what comes at once beyond that is lost.
        disturbed.harm = lambda data, _: data[:2000]
        device.files.write("/f", NOISE)
    assert (tmp_path / "f").read_bytes() == NOISE


@on_simulators
@pytest.mark.parametrize("stops_after", [0, 1])
def test_an_interrupt_leaves_board_and_old_file_well(
    disturbed: Disturbed, tmp_path: Path, stops_after: int
) -> None:
    def stop(done: int, _: int) -> None:
        if done > stops_after * 16384:
            raise KeyboardInterrupt

    (tmp_path / "f").write_bytes(b"old")
    with opened(disturbed) as device:
        before = device.evaluate("dir()")
        with pytest.raises(KeyboardInterrupt) as caught:
            device.files.write("/f", NOISE * 2, on_progress=stop)
        assert caught.value.__notes__ == ["/f on the board is unchanged"]
        assert device.evaluate("dir()") == before
        assert (tmp_path / "f").read_bytes() == b"old"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "warm"]


@on_micropython
def test_a_board_without_crc32_checks_frames_by_sha256(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    with opened(disturbed) as device:
        device.execute(WITHOUT.format(module="binascii", name="crc32"))
        device.files.forget()
        device.files.write("/f", NOISE)
    assert (tmp_path / "f").read_bytes() == NOISE
    assert disturbed.written < len(NOISE) * 4 / 3


@on_micropython
def test_a_board_without_a_binary_input_gets_pieces(disturbed: Disturbed, tmp_path: Path) -> None:
    with opened(disturbed) as device:
        device.execute(WITHOUT.format(module="sys", name="stdin"))
        device.files.forget()
        device.files.write("/f", NOISE)
    assert (tmp_path / "f").read_bytes() == NOISE
    assert disturbed.written > len(NOISE) * 4 / 3


# Downloads.


@on_simulators
@pytest.mark.parametrize("data", [NOISE, TEXT, b"", bytes(range(256)) * 9], ids=len)
def test_files_are_read_as_a_stream(disturbed: Disturbed, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "f").write_bytes(data)
    with opened(disturbed) as device:
        assert device.files.read("/f") == data
    assert disturbed.was_read < len(data) * 1.03 + 600


@on_simulators
def test_a_file_is_read_into_a_file_of_the_host(disturbed: Disturbed, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(NOISE)
    told: list[tuple[int, int]] = []
    target = BytesIO(b"before, longer than what comes" * 2000)
    target.seek(6)
    with opened(disturbed) as device:
        device.files.download("/f", target, on_progress=lambda *done: told.append(done))
    assert target.getvalue() == b"before" + NOISE
    assert len(told) == 10
    assert told[-1] == (len(NOISE), len(NOISE))


@on_simulators
@pytest.mark.parametrize("place", [300, 9_000, 35_000, 40_300])
@pytest.mark.parametrize("kind", ["drop", "flip", "double"])
def test_damage_to_a_download_is_made_good(
    disturbed: Disturbed, tmp_path: Path, kind: str, place: int
) -> None:
    changes = {"drop": b"", "flip": b"\x00", "double": b"ab"}

    def harm(data: bytes, before: int) -> bytes:
        at = place - before
        if not 0 <= at < len(data):
            return data
        return data[:at] + changes[kind] + data[at + 1 :]

    (tmp_path / "f").write_bytes(NOISE)
    with opened(disturbed) as device:
        disturbed.harm_read = harm
        assert device.files.read("/f") == NOISE
        disturbed.harm_read = lambda data, _: data
        assert device.evaluate("1 + 1") == 2


@on_simulators
def test_an_interrupted_download_leaves_the_board_well(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    def stop(_: int, __: int) -> None:
        raise KeyboardInterrupt

    (tmp_path / "f").write_bytes(NOISE)
    with opened(disturbed) as device:
        with pytest.raises(KeyboardInterrupt):
            device.files.download("/f", BytesIO(), on_progress=stop)
        assert device.files.read("/f") == NOISE


@on_micropython
def test_a_download_in_little_memory_uses_small_frames(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    (tmp_path / "f").write_bytes(NOISE)
    with opened(disturbed) as device:
        device.execute(
            "import gc\n"
            "junk = []\n"
            "try:\n"
            "    while True: junk.append(bytearray(4000))\n"
            "except MemoryError: pass\n"
            "for i in range(0, len(junk), 2): junk[i] = None\n"
            "gc.collect()\n"
        )
        assert device.files.read("/f") == NOISE
        device.files.write("/g", NOISE)
        device.execute("junk = None")
    assert (tmp_path / "g").read_bytes() == NOISE
    assert disturbed.was_read < len(NOISE) * 1.2


@on_simulators
def test_functions_stay_on_the_board_until_the_session_ends(
    disturbed: Disturbed,
) -> None:
    with opened(disturbed) as device:
        device.files.write("/f", b"1")
        disturbed.written = 0
        device.files.write("/f", b"2")
        assert disturbed.written < 1500
        device.execute("import builtins\ndel builtins._iot_kept")
        device.files.write("/f", b"3")
        assert device.files.read("/f") == b"3"
        device.soft_reset()
        device.files.write("/f", b"4")
        assert device.files.read("/f") == b"4"
        assert not [name for name in device.evaluate("dir()") if "iot" in name]
        sent: list[bytes] = []

        def note(data: bytes, _: int) -> bytes:
            sent.append(data)
            return data

        disturbed.harm = note
    assert b"del __import__('builtins')._iot_kept" in b"".join(sent)


# Uploads that were cut.


def cut_after(disturbed: Disturbed, count: int) -> None:
    def harm(data: bytes, before: int) -> bytes:
        if before > count:
            raise ConnectionLostError("the cable was pulled", port=disturbed.url)
        return data

    disturbed.harm = harm


@on_simulators
@pytest.mark.parametrize("data", [NOISE, NOISE * 2], ids=len)
def test_a_cut_upload_resumes_where_it_was(
    disturbed: Disturbed, tmp_path: Path, data: bytes
) -> None:
    with opened(disturbed) as device:
        cut_after(disturbed, 32_000)
        with pytest.raises(ConnectionLostError):
            device.files.write("/f", data)
    disturbed.harm = lambda data, _: data
    there = (tmp_path / "f.~iot").read_bytes()
    assert data.startswith(there)
    told: list[tuple[int, int]] = []
    with opened(disturbed) as device:
        result = device.files.write("/f", data, on_progress=lambda *done: told.append(done))
        assert disturbed.written < (len(data) - len(there)) * 1.1 + 6000
    assert result.resumed == len(there) >= 16_000
    assert told[0] == (len(there), len(data))
    assert (tmp_path / "f").read_bytes() == data


@on_simulators
@pytest.mark.parametrize("other", [b"other" + NOISE[5:], NOISE[:10_000]], ids=len)
def test_another_content_does_not_resume_a_cut_upload(
    disturbed: Disturbed, tmp_path: Path, other: bytes
) -> None:
    (tmp_path / "f.~iot").write_bytes(NOISE[:16_384])
    with opened(disturbed) as device:
        assert device.files.write("/f", other).resumed == 0
    assert (tmp_path / "f").read_bytes() == other
    assert not (tmp_path / "f.~iot").exists()


@on_simulators
def test_an_upload_that_was_cut_behind_its_last_byte_resumes(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    (tmp_path / "f.~iot").write_bytes(NOISE)
    with opened(disturbed) as device:
        assert device.files.write("/f", NOISE).resumed == len(NOISE)
    assert (tmp_path / "f").read_bytes() == NOISE


@on_simulators
def test_a_device_that_is_interrupted_ends_the_transfer(
    disturbed: Disturbed, tmp_path: Path
) -> None:
    (tmp_path / "f").write_bytes(b"old")
    with opened(disturbed) as device:
        with pytest.raises(ExecutionInterrupted, match="/f on the board is unchanged"):
            device.files.write("/f", NOISE * 4, on_progress=lambda *_: device.interrupt())
        assert not device.interrupt()
        assert device.files.read("/f") == b"old"
    assert not (tmp_path / "f.~iot").exists()
