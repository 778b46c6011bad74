"""Tab, help, history and widgets: about the board, and while a cell runs."""

from __future__ import annotations

import ast
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.kernel_client import KernelClient

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("vm", ["cpython", "micropython"], indirect=True, scope="module"),
    pytest.mark.xdist_group("kernel-answers"),
]


def tab(kernel: KernelClient, code: str) -> list[str]:
    """Press Tab at the bar, or at the end; return what the line could become."""
    before, _, after = code.partition("|")
    reply = kernel.ask(lambda: kernel.client.complete(before + after, len(before)))
    assert reply["status"] == "ok"
    assert reply["cursor_end"] == len(before)
    types = reply["metadata"]["_jupyter_types_experimental"]
    assert [item["text"] for item in types] == reply["matches"]
    return [before[: reply["cursor_start"]] + match for match in reply["matches"]]


def help_at(kernel: KernelClient, code: str, level: int = 0) -> str | None:
    before, _, after = code.partition("|")
    reply = kernel.ask(lambda: kernel.client.inspect(before + after, len(before), level))
    return reply["data"]["text/plain"] if reply["found"] else None


# Tab.


def test_names_and_attributes_are_the_boards(kernel: KernelClient) -> None:
    kernel("only_on_board = 5\nclass Thing: colour = 'red'; _hidden = 1")
    assert tab(kernel, "only_on") == ["only_on_board"]
    assert tab(kernel, "print(Thing.co") == ["print(Thing.colour"]
    assert tab(kernel, "x = 1\nThing._hid|)") == ["x = 1\nThing._hidden"]
    assert tab(kernel, "Thing.")[0] == "Thing.colour"
    assert tab(kernel, "for_|") == []
    assert "while" in tab(kernel, "whi")


def test_nothing_is_called_for_tab(kernel: KernelClient) -> None:
    kernel("called = []\ndef f(): called.append(1); return called")
    tab(kernel, "f().")
    tab(kernel, "f()[0].appe")
    assert kernel("called").result == "[]"


def test_modules_and_what_is_in_them(kernel: KernelClient) -> None:
    assert "import machine" in tab(kernel, "import mac")
    assert "import os, time" in tab(kernel, "import os, tim")
    assert "from machine" in tab(kernel, "from mac")
    assert tab(kernel, "from machine import unique") == ["from machine import unique_id"]


def test_files_of_the_board_in_strings_and_magics(kernel: KernelClient, flash: Path) -> None:
    (flash / "data").mkdir(exist_ok=True)
    (flash / "data" / "one.txt").write_text("1")
    kernel("0")
    assert tab(kernel, "open('data/on") == ["open('data/one.txt"]
    assert tab(kernel, "%cat da") == ["%cat data/"]
    assert tab(kernel, "%cat :data/o") == ["%cat :data/one.txt"]


def test_magics_their_options_and_host_paths(kernel: KernelClient, cwd: Path) -> None:
    (cwd / "blink.py").write_text("")
    assert tab(kernel, "%conn") == ["%connect"]
    assert "%%connect" in tab(kernel, "%")
    assert "%%host" in tab(kernel, "%%ho")
    assert tab(kernel, "x = 1\n%%ho") == []
    assert tab(kernel, "%connect --qu") == ["%connect --quiet"]
    assert tab(kernel, "%run bli") == ["%run blink.py"]
    assert tab(kernel, "!cat bli") == ["!cat blink.py"]
    assert tab(kernel, "s = '''\n%conn") == []


def test_host_cells_are_completed_by_ipython(kernel: KernelClient) -> None:
    kernel("%%host\nonly_on_host = 5")
    assert tab(kernel, "\n%%host\nonly_on") == ["\n%%host\nonly_on_host"]
    assert "%%host\n%timeit" in tab(kernel, "%%host\n%timei")


# Help.


def test_help_shows_type_value_and_what_the_cell_told(kernel: KernelClient) -> None:
    kernel('def area(width, height=2):\n    """Multiply."""\n    return width * height')
    shown = help_at(kernel, "print(are|a(3))")
    assert shown is not None
    assert "Signature: area(width, height=2)" in shown
    assert "Docstring: Multiply." in shown
    assert "return width" not in shown
    assert "return width * height" in str(help_at(kernel, "area", 1))
    kernel("n = [1, 2]")
    assert str(help_at(kernel, "n")).startswith("Type:      list\nValue:     [1, 2]")


def test_help_of_magics_and_of_nothing(kernel: KernelClient) -> None:
    assert str(help_at(kernel, "x\n%connect| a")).startswith("usage: %connect")
    assert help_at(kernel, "nothing_has_this_name") is None


def test_question_marks_open_the_pager(kernel: KernelClient) -> None:
    kernel("n = 7")
    [page] = kernel("n?").reply["payload"]
    assert page["source"] == "page"
    assert page["data"]["text/plain"].startswith("Type:      int\nValue:     7")
    assert kernel("no_such_name?").error["ename"] == "UsageError"


def test_host_cells_are_inspected_by_ipython(kernel: KernelClient) -> None:
    assert "Docstring" in str(help_at(kernel, "%%host\nlen|"))


