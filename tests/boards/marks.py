"""Which boards of the registry a test runs on, where not on all."""

from __future__ import annotations

import pytest

from boards.boards import registry

__all__ = ["on_microbit", "on_micropython", "on_simulators"]


def _on(*ids: str) -> pytest.MarkDecorator:
    boards = [board for board in registry() if board.id in ids]
    return pytest.mark.parametrize("board", boards, indirect=True, ids=lambda board: board.id)


on_microbit = _on("microbit-qemu")
on_micropython = _on("simulator-micropython")
on_simulators = _on("simulator-cpython", "simulator-micropython")
