"""The tutorial, done in JupyterLab by somebody who does nothing but press Shift-Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import expect

from browser.conftest import TUTORIAL

if TYPE_CHECKING:
    from browser.lab_page import LabPage

pytestmark = pytest.mark.timeout(300)

NOTEBOOK = ".jp-NotebookPanel"
# Of these cells the documentation shows pictures: IOT_SCREENSHOTS=docs/pictures makes them anew.
PICTURES = {"reciprocal(0)": "notebook-error", "6 * 7": "notebook-cells"}

CELLS = nbformat.read(TUTORIAL, as_version=4).cells


def words_below(cell: nbformat.NotebookNode) -> list[str]:
    """Return what the stored notebook shows below a cell, line by line."""
    texts = []
    for output in cell.outputs:
        text = output.get("text") or output.get("data", {}).get("text/plain") or output.ename
        texts += [line.strip() for line in text.split("\n") if "\x1b" not in line]
    return texts


def test_shift_enter_alone_leads_to_its_end(tutorial: LabPage) -> None:
    tutorial.page.locator(".jp-Notebook .jp-Cell").first.click()
    for number, cell in enumerate(CELLS):
        tutorial.page.keyboard.press("Shift+Enter")
        if cell.cell_type != "code":
            continue
        shown = tutorial.page.locator(".jp-Notebook .jp-Cell").nth(number)
        tutorial.expect_finished(shown)
        for words in words_below(cell):
            expect(shown.locator(".jp-Cell-outputArea")).to_contain_text(words)
        if name := PICTURES.get(cell.source):
            tutorial.screenshot(name, NOTEBOOK)
