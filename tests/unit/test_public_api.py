"""The public face of ``iot_device`` is a list, and the list is true."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import iot_device
from iot_device import clock, device, discovery, errors, filesystem, opening, results
from iot_device.simulator import server

SOURCE = Path(inspect.getfile(iot_device)).read_text(encoding="utf-8")
# What these modules call public is public for everybody; of others, only some names are.
WHOLE_MODULES = (clock, device, discovery, errors, filesystem, opening, results, server)
INTERNAL = {"candidates_from"}


def test_all_is_sorted_without_doubles() -> None:
    assert iot_device.__all__ == sorted(set(iot_device.__all__))


@pytest.mark.parametrize("name", iot_device.__all__)
def test_each_public_name_is_there_and_says_what_it_is(name: str) -> None:
    value = getattr(iot_device, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert value.__name__ == name
        assert inspect.getdoc(value)


def test_no_public_name_is_that_of_a_module() -> None:
    # Importing the module would put it in the place of the name.
    modules = {path.stem for path in Path(inspect.getfile(iot_device)).parent.iterdir()}
    assert modules.isdisjoint(iot_device.__all__)


def test_each_name_for_type_checkers_is_public_and_the_other_way_round() -> None:
    imports = [
        alias.name
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("iot_device")
        for alias in node.names
    ]
    assert sorted(imports) == iot_device.__all__


def test_what_the_upper_layers_call_public_is_public() -> None:
    names = {name for module in WHOLE_MODULES for name in module.__all__}
    assert names - INTERNAL - set(iot_device.__all__) == set()


def test_a_name_that_is_not_there_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'open_devise'"):
        _ = iot_device.open_devise  # type: ignore[attr-defined]


def test_dir_shows_the_public_names() -> None:
    assert set(iot_device.__all__) < set(dir(iot_device))


@pytest.mark.slow
def test_importing_the_package_loads_nothing_else() -> None:
    program = (
        "import sys, iot_device\n"
        "print(*(name for name in sys.modules if name.startswith('iot_device.')))\n"
        "print('serial' in sys.modules)\n"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout == "\nFalse\n"
