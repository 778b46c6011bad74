"""A notebook that is run by nbclient, with our kernel, on each board of the registry."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from boards.marks import on_microbit
from iot_device import open_device
from kernel.kernel_client import plain

if TYPE_CHECKING:
    from pathlib import Path

    from boards.boards import StartedBoard

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CELLS = [
    "colours = ['red', 'green']\nfor colour in colours: print(colour)\nlen(colours)",
    "def reciprocal(x):\n    return 1 / x",
    "reciprocal(0)",
    "colours[1]",
    "%%writefile --board note.txt\nkept on the board",
    "%cat note.txt\n%ls\n%whos",
    "with open('note.txt') as file: print(file.read().upper())\n%rm note.txt",
    "%%host\nbytes(device.evaluate('[104, 105]')).decode()",
    "%softreset -q\n'colours' in globals()",
]


@pytest.fixture
def _jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Jupyter that knows our kernel, and nothing of the person who runs the tests."""
    install = [sys.executable, "-m", "iot_kernel", "install", "--prefix", str(tmp_path)]
    subprocess.run(install, check=True, capture_output=True)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def printed(cell: Any) -> str:
    """Return what was printed; the first cell also says to which board it is connected."""
    text = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    return re.sub(r"\AConnected to .*\n", "", plain(text))


def run(cells: list[str], folder: Path) -> Any:
    """Run cells as a notebook; the third one may fail."""
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    notebook.cells[2].metadata["tags"] = ["raises-exception"]
    client = NotebookClient(notebook, timeout=60, kernel_name="iot_kernel")
    client.execute(cwd=str(folder))
    return notebook


@pytest.mark.usefixtures("_jupyter")
def test_a_notebook_runs_from_its_first_cell_to_its_last(
    board: StartedBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = board.target()
    capabilities = board.capabilities or frozenset()
    if not isinstance(url, str) or not {"keeps-files", "soft-reset"} <= capabilities:
        return  # a notebook names its board by a URL
    with open_device(url) as device:
        device.soft_reset()
    monkeypatch.setenv("IOT_DEVICE", url)
    notebook = run(CELLS, tmp_path)
    first, _, failing, *others = notebook.cells
    assert printed(first) == "red\ngreen\n"
    assert failing.outputs[0].ename == "ZeroDivisionError"
    assert "line 2, in reciprocal" in plain("\n".join(failing.outputs[0].traceback))
    shown = printed(others[2])
    assert shown.startswith("kept on the board\n")
    assert " note.txt\n" in shown
    assert re.search(r"^colours +list +\['red', 'green'\]$", shown, re.MULTILINE)
    assert printed(others[3]) == "KEPT ON THE BOARD\n\n"
    results = [cell.outputs[-1].data["text/plain"] for cell in (first, others[0], *others[4:])]
    assert results == ["2", "'green'", "'hi'", "False"]


@on_microbit
@pytest.mark.usefixtures("_jupyter")
def test_a_board_without_folders_is_wiped(
    board: StartedBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_device(board.target()) as device:
        device.soft_reset()
    monkeypatch.setenv("IOT_DEVICE", str(board.target()))
    cells = ["open('a', 'w').close()", "%rm -rf /", "", "%rlist"]
    assert printed(run(cells, tmp_path).cells[3]) == ""


@on_microbit
@pytest.mark.usefixtures("_jupyter")
def test_a_board_without_json_shares_the_store(
    board: StartedBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOT_DEVICE", str(board.target()))
    cells = ["kept = [1, {'a': None}]\n%store kept", "kept = 5\n%store -r kept\nkept"]
    notebook = run([*cells, "%%host\n%store -r kept\nkept"], tmp_path)
    for cell in notebook.cells[1:]:
        assert cell.outputs[-1].data["text/plain"] == "[1, {'a': None}]"


@on_microbit
@pytest.mark.usefixtures("_jupyter")
def test_what_a_board_cannot_tell_of_its_room_has_no_head(
    board: StartedBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOT_DEVICE", str(board.target()))
    cell = run(["1", "2", "%df"], tmp_path).cells[2]
    assert cell.outputs[-1].output_type == "error"
    assert "TOTAL" not in printed(cell)
