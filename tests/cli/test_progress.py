"""The bar of long transfers: who sees it, and that nobody else gets a byte of it."""

from __future__ import annotations

import io
import re
import sys
from typing import TYPE_CHECKING

import pytest

from cli.folders import make
from cli.terminal_process import Terminal
from iot_cli import progress
from iot_cli.context import Options, Work

if TYPE_CHECKING:
    from cli.iot_process import Iot


class Screen(io.StringIO):
    """Standard error that is a terminal."""

    def isatty(self) -> bool:
        return True


class OneOfSeveral(Work):
    is_one_of_several = True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Let standard error be a terminal; pytest replaces it again after the fixtures."""
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return screen


def work_with(work: Work | None = None, *, quiet: bool = False) -> Work:
    work = work or Work()
    work.options = Options(quiet=quiet)
    return work


def test_work_that_is_soon_done_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_terminal(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 1000.0)
    with progress.progress_bar(work_with()) as tell:
        assert tell is not None
        tell(500, 1000)
        tell(1000, 1000)
    assert screen.getvalue() == ""


def test_work_that_takes_long_shows_one_bar_and_takes_it_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = on_terminal(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with progress.progress_bar(work_with()) as tell:
        assert tell is not None
        for done in range(0, 100_000, 10_000):
            tell(done, 100_000)
    shown = screen.getvalue()
    assert "100.0 kB" in shown
    assert shown.endswith("\x1b[2K")  # the line is empty again


def test_without_colours_the_bar_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_terminal(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("NO_COLOR", "1")
    with progress.progress_bar(work_with()) as tell:
        assert tell is not None
        tell(10, 100_000)
    assert "kB" in screen.getvalue()
    assert re.findall(r"\x1b\[[0-9;]*3[0-9][0-9;]*m", screen.getvalue()) == []


def test_nobody_gets_a_bar_who_would_not_see_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = on_terminal(monkeypatch)
    for work in (work_with(quiet=True), work_with(OneOfSeveral())):
        with progress.progress_bar(work) as tell:
            assert tell is None
    monkeypatch.setenv("TERM", "dumb")
    with progress.progress_bar(work_with()) as tell:
        assert tell is None
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.progress_bar(work_with()) as tell:
        assert tell is None
    assert screen.getvalue() == ""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_at_a_terminal_a_copy_ends_with_its_account(iot: Iot) -> None:
    make(iot.cwd, "a.py", "b.py")
    for expected in (
        b"iot: 2 files, 8 bytes sent, verified by sha256\r\n",
        b"iot: 0 files, 0 bytes sent, 2 skipped (unchanged), verified by sha256\r\n",
    ):
        terminal = Terminal(
            iot, program=[sys.executable, "-m", "iot_cli", "cp", "a.py", "b.py", ":"]
        )
        try:
            assert terminal.read_until(b"\n") == expected
            assert terminal.end() == 0
        finally:
            terminal.close()
