"""A notebook without a front end: a real kernel, asked by Jupyter's own messages."""

from __future__ import annotations

import queue
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient

TIMEOUT = 60.0  # seconds; far more than any of these cells takes, also on a busy computer


@dataclass
class Shown:
    """What a cell led to: its reply, and what the notebook shows below it."""

    reply: dict[str, Any]
    messages: list[dict[str, Any]]

    def contents(self, kind: str) -> list[dict[str, Any]]:
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    def stream(self, name: str = "stdout") -> str:
        return "".join(c["text"] for c in self.contents("stream") if c["name"] == name)

    @property
    def text(self) -> str:
        """What was printed, without colours."""
        return plain(self.stream())

    @property
    def result(self) -> str | None:
        results = self.contents("execute_result")
        return results[0]["data"]["text/plain"] if results else None

    @property
    def status(self) -> str:
        return str(self.reply["status"])

    @property
    def error(self) -> dict[str, Any]:
        """The one error that is shown."""
        [error] = self.contents("error")
        return error

    @property
    def traceback(self) -> str:
        return plain("\n".join(self.error["traceback"]))


def plain(text: str) -> str:
    """Return text without ANSI colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


class KernelClient:
    """A running kernel, and one client of it.

    Args:
        cwd: The folder of the notebook.
        environment: Of the kernel's process.
    """

    def __init__(self, cwd: Path, environment: dict[str, str]) -> None:
        self.manager = KernelManager(kernel_name="iot_kernel")
        self.manager.start_kernel(cwd=str(cwd), env=environment)
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        try:
            self.client.wait_for_ready(timeout=TIMEOUT)
        except BaseException:
            self.close()
            raise

    def __call__(self, code: str, **options: Any) -> Shown:
        """Run a cell to its end."""
        return self.finish(self.start(code, **options))

    def start(self, code: str, **options: Any) -> str:
        """Send a cell; return the id of the request."""
        allow_stdin = options.pop("allow_stdin", False)
        return str(self.client.execute(code, allow_stdin=allow_stdin, **options))

    def finish(self, request: str) -> Shown:
        """Wait for the end of a cell."""
        messages = list(self.published(request))
        return Shown(self.reply(request), messages)

    def published(self, request: str) -> Iterator[dict[str, Any]]:
        """Yield what is published for a request, up to its end."""
        while True:
            message = self.client.get_iopub_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "status":
                if message["content"]["execution_state"] == "idle":
                    return
                continue
            yield message

    def wait_for_output(self, request: str, *words: str) -> None:
        """Wait until a cell that runs has printed all words."""
        text = ""
        for message in self.published(request):
            text += message["content"].get("text", "")
            if all(word in text for word in words):
                return
        raise AssertionError(f"it ended after {text!r}")

    def reply(self, request: str) -> dict[str, Any]:
        """Return the reply to a request on the shell channel."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                message = self.client.get_shell_msg(timeout=deadline - time.monotonic())
            except queue.Empty:
                raise AssertionError("no reply") from None
            if message["parent_header"].get("msg_id") == request:
                return dict(message["content"])

    def reply_of_any(self) -> str:
        """Wait for a reply; return the id of its request."""
        message = self.client.get_shell_msg(timeout=TIMEOUT)
        return str(message["parent_header"]["msg_id"])

    def answer(self, value: str) -> dict[str, Any]:
        """Wait for the board's question; answer it; return the question."""
        question = self.client.get_stdin_msg(timeout=TIMEOUT)
        self.client.input(value)
        return dict(question["content"])

    def interrupt(self) -> None:
        """Press Stop; return when the kernel has answered."""
        request = self.client.session.msg("interrupt_request", {})
        self.client.control_channel.send(request)
        reply = self.client.get_control_msg(timeout=TIMEOUT)
        assert reply["content"]["status"] == "ok"

    def restart(self) -> None:
        """Restart the kernel, as the button does."""
        self.manager.restart_kernel(now=False)
        self.client.wait_for_ready(timeout=TIMEOUT)

    def ask(self, send: Callable[[], str]) -> dict[str, Any]:
        """Send a request on the shell channel; return the reply."""
        return self.reply(send())

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel()
