"""Cells for other computers and containers: stand-ins for ssh and docker note their calls."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kernel.kernel_client import KernelClient

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(180),  # the first test has the start of the kernel in it
    pytest.mark.xdist_group("kernel-remote"),
]


@pytest.fixture
def programs(kernel: KernelClient, tmp_path: Path) -> Iterator[Path]:
    stand_in = (
        "#!/bin/bash\n"
        'printf "%s\\n" "$(basename "$0") $*" >> "$CALLS"\n'
        'case "$*" in *-G*) echo "user $(id -un)"; exit;; esac\n'
        'case "$*" in *"ps --format"*) echo web_1_abc; echo balena_2; exit;; esac\n'
        '[ -z "$SSH_ASKPASS" ] || echo "asks $("$SSH_ASKPASS" "password: ")" >> "$CALLS"\n'
        "exec bash -s\n"
    )
    for name in ("ssh", "docker"):
        (tmp_path / name).write_text(stand_in)
        (tmp_path / name).chmod(0o755)
    path = kernel("%%host\nimport os; os.environ['PATH']").result
    new = {"PATH": f"{tmp_path}:{ast.literal_eval(str(path))}", "CALLS": str(tmp_path / "calls")}
    kernel(f"%%host\nos.environ.update({json.dumps(new)})")
    yield tmp_path / "calls"
    kernel(f"%%host\nos.environ['PATH'] = {path}")


def test_ssh_runs_the_cell_there(kernel: KernelClient, programs: Path) -> None:
    assert kernel('%%ssh -p 2222 pi@there.local\necho it\\\'s "me"').text == "it's me\n"
    assert programs.read_text().splitlines()[-1] == "ssh -T -p 2222 -- pi@there.local bash -s"
    kernel("%%ssh there\ntrue")
    assert programs.read_text().splitlines()[-1] == "ssh -T -l root -- there bash -s"
    shown = kernel("%%ssh --out GOT --err BAD there\necho one; echo two >&2; exit 3")
    assert shown.text == ""
    assert shown.error["evalue"] == "%%ssh ended with exit status 3"
    assert kernel("!echo $GOT-$BAD").text == "one-two\n"
    assert kernel("%%ssh --out GOT there\nprintf 'a\\0b'\n!").status == "error"
    assert kernel("!echo $GOT").text == "ab\n"
    assert "is no name of" in kernel("%%ssh --out A=B there\ntouch made").traceback
    assert "is no host" in kernel("%%ssh 'there;reboot'\ntrue").traceback


def test_ssh_gets_a_password_by_no_argument_and_shows_it_nowhere(
    kernel: KernelClient, programs: Path
) -> None:
    word = "it's a $tone"
    request = kernel.start("%%ssh --ask-password me@there\necho in", allow_stdin=True)
    question = kernel.answer(word)
    assert question == {"prompt": "Password for me@there: ", "password": True}
    shown = kernel.finish(request)
    assert shown.text == "in\n"
    assert "in the notebook" not in shown.text
    command, asked = programs.read_text().splitlines()[-2:]
    assert command.startswith("ssh -T -oPreferredAuthentications=password,")
    assert command.endswith(" -oStrictHostKeyChecking=yes -- me@there bash -s")
    assert asked == f"asks {word}"
    assert "tone" not in command

    shown = kernel('%%ssh --password "it\'s a $tone" me@there\necho in')
    assert shown.text.endswith("--ask-password does not]\nin\n")
    assert programs.read_text().splitlines()[-1] == f"asks {word}"
    assert kernel("%%host\n'SSH_ASKPASS' in os.environ").result == "False"


def test_where_nobody_can_be_asked_for_a_password_the_cell_says_so(
    kernel: KernelClient, programs: Path
) -> None:
    shown = kernel("%%ssh --ask-password there\necho in")
    assert shown.error["ename"] == "StdinNotImplementedError"
    assert not programs.exists()


def test_service_runs_the_cell_in_a_container(kernel: KernelClient, programs: Path) -> None:
    assert kernel('%%service web\necho "it\'s me"').text == "it's me\n"
    assert programs.read_text().splitlines()[-1] == "docker exec -i -u iot web_1_abc /bin/bash -s"
    shown = kernel("%%service mail\ntrue")
    assert "No container with name 'mail'" in shown.traceback
    assert "Available containers: host, balena-supervisor, web" in shown.traceback
    assert kernel("%%service host\necho here").text == "here\n"
    assert "is no name" in kernel("%%service 'a;b'\ntrue").traceback
