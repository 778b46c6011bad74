"""``%rsync`` and ``%rdiff``, by configurations in the format of the earlier kernel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kernel.kernel_client import KernelClient

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("vm", ["cpython", "micropython"], indirect=True, scope="module"),
    pytest.mark.xdist_group("kernel-syncing"),
]


@pytest.fixture
def projects(kernel: KernelClient, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "projects"
    (folder / "devices").mkdir(parents=True)
    (folder / "libs").mkdir()
    (folder / "libs" / "blink.py").write_text("print('blink')\n")
    uid = kernel("%uid").text.strip()
    (folder / "devices" / "my_board.yaml").write_text(
        f"my_board:\n    uid: {uid}\n    path: libs\n    resources:\n        - blink.py\n"
    )
    kernel(f"%%host\nimport os; os.environ['IOT_PROJECTS'] = {str(folder)!r}")
    yield folder
    kernel("%%host\ndel os.environ['IOT_PROJECTS']")


def test_rsync_makes_the_board_what_its_configuration_says(
    kernel: KernelClient, flash: Path, projects: Path
) -> None:
    kernel("%rm -rf /")
    (flash / "old.py").write_text("1")
    shown = kernel("%rdiff")
    assert "DELETE  /old.py\nADD     /blink.py\n" in shown.text
    assert shown.status == "ok"
    assert kernel("%rsync").error["ename"] == "UnsafeError"
    assert kernel("%rsync -y").text.endswith("\n1 deleted, 1 added, 15 bytes, verified by sha256\n")
    assert (flash / "blink.py").read_text() == "print('blink')\n"
    assert not (flash / "old.py").exists()
    assert kernel("%rdiff").text == "Directories match\n"
    assert kernel("%name").text == "my_board\n"
    with (projects / "devices" / "my_board.yaml").open("a") as configuration:
        configuration.write("    time: none\n")
    assert "left alone" in kernel("%synctime").text
    assert kernel("%synctime --utc --local").error["ename"] == "UsageError"
    rows = [line.split() for line in kernel("%info -v").text.splitlines()]
    assert ["name", "my_board"] in rows
    assert ["configuration", "my_board.yaml"] in rows
    assert ["15", "/blink.py", str(projects / "libs" / "blink.py")] in rows
    (projects / "libs" / "blink.py").write_text("print('new')\n")
    assert kernel("%rsync -n").text.startswith("UPDATE  /blink.py")
    assert kernel("%rsync -u").status == "ok"
    assert (flash / "blink.py").read_text() == "print('new')\n"
    (flash / "blink.py").write_text("print('there')\n")
    assert kernel("%rdiff --pull").text.startswith("UPDATE  /blink.py\n")
    assert kernel("%rsync --pull").status == "ok"
    assert (projects / "libs" / "blink.py").read_text() == "print('there')\n"
    assert kernel("%rsync --delete").error["ename"] == "UsageError"
    assert kernel("%rsync --pull -u").error["ename"] == "UsageError"


@pytest.mark.usefixtures("projects")
def test_rsync_has_the_options_that_its_refusal_names(kernel: KernelClient, flash: Path) -> None:
    kernel("%rm -rf /")
    (flash / "old.py").write_text("1")
    refused = kernel("%rsync")
    named = set(re.findall(r"--[a-z-]+", refused.traceback))
    assert named == {"--yes", "--upload-only", "--max-delete", "--delete"}
    assert named <= set(re.findall(r"--[a-z-]+", kernel("%rsync -h").text))
    assert kernel("%rsync --upload-only").status == "ok"
    assert kernel("%rsync --max-delete 0").error["ename"] == "UnsafeError"
    assert (flash / "old.py").exists()
    assert kernel("%rsync --max-delete 1").status == "ok"
    assert not (flash / "old.py").exists()


def test_what_patterns_leave_out_is_counted_and_listed_on_demand(
    kernel: KernelClient, projects: Path
) -> None:
    kernel("%rm -rf /")
    (projects / "libs" / "lamp").mkdir()
    (projects / "libs" / "lamp" / "on.py").write_text("lamp = 1\n")
    left_out = projects / "libs" / "lamp" / "notes.txt"
    left_out.write_text("no program")
    with (projects / "devices" / "my_board.yaml").open("a") as configuration:
        configuration.write("        - lamp\n")
    counted = re.search(r"files? not matched: (\S+)", kernel("%rdiff").text)
    assert counted is not None
    listed = kernel(f"%rsync {counted[1]}").text
    assert f"not included: {left_out}\n" in listed
    assert "not matched" not in listed


def test_a_board_without_a_configuration_gets_one_with_its_name(
    kernel: KernelClient, projects: Path
) -> None:
    (projects / "devices" / "my_board.yaml").unlink()
    refused = kernel("%rsync")
    assert refused.error["ename"] == "ConfigurationError"
    assert "%name NAME writes one" in refused.traceback
    place = projects / "devices" / "kitchen.yaml"
    assert kernel("%name kitchen").text == f"Writing {place}\n"
    assert kernel("%name").text == "kitchen\n"
    kernel("%disconnect")
    assert kernel("1").text == f"Connected to kitchen @ {kernel('%url').text}"
    assert kernel("%name 'a,b'").error["ename"] == "InvalidTargetError"
    again = kernel("%name bath")
    assert again.error["ename"] == "ConfigurationError"
    assert "kitchen" in again.traceback
