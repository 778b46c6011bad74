"""The board's file system as Python objects."""

from iot_device.filesystem.entries import Entry, FileStat, FileType, Proof, VfsSpace, WriteResult
from iot_device.filesystem.filesystem import FileSystem
from iot_device.filesystem.leftovers import Leftover

__all__ = [
    "Entry",
    "FileStat",
    "FileSystem",
    "FileType",
    "Leftover",
    "Proof",
    "VfsSpace",
    "WriteResult",
]
