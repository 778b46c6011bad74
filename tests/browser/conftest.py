"""JupyterLab in a real browser: Debian's Chromium, or the one that IOT_CHROMIUM names."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_notebook
from playwright.sync_api import sync_playwright

from browser.lab_page import LabPage
from docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbformat import NotebookNode
    from playwright.sync_api import Browser, Page

TUTORIAL = ROOT / "docs" / "tutorial" / "first-notebook.ipynb"

# Without them Chromium looks up hosts of its maker at every start.
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_LAB = ("--ip=127.0.0.1", "--no-browser", "--allow-root", "--expose-app-in-browser")
_READY = re.compile(r"(http://127\.0\.0\.1:\d+/lab\?token=\w+)")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running browser."""
    program = os.environ.get("IOT_CHROMIUM") or shutil.which("chromium")
    if program is None:
        reason = "no Chromium; apt-get install chromium, or name one in IOT_CHROMIUM"
        if os.environ.get("IOT_REQUIRE_BOARDS") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    root = hasattr(os, "getuid") and os.getuid() == 0
    arguments = [*_QUIET, *(["--no-sandbox"] if root else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab with our kernel and a simulated board."""
    home = tmp_path_factory.mktemp("lab")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--port=0",
            *_LAB,
            f"--notebook-dir={home / 'notebooks'}",
        ],
        env=_environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        found = (_READY.search(line) for line in process.stderr)
        url = next(match[1] for match in found if match)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _environment(home: Path) -> dict[str, str]:
    """Return an environment in which nothing of the person who runs the tests is seen."""
    (home / "notebooks").mkdir()
    settings = home / "jupyter_config_dir" / "labconfig" / "page_config.json"
    settings.parent.mkdir(parents=True)
    # Else it asks, above the page, whether it may look for news on the web.
    news = {"@jupyterlab/apputils-extension:announcements": True}
    settings.write_text(json.dumps({"disabledExtensions": news}), encoding="utf-8")
    install = [sys.executable, "-m", "iot_kernel", "install", "--prefix", str(home)]
    subprocess.run(install, check=True, capture_output=True)
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    return {
        **os.environ,
        **{name: str(home / name.lower()) for name in folders},
        "JUPYTER_PATH": str(home / "share" / "jupyter"),
        "IOT_DEVICE": f"sim://{home / 'flash'}",
    }


@pytest.fixture
def lab(browser: Browser, lab_url: str) -> Iterator[LabPage]:
    """JupyterLab's page, with the launcher."""
    with _page(browser, lab_url) as page:
        page.goto(f"{_address(lab_url, 'lab')}&reset")
        yield LabPage(page)


@pytest.fixture
def notebook(browser: Browser, lab_url: str) -> Iterator[LabPage]:
    """JupyterLab's page, with an empty notebook for our kernel."""
    kernel = {"kernelspec": {"name": "iot_kernel", "display_name": "IoT"}}
    with _opened(browser, lab_url, "test.ipynb", new_notebook(metadata=kernel)) as lab:
        yield lab


@pytest.fixture
def tutorial(browser: Browser, lab_url: str) -> Iterator[LabPage]:
    """JupyterLab's page, with the tutorial of the documentation, nothing of it run yet."""
    content = nbformat.read(TUTORIAL, as_version=4)
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    with _opened(browser, lab_url, TUTORIAL.name, content) as lab:
        yield lab


@contextmanager
def _opened(browser: Browser, lab_url: str, name: str, content: NotebookNode) -> Iterator[LabPage]:
    """Open a notebook; not by the launcher, which throws a first kernel away."""
    with _page(browser, lab_url) as page:
        file = {"type": "notebook", "content": content}
        page.request.put(_address(lab_url, f"api/contents/{name}"), data=file)
        page.goto(f"{_address(lab_url, f'lab/tree/{name}')}&reset")
        lab = LabPage(page)
        lab.wait_idle()
        yield lab


@contextmanager
def _page(browser: Browser, lab_url: str) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1200, "height": 800}) as context:
        page = context.new_page()
        yield page
        # The next test's kernel wants the same board.
        for kernel in page.request.get(_address(lab_url, "api/kernels")).json():
            page.request.delete(_address(lab_url, f"api/kernels/{kernel['id']}"))


def _address(lab_url: str, path: str) -> str:
    """Return the address of a page or of an answer of the server."""
    return lab_url.replace("/lab?", f"/{path}?")
