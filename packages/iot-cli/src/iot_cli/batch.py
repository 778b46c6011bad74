"""Several things to do, of which some may fail while the others are done."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from iot_cli.errors import PartlyDoneError, as_iot_error
from iot_cli.output import note, write_json
from iot_cli.text import printable
from iot_device import BoardTimeoutError, IotError, ProtocolError, TransportError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_cli.context import Work

__all__ = ["Batch"]

# Without a link to the board, nothing else would succeed.
_FATAL = (TransportError, ProtocolError, BoardTimeoutError)


class Batch:
    """What a command did, and what failed.

    Args:
        work: The run of the command.
        verb: What ``--json`` calls the things that were done: ``copied``. ``None``: the command
            writes its own document.
    """

    def __init__(self, work: Work, verb: str | None = None) -> None:
        self._work = work
        self._verb = verb
        self._done: list[dict[str, Any]] = []
        self._failed: list[tuple[str, IotError]] = []
        self._finished = False

    @contextmanager
    def item(self, what: str, doing: str) -> Iterator[None]:
        """Do one thing; if it fails, note that and go on. Items may stand in each other.

        Args:
            what: The path, as the person would write it.
            doing: What is done with it, in words: ``copying``.
        """
        self._work.waits_for(f"{doing} {what}")
        try:
            yield
        except (IotError, OSError) as error:
            if self._finished:
                raise
            self.fail(what, error)
            if isinstance(error, _FATAL):
                self.finish()

    @contextmanager
    def ends_with_link(self) -> Iterator[None]:
        """Show what was done before the link was lost, if it is.

        Raises:
            PartlyDoneError: It was lost, and something was done.
        """
        try:
            yield
        except _FATAL:
            self.finish()
            raise

    def fail(self, what: str, error: Exception) -> None:
        """Note that a thing failed.

        Args:
            what: The path, as the person would write it.
            error: Why.
        """
        self._failed.append((what, as_iot_error(error)))

    def add(self, text: str, **facts: Any) -> None:
        """Note that a thing is done.

        Args:
            text: A line for ``-v``.
            facts: What ``--json`` shows.
        """
        self._done.append(facts)
        self._work.detail(printable(text))

    def finish(self) -> None:
        """Show what was done; raise if something failed.

        Raises:
            PartlyDoneError: Other things were done; the list of what failed was written.
            IotError: Nothing was done; it is the error of the first thing.
        """
        self._finished = True
        if self._verb is not None and self._work.options.json:
            write_json({self._verb: self._done, "failed": [_facts(*item) for item in self._failed]})
        if not self._failed:
            return
        first = self._failed[0][1]
        for what, error in self._failed if self._done else self._failed[1:]:
            note(f"iot: {printable(what)}: {printable(error.message)}")
        if self._done:
            counts = f"{len(self._failed)} failed, {len(self._done)} done"
            raise PartlyDoneError(counts, hint=first.hint) from first
        raise first


def _facts(what: str, error: IotError) -> dict[str, str]:
    return {"path": what, "error": error.name, "message": error.message}
