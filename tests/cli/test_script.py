"""``iot script``: one connection for all lines, and a failure that names its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.iot_process import Ended, Iot

pytestmark = pytest.mark.slow  # starts real processes

# Each opening of this simulated board is a power-on.
COUNTS_OPENINGS = "with open('openings', 'a') as file: file.write('x')\n"


def run(iot: Iot, *lines: str, options: tuple[str, ...] = ()) -> Ended:
    """Run a script of these lines."""
    (iot.cwd / "steps.txt").write_text("".join(f"{line}\n" for line in lines))
    return iot(*options, "script", "steps.txt")


def test_ten_lines_open_the_board_once(iot: Iot) -> None:
    (iot.flash / "boot.py").write_text(COUNTS_OPENINGS)
    ended = run(iot, *(f"exec 'print({number})'" for number in range(10)))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.split() == [b"%d" % number for number in range(10)]
    assert (iot.flash / "openings").read_text() == "x"


def test_lines_see_what_earlier_lines_did_and_comments_do_nothing(iot: Iot) -> None:
    (iot.cwd / "a file.py").write_text("word = 'sent'\n")
    ended = run(
        iot, "# first", "", "iot cp 'a file.py' :sent.py  # quoted", "exec 'import sent'",
        'eval "sent.word"',
    )  # fmt: skip
    account = "iot: 1 file, 14 bytes sent, verified by sha256\n"
    assert (ended.code, ended.out, ended.err) == (0, b"'sent'\n", account)


def test_standard_input_is_a_script_too(iot: Iot) -> None:
    ended = iot("script", "-", stdin=b"eval 6*7\r\neval 7*6")
    assert (ended.code, ended.out) == (0, b"42\n42\n")


def test_the_first_failure_ends_the_script_and_names_its_line(iot: Iot) -> None:
    ended = run(iot, "touch before", "", "cat absent", "touch after")
    assert ended.code == 7
    assert ended.err.splitlines() == [
        "iot: steps.txt:3: cat absent",
        "iot: error[file-not-found]: absent: No such file or directory",
    ]
    assert [path.name for path in iot.flash.iterdir()] == ["before"]


@pytest.mark.parametrize(
    ("program", "code"),
    [("raise SystemExit(3)", 3), ("1 / 0", 1), ("raise KeyboardInterrupt", 130)],
)
def test_the_exit_code_is_that_of_the_line_that_failed(iot: Iot, program: str, code: int) -> None:
    ended = run(iot, f'exec "{program}"', "touch after")
    assert ended.code == code
    assert list(iot.flash.iterdir()) == []
    assert f'iot: steps.txt:1: exec "{program}"' in ended.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("lss", "No such command 'lss'. Did you mean 'ls'?"),
        ("rm --recursiv x", "--recursiv"),
        ("cp", "SRC... DST"),
        ("exec 'print(", "No closing quotation."),
        ("exec --help", "--help"),
        ("-d sim:// ls", "Options of iot itself stand before the word script."),
        ("--json ls", "Options of iot itself stand before the word script."),
        *(
            (f"{line}", f"{line.split()[0]!r} does not go into a script.")
            for line in ("repl", "edit main.py", "monitor", "sim", "script other.txt")
        ),
    ],
)
def test_a_line_that_cannot_run_is_found_before_anything_is_done(
    iot: Iot, line: str, message: str
) -> None:
    (iot.flash / "boot.py").write_text(COUNTS_OPENINGS)
    ended = run(iot, "touch before", line)
    assert (ended.code, ended.out) == (2, b"")
    assert ended.last_line.startswith("iot: error[usage]: steps.txt:2: ")
    assert message in ended.last_line
    assert not (iot.flash / "openings").exists()


def test_a_script_of_nothing_opens_no_board(iot: Iot) -> None:
    iot = iot.board("/dev/absent")
    assert run(iot, "# nothing").code == 0
    assert run(iot, "ls").code == 3


def test_a_script_that_is_not_there_or_no_text_is_told(iot: Iot) -> None:
    ended = iot("script", "absent.txt")
    assert (ended.code, ended.last_line) == (
        2,
        "iot: error[host-files]: absent.txt: No such file or directory",
    )
    ended = iot("script", "-", stdin=b"ls \xff")
    assert ended.last_line == (
        "iot: error[usage]: standard input is no text in UTF-8: invalid start byte."
    )


def test_json_is_one_document_with_an_entry_for_each_line_that_ran(iot: Iot) -> None:
    ended = run(iot, "eval 6*7", "touch x", "cat absent", "ls", options=("--json",))
    assert ended.code == 7
    first, second, third = ended.json
    assert first == {"line": 1, "command": "eval 6*7", "exit_code": 0, "result": 42}
    assert second["result"] == {"touched": [{"path": "x"}], "failed": []}
    assert third == {
        "line": 3,
        "command": "cat absent",
        "exit_code": 7,
        "result": None,
        "error": "file-not-found",
        "message": "absent: No such file or directory",
    }


def test_each_of_several_boards_gets_the_whole_script(iot: Iot) -> None:
    other = iot.flash.with_name("other")
    boards = {str(folder): f"sim://{folder}?vm=cpython" for folder in (iot.flash, other)}
    ended = run(
        iot, "touch here", "eval 6*7", "exec 'raise SystemExit(3)'", "touch after",
        options=("-d", ",".join(boards.values())),
    )  # fmt: skip
    assert ended.code == 3
    for folder, url in boards.items():
        assert f"{url}: 42" in ended.out.decode()
        assert f"{url}: iot: steps.txt:3: exec 'raise SystemExit(3)': exit code 3" in ended.err
        assert (iot.flash.parent / folder / "here").exists()
        assert not (iot.flash.parent / folder / "after").exists()


def test_a_program_that_was_stopped_is_told_once_unless_the_script_started_it(iot: Iot) -> None:
    (iot.flash / "main.py").write_text("while True: pass\n")
    told = "iot: main.py was stopped; iot softreset --main starts it"
    assert run(iot, "ls", "ls").err.splitlines() == [told]
    assert run(iot, "ls", "softreset --main").err == ""
    assert run(iot, "softreset --main", "ls").err.splitlines() == [told]
