"""The magics, one file for each family; ``declare`` has the words to write one."""

from __future__ import annotations
