"""Boards that come and go, as ``watch_candidates`` tells."""

from __future__ import annotations

from dataclasses import replace

from iot_device import BoardCandidate, CandidateChange, watch_candidates

PICO = BoardCandidate(
    "/dev/ttyACM0", 0x2E8A, 5, "e66", "1-1.2", "Pico", None, None, None, known=True
)
OTHER = replace(PICO, port="/dev/ttyACM1", serial_number="e67", location="1-1.3")


def test_what_is_there_comes_first_and_then_what_changes() -> None:
    swapped = replace(OTHER, port=PICO.port)
    looks = iter([[PICO], [PICO, OTHER], [PICO, OTHER], [swapped], []])
    changes = watch_candidates(lambda: next(looks))
    assert [next(changes) for _ in range(6)] == [
        CandidateChange(PICO, arrived=True),
        CandidateChange(OTHER, arrived=True),
        CandidateChange(PICO, arrived=False),
        CandidateChange(OTHER, arrived=False),
        CandidateChange(swapped, arrived=True),
        CandidateChange(swapped, arrived=False),
    ]
