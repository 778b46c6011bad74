"""The error tree is what its drawing says, and scripts can rely on names and exit codes."""

from __future__ import annotations

import copy
import errno
import inspect
import os
import pickle
import re
from typing import TYPE_CHECKING

import pytest

from iot_device import errors
from iot_device.errors import BoardOSError, ExecutionError, IotError
from iot_device.results import ExecutionResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DRAWING = errors.__doc__ or ""
EXIT_CODES = {int(code) for code in re.findall(r"^(\d+) +\S", DRAWING, flags=re.MULTILINE)}

# What a class needs besides its message; its attributes must say the same again.
FACTS: dict[str, dict[str, object]] = {
    "HostFileError": {"path": "main.py"},
    "InvalidTargetError": {"target": "pico"},
    "InvalidSourceError": {"line": 3, "column": 7},
    "ConfigurationError": {"file": "boards.yaml", "line": 3},
    "TransportError": {"port": "/dev/ttyACM0"},
    "ConnectError": {"port": "/dev/ttyACM0"},
    "PortNotFoundError": {"port": "/dev/ttyACM0", "available": ("/dev/ttyACM1",)},
    "PortBusyError": {"port": "/dev/ttyACM0", "holder": "screen", "pid": 4711, "since": 1.0},
    "PortPermissionError": {"port": "/dev/ttyACM0", "group": "dialout"},
    "AmbiguousTargetError": {"port": "pico", "candidates": ("pico-1", "pico-2")},
    "AuthenticationError": {"port": "ws://10.0.0.7"},
    "ConnectionLostError": {"port": "/dev/ttyACM0"},
    "LocalProtocolError": {"state": "READY"},
    "RemoteProtocolError": {"state": "READY", "received": b"\x04>"},
    "BoardTimeoutError": {"waiting_for": "the prompt", "received": b"boot"},
    "ResultError": {"text": "<object>"},
    "UnsupportedError": {"feature": "os.stat"},
    "VerificationError": {"path": "/main.py", "expected": "aa", "actual": "bb"},
}


def subclasses(root: type[IotError]) -> Iterator[type[IotError]]:
    """Yield a class and all below it, those of other modules left out."""
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from subclasses(child)


ALL = list(subclasses(IotError))
PUBLIC = [error for error in ALL if not error.__name__.startswith("_")]


def plain_errors() -> list[type[IotError]]:
    """Return the classes that are made of a message, a hint and facts."""
    special = (ExecutionError, BoardOSError)
    return [error for error in PUBLIC if not issubclass(error, special)]


