"""How Jupyter learns of the kernel: by pip alone, and by our own command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from docs.pages import ROOT
from kernel.kernel_client import KernelClient

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

NAMES = ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]


def iot_kernel(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    # The user's folder first: in a virtual environment it may be that of pip.
    folders = {"JUPYTER_DATA_DIR": str(data), "JUPYTER_PATH": "", "JUPYTER_PREFER_ENV_PATH": "0"}
    environment = os.environ | folders
    command = [sys.executable, "-m", "iot_kernel", *arguments]
    return subprocess.run(command, env=environment, text=True, capture_output=True, check=False)


def test_the_wheel_carries_the_kernelspec(tmp_path: Path) -> None:
    package = ROOT / "packages" / "iot-kernel"
    build = "import hatchling.build as b, sys; print(b.build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", build, str(tmp_path)]
    subprocess.run(command, cwd=package, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        folder = "iot_kernel-1.0.0.dev0.data/data/share/jupyter/kernels/iot_kernel/"
        names = sorted(n.removeprefix(folder) for n in archive.namelist() if folder in n)
        spec = json.loads(archive.read(f"{folder}kernel.json"))
    assert names == NAMES
    assert spec["argv"] == ["python", "-m", "iot_kernel", "-f", "{connection_file}"]
    assert (spec["display_name"], spec["language"]) == ("IoT", "python")
    assert spec["interrupt_mode"] == "message"


def test_install_and_uninstall_for_the_user(tmp_path: Path) -> None:
    installed = iot_kernel("install", "--user", "--display-name", "Boards", data=tmp_path)
    assert installed.returncode == 0, installed.stderr
    folder = tmp_path / "kernels" / "iot_kernel"
    assert sorted(path.name for path in folder.iterdir()) == NAMES
    spec = json.loads((folder / "kernel.json").read_text())
    assert spec["argv"][0] == sys.executable
    assert spec["display_name"] == "Boards"
    assert iot_kernel("uninstall", data=tmp_path).returncode == 0
    assert not folder.exists()
    again = iot_kernel("uninstall", data=tmp_path)
    assert again.returncode == 1
    assert again.stderr == f"there is no kernelspec iot_kernel in {tmp_path / 'kernels'}\n"


def test_a_kernelspec_of_the_same_name_that_comes_first_is_reported(tmp_path: Path) -> None:
    iot_kernel("install", "--user", data=tmp_path)
    other = iot_kernel("install", "--prefix", str(tmp_path / "other"), data=tmp_path)
    assert other.returncode == 0
    assert f"Jupyter uses another kernelspec of this name, {tmp_path / 'kernels'}" in other.stderr


def test_another_name_installs_beside_it(tmp_path: Path) -> None:
    iot_kernel("install", "--user", "--name", "course", data=tmp_path)
    assert [path.name for path in (tmp_path / "kernels").iterdir()] == ["course"]


def test_the_command_of_the_earlier_project_installs_this_kernel(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "iot_kernel.install", "-k", "course", "--prefix"]
    subprocess.run([*command, str(tmp_path)], check=True, capture_output=True)
    assert (tmp_path / "share" / "jupyter" / "kernels" / "course" / "kernel.json").is_file()


def test_an_earlier_library_that_shadows_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "iot_device").mkdir()
    (tmp_path / "iot_device" / "__init__.py").write_text("class DeviceRegistry: pass\n")
    started = subprocess.run(
        [sys.executable, "-m", "iot_kernel", "-f", str(tmp_path / "connection.json")],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert started.returncode == 1
    assert len(started.stderr.splitlines()) == 1
    assert f"does not fit the iot_device in {tmp_path / 'iot_device'}" in started.stderr


def test_a_kernel_that_is_started_by_an_earlier_kernelspec_says_so_once(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-m", "iot_kernel", "-f", "{connection_file}"]
    folder = tmp_path / "kernels" / "iot_kernel"
    folder.mkdir(parents=True)
    spec = {"argv": command, "display_name": "IoT", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    board = {"IOT_DEVICE": f"sim://{tmp_path}/flash?vm=cpython", "JUPYTER_PATH": str(tmp_path)}
    kernel = KernelClient(tmp_path, environment | board)
    try:
        first = kernel("%lsmagic").text.splitlines()[0]
        assert f"the kernelspec of an earlier project first, {folder};" in first
        assert first.endswith("jupyter kernelspec remove iot_kernel]")
        assert "earlier project" not in kernel("%lsmagic").text
    finally:
        kernel.close()
