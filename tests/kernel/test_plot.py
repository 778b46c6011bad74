"""``%%plot`` as a front end gets it: one chart, its updates, and the text around. Both machines."""

from __future__ import annotations

import ast
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.kernel_client import KernelClient, Shown

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("vm", ["cpython", "micropython"], indirect=True, scope="module"),
    pytest.mark.xdist_group("kernel-plot"),
]

VEGA_LITE = "application/vnd.vegalite.v5+json"


def rows(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the points of a chart."""
    values: list[dict[str, Any]] = content["data"][VEGA_LITE]["data"]["values"]
    return values


def charts(shown: Shown) -> list[dict[str, Any]]:
    """Return the states of the one chart of a cell, the last one is what is saved."""
    [first] = shown.contents("display_data")
    updates = shown.contents("update_display_data")
    names = {content["transient"]["display_id"] for content in (first, *updates)}
    assert len(names) == 1
    return [first, *updates]


def last_ys(shown: Shown, series: str) -> list[float | None]:
    return [row["y"] for row in rows(charts(shown)[-1]) if row["series"] == series]


def kept(kernel: KernelClient) -> Any:
    """Return ``plot_data``."""
    return ast.literal_eval(str(kernel("%%host\nplot_data").result))


def test_the_chart_grows_while_the_cell_runs_at_most_ten_times_a_second(
    kernel: KernelClient,
) -> None:
    shown = kernel(
        "%%plot\nimport time\nfor i in range(60):\n"
        "    print('a:%d,b:%d' % (i, -i))\n    time.sleep(0.01)"
    )
    states = charts(shown)
    assert len(states) > 3
    sizes = [len(rows(state)) for state in states]
    assert sizes == sorted(sizes)
    assert sizes[-1] == 120
    messages = [m for m in shown.messages if m["msg_type"] == "update_display_data"]
    lasted = messages[-1]["header"]["date"] - messages[0]["header"]["date"]
    # The last of them is for the end of the cell, which need not wait.
    assert len(messages) - 2 <= 10 * lasted.total_seconds() + 1
    assert shown.stream() == ""
    assert kept(kernel) == {"a": list(range(60)), "b": [-i for i in range(60)]}


def test_text_keeps_its_place_above_and_below_the_chart(kernel: KernelClient) -> None:
    shown = kernel("%%plot\nprint('above')\nprint(1)\nprint('below')\nprint(2)\nprint('end')")
    kinds = [m["msg_type"] for m in shown.messages if m["msg_type"] in ("stream", "display_data")]
    assert kinds.index("display_data") == 1
    assert shown.messages[1]["content"]["text"] == "above\n"
    assert shown.text == "above\nbelow\nend\n"
    assert last_ys(shown, "value1") == [1, 2]


def test_no_sample_of_a_flood_is_lost(kernel: KernelClient) -> None:
    shown = kernel("%%plot --window 50\nfor i in range(20000): print(i)")
    assert last_ys(shown, "value1") == list(range(19950, 20000))
    assert kernel("%%host\nplot_data == {'value1': list(range(20000))}").result == "True"


def test_a_chart_of_all_samples_is_thinned(kernel: KernelClient) -> None:
    shown = kernel("%plot for i in range(20000): print(i)")
    chart = charts(shown)[-1]
    assert len(rows(chart)) <= 2000
    assert chart["data"]["text/plain"] == "<plot of 20000 samples, thinned for this chart: value1>"


def test_stop_leaves_the_chart_and_the_samples(kernel: KernelClient) -> None:
    request = kernel.start(
        "%%plot --x time\nimport time\nn = 0\nwhile True:\n"
        "    n += 1\n    print('n:%d' % n)\n    time.sleep(0.01)"
    )
    updates = (
        message["content"]
        for message in kernel.published(request)
        if message["msg_type"] == "update_display_data"
    )
    seen = next(content for content in updates if len(rows(content)) > 10)
    kernel.interrupt()
    shown = kernel.finish(request)
    assert shown.reply["ename"] == "KeyboardInterrupt"
    table = kept(kernel)
    assert table["n"] == list(range(1, len(table["n"]) + 1))
    assert len(table["n"]) >= len(rows(seen))
    assert table["time"] == sorted(table["time"])
    end = [seen, *shown.contents("update_display_data")][-1]
    assert [row["y"] for row in rows(end)] == table["n"]


def test_stop_ends_the_fastest_flood_soon(kernel: KernelClient) -> None:
    request = kernel.start(
        "%%plot\nlines = '\\n'.join(str(k % 10) for k in range(500))\nwhile True: print(lines)"
    )
    updates = (
        message["content"]
        for message in kernel.published(request)
        if message["msg_type"] == "update_display_data"
    )
    next(content for content in updates if len(rows(content)) > 1000)
    started = time.monotonic()
    kernel.interrupt()
    assert kernel.finish(request).reply["ename"] == "KeyboardInterrupt"
    assert time.monotonic() - started < 15.0  # half a second; the tests' computer may be busy
    assert kernel("6 * 7").result == "42"


def test_an_error_leaves_the_chart_and_is_shown(kernel: KernelClient) -> None:
    shown = kernel("%%plot\nprint('{\"a\": 1}')\nprint('{\"a\": 2}')\n1 / 0")
    assert shown.error["ename"] == "ZeroDivisionError"
    assert "> 4 1 / 0" in shown.traceback
    assert last_ys(shown, "a") == [1, 2]
    assert kept(kernel) == {"a": [1, 2]}


def test_values_that_are_no_numbers_are_gaps(kernel: KernelClient) -> None:
    shown = kernel("%%plot\nfor v in (1.5, float('nan'), float('inf'), 2.5): print((v, 1))")
    assert last_ys(shown, "value1") == [1.5, None, None, 2.5]
    assert kept(kernel)["value1"] == [1.5, None, None, 2.5]


def test_programs_files_and_other_boards_are_plotted_in_the_order_of_the_cell(
    kernel: KernelClient, cwd: Path, flash: Path, tmp_path: Path, vm: str
) -> None:
    (cwd / "log.csv").write_text("time,level\n6,7\n")
    (cwd / "measure.py").write_text("print('a:1')\nprint('from the program')\n")
    shown = kernel(
        "%%plot\n%run measure.py\nprint('a:2')\n!cat log.csv\n"
        f"%connect -q sim://{tmp_path}?vm={vm}\nprint('a:3')\n%connect -q sim://{flash}?vm={vm}"
    )
    assert shown.text == "from the program\ntime,level\n"
    assert last_ys(shown, "a") == [1, 2, 3]
    assert kept(kernel)["value2"] == [None, None, 7, None]


def test_a_cell_on_several_boards_has_a_chart_for_each(
    kernel: KernelClient, tmp_path: Path, vm: str
) -> None:
    boards = [f"sim://{tmp_path}/{name}?vm={vm}" for name in ("one", "two")]
    shown = kernel(f"%%connect {' '.join(boards)}\n%plot print(1)\nprint(2)")
    first, second = shown.contents("display_data")
    assert first["transient"] != second["transient"]
    assert shown.text.count("\n2\n") == 2


def test_the_last_expression_is_the_result_and_a_last_line_needs_no_end(
    kernel: KernelClient,
) -> None:
    assert kernel("%%plot\nprint(1)\n6 * 7").result == "42"
    shown = kernel("%%plot\nprint(1, end='')")
    assert last_ys(shown, "value1") == [1]
    assert kernel("print(2)").text == "2\n"


def test_a_captured_plot_is_kept_in_its_last_state(kernel: KernelClient) -> None:
    shown = kernel("%%capture log\n%plot for i in range(3): print(i)\nprint('end')")
    assert shown.contents("display_data") == []
    assert kernel("%%host\nlog.stdout").result == "'end\\n'"
    outputs = kernel("%%host\n[output.data['text/plain'] for output in log.outputs]").result
    assert outputs == "['<plot of 3 samples: value1>']"


def test_pictures_of_the_board_keep_their_place_in_a_plotted_cell(kernel: KernelClient) -> None:
    picture = "\\x1b_text/markdown,*hi*\\x1b\\\\"
    shown = kernel(f"%%plot\nprint('one', end='')\nprint('{picture}', end='')\nprint('two')")
    shown_kinds = [m["msg_type"] for m in shown.messages if m["msg_type"] != "execute_input"]
    assert shown_kinds[:3] == ["stream", "display_data", "stream"]
    assert shown.text.startswith("onetwo\n")


def test_the_board_can_ask_in_a_plotted_cell(kernel: KernelClient) -> None:
    request = kernel.start("%%plot\nn = input('n: ')\nprint('n:' + n)", allow_stdin=True)
    assert kernel.answer("3")["prompt"] == "n: "
    shown = kernel.finish(request)
    assert last_ys(shown, "n") == [3]


def test_options_and_mistakes_are_explained(kernel: KernelClient) -> None:
    shown = kernel("%plot --window 2 --x t for i in range(5): print({'t': i * i, 'v': i})")
    assert rows(charts(shown)[-1]) == [
        {"x": 9, "y": 3, "series": "v"},
        {"x": 16, "y": 4, "series": "v"},
    ]
    assert "no sample has 'tme'; --x can be v" in kernel("%plot --x=tme print('v:1')").text
    assert "none of the lines is a sample" in kernel("%plot print('hello')").text
    assert kept(kernel) == {}
    assert kernel("%%plot\n1 / 0").stream() == ""
    assert "1 or more" in kernel("%%plot --window 0\nprint(1)").traceback
    assert "nothing to plot" in kernel("%plot --window 5").traceback
    assert "unrecognized arguments: --y" in kernel("%plot --y print(1)").traceback
    assert "usage: %plot" in kernel("%plot -h").text


def test_what_a_board_calls_a_series_is_data(kernel: KernelClient) -> None:
    name = "</script><b onclick=alert(1)>"
    shown = kernel(f"%%plot\nprint('{{\"{name}\": 1}}')\nprint('{{\"\\\\u001b[31m\": 2}}')")
    chart = charts(shown)[-1]["data"][VEGA_LITE]
    assert chart["data"]["values"] == [{"x": 0, "y": 1, "series": name}]
    assert shown.text == '{"\\\\u001b[31m": 2}\n'.replace("\\\\", "\\")