def drawn_parents() -> dict[str, set[str]]:
    """Read the drawing: the name of each class, and of all its bases."""
    parents: dict[str, set[str]] = {}
    path: list[str] = []
    pattern = r"^    ([ │├└─]*)([A-Z]\w+)(?: \((\w+)\))?$"
    for indent, name, builtin in re.findall(pattern, DRAWING, flags=re.MULTILINE):
        del path[len(indent) // 4 :]
        parents[name] = {base for base in (*path[-1:], builtin) if base}
        path.append(name)
    return parents


def test_the_drawing_shows_the_classes_and_their_bases() -> None:
    classes = {error.__name__: {base.__name__ for base in error.__bases__} for error in PUBLIC}
    classes["IotError"] = set()
    assert drawn_parents() == classes


def test_the_public_names_are_sorted_and_are_all_errors() -> None:
    assert errors.__all__ == sorted(error.__name__ for error in PUBLIC)


def test_names_for_scripts_are_kebab_case() -> None:
    odd = [error.name for error in ALL if not re.fullmatch(r"[a-z]+(-[a-z]+)*", error.name)]
    assert odd == []


def test_each_class_has_a_name_of_its_own() -> None:
    names = sorted(error.name for error in ALL)
    assert names == sorted(set(names))
    assert all("name" in vars(error) for error in ALL)


def test_exit_codes_stand_in_the_table() -> None:
    assert {0, 2, 8, 130} <= EXIT_CODES
    assert {error.exit_code for error in ALL} <= EXIT_CODES - {0}


@pytest.mark.parametrize("error", plain_errors(), ids=lambda error: error.__name__)
def test_an_error_keeps_message_hint_and_facts(error: type[IotError]) -> None:
    facts = FACTS.get(error.__name__, {})
    needed = set(inspect.signature(error).parameters) - {"message", "hint"}
    assert needed == set(facts), "each fact has a sample here"
    raised = error("It failed", hint="Plug it in.", **facts)
    assert raised.message == str(raised)
    assert raised.message.startswith("It failed")
    assert raised.hint == "Plug it in."
    assert {name: getattr(raised, name) for name in facts} == facts
    assert error("It failed", **facts).hint is None  # type: ignore[arg-type]  # samples


def samples() -> list[IotError]:
    """Return one of each class, with facts and a hint."""
    plain = [
        kind("It failed", hint="Plug it in.", **FACTS.get(kind.__name__, {}))
        for kind in plain_errors()
    ]
    result = ExecutionResult(b"out", traceback="ValueError: no\r\n", status="error")
    runs = [kind(result) for kind in PUBLIC if issubclass(kind, ExecutionError)]
    numbers = (errno.EROFS, errno.ENOENT, errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.EPERM)
    files = [BoardOSError(number, "/x", "no", hint="Look again.") for number in numbers]
    return [*plain, *runs, *files]


def as_seen(error: IotError) -> tuple[object, ...]:
    """Return all that code and people can see of an error."""
    of_the_system = ("errno", "strerror", "filename")
    facts = {name: getattr(error, name) for name in of_the_system if isinstance(error, OSError)}
    return type(error), error.args, str(error), vars(error), facts


def test_there_is_a_sample_of_each_class() -> None:
    assert {type(error) for error in samples()} == set(ALL)


@pytest.mark.parametrize("error", samples(), ids=lambda error: type(error).__name__)
def test_an_error_reaches_another_process_or_a_copy_as_it_is(error: IotError) -> None:
    error.add_note("on the third board")
    sent = pickle.loads(pickle.dumps(error))  # noqa: S301  (our own)
    for again in (sent, copy.copy(error), copy.deepcopy(error)):
        assert as_seen(again) == as_seen(error)


def test_an_invalid_source_names_its_place_in_the_message() -> None:
    error = errors.InvalidSourceError("a control byte", line=3, column=7)
    assert str(error) == "a control byte (line 3, column 7)"


@pytest.mark.parametrize(
    "make",
    [
        lambda received: errors.RemoteProtocolError("Odd", state="READY", received=received),
        lambda received: errors.BoardTimeoutError("Late", waiting_for="it", received=received),
    ],
    ids=["RemoteProtocolError", "BoardTimeoutError"],
)
def test_only_the_last_bytes_that_came_are_kept(
    make: Callable[[bytes], errors.RemoteProtocolError | errors.BoardTimeoutError],
) -> None:
    assert make(b"x" * 300 + b"end").received == b"x" * 197 + b"end"


@pytest.mark.parametrize(
    "error",
    [error for error in PUBLIC if issubclass(error, ExecutionError)],
    ids=lambda error: error.__name__,
)
def test_a_failed_program_carries_its_result(error: type[ExecutionError]) -> None:
    result = ExecutionResult(b"", traceback="ValueError: no\r\n", status="error")
    raised = error(result)
    assert raised.result is result
    assert str(raised) == "ValueError: no"


@pytest.mark.parametrize(
    ("number", "builtin"),
    [
        (errno.ENOENT, FileNotFoundError),
        (errno.EEXIST, FileExistsError),
        (errno.EISDIR, IsADirectoryError),
        (errno.ENOTDIR, NotADirectoryError),
        (errno.EACCES, PermissionError),
        (errno.EPERM, PermissionError),
        (errno.ENOSPC, OSError),
    ],
)
def test_a_board_error_is_the_builtin_error_that_fits(number: int, builtin: type[OSError]) -> None:
    error = BoardOSError(number, "/main.py", hint="Look again.")
    assert isinstance(error, builtin)
    assert (error.errno, error.filename, error.hint) == (number, "/main.py", "Look again.")
    assert error.strerror == os.strerror(number)
    assert str(error) == f"/main.py: {os.strerror(number)}"
    assert error.exit_code == 7


def test_a_board_error_can_have_words_of_its_own() -> None:
    assert str(BoardOSError(errno.EROFS, "/x", "mounted over USB")) == "/x: mounted over USB"
