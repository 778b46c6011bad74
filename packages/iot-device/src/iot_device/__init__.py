"""Work with boards that run MicroPython or CircuitPython."""

__version__ = "1.0.0.dev0"
