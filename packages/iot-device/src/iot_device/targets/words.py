"""The words that say which board is meant; what they mean is for ``boards`` to find out."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from iot_device.errors import InvalidTargetError
from iot_device.names import ALL, is_uid, normal_uid
from iot_device.transports.url import is_plain_port, parse_url

if TYPE_CHECKING:
    from iot_device.config import Configurations

__all__ = ["USB_KINDS", "Meaning", "Words", "default_target", "given_target", "names_several"]

USB_KINDS: Final = ("id:", "usb:")
_GROUP: Final = "@"
_LEAST_UID: Final = 8  # digits that tell the uid of an unknown board from a misspelt name
_MOST_NAMES: Final = 10  # in a hint


def default_target(memory: str | None = None) -> str | None:
    """Return the target of those who name none: the first that there is.

    That is the one in the variable ``IOT_DEVICE``, ``memory``, that of a project's ``iot.toml``.
    ``None`` if there is none of them: then the only board that is attached is meant.

    Args:
        memory: What a notebook remembers.

    Raises:
        ConfigurationError: An ``iot.toml`` makes no sense.
    """
    if target := os.environ.get("IOT_DEVICE") or memory:
        return target
    from iot_device.config.project import find_project  # noqa: PLC0415  (start-up)

    project = find_project()
    return None if project is None else project.device


def given_target(target: str | None) -> str | None:
    """Return a target, or the default one if there is none.

    Raises:
        InvalidTargetError: It is empty: a variable without a value must not lead to another board.
    """
    if target is None:
        return default_target()
    if not target.strip():
        hint = "name a board, or name none to use the default one"
        raise InvalidTargetError("a target is empty", target=target, hint=hint)
    return target


def names_several(target: str | None = None) -> bool:
    """Whether a target may name several boards: it is a list, a group, or ``all``.

    Args:
        target: The words; ``None`` for the default target.
    """
    given = given_target(target)
    return given is not None and (given == ALL or "," in given or given.startswith(_GROUP))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a target for one board means: one of the three.

    Attributes:
        url: A URL or a port.
        usb: ``id:USB_SERIAL`` or ``usb:LOCATION``.
        uids: The unique ids of boards.
    """

    url: str | None = None
    usb: str | None = None
    uids: frozenset[str] = frozenset()


class Words:
    """Knows the names that the user gave to boards; configurations are read when one is needed."""

    @cached_property
    def configurations(self) -> Configurations:
        """The configurations of this moment."""
        from iot_device.config import load_configurations  # noqa: PLC0415  (start-up)

        return load_configurations()

    def parts(self, target: str) -> list[str]:
        """Take a list of targets apart; groups become names.

        Raises:
            InvalidTargetError: One of them makes no sense, or stands there twice.
        """
        written = [part.strip() for part in target.split(",")]
        for part in written:
            self._check(part, target)
        twice = next((part for part in written if written.count(part) > 1), None)
        if twice is not None:
            raise InvalidTargetError(f"{twice} is named twice", target=target)
        expanded = [name for part in written for name in self._expanded(part)]
        return list(dict.fromkeys(expanded))

    def meaning(self, part: str) -> Meaning:
        """Return what a target for one board means.

        Raises:
            InvalidTargetError: It makes no sense.
        """
        if part.startswith(USB_KINDS):
            return Meaning(usb=part)
        if "://" in part or is_plain_port(part):
            _check_no_folder(part)
            parse_url(part)
            return Meaning(url=part)
        boards = [board for board in self.configurations.identities if board.name == part]
        uids = frozenset(uid for board in boards for uid in board.uids)
        if uids:
            return Meaning(uids=uids)
        places = [board.usb for board in boards if board.usb]
        if places:
            return Meaning(usb=f"usb:{places[0]}")
        return self._uid(part)

    def _uid(self, part: str) -> Meaning:
        uid = normal_uid(part)
        if is_uid(part) and (len(uid) >= _LEAST_UID or _is_known(uid)):
            return Meaning(uids=frozenset({uid}))
        _check_no_folder(part)
        raise InvalidTargetError(
            f"{part!r} is neither a port nor a URL, and no board has this name or uid",
            target=part,
            hint=self._suggestion(part),
        )

    def _suggestion(self, part: str) -> str:
        names = self.configurations.names()
        close = difflib.get_close_matches(part, names, n=1)
        if close:
            return f"did you mean {close[0]}?"
        if unread := self.configurations.unread_hint:
            return unread
        if names:
            more = ", ..." if len(names) > _MOST_NAMES else ""
            return f"boards with a name are {', '.join(names[:_MOST_NAMES])}{more}"
        return "ports look like /dev/ttyACM0 or COM3, URLs like socket://HOST:PORT"

    def _check(self, part: str, whole: str) -> None:
        if not part or part == ALL:
            problem = f"{ALL} stands in a list" if part else "a target is missing"
            raise InvalidTargetError(
                f"{problem}: {whole}",
                target=whole,
                hint=f"write a,b or {ALL}; a comma in a URL is %2C",
            )
        if part.startswith(USB_KINDS):
            from iot_device.discovery.choose import check_usb_target  # noqa: PLC0415  (start-up)

            check_usb_target(part)
        elif not part.startswith(_GROUP):
            self.meaning(part)

    def _expanded(self, part: str) -> list[str]:
        if not part.startswith(_GROUP):
            return [part]
        names = self.configurations.group(part.removeprefix(_GROUP))
        if not names:
            groups = {group for board in self.configurations.identities for group in board.groups}
            known = ", ".join(f"{_GROUP}{group}" for group in sorted(groups))
            hint = f"groups are {known}" if known else "groups: in a configuration makes one"
            raise InvalidTargetError(
                f"no board is in the group {part}",
                target=part,
                hint=self.configurations.unread_hint or hint,
            )
        return names


def _is_known(uid: str) -> bool:
    from iot_device.registry import Registry  # noqa: PLC0415  (start-up)

    return Registry().get(uid) is not None


def _check_no_folder(target: str) -> None:
    if "://" not in target and Path(target).is_dir():
        raise InvalidTargetError(
            f"{target} is a folder, no board", target=target, hint=_hint_for_folder(target)
        )


def _hint_for_folder(target: str) -> str:
    if target in os.environ.get("IOT_DEVICE", "").split(","):
        return "did you mean IOT_DEVICES?"
    path = quote(Path(target).resolve().as_posix().removeprefix("/"))
    return f"a simulated board whose flash is this folder is sim:///{path}"
