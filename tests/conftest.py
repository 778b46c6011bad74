"""What all tests share: no settings of the person who runs them, and no clock in Hypothesis."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# An example that takes long on a busy machine is no failure. A check of a change says the same each
# time; who looks for more takes ``--hypothesis-profile=search``.
settings.register_profile("iot", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=3000)
settings.load_profile("iot")

_TEST_SETTINGS = {"IOT_HAMMER_SECONDS", "IOT_MICROPYTHON", "IOT_REQUIRE_BOARDS", "IOT_TEST_BOARDS"}


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the person's boards, projects and passwords; keep what we write out of their home."""
    with pytest.MonkeyPatch.context() as environment:
        for name in list(os.environ):
            if name.startswith("IOT_") and name not in _TEST_SETTINGS:
                environment.delenv(name)
        # Where Python keeps no output back, nobody sees what it does with it in the end.
        environment.delenv("PYTHONUNBUFFERED", raising=False)
        for name in (
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_RUNTIME_DIR",
            "XDG_STATE_HOME",
        ):
            environment.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield
