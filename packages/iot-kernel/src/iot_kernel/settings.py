"""What a person can set with ``%config``, by environment, or in the kernelspec."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from iot_kernel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "host_magics_allowed"]

_WORDS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


@dataclass
class Settings:
    """The settings; each can also come from ``IOT_`` and its name in capitals.

    Attributes:
        stop_on_error: Whether a cell that fails stops Run All.
        show_result: Whether the last expression of a cell is shown as ``Out[n]``.
        output_limit: Characters that one cell may write to the notebook.
        hold_port: Whether the ports of boards are kept while idle.
    """

    stop_on_error: bool = True
    show_result: bool = True
    output_limit: int = 500_000
    hold_port: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings as the environment has them; what makes no sense is left out."""
        settings = cls()
        for field in fields(cls):
            text = environment.get(f"IOT_{field.name.upper()}")
            if text is not None:
                value = _value_of(text, type(getattr(settings, field.name)))
                if value is not None:
                    setattr(settings, field.name, value)
        return settings

    def change(self, name: str, text: str) -> None:
        """Set one by the words of a person.

        Raises:
            UsageError: There is no such setting, or the value does not fit.
        """
        if name not in self.as_dict():
            raise UsageError(f"no setting {name!r}", (f"there are: {', '.join(self.as_dict())}",))
        kind = type(getattr(self, name))
        value = _value_of(text, kind)
        if value is None:
            raise UsageError(f"{name} = {text.strip()}: expected {_EXPECTED[kind]}")
        setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Return names and values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


_EXPECTED = {bool: "True or False", int: "a whole number that is not negative"}


def _value_of(text: str, kind: type) -> bool | int | None:
    word = text.strip().strip("\"'").lower()
    if kind is bool:
        return _WORDS.get(word)
    return int(word) if word.isdecimal() else None


def host_magics_allowed(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether magics that run programs on this computer are switched on."""
    return environment.get("IOT_ALLOW_HOST_MAGICS", "1").strip().lower() not in (
        "0",
        "false",
        "no",
        "off",
    )
