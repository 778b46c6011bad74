"""The board's file system as Python objects."""

from iot_device.filesystem.entries import Entry, FileStat, FileType, Proof, VfsSpace, WriteResult
from iot_device.filesystem.filesystem import FileSystem

__all__ = ["Entry", "FileStat", "FileSystem", "FileType", "Proof", "VfsSpace", "WriteResult"]
