"""The parser reads every transcript whole: a dropped line would be a missing test."""

from __future__ import annotations

import pytest

from protocol.transcripts import FOLDER, load

NAMES = sorted(path.stem for path in FOLDER.glob("*-*.txt"))


@pytest.mark.parametrize("name", NAMES)
def test_no_line_and_no_scenario_is_lost(name: str) -> None:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    transcript = load(name)
    parsed = [line for scenario in transcript.scenarios for line in scenario.lines]
    assert len(parsed) == sum(line.startswith(("> ", "< ", "= ")) for line in lines)
    assert [f"## {scenario.name}" for scenario in transcript.scenarios] == [
        line for line in lines if line.startswith("## ")
    ]
    assert all(scenario.description for scenario in transcript.scenarios)


def test_all_transcripts_are_there() -> None:
    assert NAMES == [
        "microbit-1.9.2",
        "mps2-1.29",
        "node-wasm-1.27",
        "rp2-1.19.1",
        "rp2-1.28",
        "unix-1.29",
        "webrepl-unix-1.29",
    ]


def test_header_gives_the_banner() -> None:
    assert load("rp2-1.28").banner == (
        "MicroPython v1.28.0 on 2026-11-20; Raspberry Pi Pico with RP2040"
    )


def test_remarks_of_the_header_are_joined() -> None:
    assert len(load("webrepl-unix-1.29").header["remark"].splitlines()) == 3


def test_exchanges_end_where_the_board_spoke_or_was_silent() -> None:
    scenario = load("rp2-1.28").scenario("raw-paste-print")
    assert scenario.starts_raw
    assert [(exchange.written, exchange.answer) for exchange in scenario.exchanges] == [
        (b"\x05A\x01", b"R\x01\x80\x00\x01"),
        (b"print(1)", b""),
        (b"\x04", b"\x041\r\n\x04\x04>"),
    ]


def test_frames_of_webrepl_have_a_kind() -> None:
    lines = load("webrepl-unix-1.29").scenario("login-right").lines
    assert [(line.kind, line.frame) for line in lines if line.data] == [
        ("board", "text"),
        ("host", "text"),
        ("board", "text"),
    ]


def test_a_close_frame_may_be_empty() -> None:
    lines = load("webrepl-unix-1.29").scenario("close-by-the-host").lines
    assert [(line.kind, line.frame, line.data) for line in lines if line.frame == "close"] == [
        ("host", "close", b"\x03\xe8"),
        ("board", "close", b""),
    ]
