"""PNG and JPEG: what they say about themselves is checked before a browser decodes them. Pure."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from iot_kernel.rich.refusing import NotShownError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_PIXELS", "check_jpeg", "check_png"]

MAX_PIXELS: Final = 16_777_216  # a browser needs four bytes of memory for each

_PNG: Final = b"\x89PNG\r\n\x1a\n"
# What a picture needs; comments, profiles and animations are left out (PNG, 11.2 and 11.3).
_CHUNKS: Final = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"pHYs"}

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_FRAMES: Final = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive: those that browsers decode
_OTHER_FRAMES: Final = {0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)}
_WITHOUT_LENGTH: Final = {0x01, *range(0xD0, 0xD8)}


def check_png(data: bytes) -> tuple[bytes, tuple[int, int]]:
    """Return a PNG with no more in it than the picture; and its width and height.

    Raises:
        NotShownError: It is none, damaged, or too large.
    """
    if not data.startswith(_PNG):
        raise NotShownError("it is no PNG")
    chunks = list(_png_chunks(data))
    kind, header = chunks[0]
    if kind != b"IHDR" or len(header) != 13 or chunks[-1][0] != b"IEND":
        raise NotShownError("it is damaged")
    size = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    _check_pixels(size)
    kept = (_png_chunk(kind, content) for kind, content in chunks if kind in _CHUNKS)
    return _PNG + b"".join(kept), size


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(_PNG)
    while True:
        length = int.from_bytes(data[position : position + 4], "big")
        end = position + 8 + length
        kind, content = data[position + 4 : position + 8], data[position + 8 : end]
        if data[end : end + 4] != zlib.crc32(kind + content).to_bytes(4, "big"):
            raise NotShownError("it is damaged")
        yield kind, content
        if kind == b"IEND":
            return
        position = end + 4


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return len(content).to_bytes(4, "big") + kind + content + checksum.to_bytes(4, "big")


def check_jpeg(data: bytes) -> tuple[bytes, tuple[int, int]]:
    """Return a JPEG up to its end, behind which cameras leave zeros; and its width and height.

    Raises:
        NotShownError: It is none, damaged, too large, or of a kind that browsers do not decode.
    """
    if data[:2] != bytes((0xFF, _SOI)):
        raise NotShownError("it is no JPEG")
    end = data.rfind(bytes((0xFF, _EOI)))
    if end < 0:
        raise NotShownError("it is damaged")
    sizes = [_frame_size(kind, content) for kind, content in _jpeg_segments(data[:end])]
    frames = [size for size in sizes if size is not None]
    if len(frames) != 1:
        raise NotShownError("it is damaged")
    _check_pixels(frames[0])
    return data[: end + 2], frames[0]


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the segments before the first scan (ITU T.81, B.1.1)."""
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            raise NotShownError("it is damaged")
        kind = data[position + 1]
        if kind == _SOS:
            return
        if kind == 0xFF:  # a fill byte
            position += 1
        elif kind in _WITHOUT_LENGTH:
            position += 2
        else:
            length = int.from_bytes(data[position + 2 : position + 4], "big")
            yield kind, data[position + 4 : position + 2 + length]
            position += 2 + length
    raise NotShownError("it is damaged")


def _frame_size(kind: int, content: bytes) -> tuple[int, int] | None:
    if kind in _OTHER_FRAMES:
        raise NotShownError("browsers show no JPEG of this kind")
    if kind not in _FRAMES:
        return None
    return int.from_bytes(content[3:5], "big"), int.from_bytes(content[1:3], "big")


def _check_pixels(size: tuple[int, int]) -> None:
    width, height = size
    if not width or not height:
        raise NotShownError("it has no pixels")
    if width * height > MAX_PIXELS:
        raise NotShownError(f"{width}x{height} are more than {MAX_PIXELS} pixels")
