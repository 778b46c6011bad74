"""Looking for boards by their uids: first where they were seen, last where anybody may be."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iot_device.errors import AmbiguousTargetError, IotError, PortBusyError, PortNotFoundError
from iot_device.registry import Registry, owner_of
from iot_device.targets.found import FoundBoard
from iot_device.transports.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from iot_device.discovery import BoardCandidate
    from iot_device.probe import ProbeResult
    from iot_device.registry import Address, Owner
    from iot_device.targets.found import Asking, OnProbe

__all__ = ["Search"]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A board that is looked for.

    Attributes:
        target: The words of the user.
        uids: The unique ids that it may have.
    """

    target: str
    uids: frozenset[str]


class Search:
    """One search for some boards.

    Args:
        wanted: The words of the user -> the unique ids that the board may have.
        attached: What is attached.
        asks: When boards are asked who they are.
        on_probe: Called with each result of asking.
        scheme: With what the URL must begin; ``None``: a cable first, then any.
    """

    def __init__(
        self,
        wanted: Mapping[str, frozenset[str]],
        attached: Sequence[BoardCandidate],
        asks: Asking,
        on_probe: OnProbe | None,
        scheme: str | None = None,
    ) -> None:
        self._missing = [_Wanted(target, uids) for target, uids in wanted.items()]
        boards = Registry().boards()
        self._boards = {board.uid: board for board in boards}
        self._scheme = scheme
        by_cable = attached if scheme in (None, "serial") else ()
        self._ports = [port for port in by_cable if port.known and port.has_repl]
        self._owners = {port: owner_of(port, boards, attached) for port in self._ports}
        self._asks = asks
        self._on_probe = on_probe
        self._answers: dict[BoardCandidate, ProbeResult] = {}
        self._found: dict[str, FoundBoard | IotError] = {}

    def run(self) -> dict[str, FoundBoard | IotError]:
        """Search; return what was found for each target."""
        self._take(lambda port, wanted: _owns(self._owners[port], wanted, certainly=True))
        if self._asks == "to check":
            self._ask(self._places_of_missing())
            self._take(self._is_busy_at_its_place)
        else:
            self._take(lambda port, wanted: _owns(self._owners[port], wanted))
        self._take_known_addresses()
        self._ask([port for port in self._ports if self._owners[port] is None])
        # Somebody may have plugged the boards in anew, each at another's place.
        self._ask([port for port in self._ports if not _is_certain(self._owners[port])])
        self._found |= {wanted.target: self._not_found(wanted) for wanted in self._missing}
        return self._found

    def _places_of_missing(self) -> list[BoardCandidate]:
        return [
            port
            for port in self._ports
            if any(_owns(self._owners[port], wanted) for wanted in self._missing)
        ]

    def _ask(self, ports: Iterable[BoardCandidate]) -> None:
        """Ask the boards at ports who they are, and take those that are wanted."""
        from iot_device.probe import probe_boards  # noqa: PLC0415  (start-up)

        if not self._missing or self._asks == "never":
            return
        answered: set[str | None] = set()

        def is_enough(result: ProbeResult) -> bool:
            answered.add(None if result.info is None else result.info.uid)
            return all(wanted.uids & answered for wanted in self._missing)

        ports = [port for port in ports if port not in self._answers]
        for result in probe_boards(ports, is_enough=is_enough):
            self._answers[result.candidate] = result
            if self._on_probe is not None:
                self._on_probe(result)
        self._take(self._has_answered)

    def _has_answered(self, port: BoardCandidate, wanted: _Wanted) -> bool:
        answer = self._answers.get(port)
        return answer is not None and answer.info is not None and answer.info.uid in wanted.uids

    def _is_busy_at_its_place(self, port: BoardCandidate, wanted: _Wanted) -> bool:
        """Whether a port could not be asked, but probably is the board's; opening it may wait."""
        answer = self._answers.get(port)
        is_busy = answer is not None and isinstance(answer.error, PortBusyError)
        return is_busy and _owns(self._owners[port], wanted)

    def _take(self, fits: Callable[[BoardCandidate, _Wanted], bool]) -> None:
        """Note for each board that is missing the port that fits."""
        for wanted in list(self._missing):
            ports = [port for port in self._ports if fits(port, wanted)]
            if ports:
                is_sure = all(
                    _owns(self._owners[port], wanted, certainly=True)
                    or self._has_answered(port, wanted)
                    for port in ports
                )
                self._note(wanted, _one_of(wanted, [port.url for port in ports], is_sure=is_sure))

    def _take_known_addresses(self) -> None:
        """Note addresses that are no USB ports, the most convenient one first."""
        for wanted in list(self._missing):
            known = [self._boards[uid] for uid in wanted.uids & self._boards.keys()]
            known.sort(key=lambda board: -board.last_seen)  # of boards that take turns the last one
            addresses = (address for board in known for address in board.addresses)
            url = next((it.url for it in addresses if self._fits(it) and _is_usable(it)), None)
            if url is not None:
                self._note(wanted, FoundBoard(wanted.target, url, wanted.uids))

    def _fits(self, address: Address) -> bool:
        return self._scheme is None or address.url.startswith(f"{self._scheme}://")

    def _note(self, wanted: _Wanted, found: FoundBoard | IotError) -> None:
        self._found[wanted.target] = found
        self._missing.remove(wanted)

    def _not_found(self, wanted: _Wanted) -> IotError:
        silent = [
            f"{port.port} ({answer.error.name})"
            for port, answer in self._answers.items()
            if answer.error is not None
        ]
        uids = " or ".join(sorted(wanted.uids))
        place = f"known at no {self._scheme}://" if self._scheme else "not attached"
        return PortNotFoundError(
            f"{wanted.target} is {place}"
            + (f": no board has the uid {uids}" if uids != wanted.target else ""),
            port=wanted.target,
            available=[port.url for port in self._ports],
            hint=f"these did not tell who they are: {', '.join(silent)}" if silent else None,
        )


def _owns(owner: Owner | None, wanted: _Wanted, *, certainly: bool = False) -> bool:
    if owner is None or (certainly and not owner.is_certain):
        return False
    return owner.uid in wanted.uids


def _is_certain(owner: Owner | None) -> bool:
    return owner is not None and owner.is_certain


def _one_of(wanted: _Wanted, urls: Sequence[str], *, is_sure: bool) -> FoundBoard | IotError:
    if len(urls) == 1:
        return FoundBoard(wanted.target, urls[0], wanted.uids, is_sure)
    return AmbiguousTargetError(
        f"{len(urls)} boards are {wanted.target}: {', '.join(urls)}",
        port=wanted.target,
        candidates=urls,
        hint="name one by its port",
    )


def _is_usable(address: Address) -> bool:
    """Whether an address that is no USB port may lead to its board now."""
    if not address.url.startswith("serial://"):
        return True
    return address.usb is None and (os.name == "nt" or Path(parse_url(address.url).path).exists())
