"""Cases that the campaign found, each with the defect that it showed then.

Offsets are those of the day: the same byte is another one when programs change. So each defect has
a test of its own besides.
"""

from __future__ import annotations

from typing import Final

from faults.cases import Case
from iot_device.simulator import PowerCut
from iot_device.testing import Fault

__all__ = ["FOUND"]

FOUND: Final = [
    # The mark of an answer was damaged: the board seemed to have no os.rename, and the file was
    # written in place (tests/unit/test_board_code.py).
    Case("put", Fault("flip", "to_board", 662, bits=90)),
    # One flipped bit, and a TypeError came out: an error of the board that was no tuple.
    Case("put", Fault("flip", "to_host", 368)),
    # Between FAT's two steps of a rename there is only the temporary file.
    Case("put", power_cut=PowerCut(6)),
    Case("put", power_cut=PowerCut(7)),
    # A stream that starts damaged, tries again, and waits for a silent board each time.
    Case("copy", Fault("flip", "to_board", 18448, length=25, bits=103, seconds=1.0)),
    Case("copy", Fault("flip", "to_board", 18852, length=44, bits=44)),
]
