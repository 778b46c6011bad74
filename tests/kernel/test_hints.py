"""What a person can do next is told in the words of a notebook."""

from __future__ import annotations

import os

import pytest

from iot_device import BoardCandidate, IotError, PortBusyError
from iot_device.targets.attached import only_board
from iot_kernel.errors import BoardError


def shown(error: IotError) -> str:
    """Return the lines below the name of an error."""
    return "\n".join(BoardError.of(error).lines)


def of_only_board(*candidates: BoardCandidate) -> str:
    with pytest.raises(IotError) as raised:
        only_board(candidates)
    return shown(raised.value)


def candidate(port: str, *, known: bool) -> BoardCandidate:
    return BoardCandidate(
        port=port,
        vendor_id=None,
        product_id=None,
        serial_number=None,
        location=None,
        description="a port",
        manufacturer=None,
        product=None,
        interface=None,
        known=known,
    )


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
