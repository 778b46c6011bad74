"""What a person can do next is told in the words of a notebook."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import iot_device
from iot_device import BoardCandidate, IotError, PortBusyError
from iot_device.targets.attached import only_board
from iot_kernel.errors import BoardError
from iot_kernel.magics.table import magics
from session.ports import candidate

if TYPE_CHECKING:
    from collections.abc import Iterator


def shown(error: IotError) -> str:
    """Return the lines below the name of an error."""
    return "\n".join(BoardError.of(error).lines)


def of_only_board(*candidates: BoardCandidate) -> str:
    with pytest.raises(IotError) as raised:
        only_board(candidates)
    return shown(raised.value)


def test_without_a_board_the_magics_are_named_that_lead_to_one() -> None:
    assert of_only_board() == "plug one in, name one with %connect, or try the simulated one: %sim"
    unknown = of_only_board(candidate("/dev/ttyS9", known=False))
    assert unknown == "if it is one, name it: %connect serial:///dev/ttyS9"
    one, two = (candidate(f"/dev/ttyACM{number}", known=True) for number in range(2))
    assert of_only_board(one, two) == f"name one: %connect {one.url} or {two.url}"


def test_a_board_that_another_notebook_works_with_is_waited_for() -> None:
    other = os.getppid()
    hint = f"wait until it is done, stop what runs there, or end process {other}"
    assert busy("serial:///dev/ttyACM0", other) == hint
    assert busy("sim:///flash", other).endswith("or take another folder: %sim FOLDER")
    assert busy("sim:///flash", os.getpid()).startswith("this notebook has it open")


def busy(port: str, pid: int) -> str:
    return shown(PortBusyError("", port=port, pid=pid, since=1.0, hint="as in a terminal"))


def hints_of_the_library() -> Iterator[str]:
    for path in Path(iot_device.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "hint":
                yield ast.unparse(node.value)


def test_whatever_the_library_hints_at_is_a_magic_or_a_line_with_an_exclamation_mark() -> None:
    hints = [text for text in hints_of_the_library() if re.search(r"\biot [a-z]", text)]
    assert len(hints) > 5
    for text in hints:
        told = shown(IotError("", hint=text))
        assert not re.search(r"(?<!!)\biot [a-z]", told), told
        named = re.findall(r"%[a-z]+", told)
        assert named or "!iot " in told
        assert set(named) <= set(magics())


def test_a_missing_configuration_is_written_by_a_magic() -> None:
    hint = "iot rsync FOLDER needs none; iot config new NAME writes one"
    assert shown(IotError("", hint=hint)) == "!iot rsync FOLDER needs none; %name NAME writes one"
    copies = shown(IotError("", hint="iot backup makes one; iot cp -r and iot rsync send others"))
    assert copies == "%backup makes one; %cp -r and %rsync send others"
    assert shown(IotError("", hint="cp -r copies folders")) == "%cp -r copies folders"
    assert shown(IotError("", hint="rdiff shows them")) == "%rdiff shows them"
    assert shown(IotError("", hint="iot softreset frees some")) == "%softreset frees some"
    waits = PortBusyError("", port="x", hint="try again, or wait longer (--wait SECONDS)")
    assert shown(waits) == "try again, or wait longer"
