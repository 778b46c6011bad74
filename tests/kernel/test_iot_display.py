"""The module ``iot_display``: offered in the board's memory, or copied there. Both machines."""

from __future__ import annotations

import ast
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kernel.kernel_client import KernelClient, Shown

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("vm", ["cpython", "micropython"], indirect=True, scope="module"),
    pytest.mark.xdist_group("kernel-display"),
]

MODULE = resources.files("iot_kernel.board_modules") / "iot_display.py"

FORMS = """\
from iot_display import display
class Form:
    def __init__(self, name, data):
        setattr(self, '_repr_%s_' % name, lambda: data)
"""

WITHOUT_TYPE = """\
import sys, builtins
class Builtins:
    def __getattr__(self, name):
        if name == 'type': raise AttributeError(name)
        return getattr(builtins, name)
sys.modules['builtins'] = Builtins()
"""


@pytest.fixture(params=["offered", "copied"])
def place(request: pytest.FixtureRequest, flash: Path, kernel: KernelClient) -> Iterator[str]:
    """Where the board has the module."""
    if request.param == "copied":
        (flash / "iot_display.py").write_text(MODULE.read_text())
    kernel("%softreset")
    yield str(request.param)
    (flash / "iot_display.py").unlink(missing_ok=True)


def shown(cell: Shown) -> list[dict[str, Any]]:
    return [content["data"] for content in cell.contents("display_data")]


def test_the_module_is_there_only_for_programs_that_name_it(
    kernel: KernelClient, place: str
) -> None:
    kernel("import sys")
    assert kernel("'iot' + '_display' in sys.modules").result == "False"
    assert kernel("import iot_display").status == "ok"
    assert kernel("'iot' + '_display' in sys.modules").result == "True"
    assert kernel("hasattr(iot_display, '__file__')").result == str(place == "copied")
    assert kernel("[n for n in globals() if n[:4] == '_iot']").result == "[]"


def test_objects_are_shown_by_their_own_forms(kernel: KernelClient, place: str) -> None:
    del place
    kernel(FORMS)
    [svg] = shown(kernel("display(Form('svg', '<svg><rect/></svg>'))"))
    assert "<rect></rect>" in svg["image/svg+xml"]
    [markdown] = shown(kernel("display(Form('markdown', '**é**'))"))
    assert markdown["text/markdown"] == "**é**"
    [json] = shown(kernel("display(Form('json', {'a': [1, None]}))"))
    assert json["application/json"] == {"a": [1, None]}
    assert "no PNG" in kernel("display(Form('png', b'GIF'))").text
    assert "no JPEG" in kernel("display(Form('jpeg', b'GIF'))").text


def test_what_has_no_form_is_shown_by_its_repr(kernel: KernelClient, place: str) -> None:
    del place
    cell = kernel(FORMS + "display('a')\ndisplay(Form('svg', None).__class__ is Form)")
    assert cell.text == "'a'\nTrue\n"
    [named] = shown(kernel("display([1], id='x')"))
    assert named == {"text/plain": "[1]"}


def test_what_has_an_id_takes_the_place_of_the_last(kernel: KernelClient, place: str) -> None:
    del place
    cell = kernel(
        "import time\nfrom iot_display import display\n"
        "for n in range(2):\n    display(n, id='n')\n    time.sleep(0.2)"
    )
    [first] = cell.contents("display_data")
    [second] = cell.contents("update_display_data")
    assert (first["data"], second["data"]) == ({"text/plain": "0"}, {"text/plain": "1"})
    assert first["transient"] == second["transient"]


@pytest.mark.parametrize(("sent", "arrives"), [("x,\n", "x,\n"), ("x\x1b\\\x04", r"x\x1b\\x04")])
def test_long_data_arrive_whole(kernel: KernelClient, place: str, sent: str, arrives: str) -> None:
    del place
    [data] = shown(kernel(f"from iot_display import show\nshow('text/plain', {sent!a} * 3000)"))
    assert data["text/plain"] == arrives * 3000


def test_names_of_the_program_do_not_disturb_the_module(kernel: KernelClient, place: str) -> None:
    del place
    kernel("exec = type = print = str = None")
    assert kernel("from iot_display import plot\nplot(a=1)").text == "a:1\n"


