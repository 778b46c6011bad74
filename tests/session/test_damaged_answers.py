"""Whatever byte on its way is damaged: a listing is what the board told, or there is an error."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest

from iot_device.connecting import transport_of
from iot_device.errors import IotError, RemoteProtocolError
from iot_device.session import Session
from iot_device.testing import Fault, FaultyTransport
from session.watched import WatchedTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

NAMES = ["a file.py", "library", "reading 1.csv"]  # one y, which no token has


@pytest.fixture(params=["cpython", "micropython"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    flash = tmp_path / "flash"
    flash.mkdir()
    for name in NAMES:
        (flash / name).write_text(name)
    return f"sim://{flash}?vm={request.param}"


@pytest.fixture
def transport(url: str) -> WatchedTransport:
    return WatchedTransport(transport_of(url))


@pytest.fixture
def faulty(url: str) -> FaultyTransport:
    return FaultyTransport(transport_of(url), [])


@pytest.fixture
def damaged_session(faulty: FaultyTransport) -> Iterator[Session]:
    session = Session(faulty)
    session.open()
    yield session
    session.close()


def names_of(items: list[Any]) -> list[str]:
    return sorted(name.decode() for item in items for name in item[1::2])


def listing(session: Session, folder: str, timeout: float = 20.0) -> list[str] | str:
    """Return the names in a folder, or the kind of an error of ours."""
    try:
        items = session.call("files_list", folder, 0, False, (), timeout=timeout)
    except IotError:
        return "error"
    except OSError as error:
        return "none" if error.args[0] == errno.ENOENT else repr(error)
    return names_of(items)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("folder", ["", "missing/"])
def test_a_flipped_byte_anywhere_gives_the_right_answer_or_an_error(
    damaged_session: Session, faulty: FaultyTransport, folder: str
) -> None:
    right = NAMES if folder == "" else "none"
    assert listing(damaged_session, folder) == right
    before = faulty.position("to_host")
    assert listing(damaged_session, folder) == right
    size = faulty.position("to_host") - before
    assert size > 60
    # The first and last bytes belong to the raw REPL: without them the board is silent for seconds.
    offsets = range(4, size - 4)
    for offset in offsets:
        faulty.plan(Fault("flip", "to_host", offset, bits=1 << offset % 7))
        assert listing(damaged_session, folder, timeout=0.25) in (right, "error"), offset
        assert listing(damaged_session, folder) == right, offset
    assert len(faulty.happened) == len(offsets)


def test_a_listing_that_arrived_damaged_is_asked_for_again(
    session: Session, transport: WatchedTransport
) -> None:
    session.call("files_list", "", 0, False, ())
    times = 0

    def damage(data: bytes) -> bytes:
        nonlocal times
        times += data.count(b"y")
        return data.replace(b"y", b"z") if times == 1 else data

    transport.change = damage
    assert names_of(session.call("files_list", "", 0, False, ())) == NAMES
    assert times == 2


def test_a_listing_that_always_arrives_damaged_is_an_error(
    session: Session, transport: WatchedTransport
) -> None:
    session.call("files_list", "", 0, False, ())
    transport.change = lambda data: data.replace(b"y", b"z")
    with pytest.raises(RemoteProtocolError, match="damaged"):
        session.call("files_list", "", 0, False, ())


def test_what_changes_something_is_not_done_twice_for_a_damaged_answer(
    session: Session, transport: WatchedTransport
) -> None:
    session.call("files_os", "mkdir", "first")
    transport.change = lambda data: data.replace(b"N", b"M")
    with pytest.raises(RemoteProtocolError, match="damaged"):
        session.call("files_os", "mkdir", "second")
    transport.change = lambda data: data
    assert "second" in names_of(session.call("files_list", "", 0, False, ()))
