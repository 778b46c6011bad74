"""The command ``iot``."""
