"""A rewritten program does what the program does: on CPython, and on real MicroPython."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import io
import os
import re
import shutil
import subprocess
import traceback
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings

from iot_device.source import RewrittenSource, Trailer, parse_trailer, rewrite
from unit.source_programs import programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "0123456789abcdef"

DRIVER = """
import sys
while True:
    size = sys.stdin.buffer.readline()
    if not size:
        break
    source = sys.stdin.buffer.read(int(size))
    names = {'__name__': '__main__'}
    raised = ''
    try:
        exec(compile(source, '<stdin>', 'exec'), names)
    except BaseException as error:
        sys.stdout.write('\\0')
        sys.print_exception(error, sys.stdout)
        raised = type(error).__name__
    names = sorted(set(names) - {'__builtins__'})
    sys.stdout.write('\\0\\0' + repr((raised, names)) + '\\0\\0\\n')
"""


# Where endless recursion ends depends on how much memory is left.
# 300 programs for each test; a busy machine needs a minute for them.
pytestmark = pytest.mark.timeout(240)

NOT_PARSED = ("SyntaxError", "IndentationError")
TOO_DEEP = ("RecursionError", "RuntimeError", "MemoryError")
_ADDRESS = re.compile(r"\bat (?:0x)?[0-9a-f]{6,}")


def without_addresses(text: str) -> str:
    return _ADDRESS.sub("at 0x0", text)


@dataclass(frozen=True)
class Ran:
    """What a run left: output, exception's name and traceback, and the names of its globals."""

    output: str
    raised: str
    traceback: str
    names: list[str]


def run_on_cpython(source: bytes) -> Ran:
    names: dict[str, Any] = {"__name__": "__main__"}
    output, raised, text = io.StringIO(), "", ""
    with contextlib.redirect_stdout(output), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(source, "<stdin>", "exec"), names)  # noqa: S102  (this is the experiment)
        except BaseException as error:  # noqa: BLE001  (SystemExit and KeyboardInterrupt too)
            frames = error.__traceback__.tb_next if error.__traceback__ else None
            raised = type(error).__name__
            text = "".join(traceback.format_exception(type(error), error, frames, chain=False))
    # In a block a docstring is no docstring; MicroPython has none at all.
    shown = without_addresses(output.getvalue())
    return Ran(
        shown, raised, without_addresses(text), sorted(names.keys() - {"__builtins__", "__doc__"})
    )


class CPython:
    """The same interface as ``MicroPython``."""

    run = staticmethod(run_on_cpython)


