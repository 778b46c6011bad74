"""Runs the blocks of a page: one bash for each page, in an empty folder, with nobody's settings.

Blocks ``console`` hold commands behind ``$`` (``>`` continues one) and what they print, standard
error included. A line ``...`` stands for any lines, ``...`` within a line for any text. A command
that ends in ``&`` serves until the end of the page; its output is awaited. Blocks ``console
micropython`` need that on this computer, and are left out where it is not and boards are not
required; the others use the simulated board on CPython. Blocks ``python`` run as
programs of the host, and what they print stands in a block ``output`` right after them; with a
file name they are that file. A real board's ``/dev/ttyACM0`` is the pty of a simulated one.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from install_boards import micropython

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from docs.pages import Block, Page

__all__ = ["Step", "isolated", "matches", "run_steps", "steps_of"]

REAL_PORT = "/dev/ttyACM0"
TIMEOUT = 170.0  # seconds for a page; the longest takes a fifth, more on a busy machine
_MARK = "\x1e"
# mpremote is a function, because it may be installed as a module only.
_BEGIN = """\
exec 2>&1 </dev/null
_served=()
trap 'kill "${_served[@]}" 2>/dev/null' EXIT
mpremote() { python -m mpremote "$@"; }
_end() { local status=$?; printf '\\036'; return $status; }
_use() { local status=$?; export IOT_MICROPYTHON=$1; return $status; }
"""


@dataclass(frozen=True)
class Step:
    """A command of a page.

    Attributes:
        line: Where it stands.
        command: What bash gets.
        expected: What it shall print.
        program: A Python program that ``command`` reads from a file with the name ``{}``.
        needs_micropython: Whether the simulated board runs on MicroPython.
    """

    line: int
    command: str
    expected: str
    program: str | None = None
    needs_micropython: bool = False


def steps_of(page: Page) -> list[Step]:
    """Return what there is to run on a page."""
    blocks = list(page.blocks)
    steps: list[Step] = []
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block.language == "console":
            steps += _console_steps(block)
        elif block.language == "python" and block.argument:
            command = f"cp {{}} {shlex.quote(block.argument)}"
            steps.append(Step(block.line, command, "", block.text))
        elif block.language == "python":
            is_output = following is not None and following.language == "output"
            expected = following.text if following is not None and is_output else ""
            steps.append(Step(block.line, "python - <{}", expected, block.text))
    return steps


def _console_steps(block: Block) -> Iterator[Step]:
    lines = block.text.splitlines()
    if not lines or not lines[0].startswith("$ "):
        raise AssertionError(f"line {block.line}: a console block begins with a command")
    starts = [index for index, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        first = start + 1
        while first < end and lines[first].startswith("> "):
            first += 1
        command = "\n".join(line[2:] for line in lines[start:first])
        expected = "".join(f"{line}\n" for line in lines[first:end])
        is_micropython = block.argument == "micropython"
        yield Step(block.line + start, command, expected, needs_micropython=is_micropython)


def run_steps(steps: Iterable[Step], folder: Path, timeout: float = TIMEOUT) -> list[str]:
    """Run the steps; return what is wrong, a text for each step that printed something else."""
    has_micropython = micropython() is not None or os.environ.get("IOT_REQUIRE_BOARDS") == "1"
    steps = [step for step in steps if has_micropython or not step.needs_micropython]
    needs_board = any(REAL_PORT in step.command + (step.program or "") for step in steps)
    with _board(folder) if needs_board else nullcontext(REAL_PORT) as port:
        script = _BEGIN + "".join(
            _script(step, folder / f"block-{number}.py", port) for number, step in enumerate(steps)
        )
        printed = _run_bash(script, folder, timeout).replace(port, REAL_PORT)
    outputs = printed.split(_MARK)
    outputs += ["(bash ended before)"] * (len(steps) - len(outputs))
    return [
        f"line {step.line}: $ {step.command}\nexpected:\n{step.expected}printed:\n{output}"
        for step, output in zip(steps, outputs, strict=False)
        if not matches(step.expected, output)
    ]


def matches(expected: str, printed: str) -> bool:
    """Tell whether the output is what the page says."""
    if printed and not printed.endswith("\n"):
        printed += "\n"
    pattern = "".join(_pattern(line) for line in expected.splitlines())
    return re.fullmatch(pattern, printed) is not None


def _pattern(line: str) -> str:
    if line.strip() == "...":
        return r"(?:.*\n)*?"
    return ".*?".join(re.escape(part) for part in line.split("...")) + r"\n"


def _script(step: Step, file: Path, port: str) -> str:
    command = step.command.replace(REAL_PORT, port)
    if step.program is not None:
        file.write_text(step.program.replace(REAL_PORT, port), encoding="utf-8")
        command = command.replace("{}", shlex.quote(str(file)))
    if command.endswith(" &"):
        lines = len(step.expected.splitlines())
        command = (
            f'exec {{_out}}< <(exec {command.removesuffix(" &")})\n_served+=("$!")\n'
            f'for _ in $(seq {lines}); do IFS= read -r _line <&$_out && echo "$_line"; done'
        )
    if step.needs_micropython:
        place = shlex.quote(str(micropython() or "micropython"))
        return f"_use {place}\n{command}\n_end\n_use ''\n"
    return f"{command}\n_end\n"


def _run_bash(script: str, folder: Path, timeout: float) -> str:
    with subprocess.Popen(
        ["bash", "-c", script],
        cwd=folder / "work",
        env=isolated(folder),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        errors="backslashreplace",
        start_new_session=True,
    ) as bash:
        try:
            return bash.communicate(timeout=timeout)[0]
        except subprocess.TimeoutExpired:
            os.killpg(bash.pid, signal.SIGKILL)
            return bash.communicate()[0] + f"(no end within {timeout} seconds)"


def isolated(folder: Path) -> dict[str, str]:
    """Return an environment with no settings of the person who runs this; make its folders."""
    homes = {"HOME": "home"} | {
        f"XDG_{kind}_HOME": f"home/{kind}" for kind in ("CACHE", "CONFIG", "DATA", "STATE")
    }
    homes["XDG_RUNTIME_DIR"] = "home/RUNTIME"
    for place in (*homes.values(), "work"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
        "LANG": "C.UTF-8",
        "COLUMNS": "80",
        **{name: str(folder / place) for name, place in homes.items()},
    }


@contextmanager
def _board(folder: Path) -> Iterator[str]:
    """Serve a simulated board; give the name of its port."""
    port = folder / "port"
    command = ["iot", "sim", "--pty", str(port), "--flash", str(folder / "flash")]
    environment = isolated(folder)
    with subprocess.Popen(
        [*command, "--vm", "cpython"], env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == f"serial://{port}\n"
            yield str(port)
        finally:
            server.terminate()
