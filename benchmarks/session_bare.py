"""The floor: a no-op in the raw REPL by the fewest system calls, for what link and board cost."""

from __future__ import annotations

import os
from time import perf_counter
from typing import TYPE_CHECKING

from workload import serve_work

if TYPE_CHECKING:
    from collections.abc import Callable


def connect(port: str) -> dict[str, Callable[[int], list[float]]]:
    """Enter the raw REPL."""
    descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY)
    _exchange(descriptor, b"\r\x03\r\x01", b"raw REPL; CTRL-B to exit\r\n>")
    return {"noop": lambda count: [_noop(descriptor) for _ in range(count)]}


def _noop(descriptor: int) -> float:
    start = perf_counter()
    _exchange(descriptor, b"pass\x04", b"OK\x04\x04>")
    return perf_counter() - start


def _exchange(descriptor: int, request: bytes, ending: bytes) -> None:
    os.write(descriptor, request)
    answer = b""
    while not answer.endswith(ending):
        answer += os.read(descriptor, 4096)


if __name__ == "__main__":
    serve_work(connect)