class MicroPython:
    """A MicroPython process that runs one program after the other."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, source: bytes) -> Ran:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"%d\n%b" % (len(source), source))
        self.process.stdin.flush()
        received = b""
        while not received.endswith(b"\0\0\n"):
            line = self.process.stdout.readline()
            assert line, received
            received += line
        output, facts = without_addresses(received.decode(errors="backslashreplace")).split("\0\0")[
            :2
        ]
        output, _, text = output.partition("\0")
        raised, names = ast.literal_eval(facts)
        frames = (line for line in text.splitlines(keepends=True) if "driver.py" not in line)
        return Ran(output, raised, "".join(frames), names)


def find_micropython() -> str:
    found = os.environ.get("IOT_MICROPYTHON") or shutil.which("micropython")
    if found is None:
        reason = "no MicroPython: put micropython on PATH or name it in IOT_MICROPYTHON"
        if os.environ.get("IOT_REQUIRE_BOARDS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def micropython(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MicroPython]:
    command = find_micropython()
    driver = tmp_path_factory.mktemp("driver") / "driver.py"
    driver.write_text(DRIVER)
    interpreter = MicroPython([command, str(driver)])
    with interpreter.process:
        yield interpreter
        assert interpreter.process.stdin is not None
        interpreter.process.stdin.close()


@pytest.fixture(params=["cpython", "micropython"])
def python(request: pytest.FixtureRequest) -> CPython | MicroPython:
    if request.param == "cpython":
        return CPython()
    interpreter = request.getfixturevalue("micropython")
    assert isinstance(interpreter, MicroPython)
    return interpreter


def split(output: str, raised: str) -> tuple[str, Trailer]:
    """Divide output as the raw REPL machine does: at the first token and at the last."""
    text, token, rest = output.partition(TOKEN)
    assert token, f"no token, but {raised or 'nothing'} was raised"
    payload, token, late = (rest + ("" if rest.endswith(TOKEN) else TOKEN)).rpartition(TOKEN)
    assert not late
    return text, parse_trailer(payload.encode())


def check_same(plain: Ran, rewritten: RewrittenSource, ran: Ran) -> Trailer:
    """Compare a run of the program as it is with one of the rewritten program."""
    if rewritten.not_rewritten and plain.raised:
        text, trailer = ran.output, Trailer()
        assert TOKEN not in text
    elif ran.raised == "SyntaxError" and not ran.output:
        text, trailer = "", Trailer()
    else:
        text, trailer = split(ran.output, ran.raised)
    assert text == plain.output
    exited = plain.raised == "SystemExit" and not rewritten.not_rewritten
    assert trailer.exited == exited
    if not exited:
        assert rewritten.map_traceback(ran.traceback) == plain.traceback
        assert ran.raised == plain.raised
    assert ran.names == plain.names
    return trailer


EXAMPLES = (
    "import sys\nsys.exit(3)",
    "'''a\n'''\nx = 'b\\\n c'\nprint(x)\n1/0",
    "def f():\n  '''a\nb'''\n  return 1/0\n\n\nf()\n",
    "x =\n",
    "print(1)\nif 1:\nx",
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(programs())
@example(EXAMPLES[0])
@example(EXAMPLES[1])
@example(EXAMPLES[2])
@example(EXAMPLES[3])
def test_on_cpython_a_rewritten_program_does_the_same(program: str) -> None:
    plain = run_on_cpython(program.encode())
    assume(plain.raised not in TOO_DEEP)
    rewritten = rewrite(program, end_token=TOKEN)
    if plain.raised in NOT_PARSED and rewritten.not_rewritten is None:
        return  # found by CPython's compiler only; its text would show the indented line
    check_same(plain, rewritten, run_on_cpython(rewritten.source))


def value_on_cpython(program: str) -> str | None:
    """Return the ``repr`` that the last expression has when nothing is rewritten."""
    tree = ast.parse(program)
    last = tree.body.pop()
    if not isinstance(last, ast.Expr) or program.endswith(";"):
        return None
    names: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(BaseException):
        exec(compile(tree, "<stdin>", "exec"), names)  # noqa: S102  (this is the experiment)
        value = eval(compile(ast.Expression(last.value), "<stdin>", "eval"), names)  # noqa: S307
        return None if value is None else without_addresses(repr(value))
    return None


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(programs())
def test_on_cpython_the_value_told_is_that_of_the_last_expression(program: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = value_on_cpython(program)
    plain = run_on_cpython(program.encode())
    assume(plain.raised not in TOO_DEEP)
    rewritten = rewrite(program, end_token=TOKEN, want_value=True)
    ran = run_on_cpython(rewritten.source)
    kept = [name for name in ran.names if name != "_"]
    trailer = check_same(plain, rewritten, dataclasses.replace(ran, names=kept))
    assert trailer.value == value
    assert ("_" in ran.names) == (value is not None)


@pytest.mark.slow
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(program=programs())
@example(program=EXAMPLES[0])
@example(program=EXAMPLES[1])
@example(program=EXAMPLES[2])
@example(program=EXAMPLES[3])
@example(program=EXAMPLES[4])
@example(program="x = f'''{{'''\ny = '''\n  '''")
def test_on_micropython_a_rewritten_program_does_the_same(
    micropython: MicroPython, program: str
) -> None:
    plain = micropython.run(program.encode())
    assume(plain.raised not in TOO_DEEP)
    rewritten = rewrite(program, end_token=TOKEN)
    ran = micropython.run(rewritten.source)
    if plain.raised in NOT_PARSED and rewritten.not_rewritten is None:
        # MicroPython's lexer loses its way behind f"{{" and blames one line or another.
        assert (ran.raised in NOT_PARSED, ran.output) == (True, "")
        return
    check_same(plain, rewritten, ran)


def finish(python: CPython | MicroPython, source: str, *, want_value: bool = False) -> Trailer:
    """Run a program that raises nothing; return what it told at its end."""
    ran = python.run(rewrite(source, end_token=TOKEN, want_value=want_value).source)
    assert ran.traceback == ""
    assert not [name for name in ran.names if name.startswith("_iot")]
    return split(ran.output, ran.raised)[1]


@pytest.mark.parametrize(
    ("argument", "code"),
    [("3", 3), ("", 0), ("None", 0), ("'no'", "no"), ("True", 1), ("2.5", "2.5"), ("-1", -1)],
)
def test_the_argument_of_sys_exit_is_told(
    python: CPython | MicroPython, argument: str, code: int | str
) -> None:
    trailer = finish(python, f"import sys\ndef f():\n\tsys.exit({argument})\nf()")
    assert trailer == Trailer(exited=True, exit_code=code)


def test_names_that_the_program_shadows_do_not_matter(python: CPython | MicroPython) -> None:
    shadows = "import sys\nexit = sys.exit\nprint = open = sys = os = repr = str = len = None\n"
    assert finish(python, shadows + "exit(3)") == Trailer(exited=True, exit_code=3)
    assert finish(python, shadows + "5", want_value=True) == Trailer(value="5")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("5", "5"),
        ("x = 2\n(x,\n 'a')  # c", "(2, 'a')"),
        ("'''a\nb'''", "'a\\nb'"),
        ("'\\x04'", "'\\x04'"),
        ("None", None),
        ("5;", None),
        ("print()", None),
        ("x = 5", None),
        ("x = 5; _ = 6; x", "5"),
    ],
)
def test_the_value_of_the_last_expression_is_told(
    python: CPython | MicroPython, source: str, value: str | None
) -> None:
    assert finish(python, source, want_value=True) == Trailer(value=value)


def test_the_value_is_kept_under_the_name_of_the_friendly_repl(
    python: CPython | MicroPython,
) -> None:
    ran = python.run(rewrite("x = 5; x", end_token=TOKEN, want_value=True).source)
    assert ran.names == ["_", "__name__", "x"]
    ran = python.run(rewrite("x = 5; None", end_token=TOKEN, want_value=True).source)
    assert ran.names == ["__name__", "x"]


def test_the_namespace_can_be_the_last_expression(python: CPython | MicroPython) -> None:
    value = finish(python, "x = 5\nglobals()", want_value=True).value
    assert value is not None
    assert "'x': 5" in value


def test_a_repr_that_raises_is_reported_and_leaves_nothing(python: CPython | MicroPython) -> None:
    source = "class C:\n def __repr__(self):\n  return 1/0\nC()"
    rewritten = rewrite(source, end_token=TOKEN, want_value=True)
    ran = python.run(rewritten.source)
    assert ran.raised == "ZeroDivisionError"
    assert split(ran.output, ran.raised) == ("", Trailer())
    assert rewritten.map_traceback(ran.traceback).splitlines()[:-1] == [
        "Traceback (most recent call last):",
        '  File "<stdin>", line 3, in __repr__',
    ]
    assert not [name for name in ran.names if name.startswith("_iot")]


def test_syntax_that_only_the_board_knows_still_tells_its_end(micropython: MicroPython) -> None:
    # PEP 701: MicroPython has long read this; CPython does from 3.12 on.
    ran = micropython.run(rewrite("d = {'a': 1}\nprint(f'{d['a']}')", end_token=TOKEN).source)
    assert split(ran.output, ran.raised) == ("1\n", Trailer())


@pytest.mark.parametrize("filler", ["bytes(100)", "bytes(16)", "[1]"])
@pytest.mark.parametrize("names", range(8))
def test_a_full_heap_displaces_neither_token_nor_exception(
    tmp_path: Path, names: int, filler: str
) -> None:
    source = "".join(f"g{index} = 1\n" for index in range(names)) + (
        f"b = []\nwhile True:\n    b.append({filler})\n"
    )
    program = tmp_path / "program.py"
    rewritten = rewrite(source, end_token=TOKEN)
    program.write_bytes(rewritten.source)
    command = [find_micropython(), "-X", "heapsize=24k", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == TOKEN
    assert f"line {names + 4}, in <module>\nMemoryError" in done.stderr
