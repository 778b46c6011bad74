"""A Jupyter kernel whose cells run on a board."""

from __future__ import annotations

__all__: list[str] = []

__version__ = "1.0.0.dev0"
