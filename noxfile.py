"""Every check of the project; ``nox -l`` lists them, ``nox`` runs those that guard a commit."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import nox
import nox.project

BOARDS = Path(__file__).parent / ".boards"
PACKAGES = tuple(f"./packages/{name}" for name in ("iot-device", "iot-cli", "iot-kernel"))
EDITABLE = tuple(word for package in PACKAGES for word in ("-e", package))
SOURCES = tuple(f"{package}/src" for package in PACKAGES)
UNIT_TESTS = tuple(f"--ignore=tests/{name}" for name in ("boards", "browser", "faults"))
GROUPS = nox.project.load_toml("pyproject.toml")
BOARDS_REQUIRED = os.environ.get("IOT_REQUIRE_BOARDS") == "1"

nox.needs_version = ">=2026.10.20"  # the oldest that was run
# pip reads the machine's configuration (proxies, mirrors, wheels); uv has one of its own.
nox.options.default_venv_backend = "virtualenv"
# A machine without Python 3.13 is told so; where all must be there, it is an error.
nox.options.error_on_missing_interpreters = BOARDS_REQUIRED
nox.options.download_python = "never"
# Debian 13's Python, unpacked beside the system by `install_boards`.
os.environ["PATH"] = os.pathsep.join([str(BOARDS / "bin"), os.environ["PATH"]])


def install_group(session: nox.Session, group: str) -> None:
    """Install a group of tools from pyproject.toml."""
    session.install(*nox.project.dependency_groups(GROUPS, group))


@nox.session
def lint(session: nox.Session) -> None:
    """Style, format, spelling, architecture and limits (ruff, codespell, import-linter)."""
    install_group(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("codespell")
    session.run("lint-imports", env={"PYTHONPATH": os.pathsep.join(SOURCES)})
    session.run("python", "tools/check_limits.py")


@nox.session
def typing(session: nox.Session) -> None:
    """Types: mypy strict over everything, and the library's public types as users see them."""
    install_group(session, "typing")
    session.install(*EDITABLE)
    session.run("mypy")
    session.run("pyright", "--verifytypes", "iot_device", "--ignoreexternal")


@nox.session(python=False)
def install_boards(session: nox.Session) -> None:
    """Install what the test boards need into .boards (MicroPython, Python 3.13, npm package)."""
    success = [0] if BOARDS_REQUIRED else [0, 1]
    session.run(sys.executable, "tools/install_boards.py", success_codes=success)


@nox.session(python=["3.11", "3.13"], requires=["install_boards"])
def tests(session: nox.Session) -> None:
    """All tests but those on boards, in a browser, and of faults."""
    install_group(session, "test")
    session.install(*EDITABLE)
    session.run("pytest", *UNIT_TESTS, "--numprocesses=2", *session.posargs)


@nox.session(requires=["install_boards"])
def boards(session: nox.Session) -> None:
    """The acceptance suite on every board of the registry and of IOT_TEST_BOARDS."""
    install_group(session, "test")
    session.install(*EDITABLE)
    # One process for each group of boards: an emulated one needs a processor to keep its pace.
    processes = ("--numprocesses=2", "--dist=loadgroup")
    session.run("pytest", "tests/boards", *processes, *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Notebooks in JupyterLab, in a real browser (chromium, or the one of IOT_CHROMIUM)."""
    install_group(session, "browser")
    session.install(*EDITABLE)
    session.run("pytest", "tests/browser", *session.posargs)


@nox.session(requires=["install_boards"])
def faults(session: nox.Session) -> None:
    """Cut, damage and mute links, and cut the power, in hundreds of places."""
    install_group(session, "test")
    session.install(*EDITABLE)
    session.run("pytest", "tests/faults", "--numprocesses=2", *session.posargs)


@nox.session(default=False, requires=["install_boards"])
def campaign(session: nox.Session) -> None:
    """The same in every place, at 10,000 random ones, and for processes; takes hours."""
    install_group(session, "test")
    install_group(session, "benchmarks")
    session.install(*EDITABLE)
    session.run("python", "tests/faults", *session.posargs, env={"PYTHONPATH": "tests:tools"})


@nox.session(default=False)
def hammer(session: nox.Session) -> None:
    """Two processes at one board for a minute each, on a pty and on TCP: no byte is mixed up."""
    install_group(session, "test")
    session.install(*EDITABLE)
    minute = {"IOT_HAMMER_SECONDS": "60"}
    session.run("pytest", "tests/sharing/test_hammering.py", *session.posargs, env=minute)


@nox.session(python=False)
def readme(session: nox.Session) -> None:
    """The README's first command, word for word, in a fresh clone: a newcomer's first minute."""
    text = Path("README.md").read_text(encoding="utf-8")
    [command] = re.findall(r"^python3 -m venv .*iot -d sim://.*$", text, re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder:
        session.run("git", "clone", "--quiet", ".", folder, external=True)
        with session.chdir(folder):
            home = {"HOME": folder, "XDG_DATA_HOME": f"{folder}/.data"}
            output = session.run("bash", "-c", command, external=True, silent=True, env=home)
    if not str(output).endswith("hello from the board\n"):
        session.error(f"it printed {output!r}")


@nox.session
def coverage(session: nox.Session) -> None:
    """Every branch of the protocol, by its own tests alone."""
    install_group(session, "test")
    session.install(*EDITABLE)
    session.run("coverage", "run", "-m", "pytest", "tests/protocol", *session.posargs)
    session.run("coverage", "report", "--include=*/iot_device/protocol/*", "--fail-under=100")


@nox.session(default=False, requires=["install_boards"])
def benchmarks(session: nox.Session) -> None:
    """Speed beside mpremote, on one simulated board with real MicroPython; takes minutes."""
    install_group(session, "benchmarks")
    session.install(*EDITABLE)
    micropython = os.environ.get("IOT_MICROPYTHON", str(BOARDS / "bin" / "micropython"))
    session.run("python", "benchmarks", "--micropython", micropython, *session.posargs)


@nox.session(default=False)
def minimums(session: nox.Session) -> None:
    """The unit tests with the oldest releases that our packages claim to work with."""
    install_group(session, "test")
    constraints = Path(session.create_tmp()) / "minimums.txt"
    constraints.write_text("\n".join(lowest_requirements()))
    session.install(*EDITABLE, "--constraint", str(constraints))
    session.run("pytest", *UNIT_TESTS, *session.posargs)


def lowest_requirements() -> list[str]:
    """Return our packages' requirements, each with its lower bound as the only version."""
    projects = [nox.project.load_toml(f"{package}/pyproject.toml") for package in PACKAGES]
    requirements = [word for project in projects for word in project["project"]["dependencies"]]
    bounds = (re.match(r"([\w.-]+)>=([\w.]+)", word) for word in requirements)
    return [f"{bound[1]}=={bound[2]}" for bound in bounds if bound]
