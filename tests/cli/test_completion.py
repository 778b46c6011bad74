"""Completion: what the shells ask, and in real shells what a Tab does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.terminal_process import Terminal
from cli.test_sim import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.iot_process import Iot

pytestmark = pytest.mark.slow  # starts real processes

BASH_BREAKS = " \t\n\"'@><=;|&(:"
READY = 'echo REA""DY\n'
SHELLS = {
    "bash": (
        ["bash", "--norc", "-i"],
        'eval "$(iot completion bash)"',
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        'autoload -U compinit; compinit -u -D; eval "$(iot completion zsh)"',
    ),
    "fish": (
        ["fish", "--no-config", "--init-command", "function fish_prompt; echo '$ '; end", "-i"],
        "iot completion fish | source",
    ),
}


@pytest.fixture
def board(iot: Iot) -> Iot:
    (iot.flash / "lib").mkdir()
    (iot.flash / "lib" / "one.py").write_text("")
    (iot.flash / "main.py").write_text("print('it is main')\n")
    (iot.flash / "a b.txt").write_text("")
    (iot.flash / "bad\x1b[31m.txt").write_text("")
    return iot


def complete(iot: Iot, line: str) -> list[str]:
    """Ask as the script for bash does; return the completions."""
    ended = subprocess.run(
        [sys.executable, "-m", "iot_cli"],
        env=os.environ
        | {"IOT_DEVICE": iot.target, "_IOT_COMPLETE": "bash_complete"}
        | {"COMP_LINE": line, "COMP_WORDBREAKS": BASH_BREAKS},
        cwd=iot.cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == ""
    return [line for line in ended.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("line", "completions"),
    [
        ("iot so", ["plain,softreset"]),
        ("iot -d sim:// sof", ["plain,softreset"]),
        ("iot ls --rec", ["plain,--recursive"]),
        ("iot cat :ma", ["plain,main.py"]),  # bash has cut the colon off
        ("iot cat ma", ["plain,main.py"]),
        ("iot ls li", ["plain,lib/"]),
        ("iot ls :lib/", ["plain,lib/one.py"]),
        ("iot cat a", ["plain,a\\ b.txt"]),
        ("iot cat 'a", ["plain,a b.txt"]),
        ("iot cat bad", []),  # control characters are nothing for a terminal
        ("iot cp :ma", ["plain,main.py"]),
        ("iot cp ma", ["file,ma"]),
        ("iot run ", ["file,"]),
        ("iot -d sim", ["plain,sim://"]),
        ("iot -d one,al", ["plain,one,all"]),
        ("iot completion z", ["plain,zsh"]),
        ("iot cat absent/", []),
        ("iot -d frob://x cat :", []),
        ("iot frobnicate x", []),
    ],
)
def test_each_kind_of_word_is_completed(board: Iot, line: str, completions: list[str]) -> None:
    assert complete(board, line) == completions


def test_a_program_on_the_board_runs_on(board: Iot, tmp_path: Path) -> None:
    (board.flash / "main.py").write_text(
        "import time\nwhile True:\n    print('running')\n    time.sleep(0.02)\n"
    )
    port = tmp_path / "port"
    with serving(board, "--pty", str(port)):
        served = board.board(str(port))
        until = ("monitor", "--until", "running", "--timeout", "20")
        assert served(*until).code == 0
        assert complete(served, "iot cat :") == []
        assert served(*until).code == 0
        assert served("softreset").code == 0
        assert complete(served, "iot ls li") == ["plain,lib/"]


def test_a_silent_board_costs_no_second(board: Iot) -> None:
    master, slave = os.openpty()
    start = time.monotonic()
    assert complete(board.board(os.ttyname(slave)), "iot cat :") == []
    took = time.monotonic() - start
    os.close(master)
    os.close(slave)
    assert took < 5.0  # a third of a second; the tests' computer may be busy


@pytest.fixture(params=sorted(SHELLS))
def shell(request: pytest.FixtureRequest, board: Iot) -> Iterator[Terminal]:
    """An interactive shell that completes ``iot``."""
    command, set_up = SHELLS[request.param]
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"no {command[0]}; apt-get install {command[0]}")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {"PATH": path, "PS1": "$ ", "TERM": "xterm", "HOME": str(board.cwd)}
    terminal = Terminal(board, program=[program, *command[1:]], environment=environment)
    try:
        terminal.read_until(b"$ ")
        terminal.type(f"{set_up}; {READY}".encode())
        terminal.read_until(b"READY")
        yield terminal
    finally:
        terminal.close()


def test_a_tab_in_a_real_shell_completes_a_path_on_the_board(shell: Terminal) -> None:
    shell.type(b"iot cat :mai\t\n")
    shell.read_until(b"print('it is main')")
    shell.type(b'iot softre\t && echo do""ne\n')
    shell.read_until(b"done")


def test_the_script_of_an_unknown_shell_is_refused(iot: Iot) -> None:
    ended = iot("completion", "tcsh")
    assert (ended.code, ended.out) == (2, b"")
    assert ended.last_line.startswith("iot: error[usage]: Invalid value for ")
    ended = iot("--json", "completion", "bash")
    assert ended.last_line == "iot: error[usage]: --json does not go with completion."
