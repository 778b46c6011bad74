"""SVG of a board: read as XML without entities, and built anew from what is allowed. Pure.

Nothing of the text passes as it is: an element, an attribute and a value is written again only if
it is on a list. Names of elements get a prefix made of the picture, because a page with several
pictures has them all in one space.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from iot_kernel.rich.refusing import NotShownError
from iot_kernel.rich.svg_names import (
    ATTRIBUTES,
    ELEMENTS,
    FUNCTIONS,
    LINKING,
    PROPERTIES,
    REFERRING,
    WITH_TEXT,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_DEPTH", "MAX_ELEMENTS", "MAX_SHOWN", "clean_svg"]

MAX_ELEMENTS: Final = 10_000
MAX_SHOWN: Final = 100_000  # with those that others refer to, each time
MAX_DEPTH: Final = 32

_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_HREFS: Final = ("href", "http://www.w3.org/1999/xlink href")
_ID = re.compile(r"[A-Za-z_][\w.-]{0,99}", re.ASCII)
_REFERENCE = re.compile(rf"#{_ID.pattern}", re.ASCII)
_URL = re.compile(r"url\(\s*(['\"]?)#(?P<id>[A-Za-z_][\w.-]{0,99})\1\s*\)", re.ASCII)
_VALUE = re.compile(r"[\w\s.,#%+'\"()-]*", re.ASCII)
_NO_WORD = re.compile(r"[^\w-]+", re.ASCII)
_SIDE = re.compile(r"\d{1,4}(?:\.\d*)?(?:px|pt|mm|cm|in|em|%)?", re.ASCII)


@dataclass
class _Element:
    """An element that is kept."""

    name: str
    attributes: dict[str, str]
    children: list[_Element | str] = field(default_factory=list)

    @property
    def elements(self) -> Iterator[_Element]:
        return (child for child in self.children if isinstance(child, _Element))


def clean_svg(text: str) -> str:
    """Return an SVG that draws, and does nothing else.

    Raises:
        NotShownError: It is no SVG, or more than a browser should be asked to draw.
    """
    root = _parse(text)
    _Expansion(root).check()
    prefix = f"i{hashlib.sha256(text.encode()).hexdigest()[:10]}-"
    return "".join(_written(root, prefix))


def _parse(text: str) -> _Element:
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(text.encode(), True)  # noqa: FBT003  (expat takes it by place: the last part)
    except (expat.ExpatError, UnicodeEncodeError):
        raise NotShownError("it is no SVG") from None
    if reader.root is None:
        raise NotShownError("it is no SVG")
    return reader.root


class _Reader:
    """Keeps of the parser's events what is allowed."""

    def __init__(self) -> None:
        self.root: _Element | None = None
        self._open: list[_Element] = []
        self._skipped = 0  # depth inside of an element that is left out
        self._count = 0

    def doctype(self, *_declaration: object) -> None:
        # Entities are declared in one; without, there are only the five of XML.
        raise NotShownError("it has a DOCTYPE")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kept = None if self._skipped else _local_name(name)
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise NotShownError("it has too many elements, or too deep ones")
        if kept is None or (kept == "svg") != (not self._open):
            self._skipped += 1
            return
        element = _Element(kept, dict(_cleaned(kept, attributes)))
        if self._open:
            self._open[-1].children.append(element)
        elif self.root is None:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            self._open.pop()

    def text(self, data: str) -> None:
        if not self._skipped and self._open and self._open[-1].name in WITH_TEXT:
            self._open[-1].children.append(data)


def _local_name(name: str) -> str | None:
    """Return the name of an element that is allowed; programs often leave the namespace out."""
    namespace, _, local = name.rpartition(" ")
    return local if namespace in ("", _NAMESPACE) and local in ELEMENTS else None


def _cleaned(element: str, attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in attributes.items():
        if name == "id" and _ID.fullmatch(value):
            yield name, value
        elif name in _HREFS and element in LINKING and _REFERENCE.fullmatch(value):
            yield "href", value
        elif name == "style":
            yield name, _cleaned_style(value)
        elif element == "svg" and name in ("width", "height"):
            if _SIDE.fullmatch(value):
                yield name, value
        elif name in ATTRIBUTES and _is_allowed(name, value):
            yield name, value


def _cleaned_style(style: str) -> str:
    pairs = [declaration.partition(":")[::2] for declaration in style.split(";")]
    named = [(name.strip(), value.strip()) for name, value in pairs]
    return ";".join(
        f"{name}:{value}"
        for name, value in named
        if name in PROPERTIES and _is_allowed(name, value)
    )


def _is_allowed(name: str, value: str) -> bool:
    if name in REFERRING and _URL.fullmatch(value.strip()):
        return True
    return _VALUE.fullmatch(value) is not None and _functions(value) <= FUNCTIONS


def _functions(value: str) -> set[str]:
    """Return the words that stand before brackets."""
    parts = value.split("(")[:-1]
    return {_NO_WORD.split(part.rstrip()[-30:])[-1] for part in parts}


class _Expansion:
    """Counts what is drawn: a thing ten times that refers to a thing ten times, and so on."""

    def __init__(self, root: _Element) -> None:
        self._root = root
        self._named: dict[str, _Element] = {}
        self._sizes: dict[int, int] = {}
        self._inside: set[int] = set()

    def check(self) -> None:
        """See that it is not too much.

        Raises:
            NotShownError: It is, or has no end.
        """
        self._collect(self._root)
        if self._size(self._root) > MAX_SHOWN:
            raise NotShownError("it has too many elements")

    def _collect(self, element: _Element) -> None:
        if "id" in element.attributes:
            self._named.setdefault(element.attributes["id"], element)
        for child in element.elements:
            self._collect(child)

    def _size(self, element: _Element) -> int:
        key = id(element)
        if key in self._inside:
            raise NotShownError("it shows itself inside itself")
        if len(self._inside) > 2 * MAX_DEPTH:
            raise NotShownError("it is nested too deeply")
        if key not in self._sizes:
            self._inside.add(key)
            self._sizes[key] = 1 + sum(map(self._size, self._drawn(element)))
            self._inside.remove(key)
        return self._sizes[key]

    def _drawn(self, element: _Element) -> Iterator[_Element]:
        yield from element.elements
        for reference in _references(element):
            if reference in self._named:
                yield self._named[reference]


def _references(element: _Element) -> Iterator[str]:
    for name, value in element.attributes.items():
        if name == "href":
            yield value[1:]
        elif name in REFERRING or name == "style":
            yield from (match["id"] for match in _URL.finditer(value))


def _written(element: _Element, prefix: str) -> Iterator[str]:
    yield f"<{element.name}"
    if element.name == "svg":
        yield f" xmlns={quoteattr(_NAMESPACE)}"
    for name, value in element.attributes.items():
        yield f" {name}={quoteattr(_renamed(name, value, prefix))}"
    yield ">"
    for child in element.children:
        if isinstance(child, str):
            yield escape(child)
        else:
            yield from _written(child, prefix)
    yield f"</{element.name}>"


def _renamed(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return prefix + value
    if name == "href":
        return f"#{prefix}{value[1:]}"
    return _URL.sub(lambda match: f"url(#{prefix}{match['id']})", value)
