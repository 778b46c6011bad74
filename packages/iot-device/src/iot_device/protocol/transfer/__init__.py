r"""Bulk data as a stream of frames: pure state machines, no I/O, no clock.

The bytes of a file travel while a program of ours runs on the board, as its standard input. No byte
of a frame is one that a REPL obeys: they are escaped. So Ctrl-C still stops the board's side at any
moment, and what is left on the way when that has ended is no program. ``micropython.kbd_intr(-1)``
would save 1 byte in 40; a board whose host has died would be deaf until somebody resets it.

``Sender`` is the host's side of an upload, ``FrameReader`` that of a download. The board's sides
are ``_frames`` and ``files_send`` in ``board_code/_functions``; ``Receiver`` does what the first of
them does, for tests. An ``Archive`` makes one stream of many files.
"""

from iot_device.protocol.transfer.archive import Archive, ArchivedFile
from iot_device.protocol.transfer.frame_reader import FrameReader
from iot_device.protocol.transfer.frames import (
    ALIVE,
    GRANT,
    MARK,
    Check,
    encode_frame,
    escape,
    unescape,
)
from iot_device.protocol.transfer.receiver import Receiver
from iot_device.protocol.transfer.sender import Pace, Sender

__all__ = [
    "ALIVE",
    "GRANT",
    "MARK",
    "Archive",
    "ArchivedFile",
    "Check",
    "FrameReader",
    "Pace",
    "Receiver",
    "Sender",
    "encode_frame",
    "escape",
    "unescape",
]
