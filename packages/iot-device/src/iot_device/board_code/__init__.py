"""MicroPython functions that are sent to the board, and how they are called.

Each file of ``_functions`` holds one function, a generator with the file's name, that yields
tuples, numbers or bytes. It is sent without comments and annotations, under a name of ours, runs,
writes each thing that it yields as one line, marked by a random nonce and with a check of its text,
and last how many these were, and is deleted again: nothing of it stays in the user's globals, and
no name that the user may have shadowed is used to write. Helpers, whose names begin with ``_``, are
sent inside it; they stand in the same file, or in one of their own if several need them.
"""

from __future__ import annotations

import ast
import binascii
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from iot_device.board_code.guards import INFLATE, deflated, deflated_words, guarded
from iot_device.errors import RemoteProtocolError, ResultError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "HARMLESS",
    "INFLATE",
    "WRITER",
    "CallReader",
    "board_source",
    "call_program",
    "deflated",
    "deflated_words",
    "guarded",
    "shown_arguments",
]

# Functions that change nothing: what they answer can be asked for again.
HARMLESS: Final = frozenset(
    {
        "board_values",
        "clock_read",
        "files_before",
        "files_before_many",
        "files_blocks",
        "files_digest",
        "files_digests",
        "files_features",
        "files_list",
        "files_list_flat",
        "files_mounts",
        "files_read",
        "files_stats",
    }
)

# Where no window and no handshake guards the line, a byte that is lost in a path must not remove
# another file.
_CHECK = """ a={text!r}
 if b.sum(a)!={total}:raise SyntaxError
"""

# Helpers that have a file of their own.
_HELPERS: Final = frozenset({"_digests", "_frames"})

MAX_LINE: Final = 65536  # bytes of one answer

# Writes a line of an answer: the nonce, a check of the value's text, the text.
WRITER: Final = """\
 try:s=__import__('binascii').crc32
 except b.Exception:s=b.sum
 def w(n,v):
  v=b.repr(v)
  b.print(n,s(b.bytes(v,'utf8')),v)
"""

_CALL = """
def _iot_call(b):
{check}{writer} try:
  c=0
  for v in _iot_{name}({arguments}):
   w({nonce!a},v)
   c+=1
  w({nonce!a}+'.',c)
 except OSError as e:
  w({nonce!a}+'!',e.args)
try:
 _iot_call(__import__('builtins'))
finally:
 del _iot_call,_iot_{name}
 __import__('builtins').print({token!a},end='')
"""


@cache
def board_source(name: str) -> str:
    """Return a function's source, as it is sent: ``_iot_NAME``, as short as can be."""
    functions = _functions_of(name)
    function = functions.pop(name)
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    for helper in sorted(used & _HELPERS):
        functions |= _functions_of(helper)
    function.body[:0] = functions.values()
    function.name = f"_iot_{name}"
    lines = (line for line in ast.unparse(function).splitlines() if line.strip())
    return "".join(f"{' ' * (_indent(line) // 4)}{line.lstrip()}\n" for line in lines)


def _functions_of(name: str) -> dict[str, ast.FunctionDef]:
    from importlib import resources  # noqa: PLC0415  (start-up)

    file = resources.files(__name__).joinpath("_functions", f"{name}.py")
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [_Bare().visit(node) for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {function.name: function for function in functions}


class _Bare(ast.NodeTransformer):
    """Takes away what the board has no use for: docstrings and annotations."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        for argument in node.args.args:
            argument.annotation = None
        if ast.get_docstring(node) is not None:
            del node.body[0]
        return node


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def call_program(
    name: str, arguments: tuple[object, ...], *, nonce: str, token: str, checked: bool = False
) -> bytes:
    """Return the program that defines, calls and deletes a function of this folder.

    Args:
        name: The function.
        arguments: Values whose ``repr`` is a literal.
        nonce: What each line of the answer begins with.
        token: What the program writes at its end.
        checked: Let the board raise ``SyntaxError`` if the arguments do not arrive as they are.
    """
    shown, check = shown_arguments(arguments), ""
    if checked and shown:
        text = f"({shown},)".encode()
        shown, check = "*b.eval(a)", _CHECK.format(text=text, total=sum(text))
    call = _CALL.format(
        name=name, arguments=shown, check=check, writer=WRITER, nonce=nonce, token=token
    )
    return (board_source(name) + call).encode()


def shown_arguments(arguments: tuple[object, ...]) -> str:
    """Return what stands between the brackets of a call on the board."""
    return ",".join(map(board_literal, arguments))


def board_literal(value: object) -> str:
    """Return an expression, all ASCII, that gives this value on the board.

    A path may hold bytes that are no UTF-8 (``surrogateescape``, as ``os.fsdecode`` gives them).
    The board has no such strings; the bytes are handed over as they are.
    """
    if isinstance(value, tuple):
        return f"({''.join(f'{board_literal(item)},' for item in value)})"
    if isinstance(value, str) and any("\udc80" <= char <= "\udcff" for char in value):
        return repr(value.encode(errors="surrogateescape"))
    return ascii(value)


class CallReader:
    """Reads the lines that a called function writes.

    Args:
        nonce: What each line begins with.
        parse: Turns the text of a value into the value.
        on_item: Told each value as it comes.
    """

    def __init__(
        self,
        nonce: str,
        parse: Callable[[bytes], Any],
        on_item: Callable[[Any], object] = lambda _: None,
    ) -> None:
        self._nonce = nonce.encode()
        self._parse = parse
        self._on_item = on_item
        self._rest = b""
        self._items: list[Any] = []
        self._count: object = None
        self._error: tuple[object, ...] | None = None
        self._damaged = b""

    @property
    def is_whole(self) -> bool:
        """Whether the function's end, or its error, and all before it arrived as it was written."""
        return not self._damaged and (self._error is not None or self._count == len(self._items))

    def feed(self, data: bytes) -> None:
        """Take output of the board."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._rest) > MAX_LINE:
            raise ResultError("the board's answer has no end", text=ascii(self._rest[:100]))

    def items(self) -> list[Any]:
        """Return what the function yielded.

        Raises:
            OSError: It raised one on the board; ``args`` are the board's.
            RemoteProtocolError: Something of it is damaged or missing.
        """
        if not self.is_whole:
            raise RemoteProtocolError(
                "the board's answer arrived incomplete or damaged",
                state="READY",
                received=self._damaged or ascii(self._items).encode(),
                hint="try a lower baud rate or a shorter cable; a program on the board that goes on"
                " in the background and prints does the same",
            )
        if self._error is not None:
            raise OSError(*self._error)
        return self._items

    def _take(self, line: bytes) -> None:
        noise, nonce, rest = line.rstrip(b"\r").partition(self._nonce)
        if not nonce or noise:
            return  # a timer or a thread of the user wrote this
        kind, _, checked = rest.partition(b" ")
        check, _, text = checked.partition(b" ")
        if check not in (b"%d" % binascii.crc32(text), b"%d" % sum(text)):
            self._damaged = line
        elif kind == b"!":
            self._error = self._arguments(text)
        elif kind == b".":
            self._count = self._parse(text)
        else:
            self._items.append(self._parse(text))
            self._on_item(self._items[-1])

    def _arguments(self, text: bytes) -> tuple[object, ...]:
        match self._parse(text):
            case tuple(arguments):
                return arguments
            case other:
                raise ResultError("the board's error makes no sense", text=ascii(other))