def test_plot_prints_what_serial_plotters_take(kernel: KernelClient, place: str) -> None:
    del place
    assert kernel("from iot_display import plot\nplot(b=1, a=2.5)").text == "a:2.5,b:1\n"


def test_programs_everywhere_find_the_module(
    kernel: KernelClient, place: str, cwd: Path, tmp_path: Path, vm: str
) -> None:
    del place
    program = "from iot_display import show\nshow('text/markdown', '*a*')\n"
    (cwd / "program.py").write_text(program)
    assert len(shown(kernel("%run program.py"))) == 1
    assert len(shown(kernel(f"%%host\nremote({program!r})"))) == 1
    boards = " ".join(f"sim://{tmp_path / name}?vm={vm}" for name in ("one", "two"))
    assert len(shown(kernel(f"%%connect {boards} --parallel\n{program}"))) == 2
    assert kernel("1").result == "1"


@pytest.fixture
def importer(kernel: KernelClient, flash: Path) -> Iterator[Path]:
    """A module on the board that imports ours; the board has none."""
    kernel("%softreset")
    (flash / "gauge.py").write_text("from iot_display import plot\ndef show(n): plot(n=n)\n")
    (flash / "late.py").write_text("def show(n):\n    import iot_display\n")
    yield flash / "gauge.py"
    (flash / "gauge.py").unlink()
    (flash / "late.py").unlink()


def test_a_module_of_the_board_finds_it_too(kernel: KernelClient, importer: Path) -> None:
    del importer
    assert kernel("import sys\nfrom gauge import show\nshow(1)").text == "n:1\n"
    assert kernel("'gauge' in sys.modules").result == "True"


def test_host_code_and_several_boards_find_modules_that_import_it(
    kernel: KernelClient, importer: Path, tmp_path: Path, vm: str
) -> None:
    assert kernel("%%host\nremote('import gauge\\ngauge.show(2)')").text == "n:2\n"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "gauge.py").write_text(importer.read_text())
    boards = " ".join(f"sim://{tmp_path / name}?vm={vm}" for name in ("one", "two"))
    shown_there = kernel(f"%%connect {boards} --parallel\nimport gauge\ngauge.show(3)")
    assert shown_there.text.count("n:3\n") == 2


@pytest.mark.parametrize(
    "before", ["count += 1\nfrom gauge import show", "from late import show\ncount += 1\nshow(1)"]
)
def test_a_cell_that_did_something_before_is_not_run_again_unasked(
    kernel: KernelClient, importer: Path, before: str
) -> None:
    del importer
    kernel("count = 0")
    cell = kernel(before)
    assert cell.error["ename"] in ("ImportError", "ModuleNotFoundError")
    assert "run this cell again" in cell.text
    assert kernel("count").result == "1"
    assert kernel(before).status == "ok"


def test_a_module_that_printed_before_is_not_run_again_unasked(
    kernel: KernelClient, importer: Path
) -> None:
    importer.write_text("print('begins')\nimport iot_display\n")
    cell = kernel("import gauge")
    assert cell.text.count("begins") == 1
    assert "run this cell again" in cell.text
    assert kernel("import gauge").status == "ok"


def test_the_module_has_twenty_lines(vm: str) -> None:
    del vm
    tree = ast.parse(MODULE.read_text())
    nodes: list[ast.Module | ast.FunctionDef] = [tree]
    nodes += [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for node in nodes:
        assert ast.get_docstring(node)
        del node.body[0]
    assert len([line for line in ast.unparse(tree).splitlines() if line]) == 20


def test_a_module_that_fails_raises_its_own_error(kernel: KernelClient, flash: Path) -> None:
    (flash / "iot_display.py").write_text("1 / 0\n")
    kernel("%softreset")
    assert kernel("import iot_display").error["ename"] == "ZeroDivisionError"
    (flash / "iot_display.py").unlink()


def test_where_the_module_cannot_be_offered_the_import_fails(kernel: KernelClient) -> None:
    kernel("%softreset")
    kernel(WITHOUT_TYPE)
    assert kernel("import iot_display").error["ename"] in ("ImportError", "ModuleNotFoundError")
    kernel("%softreset")
    assert kernel("import iot_display").status == "ok"
