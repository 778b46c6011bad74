"""One cell of the notebook while it runs: its steps, in their order, in a thread of its own."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from iot_device import Cancellation, printable
from iot_kernel.board_output import BoardOutput, LabelledOutput
from iot_kernel.board_program import run_program
from iot_kernel.cells import Code, Help, LineMagic, Shell, cell_magic_of, steps_of
from iot_kernel.errors import CellInterrupted, UsageError
from iot_kernel.host_command import run_shell_line
from iot_kernel.magics.declare import Call
from iot_kernel.magics.table import find_magic
from iot_kernel.rich import RichItems
from iot_kernel.styles import styled
from iot_kernel.values import BoardValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iot_device import Device
    from iot_kernel.cells import CellMagic, Step
    from iot_kernel.notebook import Notebook
    from iot_kernel.output import CellOutput

__all__ = ["CellRun"]


class CellRun:
    """Runs a cell.

    Args:
        notebook: The board, the settings, and what else all cells share.
        text: The cell.
        number: Its execution count.
        output: Where its output goes.
        ask: Asks the person for a line: prompt, and whether it is a password; ``None`` where
            nobody can be asked.
    """

    def __init__(
        self,
        notebook: Notebook,
        text: str,
        number: int,
        output: CellOutput,
        ask: Callable[[str, bool, threading.Event], str] | None,
    ) -> None:
        self.notebook = notebook
        self.text = text
        self.number = number
        self.output = output
        self.rich = RichItems()
        self.source = notebook.sources.add(number, text)
        self.stopped = threading.Event()
        self.shows_changes: bool = True
        """Whether what is shown again takes the place of what was shown before."""
        self._ask = ask
        self._stoppers: list[Callable[[], object]] = []

    def run(self) -> BoardValue | None:
        """Run all steps; return the value of the last one, if it is board code that has one.

        Raises:
            CellError: A step failed; those behind it did not run.
        """
        self._tell_notices()
        self._show_idle_output()
        magic = cell_magic_of(self.text)
        try:
            with self.notebook.connection.errors():
                if "\0" in self.text:
                    raise UsageError("a cell cannot contain the character NUL")
                if magic is not None:
                    return self._run_cell_magic(magic)
                return self.run_steps(steps_of(self.text), want_value=True)
        except OSError as error:
            raise UsageError.named(type(error).__name__, str(error)) from error
        finally:
            self.notebook.connection.note_uid()

    def run_steps(self, steps: list[Step], *, want_value: bool = False) -> BoardValue | None:
        """Run steps of this cell, on the device that is current at each of them."""
        value = None
        for index, step in enumerate(steps):
            self.check_stopped()
            last = index == len(steps) - 1
            value = self._run_step(step, want_value=want_value and last)
            self._tell_events()
            if not last:
                self._show_idle_output()
        return value

    def _run_step(self, step: Step, *, want_value: bool) -> BoardValue | None:
        match step:
            case Code():
                wanted = want_value and self.notebook.settings.show_result
                return run_program(self, step.source, step.line, want_value=wanted)
            case LineMagic():
                self._call(step.name, step.rest)
            case Shell():
                run_shell_line(self, step.command)
            case Help():
                self.notebook.show_help(step.name, step.detail)
        return None

    def _run_cell_magic(self, magic: CellMagic) -> BoardValue | None:
        found = find_magic(magic.name, is_cell=True, host_names=self.notebook.host_magics("cell"))
        options = found.parse(magic.rest)
        if options is None:
            self.write(found.help, end="")
            return None
        call = Call(found, options, self, body=magic.body, body_line=magic.line)
        value = self._do(call)
        return value if isinstance(value, BoardValue) else None

    def _call(self, name: str, rest: str) -> None:
        found = find_magic(name, is_cell=False, host_names=self.notebook.host_magics("line"))
        options = found.parse(rest)
        if options is None:
            self.write(found.help, end="")
        else:
            self._do(Call(found, options, self))

    def _do(self, call: Call) -> object:
        """Have a magic do its work; Stop ends what it does with the board at its next step."""
        cancellation = Cancellation()
        with self.stoppable(cancellation.cancel), cancellation:
            return call.magic.function(call)

    @property
    def device(self) -> Device:
        """The notebook's device; connects to the one of last time if need be, and says so."""
        return self.notebook.connection.device(self.tell_connected)

    def _tell_notices(self) -> None:
        while self.notebook.notices:
            self.write(f"[{printable(self.notebook.notices.pop(0))}]", style="red")

    def _tell_events(self) -> None:
        for message in self.notebook.connection.events():
            self.write(f"[{printable(message)}]", style="red")

    def _show_idle_output(self) -> None:
        """Show, marked, what timers and threads of the board wrote since the last program."""
        device = self.notebook.connection.open_device
        data = device.take_idle_output() if device is not None else b""
        if data:
            mark = styled("[idle]", "faint")
            output = LabelledOutput(
                self.rich, lambda line: self.write(f"{mark} {line}"), self.output.display
            )
            output.feed(data.rstrip(b"\r\n"))
            output.finish()

    def tell_connected(self, device: Device) -> None:
        """Tell the person to which board the notebook is connected."""
        title = self.notebook.connection.title(device)
        self.write(f"Connected to {printable(title)}", style="device")

    def write(self, text: str = "", *, style: str | None = None, end: str = "\n") -> None:
        """Write to the notebook."""
        self.output.write(styled(text, style) + end)

    def board_output(self) -> BoardOutput:
        """Return what shows the output of a program in this cell."""
        return BoardOutput(self.rich, self.output.write, self.output.display)

    @property
    def can_ask(self) -> bool:
        """Whether there is a person who can be asked."""
        return self._ask is not None

    def ask(self, prompt: str, *, password: bool = False) -> str:
        """Ask the person for a line.

        Raises:
            CellInterrupted: They pressed Stop.
            UsageError: Nobody can be asked.
        """
        if self._ask is None:
            raise UsageError.named(
                "StdinNotImplementedError", "the board asks for input, and nobody can answer here"
            )
        self.output.flush(prompt)
        return self._ask(prompt, password, self.stopped)

    def interrupt(self) -> None:
        """Stop what runs; from any thread or signal handler."""
        self.stopped.set()
        for stop in tuple(self._stoppers):
            stop()

    @contextmanager
    def stoppable(self, stop: Callable[[], object]) -> Iterator[None]:
        """While this runs, Stop calls ``stop``, from another thread."""
        self.check_stopped()
        self._stoppers.append(stop)
        try:
            yield
        finally:
            self._stoppers.remove(stop)

    def check_stopped(self) -> None:
        """End the cell here if Stop was pressed.

        Raises:
            CellInterrupted: It was.
        """
        if self.stopped.is_set():
            raise CellInterrupted.now()
