"""The reference pages say what the code says: options, errors, names, signatures, keys."""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click
import pytest

import iot_device
from docs.pages import ROOT, Page
from iot_cli import errors as cli_errors
from iot_cli import exit_codes
from iot_cli.candidates import candidate_document
from iot_cli.main import cli
from iot_device import BoardCandidate, BoardInfo, IotError, backup, errors, rsync, testing
from iot_device.transports.url import _OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DOCS = ROOT / "docs"
COMMANDS = Page(DOCS / "reference" / "commands.md")
ERRORS = Page(DOCS / "reference" / "exit-codes-and-errors.md")
JSON = Page(DOCS / "reference" / "json.md")
LIBRARY = Page(DOCS / "reference" / "library.md")
TARGETS = Page(DOCS / "reference" / "targets.md")
DEPENDENCIES = Page(DOCS / "explanation" / "dependencies.md")

CONTEXT = click.Context(cli, info_name="iot")
NAMES = cli.list_commands(CONTEXT)


def words(cell: str) -> list[str]:
    """Return what stands in code style in a cell."""
    return re.findall(r"`([^`\n]+)`", cell)


def command_of(title: str) -> click.Command:
    name = title.removeprefix("iot").strip()
    command = cli.get_command(CONTEXT, name) if name else cli
    assert command is not None
    return command


# Commands.


def test_the_commands_are_documented_in_the_order_of_the_help() -> None:
    titles = re.findall(r"^## (iot.*)$", COMMANDS.text, re.MULTILINE)
    assert titles == ["iot", *(f"iot {name}" for name in NAMES)]


@pytest.mark.parametrize("title", ["iot", *(f"iot {name}" for name in NAMES)])
def test_synopsis_and_options_are_those_of_the_command(title: str) -> None:
    command = command_of(title)
    pieces = command.collect_usage_pieces(click.Context(command))
    assert f"\n`{title} {' '.join(pieces)}`\n" in COMMANDS.section(title)
    documented = {w for row in COMMANDS.rows(title) for w in words(row[0]) if w[0] == "-"}
    options = [param for param in command.params if isinstance(param, click.Option)]
    help_of_all = {"-h", "--help"} if title == "iot" else set()
    names = {name for option in options for name in (*option.opts, *option.secondary_opts)}
    assert documented == names | help_of_all
    metavars = {option.metavar for option in options if option.metavar}
    assert metavars == {w for row in COMMANDS.rows(title) for w in words(row[0]) if w[0] != "-"}


def test_the_readme_names_all_commands() -> None:
    rows = Page(ROOT / "README.md").rows("What there is")
    assert {w for row in rows for w in words(row[0])} == {f"iot {name}" for name in NAMES}


# Errors.


def subclasses(kind: type[IotError]) -> Iterator[type[IotError]]:
    yield kind
    for subclass in kind.__subclasses__():
        if subclass.__module__.startswith(("iot_device", "iot_cli")):
            yield from subclasses(subclass)


def test_the_exit_codes_are_those_of_the_library_and_the_command_line() -> None:
    table = re.findall(r"^(\d+) +\w", errors.__doc__ or "", re.MULTILINE)
    codes = {getattr(exit_codes, name) for name in exit_codes.__all__} | set(map(int, table))
    documented = [int(row[0]) for row in ERRORS.rows("Exit codes")]
    assert documented == sorted(codes)


def test_the_tree_of_errors_is_that_of_the_module() -> None:
    tree = next(block for block in ERRORS.blocks if block.text.startswith("IotError"))
    lines = tree.text.splitlines()
    assert (
        lines == [line.strip() for line in (errors.__doc__ or "").splitlines()][4 : 4 + len(lines)]
    )


def test_each_public_error_has_its_name_its_code_and_its_facts() -> None:
    rows = [row for row in ERRORS.rows("Error classes") if len(row) == 5]
    documented = {words(row[0])[0]: (words(row[1])[0], int(row[2])) for row in rows}
    classes = [getattr(errors, name) for name in errors.__all__]
    assert documented == {kind.__name__: (kind.name, kind.exit_code) for kind in classes}
    for row in rows:
        source = inspect.getsource(getattr(errors, words(row[0])[0]).__mro__[0])
        own = set(re.findall(r"self\.(\w+)(?:: [^=\n]+)? =", source))
        assert own <= set(words(row[4])), row[0]


