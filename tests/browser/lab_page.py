"""JupyterLab's page, driven as a person does it: by keys and clicks."""

from __future__ import annotations

import os
import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

__all__ = ["LabPage"]

_COLOURS: Final = 64
TIMEOUT: Final = 30_000.0  # milliseconds, as playwright counts
expect.set_options(timeout=TIMEOUT)

# Read here, because tests see nothing of the person's variables.
_PICTURES: Final = os.environ.get("IOT_SCREENSHOTS")

# What is shown says "idle" also of a notebook that has no kernel yet: a cell does not run then.
_IS_IDLE: Final = """() => {
  const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
  const kernel = context?.session?.kernel;
  return context?.isReady && kernel?.connectionStatus == "connected" && kernel?.status == "idle";
}"""


class LabPage:
    """JupyterLab, with at most one notebook open."""

    def __init__(self, page: Page) -> None:
        page.set_default_timeout(TIMEOUT)
        self.page = page

    def choose_kernel(self, kernel: str) -> None:
        """Make a notebook by a click in the launcher; wait until its kernel answers."""
        cards = self.page.locator('.jp-LauncherCard[data-category="Notebook"]')
        cards.filter(has_text=kernel).click()
        self.wait_idle()

    def wait_idle(self) -> None:
        """Wait until the page is connected to a kernel that has nothing to do."""
        self.page.wait_for_function(_IS_IDLE, polling=100)

    def type(self, code: str) -> Locator:
        """Type code into the last cell; return the cell."""
        cell = self.page.locator(".jp-CodeCell").last
        editor = cell.locator(".cm-content")
        editor.click()
        # Not key by key: JupyterLab would indent and close brackets as well.
        editor.fill(code)
        editor.press("End")
        return cell

    def run(self, code: str) -> Locator:
        """Type code into the last cell and start it; return the cell."""
        count = self.page.locator(".jp-CodeCell").count()
        self.type(code)
        self.page.keyboard.press("Shift+Enter")
        expect(self.page.locator(".jp-CodeCell")).to_have_count(count + 1)
        return self.page.locator(".jp-CodeCell").nth(count - 1)

    def command(self, name: str) -> None:
        """Click a button of the notebook's toolbar."""
        self.page.locator(f'.jp-NotebookPanel-toolbar [data-command="{name}"]').click()

    def expect_finished(self, cell: Locator) -> None:
        """Wait until a cell has a number: it is done."""
        expect(cell.locator(".jp-InputArea-prompt")).to_have_text(re.compile(r"\[\d+\]:"))

    def screenshot(self, name: str, part: str = "") -> None:
        """Keep a picture of the page, or a part of it, if IOT_SCREENSHOTS names a folder."""
        if not _PICTURES:
            return
        # Not of "body", which has no size of its own in JupyterLab: it would count as invisible.
        taken = self.page.locator(part).screenshot() if part else self.page.screenshot()
        picture = Image.open(BytesIO(taken))
        # The documentation keeps some: a palette is a quarter of the size, and looks the same.
        reduced = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        reduced.save(Path(_PICTURES) / f"{name}.png", optimize=True)
