"""The board's file system is the flash folder, all of it and nothing else."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.client import Client

pytestmark = pytest.mark.slow


def test_files_and_folders_are_those_of_the_host_folder(board: Client, flash: Path) -> None:
    board.output(
        "import os\n"
        "os.mkdir('/data')\n"
        "with open('/data/a', 'wb') as file: n = file.write(b'\\x00\\xff\\r\\n')\n"
        "os.rename('/data/a', '/data/b')\n"
        "os.chdir('/data')\n"
        "with open('c', 'w') as file: n = file.write('text\\n')\n"
        "os.mkdir('gone')\n"
        "os.rmdir('gone')\n"
    )
    assert sorted(path.name for path in (flash / "data").iterdir()) == ["b", "c"]
    assert (flash / "data" / "b").read_bytes() == b"\x00\xff\r\n"
    assert board.output("print(os.getcwd(), sorted(os.listdir()), os.stat('b')[6])") == (
        "/data ['b', 'c'] 4\n"
    )
    assert board.output("print(sorted(e[:2] for e in os.ilistdir('/')))") == ("[('data', 16384)]\n")


def test_a_rename_replaces_the_file_of_that_name(board: Client, flash: Path) -> None:
    (flash / "new").write_text("new")
    (flash / "old").write_text("old")
    board.output("import os\nos.rename('/new', '/old')")
    assert (flash / "old").read_text() == "new"
    assert not (flash / "new").exists()


@pytest.mark.parametrize(
    ("action", "number"),
    [
        ("os.stat('/x')", 2),
        ("os.remove('/x')", 2),
        ("os.chdir('/x')", 2),
        ("os.listdir('/x')", 2),
        ("os.mkdir('/lib')", 17),
        ("os.rmdir('/lib')", 39),
        ("os.chdir('/lib/m.py')", 20),
    ],
)
def test_errors_have_their_numbers(board: Client, flash: Path, action: str, number: int) -> None:
    (flash / "lib").mkdir()
    (flash / "lib" / "m.py").touch()
    source = f"import os\ntry: {action}\nexcept OSError as error: print(error.errno)"
    assert board.output(source) == f"{number}\n"


@pytest.mark.parametrize(
    "path", ["/../secret", "../secret", "/a/../../secret", "//..//secret", "/./.././secret"]
)
def test_no_path_leads_out_of_the_folder(
    board: Client, flash: Path, tmp_path: Path, path: str
) -> None:
    (tmp_path / "secret").write_text("outside")
    (flash / "secret").write_text("inside")
    assert board.output(f"print(open({path!r}).read())") == "inside\n"
    board.output(f"import os\nos.remove({path!r})")
    assert (tmp_path / "secret").exists()
    assert not (flash / "secret").exists()


def test_no_path_of_the_host_exists_on_the_board(board: Client, tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    assert "ENOENT" in board.run(f"open({str(tmp_path / 'secret')!r})")[1]


def test_the_current_directory_stays_inside(board: Client) -> None:
    source = "import os\nos.chdir('/')\nos.chdir('..')\nprint(os.getcwd(), os.listdir('..'))"
    assert board.output(source) == "/ []\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows forbids such names")
@pytest.mark.parametrize(
    "name", ["a b", "it's", 'a"b', "a,b\\n", "tab\there", "new\nline", "grün €"]
)
def test_odd_names_survive(board: Client, flash: Path, name: str) -> None:
    board.output(f"with open({'/' + name!r}, 'w') as file: n = file.write('x')")
    assert [path.name for path in flash.iterdir()] == [name]
    assert board.output(f"import os\nprint(os.listdir('/') == [{name!r}])") == "True\n"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_not_utf_8_survive(board: Client, flash: Path) -> None:
    (flash / os.fsdecode(b"bad\xff\xfename")).touch()
    board.output("import os\nfor name in os.listdir(b'/'): os.rename(name, name + b'2')")
    board.output("for name in os.listdir(): os.stat(name), open(name).close()")
    assert [os.fsencode(path.name) for path in flash.iterdir()] == [b"bad\xff\xfename2"]
    assert board.output("print(os.listdir(b'/'))") == "[b'bad\\xff\\xfename2']\n"


def test_modules_are_imported_from_the_root_and_from_lib(board: Client, flash: Path) -> None:
    (flash / "lib" / "package").mkdir(parents=True)
    (flash / "one.py").write_text("value = 1\n")
    (flash / "lib" / "two.py").write_text("import one\nvalue = one.value + 1\n")
    (flash / "lib" / "package" / "__init__.py").write_text("from .part import value\n")
    (flash / "lib" / "package" / "part.py").write_text("from two import value\n")
    source = "import package.part, two\nfrom package import part\nprint(package.value, part.value)"
    assert board.output(source) == "2 2\n"


def test_a_folder_is_a_package_also_without_its_file(board: Client, flash: Path) -> None:
    (flash / "parts").mkdir()
    (flash / "parts" / "wheel.py").write_text("value = 7\n")
    (flash / "parts.py").write_text("value = 8\n")
    assert board.output("import parts.wheel\nprint(parts.wheel.value)") == "7\n"
    assert board.output("import parts\nprint(hasattr(parts, 'value'))") == "False\n"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_to_a_folder_is_listed_as_no_folder(board: Client, flash: Path) -> None:
    (flash / "round").symlink_to(".")
    (flash / "broken").symlink_to("nowhere")
    (flash / "file").write_text("text")
    assert (
        board.output("import os\nprint(sorted((e[0], e[1] == 0x4000) for e in os.ilistdir('/')))")
        == "[('broken', False), ('file', False), ('round', False)]\n"
    )


def test_a_module_that_is_not_there_is_an_import_error(board: Client) -> None:
    assert board.run("import no_such_module")[1].endswith(
        "ImportError: no module named 'no_such_module'\n"
    )
