"""Seconds on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Seconds", "time_option"]

_Command = TypeVar("_Command", bound="Callable[..., Any]")

# 23 days. poll(2) takes milliseconds as an int, so 24.8 days are the most that it can wait.
_LONGEST: Final = 2_000_000.0


class Seconds(click.FloatRange):
    """A time that can be waited for.

    Args:
        least: The shortest one.
        is_open: Whether ``least`` itself is too short.
    """

    def __init__(self, least: float = 0.0, *, is_open: bool = False) -> None:
        super().__init__(min=least, min_open=is_open)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds."""
        seconds: float = super().convert(value, param, ctx)
        if not seconds <= _LONGEST:  # "nan" is neither more nor less
            self.fail(f"{value} is no time to wait: at most {_LONGEST:.0f} seconds.", param, ctx)
        return seconds


def time_option(default: float, what: str) -> Callable[[_Command], _Command]:
    """Return the option ``-t``, ``--time`` of a command: ``seconds`` that it waits, at least 1."""
    return click.option(
        "-t",
        "--time",
        "seconds",
        metavar="SECONDS",
        type=Seconds(1.0),
        default=default,
        show_default=True,
        help=what,
    )
