"""Which types of a board are shown, and in which form. Pure."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

from iot_device import printable
from iot_kernel.rich.json_text import check_json
from iot_kernel.rich.markdown import clean_markdown
from iot_kernel.rich.pictures import check_jpeg, check_png
from iot_kernel.rich.refusing import NotShownError
from iot_kernel.rich.svg import clean_svg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iot_device import RichItem

__all__ = ["MAX_TEXT", "MIME_TYPES", "forms_of"]

MAX_TEXT: Final = 200_000  # characters of text and Markdown; a browser lays them out as a whole


def forms_of(item: RichItem) -> dict[str, Any]:
    """Return what a notebook may show of an item, by MIME type; text for consoles among it.

    Raises:
        NotShownError: The item is not what it says, or its type is not shown at all.
    """
    if item.mime == "text/html":
        raise NotShownError("HTML of a board is never shown")
    check = _CHECKS.get(item.mime)
    if check is None:
        raise NotShownError("this type is not shown")
    return check(item.data)


def _png(data: bytes) -> dict[str, Any]:
    return _picture("image/png", *check_png(data))


def _jpeg(data: bytes) -> dict[str, Any]:
    return _picture("image/jpeg", *check_jpeg(data))


def _picture(mime: str, data: bytes, size: tuple[int, int]) -> dict[str, Any]:
    plain = f"[{mime}, {size[0]}x{size[1]}, {len(data)} bytes]"
    return {mime: base64.b64encode(data).decode("ascii"), "text/plain": plain}


def _svg(data: bytes) -> dict[str, Any]:
    plain = f"[image/svg+xml, {len(data)} bytes]"
    return {"image/svg+xml": clean_svg(_text(data)), "text/plain": plain}


def _json(data: bytes) -> dict[str, Any]:
    value = check_json(_text(data))
    return {
        "application/json": value,
        "text/plain": printable(json.dumps(value, indent=1), keep="\n"),
    }


def _markdown(data: bytes) -> dict[str, Any]:
    text = _bounded(_text(data))
    return {"text/markdown": clean_markdown(text), "text/plain": printable(text, keep="\n\t")}


def _plain(data: bytes) -> dict[str, Any]:
    return {"text/plain": printable(_bounded(_text(data)), keep="\n\t")}


def _bounded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise NotShownError(f"it is longer than {MAX_TEXT} characters")
    return text


def _text(data: bytes) -> str:
    try:
        return data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise NotShownError("it is no UTF-8") from None


_CHECKS: Final[Mapping[str, Callable[[bytes], dict[str, Any]]]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/svg+xml": _svg,
    "application/json": _json,
    "text/markdown": _markdown,
    "text/plain": _plain,
}

MIME_TYPES: Final = tuple(_CHECKS)
"""The types that are shown."""
