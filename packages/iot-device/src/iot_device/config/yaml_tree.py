"""YAML as a tree of texts, each with its line.

Every scalar stays the text that stands in the file, so that a uid of digits keeps its zeros and a
board may be called ``on``; what a text means is for its reader to say. Merge keys (``<<``) are
done here, as YAML 1.1 has them: YAML 1.2 has none, and files of the earlier system use them.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from iot_device.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Node", "TopLevelEntry", "read_yaml"]

_MOST_NODES: Final = 100_000  # in one entry; aliases of aliases could make any number
_MOST_BYTES: Final = 1 << 20  # of a file; those of a thousand boards are a tenth of that
_MOST_LEVELS: Final = 40  # of lists and mappings in each other; the format has five
_TOO_DEEP: Final = "lists or mappings stand too deep in each other"
_NULLS: Final = ("", "~", "null", "Null", "NULL")  # the core schema of YAML 1.2
_STANDARD: Final = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Node:
    """A value.

    Attributes:
        value: A text, ``None``, a list, or a dictionary.
        line: Where it stands, or its key, if it has one; from 1.
    """

    value: Value
    line: int


Value: TypeAlias = str | list[Node] | dict[str, Node] | None


@dataclass(frozen=True)
class TopLevelEntry:
    """A key of the file's outermost mapping.

    Attributes:
        name: The key.
        line: Its line.
        content: Its value, or what is wrong with that.
        is_anchored: Whether its value has an anchor (``&``), to be used elsewhere in the file.
    """

    name: str
    line: int
    content: Node | ConfigurationError
    is_anchored: bool = False


def read_yaml(file: Path) -> list[TopLevelEntry]:
    """Return the entries of a file; none if it is empty.

    Raises:
        ConfigurationError: The file as a whole cannot be read.
    """
    root = _composed(file)
    if root is None or _is_null(root):
        return []
    if root.id != "mapping":
        raise ConfigurationError("expected names of boards, each with a colon", file=file, line=1)
    return [_entry(key, value, file) for key, value in root.value]


def _composed(file: Path) -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415  (start-up)
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    text = _text(file)
    try:
        return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = " ".join(str(part) for part in (error.context, error.problem) if part)
        line = None if mark is None else mark.line + 1
        hint = None if line is None else _tab_hint(text, line)
        raise ConfigurationError(
            f"this is no YAML: {words}", file=file, line=line, hint=hint
        ) from error
    # ruamel.yaml meets a version other than 1.1 and 1.2 with an assertion, some tags with others.
    except (YAMLError, AssertionError, ValueError) as error:
        raise ConfigurationError(f"this is no YAML: {error}", file=file) from error
    except RecursionError:
        raise ConfigurationError(_TOO_DEEP, file=file) from None


def _text(file: Path) -> str:
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # reading a pipe or a device might never end
            raise ConfigurationError("this is no file", file=file)
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", file=file) from error
    if len(data) > _MOST_BYTES:
        raise ConfigurationError(f"this is longer than {_MOST_BYTES} bytes", file=file)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"this is no UTF-8: {error}", file=file) from error


def _tab_hint(text: str, line: int) -> str | None:
    around = text.splitlines()[line - 1 : line]
    return "YAML is indented with spaces, not with tabs" if "\t" in "".join(around) else None


def _entry(key: Any, value: Any, file: Path) -> TopLevelEntry:
    line = _line(key)
    try:
        name = _key_text(key, file)
        is_anchored = value.anchor is not None
        return TopLevelEntry(name, line, _Tree(file).node(value, line), is_anchored)
    except ConfigurationError as error:
        return TopLevelEntry(key.value if isinstance(key.value, str) else "?", line, error)


class _Tree:
    """The conversion of one entry."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._above: list[Any] = []
        self._count = 0

    def node(self, composed: Any, line: int) -> Node:
        self._count += 1
        if self._count > _MOST_NODES or any(composed is other for other in self._above):
            raise self._error("aliases that contain themselves, or too many", composed)
        if len(self._above) >= _MOST_LEVELS:
            raise self._error(_TOO_DEEP, composed)
        if not composed.tag.startswith(_STANDARD):
            raise self._error(f"the tag {composed.tag} has no meaning here", composed)
        self._above.append(composed)
        try:
            return Node(self._value(composed), line)
        finally:
            self._above.pop()

    def _value(self, composed: Any) -> Value:
        if composed.id == "scalar":
            return None if _is_null(composed) else str(composed.value)
        if composed.id == "sequence":
            return [self.node(item, _line(item)) for item in composed.value]
        return self._mapping(composed)

    def _mapping(self, composed: Any) -> dict[str, Node]:
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in composed.value:
            if key.tag == f"{_STANDARD}merge":
                for mapping in self._merged(value):
                    merged = mapping | merged  # of several the first wins
                continue
            name = _key_text(key, self._file)
            if name in own:
                raise self._error(f"{name} stands here twice", key)
            own[name] = self.node(value, _line(key))
        return merged | own

    def _merged(self, composed: Any) -> Iterator[dict[str, Node]]:
        for part in composed.value if composed.id == "sequence" else [composed]:
            if part.id != "mapping":
                raise self._error("<< takes a mapping, or a list of them", part)
            value = self.node(part, _line(part)).value
            if isinstance(value, dict):
                yield value

    def _error(self, message: str, composed: Any) -> ConfigurationError:
        return ConfigurationError(message, file=self._file, line=_line(composed))


def _key_text(key: Any, file: Path) -> str:
    if key.id != "scalar" or _is_null(key):
        raise ConfigurationError("expected a name before the colon", file=file, line=_line(key))
    return str(key.value)


def _is_null(composed: Any) -> bool:
    return composed.id == "scalar" and composed.style is None and composed.value in _NULLS


def _line(composed: Any) -> int:
    return int(composed.start_mark.line) + 1
