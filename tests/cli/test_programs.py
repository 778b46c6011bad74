"""``exec``, ``eval``, ``run``, ``info``: what goes where, and the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.iot_process import end_of, read_until

if TYPE_CHECKING:
    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # each test starts real processes


def test_exec_prints_exactly_what_the_program_prints(iot: Iot) -> None:
    ended = iot("exec", "print('a>', 'OK'); print('\\x04é')")
    assert (ended.code, ended.out, ended.err) == (0, "a> OK\n\x04é\n".encode(), "")


def test_exec_reads_the_program_from_standard_input(iot: Iot) -> None:
    assert iot("exec", "-", stdin=b"for i in range(3):\n    print(i)\n").out == b"0\n1\n2\n"


def test_output_arrives_while_the_program_runs(iot: Iot) -> None:
    process = iot.start("exec", "print('first'); print(input())")
    assert read_until(process, b"first\n") == b"first\n"
    assert end_of(process, b"second\n").out.endswith(b"second\n")


def test_binary_output_is_exact(iot: Iot) -> None:
    program = "import sys; n = sys.stdout.buffer.write(bytes(range(256)) + b'\\r\\n')"
    assert iot("exec", "--binary", program).out == bytes(range(256)) + b"\r\n"


def test_text_output_loses_the_carriage_return_of_line_ends_only(iot: Iot) -> None:
    program = "import sys; n = sys.stdout.buffer.write(b'a\\r\\nb\\rc\\n\\r')"
    assert iot("exec", program).out == b"a\nb\rc\n\r"


def test_a_traceback_goes_to_standard_error_and_gives_1(iot: Iot) -> None:
    ended = iot("exec", "print('before')\n1/0")
    assert (ended.code, ended.out) == (1, b"before\n")
    assert ended.err.splitlines() == [
        "Traceback (most recent call last):",
        '  File "<stdin>", line 2, in <module>',
        "ZeroDivisionError: division by zero",
    ]


def test_control_characters_in_a_traceback_do_not_reach_the_terminal(iot: Iot) -> None:
    ended = iot("exec", "raise ValueError('\\x1b[31mred')")
    assert ended.last_line == "ValueError: \\x1b[31mred"


@pytest.mark.parametrize(
    ("argument", "code", "err"),
    [("3", 3, ""), ("", 0, ""), ("None", 0, ""), ("'bye'", 1, "bye\n"), ("True", 1, "")],
)
def test_the_programs_exit_code_is_that_of_iot(
    iot: Iot, argument: str, code: int, err: str
) -> None:
    ended = iot("exec", f"import sys; sys.exit({argument})")
    assert (ended.code, ended.out, ended.err) == (code, b"", err)


def test_a_program_that_resets_the_board_ends_in_an_unknown_way(iot: Iot) -> None:
    ended = iot("exec", "import machine; machine.reset()")
    assert ended.code == 5
    assert ended.last_line.startswith("iot: error[unknown-end]: ")


def test_a_program_with_a_control_byte_is_refused(iot: Iot) -> None:
    ended = iot("exec", "print('\x04')")
    assert ended.code == 2
    assert ended.last_line.startswith("iot: error[invalid-source]: ")


def test_input_reads_a_line_of_standard_input(iot: Iot) -> None:
    ended = iot("exec", "print('hello', input('name? '))", stdin="Zoë\n".encode())
    assert ended.code == 0
    assert ended.out.startswith(b"name? ")
    assert ended.out.endswith("hello Zoë\n".encode())


def test_input_raises_eof_error_at_the_end_of_standard_input(iot: Iot) -> None:
    ended = iot("exec", "input()")
    assert (ended.code, ended.last_line.rstrip(": ")) == (1, "EOFError")


def test_a_running_program_that_is_stopped_is_mentioned_once(iot: Iot) -> None:
    (iot.flash / "main.py").write_text("while True: pass\n")
    ended = iot("exec", "print(1)")
    assert (ended.code, ended.out) == (0, b"1\n")
    assert ended.err == "iot: main.py was stopped; iot softreset --main starts it\n"
    assert iot("-q", "exec", "print(1)").err == ""


def test_eval_prints_the_repr(iot: Iot) -> None:
    ended = iot("eval", "{'a': (1, b'\\x00', None)}")
    assert (ended.code, ended.out, ended.err) == (0, b"{'a': (1, b'\\x00', None)}\n", "")


def test_eval_gives_json(iot: Iot) -> None:
    assert iot("--json", "eval", "{'a': (1, 2.5, None, True, 'é')}").json == {
        "a": [1, 2.5, None, True, "é"]
    }


def test_eval_of_an_expression_that_raises_gives_1(iot: Iot) -> None:
    ended = iot("eval", "1/0")
    assert ended.code == 1
    assert ended.err.splitlines()[0] == "Traceback (most recent call last):"
    assert ended.last_line == "ZeroDivisionError: division by zero"


def test_eval_of_a_statement_is_refused(iot: Iot) -> None:
    assert iot("eval", "x = 1").last_line.startswith("iot: error[invalid-source]: ")


def test_run_passes_all_arguments_untouched(iot: Iot) -> None:
    (iot.cwd / "show.py").write_text("import sys\nprint(sys.argv)\n")
    arguments = ["--help", "-x", "--", "a b", "-d", "--json", "-"]
    assert iot("run", "show.py", *arguments).out == f"{['show.py', *arguments]}\n".encode()


def test_run_names_the_file_in_the_traceback(iot: Iot) -> None:
    (iot.cwd / "a \\1.py").write_text("def f():\n    1/0\nf()\n")
    ended = iot("run", "a \\1.py")
    assert ended.code == 1
    assert ended.err.splitlines()[1:] == [
        '  File "a \\1.py", line 3, in <module>',
        '  File "a \\1.py", line 2, in f',
        "ZeroDivisionError: division by zero",
    ]


def test_run_reads_the_program_from_standard_input(iot: Iot) -> None:
    ended = iot("run", "-", "-a", stdin=b"import sys; print(sys.argv)")
    assert ended.out == b"['-', '-a']\n"


def test_run_of_a_missing_file_is_a_usage_error(iot: Iot) -> None:
    ended = iot("run", "absent.py")
    assert ended.code == 2
    assert ended.last_line == "iot: error[host-files]: absent.py: No such file or directory"


def test_json_of_a_program_that_ends_well(iot: Iot) -> None:
    ended = iot("--json", "exec", "print('a')")
    assert ended.json == {
        "output": "a\n",
        "truncated": False,
        "status": "ok",
        "exit_code": None,
        "exception": None,
        "message": None,
        "traceback": None,
    }


def test_json_of_a_program_that_raises_keeps_exit_code_and_standard_error(iot: Iot) -> None:
    ended = iot("--json", "exec", "print('a'); raise KeyError(7)")
    assert ended.code == 1
    assert ended.last_line == "KeyError: 7"
    told = {key: ended.json[key] for key in ("output", "status", "exception", "message")}
    assert told == {"output": "a\n", "status": "error", "exception": "KeyError", "message": "7"}


def test_json_of_a_program_that_exits(iot: Iot) -> None:
    ended = iot("--json", "exec", "import sys; sys.exit(4)")
    assert (ended.code, ended.json["status"], ended.json["exit_code"]) == (4, "exit", 4)


def test_info_shows_names_and_values_below_each_other(iot: Iot) -> None:
    lines = iot("info").out.decode().splitlines()
    assert lines[0] == f"url          {iot.target}"
    assert [line.split("  ")[0] for line in lines][:2] == ["url", "uid"]


def test_info_gives_json(iot: Iot) -> None:
    info = iot("--json", "info").json
    assert (info["url"], info["implementation"], info["name"]) == (iot.target, "micropython", None)
    assert bytes.fromhex(info["uid"])


def test_verbose_tells_what_it_is_connected_to(iot: Iot) -> None:
    assert iot("-v", "exec", "pass").err == f"iot: connected to {iot.target}\n"
