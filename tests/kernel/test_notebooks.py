"""Notebooks run as people run them: those of the documentation, and by Jupyter's own tools."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import nbformat
import papermill
import pexpect
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kernel-notebooks")]

NOTEBOOKS = sorted((ROOT / "docs").glob("**/*.ipynb"))
TIMEOUT = 60  # seconds for a cell


@pytest.fixture(autouse=True)
def _environment(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Boards, stores and registries of this test only."""
    monkeypatch.setenv("JUPYTER_PATH", environment["JUPYTER_PATH"])
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))


def on(vm: str, source: str) -> str:
    """Return a cell whose simulated boards have this virtual machine."""
    source = re.sub(r"^%sim\b", f"%sim --vm {vm}", source, flags=re.MULTILINE)
    return source.replace("sim://?", f"sim://?vm={vm}&")


def shown(cell: Any) -> list[str]:
    """Return what is below a cell, without what differs from run to run."""
    texts = []
    for output in cell.get("outputs", ()):
        text = output.get("text") or output.get("data", {}).get("text/plain") or output["ename"]
        text = re.sub(r"\S*/(?=devices\b|robot\b)", ".../", text)
        text = re.sub(r"[A-Z][a-z]{2} \d\d \d\d:\d\d \d{4}", "DATE", text)
        text = re.sub(r"(CPU times|Wall time): .*", r"\1", text)
        texts.append(re.sub(r"(sim://)[^\s\x1b]*", r"\1", text))
    return texts


def printed(cell: Any) -> str:
    """Return what was printed; what the board sends in two pieces is there in two."""
    return "".join(output.text for output in cell.outputs)


@pytest.mark.parametrize("vm", ["cpython", "micropython"])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebooks_of_the_documentation_show_what_they_show(
    path: Path, vm: str, tmp_path: Path
) -> None:
    stored = nbformat.read(path, as_version=4)
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.kernelspec.name == "iot_kernel"
    for cell in notebook.cells:
        cell.source = on(vm, cell.source)
    client = NotebookClient(notebook, timeout=TIMEOUT, coalesce_streams=True)
    client.execute(cwd=str(tmp_path))
    for expected, cell in zip(stored.cells, notebook.cells, strict=True):
        assert shown(cell) == shown(expected), cell.source


def run(cells: list[str], folder: Path, **options: Any) -> Any:
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    settings = {"timeout": TIMEOUT, "kernel_name": "iot_kernel", **options}
    client = NotebookClient(notebook, **settings)
    client.execute(cwd=str(folder))
    return notebook


def test_a_failing_cell_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        run(["%sim", "1 / 0", "print('behind')"], tmp_path)
    with pytest.raises(CellExecutionError, match="no magic %nosuch"):
        run(["%nosuch"], tmp_path)


def test_old_courses_can_go_on_after_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOT_STOP_ON_ERROR", "0")
    notebook = run(["%sim", "1 / 0", "print('behind')"], tmp_path)
    assert notebook.cells[1].outputs[0].ename == "ZeroDivisionError"
    assert printed(notebook.cells[2]) == "behind\n"


def test_a_cell_that_takes_too_long_is_stopped_and_the_next_one_works(tmp_path: Path) -> None:
    notebook = run(
        ["%sim", "while True: pass", "6 * 7"],
        tmp_path,
        timeout=3,
        interrupt_on_timeout=True,
        allow_errors=True,
    )
    assert notebook.cells[1].outputs[0].ename == "KeyboardInterrupt"
    assert notebook.cells[2].outputs[0].data["text/plain"] == "42"


def test_where_the_notebook_is_unknown_the_environment_tells_the_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOT_DEVICE", f"sim://{tmp_path}/board?vm=cpython")
    run(["open('made', 'w').close()"], tmp_path)
    assert (tmp_path / "board" / "made").exists()


def test_papermill_gives_its_parameters_to_the_board(tmp_path: Path) -> None:
    cells = [new_code_cell("%sim"), new_code_cell("n = 1", metadata={"tags": ["parameters"]})]
    cells.append(new_code_cell("with open('n.txt', 'w') as f: f.write(str(n))\n%cat n.txt"))
    nbformat.write(new_notebook(cells=cells), tmp_path / "in.ipynb")
    done = papermill.execute_notebook(
        tmp_path / "in.ipynb",
        tmp_path / "out.ipynb",
        parameters={"n": 5},
        kernel_name="iot_kernel",
        language="python",
        progress_bar=False,
    )
    assert printed(done.cells[-1]) == "5\n"


def test_jupyter_run_runs_a_file_on_the_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOT_DEVICE", f"sim://{tmp_path}/board?vm=cpython")
    (tmp_path / "good.py").write_text("import sys\nprint(sys.implementation.name)\n")
    (tmp_path / "bad.py").write_text("1 / 0\n")
    command = [sys.executable, "-m", "jupyter_client.runapp", "--kernel", "iot_kernel"]
    done = subprocess.run(
        [*command, str(tmp_path / "good.py")], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("micropython\n")
    failed = subprocess.run(
        [*command, str(tmp_path / "bad.py")], capture_output=True, text=True, check=False
    )
    assert "ZeroDivisionError" in failed.stdout + failed.stderr
    assert failed.returncode != 0


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """``jupyter console`` at its first prompt."""
    monkeypatch.setenv("IOT_DEVICE", f"sim://{tmp_path}/board?vm=cpython")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("PROMPT_TOOLKIT_NO_CPR", "1")
    arguments = ["-m", "jupyter_console", "--kernel", "iot_kernel", "--simple-prompt"]
    console = pexpect.spawn(
        sys.executable, arguments, timeout=TIMEOUT, encoding="utf-8", env=os.environ
    )
    try:
        console.expect(r"In \[1\]:")
        yield console
    finally:
        console.close(force=True)


def test_jupyter_console_is_a_terminal_for_the_board(console: Any) -> None:
    console.sendline("6 * 7")
    console.expect(r"Out\[1\]: 42")
    console.sendline("print(input('who? '))")
    console.expect(r"who\? ")
    console.sendline("me")
    console.expect("me")
    console.expect(r"In \[3\]:")
    console.sendline("%%host")
    console.sendline("1 + 1")
    console.sendline("")
    console.expect(r"Out\[\d\]: 2")


def test_jupyter_console_tells_in_words_what_was_plotted(console: Any) -> None:
    console.sendline("%plot for n in range(50): print('a:%d,b:%.1f' % (n, -n / 2))")
    console.expect(r"<plot of \d+ samples?: a, b>")
    console.expect(r"\[50 samples: a 0 to 49, b -24.5 to 0\]")
    console.expect(r"In \[2\]:")
    console.sendline("%plot print('nothing')")
    console.expect("none of the lines is a sample")
