"""Markdown of a board: without HTML, pictures, and links to anywhere but the web. Pure.

Whatever a reader of Markdown could take for one of these loses the character that makes it one:
it is replaced by its number (``&#60;``), which every reader shows as the character itself. No
parser decides what is code and what is not: two parsers could differ, so in code blocks the number
is what is seen.
"""

from __future__ import annotations

import re

from iot_device import printable

__all__ = ["clean_markdown"]

_ACTIVE = re.compile(
    r"""
    <(?=[A-Za-z/!?])                        # HTML; <https://...>, <mail@address>
    | &(?=[#A-Za-z])                        # a character by its number or name
    | !(?=\[)                               # a picture
    | (?<=\])\((?!https?://)                # the target of a link
    | (?<=\]):(?!\s*https?://)              # a definition: the target of links elsewhere
    | (?<=[A-Za-z0-9+.-]):(?=//)(?<!http:)(?<!https:)  # ftp://..., which some make links
    | (?<=\w)@(?=\w) | :(?<=mailto:) | :(?<=xmpp:)     # addresses, which some make links
    | \\(?=(?:href|class|style|cssId|data|require|unicode|includegraphics
              |def|let|(?:re)?newcommand|newenvironment)(?![A-Za-z]))  # TeX that makes HTML
    | (?<=[`~])[ \t]*m(?=ermaid\b)          # a drawing of JupyterLab: a language of its own
    """,
    re.VERBOSE | re.IGNORECASE,
)


def clean_markdown(text: str) -> str:
    """Return Markdown that shows text, lists, tables, code, and links to the web."""
    return _ACTIVE.sub(_harmless, printable(text, keep="\n\t"))


def _harmless(match: re.Match[str]) -> str:
    character = match[0][-1]
    return f" text-{character}" if character in "mM" else f"&#{ord(character)};"
