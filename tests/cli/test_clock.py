"""``gettime`` and ``synctime``."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # starts real processes

WRONG = "import machine; machine.RTC().datetime((2001, 2, 3, 5, 4, 5, 6, 0))"


@pytest.fixture
def served(iot: Iot, tmp_path: Path) -> Iot:
    """A board that keeps its clock from command to command."""
    from cli.iot_process import read_until

    pty = tmp_path / "board"
    process = iot.start("sim", "--pty", str(pty), "--flash", str(iot.flash), "--vm", "cpython")
    read_until(process, b"\n")
    return iot.board(str(pty))


def test_gettime_shows_what_stands_on_the_board(served: Iot) -> None:
    served("exec", WRONG)
    ended = served("gettime")
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(rb"2001-Feb-03 04:05:\d\d\n", ended.out)


def test_synctime_sets_the_clock_and_then_leaves_it_alone(served: Iot) -> None:
    served("exec", WRONG)
    first, second = (served("--json", "synctime", "--utc").json for _ in range(2))
    assert first["before"]["seconds"] < -700_000_000
    assert abs(first["after"]["seconds"]) < 1
    assert second["after"] is None
    shown = datetime.strptime(second["time"], "%Y-%b-%d %H:%M:%S").replace(tzinfo=UTC)
    assert abs((shown - datetime.now(UTC)).total_seconds()) < 5


def test_synctime_sets_local_time_unless_told_otherwise(
    served: Iot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    assert served("synctime", "--utc").code == 0
    offset = served("--json", "gettime").json["offset"]["seconds"]
    assert round(offset / 60) == -345
    assert "iot: it was set and is 0." in served("-v", "synctime").err
    assert abs(served("--json", "gettime").json["offset"]["seconds"]) < 2


def test_the_tolerance_decides(served: Iot) -> None:
    assert served("synctime", "--utc").code == 0
    ahead = "import machine, time; r = machine.RTC(); n = time.gmtime(time.time() + 10)"
    served("exec", f"{ahead}; r.datetime(n[:3] + (n[6],) + n[3:6] + (0,))")
    assert served("--json", "synctime", "--utc", "--tolerance", "60").json["after"] is None
    assert served("--json", "synctime", "--utc", "--tolerance", "5").json["after"] is not None


def configure(served: Iot, monkeypatch: pytest.MonkeyPatch, time: str) -> None:
    uid = served("--json", "info").json["uid"]
    monkeypatch.setenv("IOT_DEVICES", str(served.cwd))
    (served.cwd / "b.yaml").write_text(f"pico: {{uid: {uid}, time: {time}, resources: [x.py]}}\n")


def test_the_clock_shows_what_the_configuration_says(
    served: Iot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    configure(served, monkeypatch, "utc")
    assert served("synctime").code == 0
    assert abs(served("--json", "gettime").json["offset"]["seconds"]) < 2
    assert round(served("--json", "gettime", "--local").json["offset"]["seconds"] / 60) == -345
    assert served("synctime", "--local").code == 0
    assert round(served("--json", "gettime").json["offset"]["seconds"] / 60) == 345


def test_a_clock_that_the_configuration_leaves_alone_is_left_alone(
    served: Iot, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(served, monkeypatch, "none")
    served("exec", WRONG)
    ended = served("synctime")
    assert (ended.code, ended.out) == (0, b"")
    assert "left alone: its configuration says time: none" in ended.err
    assert served("--json", "synctime").json == {"time": None, "before": None, "after": None}
    assert served("gettime").out.startswith(b"2001-Feb-03")
    assert served("--json", "gettime").json["offset"] is None
    assert served("synctime", "--utc").out.startswith(b"20")
    assert not served("gettime").out.startswith(b"2001")
