"""The pages are true: what they tell to type prints what they show, and links lead somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docs.page_runner import run_steps, steps_of
from docs.pages import PAGES, ROOT, Page

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES = {"console", "output", "python", "sh", "text", "toml", "yaml"}
WITH_STEPS = [
    page for page in PAGES if any(b.language in ("console", "python") for b in page.blocks)
]


@pytest.mark.slow
@pytest.mark.timeout(180)  # a page may have a hundred commands
@pytest.mark.parametrize("page", WITH_STEPS, ids=str)
def test_the_commands_of_the_page_print_what_it_shows(page: Page, tmp_path: Path) -> None:
    wrong = run_steps(steps_of(page), tmp_path)
    assert not wrong, f"{page}\n" + "\n".join(wrong)


def test_the_tutorial_and_the_readme_are_run() -> None:
    assert {"README.md", "docs/tutorial/first-steps.md"} <= {str(page) for page in WITH_STEPS}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_each_block_says_what_it_is(page: Page) -> None:
    wrong = [block for block in page.blocks if block.language not in LANGUAGES]
    assert wrong == []
    assert page.text.count("\n```") == 2 * len(list(page.blocks)), "an unclosed or indented fence"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_internal_links_lead_to_a_file_and_a_heading(page: Page) -> None:
    for link in page.links:
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.path.parent / name).resolve() if name else page.path
        assert target.exists(), link
        assert not anchor or anchor in Page(target).anchors, link


def test_every_page_of_the_docs_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in Page(index).links}
    assert {page.path for page in PAGES if page.path.is_relative_to(index.parent)} <= linked | {
        index
    }


def test_the_commands_of_the_readme_stand_each_in_a_block_of_its_own() -> None:
    """Nox and CI run the two that set up; the third opens a notebook in a browser.

    Each is for a fresh clone.
    """
    readme = next(page for page in PAGES if str(page) == "README.md")
    blocks = [block.text.splitlines() for block in readme.blocks if block.language == "sh"]
    assert [len(lines) for lines in blocks] == [1, 1, 1]
    assert all(lines[0].startswith("python3 -m venv .venv && ") for lines in blocks)
