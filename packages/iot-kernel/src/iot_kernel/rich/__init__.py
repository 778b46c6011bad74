"""Pictures and the like of a board: what is harmless, and is what it says, is shown."""

from __future__ import annotations

from iot_kernel.rich.items import RichItems

__all__ = ["RichItems"]
