"""The board of a notebook: connected when it is first needed, again when it was away."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from iot_device import (
    BoardTimeoutError,
    ConfigurationError,
    ConnectionLostError,
    ExecutionError,
    IotError,
    PortNotFoundError,
    UnknownEndError,
    default_target,
    load_configurations,
    name_of,
    open_device,
    printable,
    resolve_target,
)
from iot_kernel.errors import BoardError, GivenUpError, ProgramError
from iot_kernel.goal import Goal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iot_device import Device, Leftover, PortEvent
    from iot_kernel.settings import Settings
    from iot_kernel.state import NotebookMemory

__all__ = ["Connection"]


class Connection:
    """Gives the notebook's device; calls from several threads take turns.

    Devices stay open when the notebook turns to another: a board whose opening resets it would
    lose its variables else.

    Args:
        memory: Which board each notebook used last.
        notebook: Tells the path of the notebook, ``None`` if it is unknown.
        settings: Whether ports are held.
    """

    def __init__(
        self, memory: NotebookMemory, notebook: Callable[[], str | None], settings: Settings
    ) -> None:
        self._settings = settings
        self._memory = memory
        self._notebook = notebook
        self._lock = threading.RLock()
        self._devices: dict[Goal, Device] = {}
        self._remembered: Goal | None = None
        self._told: list[str] = []
        self._silent: Device | None = None  # it did not answer the last time
        self.goal: Goal | None = None
        """What the person named, or what was found; ``None`` before the first connection."""

    @property
    def target(self) -> str | None:
        """The words for the current board; ``None`` before the first connection."""
        return self.goal.target if self.goal is not None else None

    @property
    def open_device(self) -> Device | None:
        """The current device, if it is open; takes no lock and connects to nothing."""
        return self._devices.get(self.goal) if self.goal is not None else None

    def connect(self, goal: Goal) -> Device:
        """Connect to a board and remember it for this notebook.

        Where the last cell got no answer, the port is opened anew.

        Raises:
            IotError: It cannot be opened. The board of before stays the current one.
        """
        self._drop_silent()
        device = self.use(goal)
        self._remember(goal)
        return device

    def use(self, goal: Goal) -> Device:
        """Make a board the current one for now.

        Raises:
            IotError: It cannot be opened. The board of before stays the current one.
        """
        with self._lock:
            device = self.opened(goal)
            self.goal = goal
            return device

    def opened(self, goal: Goal) -> Device:
        """Return the open device of a board, without making it the current one.

        Raises:
            IotError: It cannot be opened.
        """
        with self._lock:
            if goal not in self._devices:
                self._devices[goal] = self._same(goal) or self._open(goal)
            return self._devices[goal]

    def note_uid(self) -> None:
        """Remember who the board is, once it is known: its port may be another one next time."""
        goal, device = self.goal, self.open_device
        if goal is None or device is None or device.known_uid in ("", goal.uid):
            return
        self.goal = replace(goal, uid=device.known_uid)
        if self._remembered == goal:
            self._remember(self.goal)

    def _remember(self, goal: Goal) -> None:
        self._remembered = goal
        self._memory.remember(self._notebook(), goal)

    def device(self, on_connected: Callable[[Device], object]) -> Device:
        """Return the device; connect to the board of last time if there is none.

        Args:
            on_connected: Called with the device if it had to be opened.

        Raises:
            IotError: There is no board, or it cannot be opened.
        """
        with self._lock:
            goal = self.goal or self._known_goal()
            opened = goal not in self._devices
            device = self.use(goal)
            if opened:
                on_connected(device)
            return device

    def release(self) -> None:
        """Give the ports up for other programs; the next use opens them again."""
        if not self._settings.hold_port:
            for device in tuple(self._devices.values()):
                if not _is_ours_alone(device.url):
                    device.release()

    def apply_settings(self) -> None:
        """Have a change of the settings count for the ports that are open."""
        for device in tuple(self._devices.values()):
            if not _is_ours_alone(device.url):
                device.gives_way = not self._settings.hold_port

    def title(self, device: Device) -> str:
        """Return what people call the current board, with its URL.

        A simulated board is asked who it is if it may have a name, and nothing else tells.

        Raises:
            IotError: It was asked, and does not answer.
        """
        goal = self.goal or Goal("")
        uid = device.known_uid or goal.uid or (_uid_of(device) if _boards_have_names() else "")
        label = name_of(uid, device.location) or uid or goal.target
        return device.url if label in device.url else f"{label} @ {device.url}"

    def events(self) -> list[str]:
        """Return what happened to boards since the last call, in sentences for people."""
        told, self._told = self._told, []
        return told

    def _same(self, goal: Goal) -> Device | None:
        """Return the device of that board, if it is open by another of its names."""
        urls = {device.url: device for device in self._devices.values()}
        return urls.get(goal.find(asks="to find").url) if urls else None

    def _open(self, goal: Goal) -> Device:
        found = goal.find()
        shares = not _is_ours_alone(found.url)
        tell = self._tell
        device = open_device(found, gives_way=shares, on_event=tell, on_leftover=tell)
        device.gives_way = shares and not self._settings.hold_port
        return device

    def _tell(self, event: PortEvent | Leftover) -> None:
        self._told.append(event.message)

    def disconnect(self) -> None:
        """Close the current device; the next use connects again."""
        with self._lock:
            if (device := self.open_device) is not None:
                self._drop(device)

    def _drop(self, *devices: Device) -> None:
        with self._lock:
            kept = {goal: it for goal, it in self._devices.items() if it not in devices}
            self._devices = kept
            for device in devices:
                device.close()

    def _drop_silent(self) -> None:
        silent, self._silent = self._silent, None
        if silent is not None:
            self._drop(silent)

    def close(self) -> None:
        """Close all devices."""
        with self._lock:
            while self._devices:
                self._devices.popitem()[1].close()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Show errors of the library as such; a board that is gone is found again next time."""
        try:
            yield
            self._silent = None
        except (BoardTimeoutError, GivenUpError) as error:
            self._silent = self.open_device
            raise (error if isinstance(error, BoardError) else BoardError.of(error)) from error
        except UnknownEndError as error:  # no exception of the program, which may have reset it
            raise BoardError.of(error) from error
        except ExecutionError as error:
            result = error.result
            lines = tuple(printable(line, keep="\t") for line in result.traceback.splitlines())
            raise ProgramError.named(result.exception, result.message, lines) from error
        except ConnectionLostError as error:
            self.disconnect()
            raise BoardError.of(error) from error
        except PortNotFoundError as error:
            gone = (it for it in self._devices.values() if error.port and error.port in it.url)
            self._drop(*gone)
            raise BoardError.of(error) from error
        except IotError as error:
            raise BoardError.of(error) from error

    def _known_goal(self) -> Goal:
        """Environment, then memory, then the project's, then the only board that is attached."""
        remembered = self._memory.recall(self._notebook())
        target = default_target(remembered.target if remembered is not None else None)
        if remembered is not None and target == remembered.target:
            self._remembered = remembered
            return remembered
        return Goal(target or resolve_target())


def _boards_have_names() -> bool:
    with suppress(ConfigurationError):  # who needs one is told
        return bool(load_configurations().identities)
    return False


def _uid_of(device: Device) -> str:
    """Ask a simulated board who it is; a micro:bit has no memory to spare for questions.

    Boards at ports tell it with their first program.
    """
    return device.info.uid or "" if _is_ours_alone(device.url) else ""


def _is_ours_alone(url: str) -> bool:
    """Whether the board is a simulated one in this process: closed, it is switched off."""
    return url.startswith("sim:")
