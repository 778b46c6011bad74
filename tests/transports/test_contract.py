"""Every transport keeps the contract."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from iot_device.testing import TRANSPORT_CHECKS, check_transport
from iot_device.testing.transport_contract import check_what_came_before_the_end_is_read_first

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iot_device.testing import Peer, TransportCheck
    from iot_device.transports import Transport
from transports.peers import PAIRS, memory_pair

# A hung-up terminal drops what waits in it (Linux: tty_ldisc_hangup), pulled cable or closed
# pseudo-terminal alike: no transport can return what the kernel threw away.
NOT_PROMISED = {
    (kind, check_what_came_before_the_end_is_read_first) for kind in ("serial", "serial-threaded")
}
CASES = [
    pytest.param(kind, check, id=f"{kind}-{check.__name__.removeprefix('check_')}")
    for kind in PAIRS
    for check in TRANSPORT_CHECKS
    if (kind, check) not in NOT_PROMISED
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "check"), CASES)
def test_transport_keeps_its_promise(kind: str, check: TransportCheck) -> None:
    with PAIRS[kind]() as (transport, peer):
        check(transport, peer)


@pytest.mark.slow
def test_the_whole_contract_runs_in_one_call() -> None:
    check_transport(memory_pair)


def test_a_broken_promise_names_its_check() -> None:
    @contextmanager
    def silent_pair() -> Iterator[tuple[Transport, Peer]]:
        with memory_pair() as (transport, peer):
            peer.close()
            yield transport, peer

    with pytest.raises(Exception, match="lost the connection") as caught:
        check_transport(silent_pair)
    assert caught.value.__notes__ == ["in check_order_is_kept"]


@pytest.mark.parametrize("kind", PAIRS)
def test_a_transport_tells_its_state(kind: str) -> None:
    with PAIRS[kind]() as (transport, _):
        assert repr(transport).endswith(f"{transport.url} open>")
        transport.close()
        assert repr(transport).endswith(f"{transport.url} closed>")
