"""Cells on a board: output, result, errors, Stop, input; and %%host. Both virtual machines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.kernel_client import KernelClient

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("vm", ["cpython", "micropython"], indirect=True, scope="module"),
    pytest.mark.xdist_group("kernel-cells"),
]

FOREVER = "print('runs')\nwhile True: pass"


# Output.


def test_output_streams_while_the_cell_runs(kernel: KernelClient) -> None:
    request = kernel.start("import time\nprint('first')\ntime.sleep(0.5)\nprint('second')")
    shown = kernel.finish(request)
    assert shown.text == "first\nsecond\n"
    [first] = [m for m in shown.messages if "first" in m["content"].get("text", "")]
    [second] = [m for m in shown.messages if "sec" in m["content"].get("text", "")]
    apart = second["header"]["date"] - first["header"]["date"]
    assert apart.total_seconds() > 0.05


def test_a_flood_comes_in_at_most_twenty_messages_a_second(kernel: KernelClient) -> None:
    started = time.monotonic()
    shown = kernel("for i in range(3000): print(i)")
    lasted = time.monotonic() - started
    assert shown.text == "".join(f"{i}\n" for i in range(3000))
    assert len(shown.contents("stream")) <= 20 * lasted + 3


def test_characters_of_several_bytes_and_progress_bars_come_whole(kernel: KernelClient) -> None:
    shown = kernel("for i in range(400): print('\\r€' + str(i), end='é')")
    assert shown.text == "".join(f"\r€{i}é" for i in range(400))


def test_too_much_output_is_cut_with_a_notice_and_its_end_shown(kernel: KernelClient) -> None:
    kernel("%config output_limit = 10000")
    shown = kernel("for i in range(5000): print(i)")
    kernel("%config output_limit = 500000")
    assert shown.text.startswith("0\n1\n")
    assert "this cell wrote more than 10000 characters" in shown.text
    assert shown.text.endswith("4998\n4999\n")
    assert len(shown.text) < 13000


def test_the_boards_control_sequences_do_not_reach_the_notebook(kernel: KernelClient) -> None:
    shown = kernel(r"print('\x1b[31mred\x1b[0m', '\x1b]0;title\x07', '\x1b[2J')")
    assert shown.stream() == "\x1b[31mred\x1b[0m \\x1b]0;title\\x07 \\x1b[2J\n"
    error = kernel(r"raise ValueError('\x1b]0;title\x07\nend')").error
    assert (error["ename"], error["evalue"]) == ("ValueError", "\\x1b]0;title\\x07\nend")


# Results.


def test_a_repr_may_have_several_lines(kernel: KernelClient) -> None:
    shown = kernel("class Matrix:\n    def __repr__(self): return '[1\\n 2]'\nMatrix()")
    assert shown.result == "[1\n 2]"


def test_the_last_expression_is_the_result(kernel: KernelClient) -> None:
    shown = kernel("x = 20\n\nx * 2")
    assert shown.result == "40"
    assert kernel("_ + 2").result == "42"


@pytest.mark.parametrize("code", ["1;", "None", "x = 1", "print(end='')", "1\n%config"])
def test_what_is_no_last_expression_is_not_shown(kernel: KernelClient, code: str) -> None:
    assert kernel(code).result is None


def test_results_can_be_switched_off(kernel: KernelClient) -> None:
    kernel("%config show_result = False")
    assert kernel("1").result is None
    kernel("%config show_result = True")
    assert kernel("1").result == "1"


def test_counts_history_and_out_are_those_of_ipython(kernel: KernelClient) -> None:
    first = kernel("10 + 1")
    count = first.contents("execute_result")[0]["execution_count"]
    assert first.reply["execution_count"] == count
    raw = f"get_ipython().history_manager.input_hist_raw[{count}]"
    shown = kernel(f"%%host\n{raw}, Out[{count}].value")
    assert shown.result == "('10 + 1', 11)"
    assert kernel("2", store_history=False).reply["status"] == "ok"
    assert kernel("3").reply["execution_count"] == count + 2


def test_a_blank_cell_does_nothing(kernel: KernelClient) -> None:
    assert kernel(" \n").messages[1:] == []
    assert kernel("# only a comment").status == "ok"


# Errors.


def test_an_error_shows_the_cells_line_and_stops(kernel: KernelClient) -> None:
    shown = kernel("%config\nprint('before')\n1 / 0\nprint('behind')")
    assert shown.status == "error"
    assert shown.reply["ename"] == shown.error["ename"] == "ZeroDivisionError"
    assert shown.error["evalue"] in ("division by zero", "divide by zero")
    assert "line 3, in <module>" in shown.traceback
    assert "> 3 1 / 0" in shown.traceback
    assert "before\n" in shown.text
    assert "behind" not in shown.text


def test_a_function_of_an_earlier_cell_is_shown_from_there(kernel: KernelClient) -> None:
    count = kernel("# one\ndef broken():\n    raise ValueError('no')").reply["execution_count"]
    shown = kernel("broken()")
    assert f"Cell In[{count}], line 3, in broken" in shown.traceback
    assert ">     raise ValueError('no')" in shown.traceback.replace("> 3", ">")
    assert shown.error["evalue"] == "no"


def test_a_syntax_error_is_the_boards(kernel: KernelClient) -> None:
    shown = kernel("a = 1\nx = )")
    assert shown.error["ename"] == "SyntaxError"
    assert "> 2 x = )" in shown.traceback


def test_a_failing_magic_stops_the_cell(kernel: KernelClient) -> None:
    shown = kernel("%cat nothing.txt\nprint('behind')")
    assert shown.status == "error"
    assert shown.error["ename"] == "BoardFileNotFoundError"
    assert shown.stream() == ""


def test_nul_in_a_cell_is_refused_in_one_sentence(kernel: KernelClient) -> None:
    for cell in ("%cd a\0b", "!echo a\0b", "%%bash\necho a\0b", "'a\0b'"):
        assert kernel(cell).error["evalue"] == "a cell cannot contain the character NUL"


def test_a_file_that_is_no_text_is_not_run(kernel: KernelClient, cwd: Path) -> None:
    (cwd / "latin.py").write_bytes(b"print('\xe9')")
    assert "latin.py is no text in UTF-8" in kernel("%run latin.py").traceback


def test_a_program_that_resets_its_board_is_told_as_such(kernel: KernelClient) -> None:
    for reset in ("reset", "soft_reset"):
        shown = kernel(f"gone = 1\nimport machine\nmachine.{reset}()")
        assert shown.error["ename"] == "UnknownEndError"
        assert "the board began anew" in shown.error["evalue"]
        assert "variables are gone" in shown.traceback
        assert kernel("gone").error["ename"] == "NameError"


def test_a_wrong_magic_suggests_the_right_one(kernel: KernelClient) -> None:
    assert "did you mean %softreset?" in kernel("%softrest").traceback
    assert "did you mean %softreset?" in kernel("%reboot").traceback
    for_host, for_board = kernel("%pip install x").traceback.splitlines()[1:]
    assert "%%host" in for_host
    assert "%cp -r" in for_board
    assert "mpremote" in kernel("%upip install x").traceback
    assert "there is %%writefile" in kernel("%writefile x").traceback
    assert "put %%host at the top of the cell" in kernel("%matplotlib inline").traceback


def test_with_stop_on_error_off_errors_are_shown_and_the_reply_is_ok(kernel: KernelClient) -> None:
    kernel("%config stop_on_error = False")
    shown = kernel("1 / 0")
    assert shown.error["ename"] == "ZeroDivisionError"
    assert shown.status == "ok"
    kernel("%config stop_on_error = True")
    assert kernel("1 / 0").status == "error"


def test_sys_exit_is_no_error(kernel: KernelClient) -> None:
    shown = kernel("import sys\nsys.exit(3)")
    assert shown.status == "ok"
    assert "sys.exit(3)" in shown.text


# Stop.


def test_stop_interrupts_the_board_and_keeps_its_variables(kernel: KernelClient) -> None:
    request = kernel.start(f"kept = 7\n{FOREVER}")
    kernel.wait_for_output(request, "runs")
    started = time.monotonic()
    kernel.interrupt()
    shown = kernel.finish(request)
    assert time.monotonic() - started < 10.0
    assert shown.reply["ename"] == "KeyboardInterrupt"
    assert kernel("kept").result == "7"


def test_stop_works_in_a_flood(kernel: KernelClient) -> None:
    request = kernel.start("while True: print('runs' * 20)")
    kernel.wait_for_output(request, "runs")
    started = time.monotonic()
    kernel.interrupt()
    shown = kernel.finish(request)
    assert shown.reply["ename"] == "KeyboardInterrupt"
    assert time.monotonic() - started < 10.0
    assert kernel("1").result == "1"


@pytest.mark.parametrize("code", ["!echo runs; sleep 60", "%%bash\necho runs; sleep 60"])
def test_stop_ends_programs_of_the_host_only(kernel: KernelClient, code: str) -> None:
    kernel("kept = 8")
    request = kernel.start(code)
    kernel.wait_for_output(request, "runs")
    kernel.interrupt()
    assert kernel.finish(request).reply["ename"] == "KeyboardInterrupt"
    assert kernel("kept").result == "8"


@pytest.mark.parametrize(
    "code",
    [
        "import time; print('runs', flush=True); time.sleep(60)",
        "import asyncio; print('runs', flush=True); await asyncio.sleep(60)",
        "!echo runs; sleep 60",
    ],
)
def test_stop_ends_host_cells_and_leaves_the_board_alone(kernel: KernelClient, code: str) -> None:
    kernel("kept = 9")
    request = kernel.start(f"%%host\n{code}")
    kernel.wait_for_output(request, "runs")
    kernel.interrupt()
    kernel.finish(request)
    assert kernel("kept").result == "9"


def test_stop_without_anything_to_stop_is_harmless(kernel: KernelClient) -> None:
    for _ in range(3):
        kernel.interrupt()
    assert kernel("5").result == "5"


# Input.


def test_the_board_asks_in_the_notebook(kernel: KernelClient) -> None:
    request = kernel.start("name = input('Who? ')\nprint('hi', name)", allow_stdin=True)
    assert kernel.answer("Ada")["prompt"] == "Who? "
    shown = kernel.finish(request)
    assert shown.text == "hi Ada\n", "the front end shows the question itself"
    assert kernel("name").result == "'Ada'"


def test_getpass_asks_for_a_hidden_answer(kernel: KernelClient) -> None:
    code = "from getpass import getpass\nkey = getpass('Key: ')\nlen(key)"
    request = kernel.start(code, allow_stdin=True)
    question = kernel.answer("secret")
    assert question == {"prompt": "Key: ", "password": True}
    shown = kernel.finish(request)
    assert shown.result == "6"
    assert "secret" not in shown.stream()


def test_stop_works_while_the_board_asks(kernel: KernelClient) -> None:
    request = kernel.start("input('Who? ')", allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=30)
    kernel.interrupt()
    assert kernel.finish(request).reply["ename"] == "KeyboardInterrupt"
    assert kernel("6").result == "6"


def test_where_nobody_can_answer_the_cell_says_so(kernel: KernelClient) -> None:
    shown = kernel("input('Who? ')")
    assert shown.error["ename"] == "StdinNotImplementedError"
    assert kernel("6").result == "6"


# The host.


def test_host_cells_are_ipython(kernel: KernelClient) -> None:
    assert kernel("\n# comment\n%%host\nx = 6\nx * 7").result == "42"
    assert kernel("%%host\n_ + 1, x").result == "(43, 6)"
    assert kernel("%%host\nfiles = !echo one two\nfiles").result == "['one two']"
    shown = kernel("%%host\n\n1 / 0")
    assert "line 3" in shown.traceback
    assert shown.status == "error"
    assert "get_ipython" not in kernel("%%host\nIn[-1]").result  # type: ignore[operator]


def test_magics_of_ipython_inside_host_cells_run_on_the_host(kernel: KernelClient) -> None:
    assert "loop" in kernel("%%host\n%timeit -n1 -r1 sum([1])").text
    shown = kernel(
        "%%host\nget_ipython().run_cell('import sys; print(sys.version_info.major)').success"
    )
    assert shown.text == "3\n"
    assert shown.result == "True"
    assert kernel("%%host\nimport asyncio\nawait asyncio.sleep(0.01, 'slept')").result == "'slept'"


def test_host_cells_have_the_board(kernel: KernelClient) -> None:
    kernel("value = [1, 2]")
    assert kernel("%%host\nx = %board value + [3]\nx").result == "[1, 2, 3]"
    assert kernel("%%host\ndevice.evaluate('value')").result == "[1, 2]"
    shown = kernel("%%host\nremote('print(1)\\nvalue')")
    assert (shown.text, shown.result) == ("1\n", "[1, 2]")
    shown = kernel("%%host\n%%board\nprint(value)\nvalue[5]")
    assert shown.text == "[1, 2]\n"
    assert shown.error["ename"] == "IndexError"


def test_requests_that_nobody_typed_are_for_the_host(kernel: KernelClient) -> None:
    kernel("import sys", silent=True)
    assert kernel("%%host\nsys.platform").status == "ok"
    shown = kernel("1 +", silent=True)
    assert shown.reply["ename"] == "SyntaxError"
    hidden = {"store_history": False, "stop_on_error": False}
    assert (
        kernel("print(__import__('platform').python_implementation())", **hidden).text
        == "CPython\n"
    )


def test_with_autoawait_off_cells_run_on_the_board_too(kernel: KernelClient) -> None:
    kernel("%%host\n%autoawait off")
    shown = kernel("print('hi')\n6 * 7")
    assert (shown.text, shown.result) == ("hi\n", "42")
    assert kernel("1 / 0").error["ename"] == "ZeroDivisionError"
    kernel("%%host\n%autoawait asyncio")


# Programs of the host, files of the board: the effect is seen from the other side.


def test_a_failing_command_shows_its_status_and_the_cell_goes_on(kernel: KernelClient) -> None:
    shown = kernel("!echo out; echo err >&2; exit 3\nprint('behind')")
    assert shown.status == "ok"
    assert shown.text == "out\n[exit status 3]\nbehind\n"
    assert shown.stream("stderr") == "err\n"


def test_a_failing_bash_cell_stops(kernel: KernelClient) -> None:
    shown = kernel('%%bash\necho it\\\'s "ok"\nfalse')
    assert shown.text == "it's ok\n"
    assert shown.error["evalue"] == "bash ended with exit status 1"


def test_magics_and_code_run_in_the_order_of_the_cell(kernel: KernelClient, flash: Path) -> None:
    shown = kernel(
        "with open('order.txt', 'w') as f: f.write('one')\n"
        "%cat order.txt  # it's there\n"
        "with open('order.txt', 'w') as f: f.write('two')\n"
        "%cat :order.txt\n"
        "!echo three"
    )
    assert shown.text == "one\ntwo\nthree\n"
    assert (flash / "order.txt").read_text() == "two"


def test_the_debugger_looks_into_a_host_cell_that_failed(kernel: KernelClient) -> None:
    kernel("%%host\ndef divided(by):\n    return 42 / by")
    assert kernel("%%host\ndivided(0)").error["ename"] == "ZeroDivisionError"
    request = kernel.start("%%host\n%debug", allow_stdin=True)
    prompts = [kernel.answer(words)["prompt"] for words in ("p by + 41", "up", "q")]
    shown = kernel.finish(request)
    assert prompts == ["ipdb> "] * 3
    assert "return 42 / by" in shown.text
    assert "\n41\n" in shown.text
    assert kernel("6 * 7").result == "42"
