"""What a session has put into the builtins of the board, to be removed when it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iot_device.board_code import call_program, guarded
from iot_device.session.kept import KEPT_NAME, KeptFunctions
from iot_device.session.program_input import InputCall, install_input
from iot_device.session.programs import remove_builtins
from iot_device.session.runner import Runner, new_token

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Installed"]


class Installed:
    """The session's things on the board.

    Attributes:
        runner: Writes the tokens of programs.
        kept: What stays for calls of our functions.
    """

    def __init__(self) -> None:
        self.runner: Runner = Runner()
        self.kept: KeptFunctions = KeptFunctions()
        self._input_token = b""
        self._input_is_impossible = False

    def forget(self) -> None:
        """All of it is gone: the board's Python is new, or another process removed it."""
        self._input_token = b""
        self.runner.forget()
        self.kept.forget()

    def install_runner(self, run: Callable[[str], bool]) -> None:
        """Install what writes tokens, if that is wanted.

        Args:
            run: Runs a program of our own; tells whether it came to its end.
        """
        if self.runner.is_wanted:
            self.runner.was_installed(works=run(self.runner.install_program()))

    def input_call(
        self, stdin: Callable[[str], str], source: bytes, run: Callable[[str], bool]
    ) -> InputCall:
        """Replace the board's ``input`` if that can be; return what answers its calls.

        Args:
            stdin: Called with the prompt; returns the line.
            source: The program that may ask.
            run: Runs a program of our own; tells whether it came to its end.
        """
        if not self._input_token and not self._input_is_impossible:
            token = new_token()
            works = run(install_input(token))
            self._input_is_impossible = not works
            self._input_token = token.encode() if works else b""
        return InputCall(stdin, self._input_token or None, source)

    def call_program(
        self, name: str, arguments: tuple[object, ...], nonce: str, token: str, *, checked: bool
    ) -> bytes:
        """Return the program that calls a function of ``iot_device.board_code``.

        Args:
            name: The function.
            arguments: Values whose ``repr`` is a literal.
            nonce: What each line of the answer begins with.
            token: What the program writes at its end.
            checked: Whether the board shall check no more than that the arguments arrive as they
                are; else it checks the whole program.
        """
        if self.kept.takes(name):
            return self.kept.program(name, arguments, nonce, token)
        program = call_program(name, arguments, nonce=nonce, token=token, checked=checked)
        # The whole of it twice is too much for the boards that have no raw paste.
        return program if checked else guarded(program)

    def removal(self, token: str) -> bytes:
        """Return the program that removes it all, and writes a token; empty if there is nothing."""
        installed = {
            "input": self._input_token,
            "_iot": self.runner.installed,
            KEPT_NAME: self.kept,
        }
        names = [name for name, is_there in installed.items() if is_there]
        return remove_builtins(names, token) if names else b""
