"""The pages of the documentation, taken apart: code blocks, headings, links, tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PAGES", "ROOT", "Block", "Page"]

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(?P<title>.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]+`")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        language: The first word behind the fence.
        argument: The second one, or empty.
        text: What stands between the fences.
        line: Number of its first line, from 1.
    """

    language: str
    argument: str
    text: str
    line: int


@dataclass(frozen=True)
class Page:
    """A page of the documentation."""

    path: Path

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """The whole page."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The page without its blocks."""
        return _BLOCK.sub("", self.text)

    @property
    def blocks(self) -> Iterator[Block]:
        """The fenced blocks, in order."""
        for match in _BLOCK.finditer(self.text):
            language, _, argument = match["info"].partition(" ")
            line = self.text.count("\n", 0, match.start()) + 2
            yield Block(language, argument.strip(), match["text"], line)

    @property
    def anchors(self) -> set[str]:
        """What links to headings end in, as code hosts make it from them."""
        titles = [match["title"] for match in _HEADING.finditer(self.prose)]
        return {
            re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles
        }

    @property
    def links(self) -> Iterator[str]:
        """The targets of links and pictures."""
        for match in _LINK.finditer(_CODE.sub("", self.prose)):
            yield match["target"]

    def section(self, title: str) -> str:
        """Return what stands between a heading and the next one."""
        for match in _HEADING.finditer(self.text):
            if match["title"] == title:
                following = _HEADING.search(self.prose_from(match.end()))
                end = len(self.text) if following is None else match.end() + following.start()
                return self.text[match.end() : end]
        raise AssertionError(f"{self} has no heading {title!r}")

    def prose_from(self, start: int) -> str:
        """Return the text from a position on, with blank lines in the place of blocks."""
        return _BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), self.text)[start:]

    def rows(self, title: str) -> list[list[str]]:
        """Return the cells of the table in a section, without its head."""
        lines = [line for line in self.section(title).splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


PAGES = [
    Page(path)
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        *sorted(ROOT.glob("packages/*/README.md")),
        *sorted(ROOT.glob("docs/**/*.md")),
    )
]
