"""A simulated board for each test, with either virtual machine."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from simulator.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=["cpython", "micropython"])
def vm(request: pytest.FixtureRequest) -> str:
    """Name of the virtual machine; both run every test."""
    name = str(request.param)
    program = os.environ.get("IOT_MICROPYTHON") or "micropython"
    if name == "micropython" and shutil.which(program) is None:
        reason = "no MicroPython: install the package micropython, or set IOT_MICROPYTHON"
        if os.environ.get("IOT_REQUIRE_BOARDS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return name


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    """The folder that is the board's flash."""
    folder = tmp_path / "flash"
    folder.mkdir()
    return folder


@pytest.fixture
def switch_on(vm: str, flash: Path) -> Iterator[Callable[..., Client]]:
    """Start the board, with options, after the files are in its flash."""
    clients: list[Client] = []

    def start(**options: str) -> Client:
        query = "&".join(f"{name}={value}" for name, value in {"vm": vm, **options}.items())
        clients.append(Client(f"sim://{flash}?{query}"))
        return clients[-1]

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def board(switch_on: Callable[..., Client]) -> Client:
    """A board in the raw REPL."""
    client = switch_on()
    client.enter_raw()
    return client
