"""What the board writes while nothing of ours runs is kept, within bounds, and disturbs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iot_device.session import Session
    from session.watched import WatchedTransport

ENOUGH = 20.0  # seconds; far more than any of these programs takes


def _say(transport: WatchedTransport, *pieces: bytes) -> None:
    """Have the idle board say something: what is read next begins with it."""
    left = list(pieces)
    transport.change = lambda data: (left.pop(0) if left else b"") + data


def test_it_is_there_for_who_asks_and_then_forgotten(
    session: Session, transport: WatchedTransport
) -> None:
    session.execute("pass", timeout=ENOUGH)
    _say(transport, b"tick 1\r\n", b"tick 2\r\n")
    assert session.take_idle_output() == b"tick 1\r\ntick 2\r\n"
    assert session.take_idle_output() == b""


def test_it_is_kept_over_later_programs_and_in_none_of_their_results(
    session: Session, transport: WatchedTransport
) -> None:
    session.execute("pass", timeout=ENOUGH)
    _say(transport, b"tick\r\n")
    assert session.execute("print('mine')", timeout=ENOUGH).text == "mine\n"
    assert session.evaluate("6 * 7", timeout=ENOUGH) == 42
    assert session.take_idle_output() == b"tick\r\n"


def test_a_board_that_wrote_a_lot_meanwhile_is_understood_and_the_last_is_kept(
    session: Session, transport: WatchedTransport
) -> None:
    session.execute("pass", timeout=ENOUGH)
    _say(transport, b"".join(b"%07d\r\n" % number for number in range(20_000)))
    assert session.execute("print('mine')", timeout=ENOUGH).text == "mine\n"
    kept = session.take_idle_output()
    assert len(kept) == 4096
    assert kept.endswith(b"0019998\r\n0019999\r\n")


def test_a_lost_link_is_told_by_the_next_program_not_here(
    session: Session, transport: WatchedTransport
) -> None:
    session.execute("pass", timeout=ENOUGH)
    transport.cut()
    assert session.take_idle_output() == b""


def test_before_the_first_program_there_is_none(session: Session) -> None:
    assert session.take_idle_output() == b""
