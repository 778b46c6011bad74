"""What a person sees who works with a board in JupyterLab."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from browser.lab_page import LabPage

pytestmark = pytest.mark.timeout(180)

TICKING = """\
import time
n = 0
while True:
    n += 1
    time.sleep(0.1)
    print("tick", n)"""


SAMPLES = """\
for i in range(200):
    if i == 100: input("go on? ")
    print("up:%d,down:%d" % (i * i, -i * i))"""

WAVES = """\
%%plot --x time
import math, time
for i in range(120):
    print("sine:%.3f,noise:%.3f" % (math.sin(i / 12), math.cos(i / 12) + i * 7 % 5 / 20))
    time.sleep(0.02)"""


def test_the_launcher_offers_the_kernel_with_its_logo(lab: LabPage) -> None:
    card = lab.page.locator('.jp-LauncherCard[data-category="Notebook"][title="IoT"]')
    assert card.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    lab.screenshot("launcher")
    lab.choose_kernel("IoT")
    expect(lab.page.locator(".jp-NotebookPanel-toolbar")).to_contain_text("IoT")


def test_a_cell_shows_what_it_prints_and_what_it_is_worth(notebook: LabPage) -> None:
    cell = notebook.run("print('hello from', 'the board')\n6 * 7")
    expect(cell.locator(".jp-OutputArea-executeResult")).to_contain_text("42")
    expect(cell.locator(".jp-OutputArea")).to_contain_text("hello from the board")
    notebook.screenshot("cell")


def test_an_error_shows_the_line_of_the_cell_and_stops_run_all(notebook: LabPage) -> None:
    cell = notebook.run("x = 1\nx / 0")
    error = cell.locator('[data-mime-type="application/vnd.jupyter.stderr"], .jp-RenderedText')
    expect(error.last).to_contain_text("ZeroDivisionError")
    expect(error.last).to_contain_text("x / 0")
    notebook.screenshot("error")


def test_output_appears_while_the_cell_runs_and_stop_ends_it(notebook: LabPage) -> None:
    cell = notebook.run(
        "import time\nn = 0\nwhile True:\n    n += 1\n    time.sleep(0.1)\n    print('tick', n)"
    )
    expect(cell.locator(".jp-OutputArea")).to_contain_text("tick 3")
    expect(cell.locator(".jp-InputArea-prompt")).to_have_text("[*]:")
    notebook.command("notebook:interrupt-kernel")
    expect(cell.locator(".jp-OutputArea")).to_contain_text("KeyboardInterrupt")
    after = notebook.run("n > 2")
    expect(after.locator(".jp-OutputArea-executeResult")).to_contain_text("True")


def test_input_asks_in_the_notebook(notebook: LabPage) -> None:
    cell = notebook.run("print('hello', input('Who? '))")
    box = cell.locator("input.jp-Stdin-input")
    box.fill("Ada")
    notebook.screenshot("input")
    box.press("Enter")
    expect(cell.locator(".jp-OutputArea")).to_contain_text("hello Ada")


def test_tab_completes_names_of_the_board(notebook: LabPage) -> None:
    notebook.expect_finished(notebook.run("temperature_of_the_room = 21"))
    notebook.wait_idle()
    cell = notebook.type("temperature_of")
    notebook.page.keyboard.press("Tab")
    completer = notebook.page.locator(".jp-Completer")
    expect(completer).to_contain_text("temperature_of_the_room")
    notebook.screenshot("completion")
    notebook.page.keyboard.press("Enter")
    expect(cell.locator(".cm-content")).to_contain_text("temperature_of_the_room")


def test_shift_tab_shows_what_a_name_is(notebook: LabPage) -> None:
    notebook.expect_finished(notebook.run("answer = 42"))
    notebook.wait_idle()
    notebook.type("answer")
    notebook.page.keyboard.press("Shift+Tab")
    tooltip = notebook.page.locator(".jp-Tooltip")
    expect(tooltip).to_contain_text("int")
    expect(tooltip).to_contain_text("42")
    notebook.screenshot("tooltip")


def test_a_restarted_kernel_finds_the_board_again(notebook: LabPage) -> None:
    notebook.expect_finished(notebook.run("open('kept', 'w').close()"))
    notebook.command("notebook:restart-kernel")
    notebook.page.locator(".jp-Dialog .jp-mod-accept").click()
    notebook.wait_idle()
    cell = notebook.run("import os\n'kept' in os.listdir()")
    expect(cell.locator(".jp-OutputArea-executeResult")).to_contain_text("True")


def test_host_cells_run_in_ipython_beside_the_board(notebook: LabPage) -> None:
    cell = notebook.run("%%host\nimport sys\nsys.version.split()[0]")
    expect(cell.locator(".jp-OutputArea-executeResult")).to_contain_text(re.compile(r"3\.\d+"))


def test_a_plot_grows_while_the_cell_runs_and_stays_in_the_saved_notebook(
    notebook: LabPage,
) -> None:
    cell = notebook.run(f"%%plot\n{SAMPLES}")
    chart = cell.locator("svg.marks")
    line = chart.locator("g.mark-line path").first
    expect(chart).to_contain_text("100 samples")
    half = line.get_attribute("d")
    cell.locator("input.jp-Stdin-input").press("Enter")
    expect(chart).to_contain_text("200 samples")
    assert len(line.get_attribute("d") or "") > 1.5 * len(half or "") > 0
    notebook.expect_finished(cell)
    expect(chart).to_have_count(1)
    notebook.command("docmanager:save")
    expect(notebook.page.locator(".jp-mod-dirty")).to_have_count(0)
    notebook.page.reload()
    expect(notebook.page.locator("svg.marks")).to_contain_text("200 samples")


def test_a_plot_tells_what_it_shows(notebook: LabPage) -> None:
    notebook.expect_finished(notebook.run("'connected'"))
    chart = notebook.run(WAVES).locator("svg.marks")
    for words in ("sine", "noise", "time", "120 samples"):
        expect(chart).to_contain_text(words)
    # The documentation shows it: IOT_SCREENSHOTS=docs/pictures makes it anew.
    notebook.screenshot("notebook-plot", ".jp-CodeCell:has(svg.marks)")
