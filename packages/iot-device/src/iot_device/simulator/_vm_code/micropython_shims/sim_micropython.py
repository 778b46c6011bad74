# ruff: noqa: F403  (the module of the firmware, with one function changed)
"""``micropython`` of a simulated board."""

import sim_board
from micropython import *


def kbd_intr(character):
    sim_board.send(b"k", str(character).encode())