# While a cell runs.


def test_requests_are_answered_while_a_board_cell_runs(kernel: KernelClient) -> None:
    request = kernel.start("print('runs')\nwhile True: pass")
    kernel.wait_for_output(request, "runs")
    started = time.monotonic()
    assert tab(kernel, "%conn") == ["%connect"]
    assert "print" in tab(kernel, "prin")
    assert help_at(kernel, "%cat") is not None
    assert kernel.ask(lambda: kernel.client.is_complete("1"))["status"] == "complete"
    assert kernel.ask(lambda: kernel.client.history(n=1, hist_access_type="tail"))["history"]
    assert kernel.ask(kernel.client.kernel_info)["implementation"] == "iot-kernel"
    assert kernel.ask(kernel.client.comm_info)["status"] == "ok"
    assert time.monotonic() - started < 20.0
    kernel.interrupt()
    shown = kernel.finish(request)
    assert shown.reply["ename"] == "KeyboardInterrupt"


def test_a_request_beside_the_cell_has_status_messages_of_its_own(kernel: KernelClient) -> None:
    request = kernel.start("print('runs')\nwhile True: pass")
    kernel.wait_for_output(request, "runs")
    aside = kernel.client.is_complete("1")
    states: list[tuple[str, str]] = []
    while len(states) < 3:
        message = kernel.client.get_iopub_msg(timeout=30)
        parent = message["parent_header"].get("msg_id")
        if message["msg_type"] == "status" and parent in (aside, request):
            states.append((parent, message["content"]["execution_state"]))
    assert states == [(aside, "busy"), (aside, "idle"), (request, "busy")]
    kernel.interrupt()
    kernel.finish(request)


def test_widgets_are_answered_while_a_board_cell_runs(kernel: KernelClient) -> None:
    kernel(
        "%%host\nfrom comm import get_comm_manager\n"
        "def opened(comm, message):\n"
        "    comm.on_msg(lambda m: comm.send({'got': m['content']['data']['value']}))\n"
        "get_comm_manager().register_target('echo', opened)"
    )
    send_comm(kernel, "comm_open", {"comm_id": "c1", "target_name": "echo", "data": {}})
    request = kernel.start("print('runs')\nwhile True: pass")
    kernel.wait_for_output(request, "runs")
    for value in (1, 2):
        sent = send_comm(kernel, "comm_msg", {"comm_id": "c1", "data": {"value": value}})
        [answer] = [m for m in kernel.published(sent) if m["msg_type"] == "comm_msg"]
        assert answer["content"]["data"] == {"got": value}
    kernel.interrupt()
    kernel.finish(request)


def send_comm(kernel: KernelClient, kind: str, content: dict[str, Any]) -> str:
    message = kernel.client.session.msg(kind, content)
    kernel.client.shell_channel.send(message)
    return str(message["header"]["msg_id"])


# Subshells.


def in_subshell(kernel: KernelClient, subshell: str, code: str) -> str:
    """Send a cell to a subshell; return the id of the request."""
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    message = kernel.client.session.msg("execute_request", content)
    message["header"]["subshell_id"] = subshell
    kernel.client.shell_channel.send(message)
    return str(message["header"]["msg_id"])


@pytest.fixture
def subshell(kernel: KernelClient) -> str:
    message = kernel.client.session.msg("create_subshell_request", {})
    kernel.client.control_channel.send(message)
    reply = kernel.client.get_control_msg(timeout=30)
    return str(reply["content"]["subshell_id"])


def test_stop_reaches_a_board_cell_in_a_subshell(kernel: KernelClient, subshell: str) -> None:
    request = in_subshell(kernel, subshell, "kept = 3\nprint('runs')\nwhile True: pass")
    kernel.wait_for_output(request, "runs")
    kernel.interrupt()
    assert kernel.finish(request).reply["ename"] == "KeyboardInterrupt"
    assert kernel("kept").result == "3"


def test_host_cells_in_a_subshell_run_while_the_board_is_busy(
    kernel: KernelClient, subshell: str
) -> None:
    request = kernel.start("print('runs')\nwhile True: pass")
    kernel.wait_for_output(request, "runs")
    other = in_subshell(kernel, subshell, "%%host\n6 * 7")
    assert kernel.finish(other).result == "42"
    kernel.interrupt()
    kernel.finish(request)


def test_two_cells_for_the_board_take_turns(kernel: KernelClient, subshell: str) -> None:
    kernel("turns = []")
    code = "import time\nturns.append('{0} in')\ntime.sleep(0.2)\nturns.append('{0} out')"
    first = kernel.start(code.format("main"))
    second = in_subshell(kernel, subshell, code.format("sub"))
    # Both end; which begins is not said.
    replies = {kernel.reply_of_any() for _ in range(2)}
    assert replies == {first, second}
    turns = ast.literal_eval(str(kernel("turns").result))
    assert [turn.split()[1] for turn in turns] == ["in", "out", "in", "out"]
    assert turns[0].split()[0] == turns[1].split()[0]
