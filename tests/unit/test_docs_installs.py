"""Nothing tells a person to install our names from an index: other packages bear them there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Commands that take names of packages, up to the end of the command.
INSTALL = re.compile(
    r"\b(?:pip3?|pipx|uv|uvx|conda|mamba|poetry|pdm)\b[^\n;&|]*|\binstall\([^)]*\)"
)
OURS = re.compile(r"""['"]?iot[-_](?:device|cli|kernel)(?:[\[=<>~!@].*)?['"`,.)]*""", re.IGNORECASE)


def bare_installs(text: str) -> list[str]:
    """Return the commands that name one of our packages without a path to it."""
    commands = INSTALL.findall(text.replace("\\\n", " "))
    return [
        command
        for command in commands
        if " uninstall " not in command
        and any(OURS.fullmatch(word) for word in re.split(r"[\s(]+", command))
    ]


@pytest.mark.parametrize(
    "command",
    [
        "pip install {}",
        "python3 -m pip install -U {}",
        "pip install 'click>=8' \\\n    {}",
        "pip install '{}==1.0'",
        "`pipx install {}`.",
        "uvx --from {} iot",
        "uv add {}[extra]",
        'session.install("-e", "{}")',
    ],
)
def test_a_bare_install_is_found(command: str) -> None:
    assert bare_installs(command.format("iot-" + "cli"))


@pytest.mark.parametrize(
    "command",
    [
        "pip install ./packages/iot-device ./packages/iot-cli",
        "pip install -e packages/iot-kernel",
        "pip install dist/iot_device-1.0.0-py3-none-any.whl",
        "pip install pyserial; echo iot-device",
        "pip uninstall " + "iot-device",
        "The package iot-device stands on pyserial.",
    ],
)
def test_an_install_from_the_clone_or_a_wheel_is_none(command: str) -> None:
    assert bare_installs(command) == []


def test_no_file_of_the_project_installs_our_packages_from_an_index() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = [ROOT / name for name in listing.stdout.splitlines()]
    found = {
        str(file.relative_to(ROOT)): commands
        for file in files
        if file.is_file() and file != Path(__file__)
        if (commands := bare_installs(file.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]
    assert command.endswith("nox")
    assert command in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