def test_no_error_has_a_name_or_code_that_is_not_documented() -> None:
    rows = ERRORS.rows("Error classes") + ERRORS.rows("Errors of the command line")
    cells = [row[1:3] if len(row) == 5 else row[:2] for row in rows]
    documented = {(words(name)[0], int(code)) for name, code in cells if words(name)}
    assert cli_errors.__name__ == "iot_cli.errors"  # its classes are loaded
    assert documented == {(kind.name, kind.exit_code) for kind in subclasses(IotError)}


# The library.


def without_types(function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for name, parameter in signature.parameters.items()
        if name != "self"
    ]
    nothing = inspect.Signature.empty
    return f"{function.__name__}{signature.replace(parameters=bare, return_annotation=nothing)}"


def documented_signatures(title: str) -> list[str]:
    text = LIBRARY.section(title)
    block = re.search(r"```text\n(.*?)```", text, re.DOTALL)
    assert block
    return block[1].splitlines()


def test_the_public_names_are_those_of_the_package() -> None:
    tables = LIBRARY.section("Public names")
    names = re.findall(r"^\| `(\w+)` \|", tables, re.MULTILINE)
    assert sorted(names) == iot_device.__all__


def test_the_public_names_of_testing_are_those_of_the_package() -> None:
    assert sorted(words(row[0])[0] for row in LIBRARY.rows("Transport")) == sorted(testing.__all__)


def test_the_public_names_of_backup_are_those_of_the_package() -> None:
    assert sorted(words(row[0])[0] for row in LIBRARY.rows("backup")) == sorted(backup.__all__)


def test_the_public_names_of_rsync_are_those_of_the_package() -> None:
    assert sorted(words(row[0])[0] for row in LIBRARY.rows("rsync")) == sorted(rsync.__all__)


@pytest.mark.parametrize("name", ["Device", "Console", "Clock", "FileSystem", "Transport"])
def test_the_signatures_are_those_of_the_class(name: str) -> None:
    bases = reversed(getattr(iot_device, name).__mro__)
    members = [member for base in bases if base is not object for member in vars(base).items()]
    methods = [value for key, value in members if key[0] != "_" and inspect.isfunction(value)]
    assert documented_signatures(name) == [without_types(method) for method in methods]
    properties = [key for key, value in members if isinstance(value, property)]
    assert set(properties) <= set(words(LIBRARY.section(name)))


def test_the_signatures_of_functions_are_theirs() -> None:
    functions = [getattr(iot_device, name) for name in iot_device.__all__ if name[0].islower()]
    assert documented_signatures("Functions") == [without_types(value) for value in functions]


# Targets, JSON, dependencies.


def test_the_options_of_urls_are_those_that_the_parser_knows() -> None:
    documented = {
        tuple(w for cell in row[:2] for w in words(cell)) for row in TARGETS.rows("Options")
    }
    assert documented == {(scheme, name) for scheme, names in _OPTIONS.items() for name in names}
    schemes = {words(row[0])[0].partition(":")[0] for row in TARGETS.rows("URLs")}
    assert schemes == set(_OPTIONS)


def test_the_keys_of_discover_are_those_that_it_writes() -> None:
    candidate = BoardCandidate("p", 1, 2, None, None, "", None, None, None, known=True)
    assert [words(row[0])[0] for row in JSON.rows("discover")] == list(
        candidate_document(candidate)
    )


def test_the_keys_of_info_are_those_of_the_board_info() -> None:
    names = [field.name for field in fields(BoardInfo)]
    assert [words(row[0])[0] for row in JSON.rows("info")] == ["url", *names]


@pytest.mark.slow
def test_the_simulator_has_the_modules_that_its_page_lists(tmp_path: Path) -> None:
    page = Page(DOCS / "explanation" / "simulator.md")
    listed = re.search(r"^The CPython kind has (.*), with the names", page.text, re.MULTILINE)
    assert listed
    with iot_device.open_device(f"sim://{tmp_path}?vm=cpython") as device:
        device.execute("".join(f"import {name}\n" for name in words(listed[1])))


def test_every_dependency_has_its_reason() -> None:
    documents = [ROOT / "pyproject.toml", *ROOT.glob("packages/*/pyproject.toml")]
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in documents]
    needed = [word for table in tables for word in table.get("project", {}).get("dependencies", [])]
    for group in tables[0]["dependency-groups"].values():
        needed += [word for word in group if isinstance(word, str)]
    names = {re.split(r"[=<>~! ]", word)[0] for word in needed}
    sections = ("Of the packages", "Of the workshop")
    documented = {row[0] for section in sections for row in DEPENDENCIES.rows(section)}
    assert names - {"iot-device"} == documented
