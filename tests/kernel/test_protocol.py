"""The contract with Jupyter, as its own conformance suite checks it; nothing is skipped."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar

import jupyter_kernel_test
import pytest
from ipykernel._version import version_info
from jupyter_client.channels import HBChannel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kernel-protocol")]


@pytest.fixture(scope="module")
def _board(environment: dict[str, str], flash: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        assert environment["JUPYTER_PATH"] == os.environ["JUPYTER_PATH"]
        patch.setenv("IOT_DEVICE", f"sim://{flash}?vm=micropython")
        yield


@pytest.mark.usefixtures("_board")
class TestConformance(jupyter_kernel_test.KernelTests):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        # The first cell says which board it connected to; the suite counts outputs.
        cls.kc.execute_interactive("%uid", timeout=30)

    kernel_name = "iot_kernel"
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "%%host\nimport sys\nprint('oops', file=sys.stderr)"
    completion_samples: ClassVar[list[dict[str, Any]]] = [
        {"text": "%conn", "matches": {"%connect"}},
        {"text": "%%wri", "matches": {"%%writefile"}},
        {"text": "zi", "matches": {"zip"}},
        {"text": "%%host\nimport ipykernel.kernelb", "matches": {"ipykernel.kernelbase"}},
    ]
    complete_code_samples: ClassVar[list[str]] = [
        "1",
        "print('hi')",
        "def f(x):\n  return x\n\n",
        "%ls",
        "!ls",
        "x?",
        "%%bash\nls\n\n",
        "%%host\n1\n",
    ]
    incomplete_code_samples: ClassVar[list[str]] = [
        "s = '''x",
        "def f(x):",
        "for i in y:\n  x",
        "%%bash\nls",
        "%%host\n",
        "%%host\n1",
        "f(\n1,",
    ]
    invalid_code_samples: ClassVar[list[str]] = ["x = )", "import = 7q", "%%host\nx = )\n"]
    code_page_something = "%connect?"
    code_generate_error = "raise ValueError('no')"
    code_execute_result: ClassVar[list[dict[str, Any]]] = [
        {"code": "6*7", "result": "42"},
        {"code": "x = [1]\nx", "result": "[1]"},
    ]
    code_display_data: ClassVar[list[dict[str, Any]]] = [
        {
            "code": "%%host\nfrom IPython.display import HTML\ndisplay(HTML('<b>'))",
            "mime": "text/html",
        }
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6?7*"
    code_inspect_sample = "%connect"
    code_clear_output = "%%host\nfrom IPython.display import clear_output\nclear_output()"


class NoHeartbeat(HBChannel):
    """In the place of the thread that watches whether the kernel lives, which this is not about.

    ``HBChannel.stop`` is lost if the thread is only just starting: ``_async_run`` sets ``_running``
    after it. Then the thread opens sockets until there are no more (jupyter_client 8.10).
    """

    def run(self) -> None:
        """End at once."""


def wait_until_idle(client: BlockingKernelClient) -> None:
    """Wait until the kernel has said all that it has to say about a request of our own."""
    request = client.kernel_info()
    message = client.get_iopub_msg(timeout=30)
    while (
        message["parent_header"].get("msg_id") != request
        or message["content"].get("execution_state") != "idle"
    ):
        message = client.get_iopub_msg(timeout=30)


@pytest.mark.skipif(version_info < (7, 2), reason="ipykernel welcomes from 7.2 on")
@pytest.mark.usefixtures("_board")
class TestWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "iot_kernel"
    support_iopub_welcome = True

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.kc.hb_channel_class = NoHeartbeat
        # What a kernel says when it starts must not come before the welcome: a message that is sent
        # while somebody subscribes comes first.
        first = cls.km.client()
        first.start_channels(hb=False)
        try:
            first.wait_for_ready(timeout=30)
            wait_until_idle(first)
        finally:
            first.stop_channels()
        cls.kc.start_channels(iopub=False, hb=False)
