"""Pictures of a board in JupyterLab: they are drawn, and nothing of a board acts in the page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from docs.pages import ROOT
from iot_kernel.rich.refusing import NotShownError
from iot_kernel.rich.svg import clean_svg
from kernel.attacks import MARKDOWN_ATTACKS, SVG_ATTACKS, SVG_ATTRIBUTES

if TYPE_CHECKING:
    from playwright.sync_api import Dialog

    from browser.lab_page import LabPage

pytestmark = pytest.mark.timeout(180)

HOWTO = json.loads((ROOT / "docs" / "howto" / "show-pictures.ipynb").read_text(encoding="utf-8"))


def cell_with(word: str) -> str:
    """Return the code of the how-to that has a word in it."""
    return next("".join(c["source"]) for c in HOWTO["cells"] if word in "".join(c["source"]))


# How wide it is once it is decoded; it rejects what cannot be decoded.
WIDTH = "image => image.decode().then(() => image.naturalWidth)"


def test_a_table_a_drawing_and_pixels_are_drawn(notebook: LabPage) -> None:
    cell = notebook.run(cell_with("table ="))
    expect(cell.locator(".jp-RenderedMarkdown td").first).to_have_text("kitchen")
    cell = notebook.run(cell_with("class Bars"))
    assert cell.locator(".jp-RenderedSVG img").evaluate(WIDTH) == 260
    notebook.screenshot("notebook-drawing", ".jp-CodeCell >> nth=1")
    cell = notebook.run(cell_with("def png"))
    assert cell.locator(".jp-RenderedImage img").evaluate(WIDTH) == 96


def test_a_value_with_an_id_changes_in_its_place(notebook: LabPage) -> None:
    code = "from iot_display import display\nfor n in range(2):\n    display(n, id='n')\n"
    cell = notebook.run(f"{code}    input('after %d? ' % n)")
    for shown in ("0", "1"):
        output = cell.locator(".jp-RenderedText").filter(has_text=re.compile(f"^{shown}$"))
        expect(output).to_have_count(1)
        question = notebook.page.locator(".jp-Stdin").filter(has_text=f"after {shown}?")
        question.locator("input").press("Enter")
    notebook.expect_finished(cell)
    expect(cell.locator(".jp-RenderedText").filter(has_text=re.compile("^0$"))).to_have_count(0)


def test_markdown_of_a_board_does_nothing_but_show_text(notebook: LabPage) -> None:
    requests: list[str] = []
    notebook.page.on("request", lambda request: requests.append(request.url))
    cell = notebook.run(
        f"from iot_display import show\nfor text in {MARKDOWN_ATTACKS!a}:\n"
        "    show('text/markdown', text)\nshow('text/markdown', '[web](https://ok.example) *end*')"
    )
    shown = cell.locator(".jp-RenderedMarkdown")
    expect(shown).to_have_count(len(MARKDOWN_ATTACKS) + 1)
    expect(shown.last.locator("em")).to_have_text("end")
    for tag in ("script", "b", "img", "svg", "iframe", "div.jp-RenderedMermaid"):
        expect(shown.locator(tag)).to_have_count(0)
    links = shown.locator("a[href]").evaluate_all("found => found.map(a => a.href)")
    assert "https://ok.example/" in links
    assert [link for link in links if not re.match(r"https?://", link)] == []
    assert [url for url in requests if "evil.example" in url] == []


def dismiss(dialog: Dialog, dialogs: list[str]) -> None:
    dialogs.append(dialog.message)
    dialog.dismiss()


def test_svg_of_a_board_does_nothing_in_a_page_of_its_own_kind(notebook: LabPage) -> None:
    """JupyterLab puts an SVG into ``img``, where nothing acts; other readers put it into the page.

    The page is a blank one, which runs scripts and loads what it is told to.
    """
    pieces = [*SVG_ATTACKS, *(f"<rect {attribute}/>" for attribute in SVG_ATTRIBUTES)]
    page = notebook.page.context.new_page()
    requests: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", lambda dialog: dismiss(dialog, dialogs))
    for piece in pieces:
        try:
            svg = clean_svg(f'<svg width="9" height="9">{piece}</svg>')
        except NotShownError:
            continue
        page.set_content(f"<body>{svg}</body>")
        page.locator("svg").dispatch_event("click")
        assert page.evaluate("document.querySelectorAll('script, a, image, style').length") == 0
    assert (requests, dialogs) == ([], [])
    page.set_content('<body><svg><image href="https://evil.example/a.png"/></svg></body>')
    assert requests == ["https://evil.example/a.png"]
