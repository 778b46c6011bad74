"""Calls of functions of ``iot_device.board_code``: sent again if damaged, answered in whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from iot_device.board_code import HARMLESS, CallReader
from iot_device.errors import RemoteProtocolError
from iot_device.session.link import PIECE_SMALL
from iot_device.session.outcome import arrived_damaged, raise_for, result_of
from iot_device.session.output import Collector
from iot_device.session.run import Run
from iot_device.session.runner import new_token
from iot_device.session.values import parse_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device.protocol.events import Finished
    from iot_device.results import ExecutionResult
    from iot_device.session.deadline import Deadline
    from iot_device.session.exchange import Exchange
    from iot_device.session.installed import Installed
    from iot_device.session.link import Link

__all__ = ["IDLE_TIME", "Calling"]

IDLE_TIME: Final = 30.0  # seconds that our code may be silent: some flash is erased as slowly
_TRIES: Final = 3


class _RunCall(Protocol):
    """Runs a program that ends with its token, and may talk with an exchange meanwhile."""

    def __call__(
        self, run: Run, source: bytes, token: str, deadline: Deadline, exchange: Exchange | None
    ) -> Finished: ...


def _hint_of(result: ExecutionResult) -> str | None:
    """Return what helps where our own function failed; of other errors the caller knows more."""
    if result.exception != "MemoryError":
        return None
    return "the board has little memory left; iot softreset frees what programs took of it"


class Calling:
    """Runs our functions on the board.

    Args:
        link: The link to the board.
        installed: What is on the board.
        ready: Sees that the board is at its prompt; its properties are known then.
        run: Runs a program.
    """

    def __init__(
        self,
        link: Link,
        installed: Installed,
        ready: Callable[[Deadline], None],
        run: _RunCall,
    ) -> None:
        self._link = link
        self._installed = installed
        self._ready = ready
        self._run = run

    def call(
        self,
        name: str,
        arguments: tuple[object, ...],
        deadline: Deadline,
        exchange: Exchange | None,
    ) -> list[Any]:
        """Run a function and return what it yields; see ``Session.call``."""
        for left in reversed(range(_TRIES)):
            reader, result = self._call_once(name, arguments, deadline, exchange)
            if not arrived_damaged(result):
                raise_for(result, hint=_hint_of(result))
                if reader.is_whole or name not in HARMLESS or not left:
                    return reader.items()
        raise RemoteProtocolError(
            "bytes for the board are lost on the way, again and again",
            state=self._link.machine.state.name,
            received=self._link.recent,
            hint="try a lower baud rate, a shorter cable, or less load on this computer",
        )

    def _call_once(
        self,
        name: str,
        arguments: tuple[object, ...],
        deadline: Deadline,
        exchange: Exchange | None,
    ) -> tuple[CallReader, ExecutionResult]:
        self._ready(deadline)
        token, nonce = new_token(), new_token()
        on_item = exchange.receive_item if exchange is not None else lambda _: None
        reader = CallReader(nonce, parse_value, on_item)
        collector = Collector(reader.feed)
        checked = self._link.plain_piece == PIECE_SMALL
        source = self._installed.call_program(name, arguments, nonce, token, checked=checked)
        run = Run(self._link, collector, idle=IDLE_TIME, exchange=exchange)
        finished = self._run(run, source, token, deadline, exchange)
        result = result_of(collector, finished, None)
        if not self._installed.kept.note(name, result, reached_its_end=finished.proved):
            return self._call_once(name, arguments, deadline, exchange)
        return reader, result
