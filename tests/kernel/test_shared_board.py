"""A board that is not the kernel's alone: served by another process, shared, unplugged."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from iot_device.filesystem.journal import WriteJournal
from kernel.kernel_client import KernelClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kernel-shared")]


class ServedBoard:
    """A simulated board in a process of its own, behind a pty with a fixed name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = folder / "port"
        self.plug_in()

    def plug_in(self) -> None:
        arguments = ["sim", "--pty", str(self.port), "--flash", str(self._folder / "flash")]
        command = [sys.executable, "-m", "iot_cli", *arguments, "--vm", "micropython"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip()

    def unplug(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self.port.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBoard]:
    board = ServedBoard(tmp_path_factory.mktemp("served"))
    yield board
    board.unplug()


@pytest.fixture
def notebook(environment: dict[str, str], tmp_path: Path) -> Iterator[KernelClient]:
    """A kernel that knows its notebook, and no board."""
    path = {"JPY_SESSION_NAME": str(tmp_path / "a.ipynb"), "XDG_STATE_HOME": str(tmp_path)}
    kernel = KernelClient(tmp_path, environment | path)
    yield kernel
    kernel.close()


def test_two_notebooks_take_turns_on_one_board(
    board: ServedBoard, notebook: KernelClient, environment: dict[str, str], tmp_path: Path
) -> None:
    other = KernelClient(tmp_path, environment | {"IOT_DEVICE": str(board.port)})
    try:
        notebook(f"%connect {board.port}\nturns = ['one']")
        assert other("turns.append('two')\nturns").result == "['one', 'two']"
        assert notebook("turns.append('three')\nturns").result == "['one', 'two', 'three']"
    finally:
        other.close()


def test_other_tools_get_the_board_from_within_a_cell(
    board: ServedBoard, notebook: KernelClient
) -> None:
    notebook(f"%connect {board.port}\nkept = 5")
    shown = notebook(f"!{sys.executable} -m iot_cli -d {board.port} eval kept\nkept + 1")
    assert shown.text == "5\n"
    assert shown.result == "6"


def test_a_held_port_is_nobody_elses_and_both_changes_count_at_once(
    board: ServedBoard, notebook: KernelClient
) -> None:
    command = [sys.executable, "-m", "iot_cli", "--wait", "0.2", "-d", str(board.port)]

    def exit_code_of_another_tool() -> int:
        return subprocess.run([*command, "eval", "1"], capture_output=True, check=False).returncode

    notebook(f"%connect {board.port}\n1")
    assert exit_code_of_another_tool() == 0
    notebook("%config hold_port = True\n1")
    assert exit_code_of_another_tool() == 3
    assert "[exit status 3]" in notebook(f"!{' '.join(command)} eval 1").text
    notebook("%config hold_port = False")
    assert exit_code_of_another_tool() == 0
    assert notebook("%config hold_port = True\n6 * 7").result == "42"


@pytest.mark.parametrize(
    "cell",
    ["%%bash\n{}", "%%ssh there\n{}", "%%service host\n{}", "!{}"],
    ids=lambda cell: cell[:6],
)
def test_cells_that_run_elsewhere_let_go_of_the_port_before_they_begin(
    board: ServedBoard, notebook: KernelClient, tmp_path: Path, cell: str
) -> None:
    (tmp_path / "ssh").write_text('#!/bin/sh\nif [ "$1" = -G ]; then exit 0; fi\nexec bash -s\n')
    (tmp_path / "ssh").chmod(0o755)
    notebook(f"%%host\nimport os\nos.environ['PATH'] = '{tmp_path}:' + os.environ['PATH']")
    notebook(f"%connect {board.port}\n1")
    # A program that knows nothing of our locks, and so asks nobody.
    port = f"open('{board.port}', 'rb', 0)"
    take = f"import fcntl, termios; fcntl.ioctl({port}, termios.TIOCEXCL); print('free')"
    assert notebook(cell.format(f'{sys.executable} -c "{take}"')).text.endswith("free\n")
    assert notebook("6 * 7").result == "42"


def test_after_five_idle_seconds_the_port_is_closed(
    board: ServedBoard, notebook: KernelClient
) -> None:
    notebook(f"%connect {board.port}\n1")
    is_held = "%%host\ndevice.holds_port"
    assert notebook(is_held).result == "True"
    begin = time.monotonic()
    while notebook(is_held).result == "True":
        assert time.monotonic() - begin < 20.0
    assert time.monotonic() - begin > 4.0
    assert notebook("6 * 7").result == "42"


def test_the_notebook_comes_back_to_its_board_after_a_restart_while_it_ran(
    board: ServedBoard, notebook: KernelClient
) -> None:
    notebook(f"%connect {board.port}\nkept = 7")
    request = notebook.start("print('runs')\nwhile True: pass")
    notebook.wait_for_output(request, "runs")
    started = time.monotonic()
    notebook.restart()
    shown = notebook("kept")
    assert time.monotonic() - started < 20.0
    assert f" @ serial://{board.port}\n" in shown.text
    assert shown.result == "7"


def test_an_unplugged_board_is_one_clear_error_and_found_again(
    board: ServedBoard, notebook: KernelClient
) -> None:
    notebook(f"%connect {board.port}")
    request = notebook.start("print('runs')\nwhile True: pass")
    notebook.wait_for_output(request, "runs")
    board.unplug()
    shown = notebook.finish(request)
    assert shown.error["ename"] == "ConnectionLostError"
    board.plug_in()
    assert notebook("6 * 7").result == "42"


def test_without_any_board_the_cell_says_what_to_do(notebook: KernelClient) -> None:
    shown = notebook("1")
    assert shown.error["ename"] in ("PortNotFoundError", "AmbiguousTargetError")
    assert len(shown.traceback.splitlines()) > 1
    assert notebook("%%host\n1").result == "1"


def test_a_notebook_tells_what_became_of_an_interrupted_write(
    notebook: KernelClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flash = tmp_path / "flash"
    flash.mkdir()
    (flash / "f.~iot").write_bytes(b"new")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))  # as the kernel's
    WriteJournal(f"sim://{flash}").begin("/f", "/f.~iot", b"new")
    shown = notebook(f"%connect sim://{flash}?vm=micropython\nprint(open('/f').read())")
    assert "[/f was missing after an interrupted write" in shown.text
    assert "new\n" in shown.text
