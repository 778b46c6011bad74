"""Programs and cells, made ready for the board. Pure: bytes in, bytes out.

``check_source`` refuses what the raw REPL cannot carry. ``rewrite`` wraps a program so that the
board tells how it ended: by itself, by an exception, or by ``sys.exit``; and what its last
expression was worth. ``parse_trailer`` reads what the board then tells.
"""

from __future__ import annotations

from iot_device.source.check import check_source
from iot_device.source.rewriter import END_MARK, MIN_TOKEN_LENGTH, RewrittenSource, rewrite
from iot_device.source.trailer import EXIT_MARK, Trailer, parse_trailer

__all__ = [
    "END_MARK",
    "EXIT_MARK",
    "MIN_TOKEN_LENGTH",
    "RewrittenSource",
    "Trailer",
    "check_source",
    "parse_trailer",
    "rewrite",
]
