"""Reads values out of a configuration, and collects what is wrong with them."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from iot_device.config.environment import expand
from iot_device.config.patterns import pattern_problem
from iot_device.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from iot_device.config.yaml_tree import Node

__all__ = ["ValueReader"]

# What YAML 1.1 takes for truth values, in any of its spellings.
_TRUE: Final = ("true", "yes", "on")
_FALSE: Final = ("false", "no", "off")


class ValueReader:
    """Reads the values of one entry; a bad one is ``None`` and adds to ``problems``.

    Args:
        file: The file, for the messages.

    Attributes:
        problems: What is wrong.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[ConfigurationError] = []

    def problem(self, message: str, line: int, *, hint: str | None = None) -> None:
        """Note that something is wrong."""
        self.problems.append(ConfigurationError(message, file=self.file, line=line, hint=hint))

    def keys(self, node: Node, known: Iterable[str]) -> dict[str, Node]:
        """Return what a mapping holds under the known keys."""
        if not isinstance(node.value, dict):
            self.problem(f"expected a mapping with the keys {', '.join(known)}", node.line)
            return {}
        for key, value in node.value.items():
            if key not in known:
                close = difflib.get_close_matches(key, list(known), n=1)
                hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
                self.problem(f"unknown key {key!r}", value.line, hint=hint)
        return {key: value for key, value in node.value.items() if key in known}

    def text(self, what: str, node: Node | None) -> str | None:
        """Return a text that is not empty."""
        if node is None:
            return None
        if isinstance(node.value, str) and node.value:
            return node.value
        hint = "a lone ~ means nothing in YAML: write '~'" if node.value is None else None
        self.problem(f"{what}: expected a text", node.line, hint=hint)
        return None

    def texts(self, what: str, node: Node | None) -> tuple[str, ...] | None:
        """Return one text or a list of them."""
        if node is None:
            return None
        if isinstance(node.value, str):
            return (node.value,)
        if isinstance(node.value, list):
            found = [self.text(f"{what}: in the list", item) for item in node.value]
            return tuple(text for text in found if text is not None)
        self.problem(f"{what}: expected a list of texts, [a, b]", node.line)
        return None

    def boolean(self, what: str, node: Node | None) -> bool | None:
        """Return a truth value, in the words of YAML 1.1 or 1.2."""
        if node is None:
            return None
        word = node.value.lower() if isinstance(node.value, str) else ""
        if word in _TRUE:
            return True
        if word not in _FALSE:
            self.problem(f"{what}: expected true or false", node.line)
            return None
        return False

    def count(self, what: str, node: Node | None) -> int | None:
        """Return a number from 0."""
        if node is None:
            return None
        if isinstance(node.value, str) and re.fullmatch(r"[0-9]{1,9}", node.value):
            return int(node.value)
        self.problem(f"{what}: expected a number, 0 or more", node.line)
        return None

    def choice(self, what: str, node: Node | None, words: Iterable[str]) -> str | None:
        """Return one of some words."""
        if node is None:
            return None
        if isinstance(node.value, str) and node.value in words:
            return node.value
        self.problem(f"{what}: expected {' or '.join(words)}", node.line)
        return None

    def host_folder(self, what: str, node: Node | None) -> Path | None:
        """Return a folder on the host; a relative one begins at the folder of projects."""
        text = self.text(what, node)
        if text is None or node is None:
            return None
        try:
            return expand(text if text.startswith(("/", "~", "$")) else f"$IOT_PROJECTS/{text}")
        except LookupError as error:
            self.problem(f"{what}: there is no variable {error.args[0]}: {text}", node.line)
        except RuntimeError:  # ~nobody
            self.problem(f"{what}: there is no such user: {text}", node.line)
        return None

    def board_folder(self, what: str, node: Node | None) -> str | None:
        """Return a folder on the board, absolute."""
        text = self.text(what, node)
        if text is None or node is None:
            return None
        parts = text.split("/")
        if ".." in parts or "\\" in text or "\0" in text or text.startswith(("~", "$")):
            self.problem(f"{what}: expected a folder on the board, /lib: {text}", node.line)
            return None
        return "/" + "/".join(part for part in parts if part not in ("", "."))

    def patterns(self, what: str, node: Node | None) -> tuple[str, ...] | None:
        """Return patterns for files."""
        found = self.texts(what, node)
        for pattern in found or ():
            problem = pattern_problem(pattern)
            if problem is not None and node is not None:
                self.problem(f"{what}: {pattern!r}: {problem}", node.line)
        return found
