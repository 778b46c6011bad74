"""A kernel with a simulated board, one for each file of tests and virtual machine."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kernel.kernel_client import KernelClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def kernelspec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for ``JUPYTER_PATH`` with our kernelspec, put there by our own command."""
    prefix = tmp_path_factory.mktemp("jupyter")
    command = [sys.executable, "-m", "iot_kernel", "install", "--prefix", str(prefix)]
    subprocess.run(command, check=True, capture_output=True)
    return prefix / "share" / "jupyter"


@pytest.fixture(scope="module")
def environment(
    kernelspec: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The environment of kernels: nothing of the person who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(kernelspec))
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        yield dict(os.environ)


@pytest.fixture(scope="module")
def vm(request: pytest.FixtureRequest) -> str:
    """The virtual machine of the board."""
    return str(getattr(request, "param", "micropython"))


@pytest.fixture(scope="module")
def flash(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is the board's flash."""
    return tmp_path_factory.mktemp("flash")


@pytest.fixture(scope="module")
def cwd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the notebook."""
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def kernel(vm: str, flash: Path, cwd: Path, environment: dict[str, str]) -> Iterator[KernelClient]:
    """A kernel whose board is the simulated one."""
    kernel = KernelClient(cwd, environment | {"IOT_DEVICE": f"sim://{flash}?vm={vm}"})
    try:
        shown = kernel("%uid")
        assert shown.status == "ok", shown.reply
        yield kernel
    finally:
        kernel.close()
