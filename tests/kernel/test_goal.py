"""The board of a notebook is remembered by its uid, with the transport that was asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from iot_kernel.goal import Goal
from iot_kernel.state import NotebookMemory
from kernel.kernel_client import KernelClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UID = "aabbccddeeff"


@contextmanager
def served(folder: Path, *where: str, uid: str = UID) -> Iterator[str]:
    """Serve a simulated board; give its URL."""
    arguments = ["sim", *where, "--flash", str(folder), "--uid", uid, "--vm", "micropython"]
    command = [sys.executable, "-m", "iot_cli", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=30)


def iot(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "iot_cli", *arguments], check=True, capture_output=True)


@pytest.fixture
def notebook(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[KernelClient]:
    """A kernel that knows its notebook, and no board."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    settings = {"JPY_SESSION_NAME": str(tmp_path / "a.ipynb"), "XDG_STATE_HOME": str(tmp_path)}
    kernel = KernelClient(tmp_path, environment | settings)
    yield kernel
    kernel.close()


@pytest.mark.slow
def test_a_board_that_is_at_another_port_now_is_found_again(
    notebook: KernelClient, tmp_path: Path
) -> None:
    with served(tmp_path / "flash", "--pty", str(tmp_path / "port")) as url:
        assert f"Connected to {url}\n" in notebook(f"%connect {tmp_path / 'port'}").text
        notebook("open('mine', 'w').close()")
    (tmp_path / "port").unlink(missing_ok=True)
    with served(tmp_path / "flash", "--pty", str(tmp_path / "other")):
        iot("-d", str(tmp_path / "other"), "info")
        notebook.restart()
        shown = notebook("import os\n'mine' in os.listdir()")
        assert f"Connected to {UID} @ serial://{tmp_path / 'other'}\n" in shown.text
        assert shown.result == "True"


@pytest.mark.slow
def test_a_port_at_which_another_board_is_now_is_refused(
    notebook: KernelClient, tmp_path: Path
) -> None:
    port = str(tmp_path / "port")
    with served(tmp_path / "flash", "--pty", port):
        notebook(f"%connect {port}")
        notebook("1")
    (tmp_path / "port").unlink(missing_ok=True)
    with served(tmp_path / "stranger", "--pty", port, uid="0123456789ab"):
        notebook.restart()
        shown = notebook("open('mine', 'w').close()")
    assert shown.error["ename"] == "PortNotFoundError"
    assert UID in shown.error["evalue"]
    assert not (tmp_path / "stranger" / "mine").exists()


@pytest.mark.slow
def test_a_board_in_the_place_of_another_is_taken_only_if_the_person_says_so(
    notebook: KernelClient, tmp_path: Path
) -> None:
    port = tmp_path / "port"
    with served(tmp_path / "flash", "--pty", str(port)):
        notebook(f"%connect {port}\nopen('mine', 'w').close()")
    port.unlink(missing_ok=True)
    with served(tmp_path / "another", "--pty", str(port), uid="0123456789ab"):
        lost = notebook("open('mine', 'w').close()")
        assert lost.error["ename"] in ("ConnectionLostError", "PortNotFoundError")
        wrong = notebook("open('mine', 'w').close()")
        assert wrong.error["ename"] == "PortNotFoundError"
        assert not (tmp_path / "another" / "mine").exists()
        assert notebook(f"%connect {port}\nopen('mine', 'w').close()").status == "ok"
        assert (tmp_path / "another" / "mine").exists()


@pytest.mark.slow
def test_the_transport_that_was_asked_for_is_used_again(
    notebook: KernelClient, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        cable = served(tmp_path / "cable", "--pty", str(tmp_path / "port"))
        by_cable = stack.enter_context(cable)
        by_air = stack.enter_context(served(tmp_path / "air", "--tcp", "0"))
        for url in (by_air, by_cable):
            iot("register", url)
        assert f"Connected to {UID} @ {by_cable}" in notebook(f"%connect {UID}").text
        notebook.restart()
        assert f"Connected to {UID} @ {by_air}" in notebook(f"%connect {UID} socket").text
        notebook.restart()
        assert f"Connected to {UID} @ {by_air}" in notebook("1").text
        shown = notebook(f"%connect {UID} telnet serial")
        assert f"Connected to {UID} @ {by_cable}" in shown.text
        shown = notebook(f"%connect {UID} telnet")
        assert shown.error["evalue"].startswith(f"{UID} is known at no telnet://")
        shown = notebook(f"%connect {UID} sreial")
        assert "did you mean serial://?" in shown.traceback


def test_what_another_version_kept_is_read_as_far_as_it_makes_sense(tmp_path: Path) -> None:
    memory = NotebookMemory(tmp_path)
    entries = {
        "old": {"target": "pico", "used": 1.0},
        "new": {"target": "pico", "schemes": ["serial"], "uid": UID, "more": 1},
        "odd": {"target": "pico", "schemes": "serial", "uid": 5},
        "bad": {"target": "pico", "schemes": [5]},
        "none": {"target": None},
        "list": [],
    }
    memory.path.write_text(json.dumps(entries))
    assert memory.recall("old") == Goal("pico")
    assert memory.recall("new") == Goal("pico", ("serial",))
    assert getattr(memory.recall("new"), "uid", None) == UID
    assert memory.recall("odd") == Goal("pico")
    assert [memory.recall(name) for name in ("bad", "none", "list", "missing")] == [None] * 4


def test_a_uid_that_is_learnt_later_is_added(tmp_path: Path) -> None:
    memory = NotebookMemory(tmp_path)
    memory.remember("a", Goal("pico", ("serial",)))
    memory.remember("a", Goal("pico", ("serial",), UID))
    recalled = memory.recall("a")
    assert recalled is not None
    assert (recalled, recalled.uid) == (Goal("pico", ("serial",)), UID)
