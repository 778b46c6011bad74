"""Started by the MicroPython of a simulated board.

This file is ``__main__``, whose names are the user's: the work is done in ``sim_driver``, and
nothing of it stays here.
"""

import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0] + "/micropython_shims")
import sim_driver

sim_driver.main(globals())
