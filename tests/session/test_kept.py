"""What stays on the board so that calls of ours cost little, and what happens where it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iot_device.connecting import transport_of
from iot_device.results import ExecutionResult
from iot_device.session import Session
from iot_device.session.kept import KeptFunctions
from session.watched import WatchedTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIST = ("/", 0, False, ())


class DamagingTransport(WatchedTransport):
    """Changes one bit of the next deflated program, if it is told to."""

    is_damaging = False

    def write(self, data: bytes, timeout: float | None) -> int:
        place = data.find(b"_iot_kept.run(")
        if self.is_damaging and 0 <= place < len(data) - 40:
            self.is_damaging = False
            data = data[: place + 40] + bytes([data[place + 40] ^ 1]) + data[place + 41 :]
        return super().write(data, timeout)


@pytest.fixture(params=["micropython", "cpython"])
def transport(request: pytest.FixtureRequest, tmp_path: Path) -> DamagingTransport:
    return DamagingTransport(transport_of(f"sim://{tmp_path}/flash?vm={request.param}"))


@pytest.fixture
def session(transport: WatchedTransport) -> Iterator[Session]:
    session = Session(transport)
    session.open()
    session.call("files_features")  # from the first program on it is known what board it is
    yield session
    session.close()


def sent(transport: WatchedTransport) -> bytes:
    data = b"".join(data for _, data in transport.written)
    transport.written.clear()
    return data


def names_of_ours(session: Session) -> list[str]:
    return [name for name in session.evaluate("dir()") if "iot" in name]


def test_a_function_that_travels_deflated_is_shorter_and_leaves_no_name(
    session: Session, transport: WatchedTransport
) -> None:
    sent(transport)
    plainly = session.call("files_list", *LIST), len(sent(transport))
    session.keep((), inflates=True)
    first = session.call("files_list", *LIST), len(sent(transport))
    second = session.call("files_list", *LIST), len(sent(transport))
    assert plainly[0] == first[0] == second[0]
    assert first[1] < plainly[1] * 0.7  # with what stays
    assert second[1] < first[1] * 0.85
    assert names_of_ours(session) == []


def test_a_function_that_stays_travels_once(session: Session, transport: WatchedTransport) -> None:
    session.keep(["files_list"], inflates=True)
    answer = session.call("files_list", *LIST)
    sent(transport)
    assert session.call("files_list", *LIST) == answer
    assert len(sent(transport)) < 250
    assert names_of_ours(session) == []


def test_nothing_stays_when_the_session_closes(
    session: Session, transport: WatchedTransport
) -> None:
    session.keep((), inflates=True)
    session.call("files_list", *LIST)
    assert session.evaluate("bool(_iot_kept)")
    sent(transport)
    session.close()
    removal = sent(transport)
    assert b"del __import__('builtins')._iot_kept" in removal
    assert len(removal) < 240  # one round trip, since it needs no raw paste


@pytest.mark.parametrize(
    "disturbance",
    [
        "import builtins\ndel builtins._iot_kept",
        "del _iot_kept.run",
        "import sys\nsys.modules['deflate'] = None",
        (
            "class Broken:\n    def DeflateIO(self, *_): raise OSError(5)\n"
            "import sys\nsys.modules['deflate'] = Broken()"
        ),
    ],
    ids=["removed", "half removed", "no deflate", "no inflating"],
)
def test_what_a_program_spoils_is_brought_again_or_done_without(
    session: Session, disturbance: str
) -> None:
    session.keep(["files_mounts"], inflates=True)
    answer = session.call("files_list", *LIST)
    session.execute(disturbance)
    mounts = session.call("files_mounts", "")
    assert session.call("files_list", *LIST) == answer
    assert session.call("files_mounts", "") == mounts
    assert names_of_ours(session) == []


@pytest.mark.parametrize("name", ["files_list", "files_remove"])
def test_a_damaged_function_is_sent_again(
    session: Session, transport: DamagingTransport, tmp_path: Path, name: str
) -> None:
    (tmp_path / "flash" / "a").write_bytes(b"1")
    session.keep((), inflates=True)
    session.call("files_mounts", "")
    sent(transport)
    transport.is_damaging = True
    session.call(name, *(LIST if name == "files_list" else ("/a", False)))
    assert not transport.is_damaging
    assert sent(transport).count(b"_iot_kept.run(") == 2
    assert (tmp_path / "flash" / "a").exists() == (name == "files_list")


def program(kept: KeptFunctions, name: str = "files_list") -> bytes:
    return kept.program(name, LIST, "nonce", "token")


def failed(exception: str) -> ExecutionResult:
    traceback = f'Traceback (most recent call last):\n  File "<stdin>", line 1\n{exception}: \n'
    return ExecutionResult(output=b"", traceback=traceback, status="error")


def test_a_board_without_memory_to_inflate_gets_programs_as_they_are() -> None:
    kept = KeptFunctions()
    kept.want(["files_remove", "files_list"], inflates=True)
    assert b"deflate" in program(kept)
    assert not kept.note("files_list", failed("MemoryError"), reached_its_end=False)
    assert b"deflate" not in program(kept)
    kept.want(["files_remove", "files_list"], inflates=True)
    assert b"deflate" not in program(kept)


def test_what_changes_the_board_is_not_run_again_for_want_of_memory() -> None:
    kept = KeptFunctions()
    kept.want(["files_remove"], inflates=True)
    assert kept.note("files_remove", failed("MemoryError"), reached_its_end=False)
    assert b"deflate" not in program(kept, "files_remove")


def test_builtins_that_cannot_be_changed_are_left_alone() -> None:
    kept = KeptFunctions()
    kept.want(["files_list"], inflates=True)
    assert not kept.note("files_list", failed("AttributeError"), reached_its_end=False)
    assert b"deflate" not in program(kept)
    assert not kept.note("files_list", failed("AttributeError"), reached_its_end=False)
    kept.want(["files_list"], inflates=True)
    assert not kept.takes("files_list")
    assert not kept


def test_an_interrupted_function_is_not_run_again() -> None:
    kept = KeptFunctions()
    kept.want(["files_list"], inflates=True)
    assert kept.note("files_list", failed("KeyboardInterrupt"), reached_its_end=False)
    assert b"deflate" in program(kept)
