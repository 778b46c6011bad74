"""What a board is: identity, firmware, memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["QUESTIONS", "BoardInfo", "board_info_from"]

# What is asked, in the order in which later answers to the same question replace earlier ones.
# Expressions, so that a board with 16 KB of RAM can be asked one by one.
QUESTIONS: Final = (
    ("platform", "__import__('sys').platform"),
    ("implementation", "tuple(__import__('sys').implementation)[:2]"),
    ("implementation", "(lambda i:(i.name,tuple(i.version)))(__import__('sys').implementation)"),
    ("mpy", "__import__('sys').implementation._mpy"),
    ("machine", "__import__('sys').implementation._machine"),
    ("machine", "__import__('os').uname()[4]"),
    ("uid", "bytes(__import__('microcontroller').cpu.uid)"),
    ("uid", "bytes(__import__('machine').unique_id())"),
    ("memory", "(lambda g:(g.collect(),g.mem_free()))(__import__('gc'))"),
    ("files", "tuple(__import__('os').statvfs('/'))[:4]"),
    ("epoch", "__import__('time').gmtime(0)[0]"),
)


@dataclass(frozen=True)
class BoardInfo:
    """What a board tells about itself; ``None`` or empty where its firmware does not say.

    Attributes:
        uid: The unique id of the chip, as hex digits.
        name: The name that the user gave the board.
        implementation: ``micropython`` or ``circuitpython``.
        version: Version of the firmware, ``1.28.0`` for instance.
        platform: ``sys.platform``: ``rp2``, ``esp32``, ...
        machine: The board and its chip in words.
        mpy_version: Version of the ``.mpy`` files that it loads.
        free_memory: Bytes of its heap that are free.
        file_system_size: Bytes of the file system at ``/``.
        file_system_free: Bytes that are free there.
        epoch: Year in which its clock counts 0.
    """

    uid: str | None = None
    name: str | None = None
    implementation: str = ""
    version: str = ""
    platform: str = ""
    machine: str = ""
    mpy_version: int | None = None
    free_memory: int | None = None
    file_system_size: int | None = None
    file_system_free: int | None = None
    epoch: int | None = None


def board_info_from(answers: Iterable[Any]) -> BoardInfo:
    """Make the info from the answers to ``QUESTIONS``, pairs of word and value.

    The board's words are data: what has another form than expected is left out.
    """
    told = {word: value for word, value in answers if isinstance(word, str)}
    name, version = _implementation(told.get("implementation"))
    size, free = _file_system(told.get("files"))
    return BoardInfo(
        uid=told["uid"].hex() if isinstance(told.get("uid"), bytes) else None,
        implementation=name,
        version=version,
        platform=_text(told.get("platform")),
        machine=_text(told.get("machine")),
        mpy_version=_mpy_version(told.get("mpy")),
        free_memory=_free_memory(told.get("memory")),
        file_system_size=size,
        file_system_free=free,
        epoch=_number(told.get("epoch")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _implementation(value: object) -> tuple[str, str]:
    match value:
        case (str(name), tuple(numbers)):
            return name, ".".join(str(number) for number in numbers[:3])
        case _:
            return "", ""


def _mpy_version(value: object) -> int | None:
    # The low byte; flags of the architecture stand above it (py/persistentcode.h).
    return value & 0xFF if isinstance(value, int) else None


def _free_memory(value: object) -> int | None:
    match value:
        case (_, int(free)):
            return free
        case _:
            return None


def _file_system(value: object) -> tuple[int | None, int | None]:
    match value:
        case (int(block), int(fragment), int(blocks), int(free)):
            return fragment * blocks, block * free
        case _:
            return None, None
