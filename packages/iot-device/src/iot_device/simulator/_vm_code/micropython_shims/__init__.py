"""Modules for the MicroPython of a simulated board; they take the place of built-in ones."""
