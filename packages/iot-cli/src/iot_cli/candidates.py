"""Ports that could lead to boards, as tables and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from iot_cli.columns import columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from iot_device import BoardCandidate, BoardInfo, ProbeResult, RememberedBoard

__all__ = ["candidate_cells", "candidate_document", "candidate_table"]

_HEADINGS: Final = ("URL", "DESCRIPTION", "SERIAL NUMBER", "LOCATION")
_PROBE_HEADINGS: Final = ("UID", "FIRMWARE", "MACHINE")
_USB_HEADINGS: Final = ("USB ID", "MANUFACTURER", "PRODUCT", "INTERFACE")


def candidate_document(
    candidate: BoardCandidate,
    probed: ProbeResult | None = None,
    remembered: RememberedBoard | None = None,
) -> dict[str, Any]:
    """Return what ``--json`` shows of a port.

    Args:
        candidate: The port.
        probed: What the board answered, if it was asked.
        remembered: Which board was last seen there.
    """
    board = _told(probed) or remembered
    info = None if probed is None else probed.info
    error = None if probed is None else probed.error
    return {
        "name": board and board.name,
        "uid": board and board.uid,
        "checked": _told(probed) is not None,
        "urls": [candidate.url],
        "port": candidate.port,
        "description": candidate.description,
        "serial_number": candidate.serial_number,
        "location": candidate.location,
        "vendor_id": candidate.vendor_id,
        "product_id": candidate.product_id,
        "manufacturer": candidate.manufacturer,
        "product": candidate.product,
        "interface": candidate.interface,
        "known": candidate.known,
        "implementation": info and info.implementation,
        "version": info and info.version,
        "machine": info and info.machine,
        "stopped_program": None if probed is None else probed.stopped_program,
        "error": error and error.name,
        "message": error and error.message,
    }


def candidate_table(
    candidates: Sequence[BoardCandidate],
    probed: Iterable[ProbeResult] | None = None,
    remembered: Mapping[BoardCandidate, RememberedBoard] | None = None,
    *,
    verbose: bool = False,
) -> str:
    """Return the candidates in columns; in a terminal no wider than that, elsewhere never cut.

    Args:
        candidates: The ports.
        probed: What boards answered; ``None``: nobody was asked.
        remembered: Which boards were last seen at the ports.
        verbose: Also show what USB tells about the devices.
    """
    results = None if probed is None else {result.candidate: result for result in probed}
    names = {
        candidate: _name(_told((results or {}).get(candidate)), (remembered or {}).get(candidate))
        for candidate in candidates
    }
    has_names = any(names.values())
    headings = (
        (("NAME",) if has_names else ())
        + _HEADINGS
        + (_PROBE_HEADINGS if results is not None else ())
    )
    headings += _USB_HEADINGS if verbose else ()
    rows = []
    for candidate in candidates:
        cells = [names[candidate] or "-"] if has_names else []
        cells += candidate_cells(candidate)
        if results is not None:
            cells += _probe_cells(results.get(candidate))
        rows.append(cells + (_usb_cells(candidate) if verbose else []))
    return columns(headings, rows)


def candidate_cells(candidate: BoardCandidate) -> list[str]:
    """Return what the table shows of every port."""
    return _dashed(
        candidate.url, candidate.description, candidate.serial_number, candidate.location
    )


def _told(probed: ProbeResult | None) -> BoardInfo | None:
    """Return what a board told, if that says which one it is."""
    return None if probed is None or probed.info is None or not probed.info.uid else probed.info


def _name(told: BoardInfo | None, remembered: RememberedBoard | None) -> str | None:
    if told is not None:
        return told.name
    return None if remembered is None else f"{remembered.name or remembered.uid} (not checked)"


def _probe_cells(result: ProbeResult | None) -> list[str]:
    if result is None:
        return ["-", "not asked", "-"]
    if result.info is None:
        return ["-", f"error[{result.error.name}]" if result.error else "-", "-"]
    return _dashed(result.info.uid, _firmware(result.info), result.info.machine)


def _usb_cells(candidate: BoardCandidate) -> list[str]:
    ids = None
    if candidate.vendor_id is not None:
        ids = f"{candidate.vendor_id:04x}:{candidate.product_id or 0:04x}"
    return _dashed(ids, candidate.manufacturer, candidate.product, candidate.interface)


def _firmware(info: BoardInfo) -> str:
    return f"{info.implementation} {info.version}".strip()


def _dashed(*values: str | None) -> list[str]:
    return [value or "-" for value in values]
