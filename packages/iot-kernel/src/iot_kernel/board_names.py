"""What names the board knows: asked in a thread, never while it is busy, kept for a while."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any, Final

from iot_device import IotError

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_device import Device
    from iot_kernel.connection import Connection

__all__ = ["BoardNames"]

PATIENCE: Final = 0.2  # seconds; a person waits for Tab
_ASKING: Final = 2.0  # seconds that the board may take; what comes late is kept for the next Tab
_DOTTED: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*\Z")
_MAX_NAMES: Final = 2000
_BUILTINS: Final = "__import__('builtins')"


class BoardNames:
    """Answers questions about names on the board.

    Args:
        connection: Whose device is asked, if it is open.
        is_busy: Whether a cell runs.
    """

    def __init__(self, connection: Connection, is_busy: Callable[[], bool]) -> None:
        self._connection = connection
        self._is_busy = is_busy
        self._known: dict[str, Any] = {}
        self._modules: dict[str, list[str]] = {}

    def forget(self) -> None:
        """A cell ran: names may be others now. Modules that are built in stay."""
        self._known = {}

    def globals(self) -> list[str]:
        """Return the names of the board's globals and builtins."""
        mine = self._ask(f"{_BUILTINS}.list({_BUILTINS}.globals())")
        return [*_names(mine), *_names(self._ask(f"{_BUILTINS}.dir({_BUILTINS})"))]

    def attributes(self, dotted: str) -> list[str]:
        """Return the attributes of what has this dotted name; it is never called."""
        if _DOTTED.match(dotted) is None:
            return []
        return _names(self._ask(f"{_BUILTINS}.dir({dotted})"))

    def module_attributes(self, module: str) -> list[str]:
        """Return the names in a module, if that is imported already or built in."""
        if _DOTTED.match(module) is None or module not in self.modules():
            return []
        return _names(self._ask(f"{_BUILTINS}.dir(__import__({module!r}))"))

    def modules(self) -> list[str]:
        """Return the modules that are built into the firmware, and those that are imported."""
        loaded = _names(self._ask("list(__import__('sys').modules)"))
        return sorted({*loaded, *self._built_in()})

    def files(self, folder: str) -> list[str]:
        """Return the names in a folder of the board; those of folders end in ``/``."""

        def entries(device: Device) -> list[str]:
            listed = device.files.listdir(folder)
            return [entry.name + ("/" if entry.type == "dir" else "") for entry in listed]

        return _names(self._in_time(f"files {folder}", entries))

    def value(self, expression: str) -> Any:
        """Return the value of an expression; ``None`` if the board does not tell in time."""
        return self._ask(expression)

    def _built_in(self) -> list[str]:
        target = self._connection.target or ""
        if target not in self._modules:
            text = self._in_time("modules", _help_on_modules)
            if not isinstance(text, str):
                return []
            self._modules[target] = _module_names(text)
        return self._modules[target]

    def _ask(self, expression: str) -> Any:
        return self._in_time(
            expression, lambda device: device.evaluate(expression, timeout=_ASKING)
        )

    def _in_time(self, question: str, ask: Callable[[Device], object]) -> Any:
        """Return the answer, if it is known or comes soon."""
        device = self._connection.open_device
        if question in self._known or device is None or self._is_busy():
            return self._known.get(question)
        known = self._known

        def work() -> None:
            try:
                known[question] = ask(device)
            except (IotError, OSError):
                known[question] = None  # not asked again until the next cell

        thread = threading.Thread(target=work, name="iot-names", daemon=True)
        thread.start()
        thread.join(PATIENCE)
        return known.get(question)


def _help_on_modules(device: Device) -> str:
    if device.info.implementation not in ("micropython", "circuitpython"):
        return " ".join(device.evaluate("__import__('sys').builtin_module_names"))
    return device.execute("help('modules')", timeout=_ASKING).text


def _module_names(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not line.startswith("Plus any modules")]
    names = (word.replace("/", ".") for word in " ".join(lines).split())
    return [name for name in names if _DOTTED.match(name) and not name.endswith("__init__")]


def _names(value: object) -> list[str]:
    """The board's words are data: keep what are names."""
    if not isinstance(value, (list, tuple)):
        return []
    return [name for name in value[:_MAX_NAMES] if isinstance(name, str) and name.isprintable()]
