"""A person's folder of projects, with the folder of configurations in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from iot_device import load_configurations, model_of

if TYPE_CHECKING:
    from pathlib import Path

    from iot_device import Configurations


@dataclass(frozen=True)
class Projects:
    """The folder ``$IOT_PROJECTS``."""

    folder: Path

    @property
    def devices(self) -> Path:
        return self.folder / "devices"

    def configure(self, text: str, file: str = "boards.yaml") -> Configurations:
        """Write a configuration file; return what all of them say."""
        (self.devices / file).write_text(text, encoding="utf-8")
        return load_configurations()

    def write(self, *files: str) -> None:
        """Make files; their content is their name."""
        for file in files:
            path = self.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file, encoding="utf-8")

    def model(self, text: str) -> dict[str, str]:
        """Return the model of the board ``pico``: path on the board -> path in this folder."""
        model = model_of(self.configure(text).get("pico"))
        return {path: str(file.relative_to(self.folder)) for path, file in model.files.items()}


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Projects:
    folder = tmp_path / "projects"
    (folder / "devices").mkdir(parents=True)
    monkeypatch.setenv("IOT_PROJECTS", str(folder))
    monkeypatch.chdir(tmp_path)
    return Projects(folder)
