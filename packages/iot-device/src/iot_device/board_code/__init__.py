"""MicroPython files that are sent to the board, and how they are read from the package."""
