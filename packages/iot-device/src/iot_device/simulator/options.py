"""What a simulated board is made of: flash, virtual machine, heap, uid."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import platformdirs

from iot_device.errors import ConnectError, InvalidTargetError
from iot_device.simulator.flash_image import FlashImage, PowerCut
from iot_device.transports.url import parse_url

__all__ = ["SimulatorOptions", "default_flash", "parse_simulator_url"]

_SMALLEST_HEAP = 16  # KB


def default_flash() -> Path:
    """Return the flash folder of ``sim://`` without a folder: one for each user."""
    return Path(platformdirs.user_data_dir("iot", appauthor=False)) / "simulator" / "flash"


@dataclass(frozen=True)
class SimulatorOptions:
    """What a simulated board is made of.

    Attributes:
        flash: Folder that is the board's ``/``; made on demand.
        vm: ``micropython``, ``cpython``, or the path of a MicroPython (unix port, 1.25 or newer).
            ``None``: MicroPython if one is named by ``IOT_MICROPYTHON`` or on ``PATH``, else
            CPython.
        heap: KB of memory that are free for programs after the start, from 16; ``None`` is the
            default of the virtual machine. CPython knows no such limit.
        uid: What ``machine.unique_id()`` returns; ``None`` derives it from the folder's path, so
            that it stays the same.
        image: A file system of MicroPython's own, in an image file beside the folder and in the
            place of it: see ``image_path``. It needs MicroPython.
        power_cut: When, for a test, the board loses its power while it writes to the image; it
            boots again at once.
    """

    flash: Path = field(default_factory=default_flash)
    vm: str | None = None
    heap: int | None = None
    uid: bytes | None = None
    image: FlashImage | None = None
    power_cut: PowerCut | None = None

    def __post_init__(self) -> None:
        if self.heap is not None and self.heap < _SMALLEST_HEAP:
            raise InvalidTargetError(
                f"a heap of {self.heap} KB is too small for the simulator",
                target=f"heap={self.heap}",
                hint=f"give {_SMALLEST_HEAP} or more",
            )
        if self.image is not None and self.vm == "cpython":
            raise InvalidTargetError(
                "CPython has no file system for an image",
                target=f"image={self.image}",
                hint="leave out vm=cpython: the image is MicroPython's",
            )

    @property
    def url(self) -> str:
        """The URL of this board, without options."""
        if self.flash == default_flash():
            return "sim://"
        return f"sim:///{quote(self.flash.absolute().as_posix().removeprefix('/'))}"

    @property
    def image_path(self) -> Path | None:
        """The image file: the folder's path with ``.lfs2`` or ``.fat`` behind it."""
        if self.image is None:
            return None
        return self.flash.with_name(f"{self.flash.name}.{self.image.kind}")

    @property
    def board_uid(self) -> bytes:
        """The uid, given or derived."""
        path = os.fsencode(self.flash.resolve())
        return self.uid if self.uid is not None else hashlib.sha256(path).digest()[:8]

    def find_micropython(self) -> str | None:
        """Return the path of the MicroPython that runs the programs; ``None`` is CPython.

        Raises:
            ConnectError: A MicroPython is asked for, and there is none.
        """
        if self.vm == "cpython":
            return None
        named = self.vm if self.vm not in (None, "micropython") else None
        program = named or os.environ.get("IOT_MICROPYTHON") or "micropython"
        found = shutil.which(program)
        must_be = self.vm is not None or self.image is not None or program != "micropython"
        if found is None and must_be:
            raise ConnectError(
                f"there is no MicroPython at {program!r}",
                port=self.url,
                hint="install the package micropython (1.25 or newer), name one by the variable "
                "IOT_MICROPYTHON, or take vm=cpython.",
            )
        return found


def parse_simulator_url(text: str) -> SimulatorOptions:
    """Read ``sim://`` or ``sim:///FOLDER?vm=...&heap=KB&uid=HEX&image=lfs2|fat[:KB]``.

    Raises:
        InvalidTargetError: The URL makes no sense.
    """
    url = parse_url(text)
    if url.scheme != "sim" or url.path[:1] not in ("", "/"):
        raise InvalidTargetError(
            f"{text!r} names no simulated board",
            target=text,
            hint="write sim:// or, with three slashes, sim:///FOLDER",
        )
    options = url.options
    return SimulatorOptions(
        flash=_folder(url.path),
        vm=str(options["vm"]) if "vm" in options else None,
        heap=int(options["heap"]) if "heap" in options else None,
        uid=bytes.fromhex(str(options["uid"])) if "uid" in options else None,
        image=FlashImage.parse(str(options["image"])) if "image" in options else None,
    )


def _folder(path: str) -> Path:
    if path in ("", "/"):
        return default_flash()
    # sim:///C:/board names C:/board on Windows.
    if sys.platform == "win32":
        path = path.removeprefix("/")
    return Path(path)
