"""The session: the only place that waits. It drives a protocol over a transport."""

from iot_device.session.cancellation import Cancellation
from iot_device.session.deadline import Deadline
from iot_device.session.exchange import Exchange
from iot_device.session.session import Session

__all__ = ["Cancellation", "Deadline", "Exchange", "Session"]
