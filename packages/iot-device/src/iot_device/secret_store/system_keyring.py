"""The keyring of the operating system, if there is a real one."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = ["SystemKeyring"]

_SERVICE: Final = "iot"


class SystemKeyring:
    """The keyring; without a real one it keeps nothing.

    Backends that keep passwords readable, or nowhere, do not count.
    """

    def __init__(self) -> None:
        self._backend = _real_backend()

    @property
    def is_there(self) -> bool:
        """Whether there is a real one."""
        return self._backend is not None

    def get(self, name: str) -> str | None:
        """Return a secret; ``None`` if it has none, or does not open."""
        if self._backend is None:
            return None
        with suppress(Exception):  # its errors are those of each backend's own libraries
            return self._backend.get_password(_SERVICE, name)
        return None

    def set(self, name: str, value: str) -> bool:
        """Keep a secret; return whether it did."""
        if self._backend is None:
            return False
        with suppress(Exception):  # as above
            self._backend.set_password(_SERVICE, name, value)
            return self._backend.get_password(_SERVICE, name) == value
        return False

    def remove(self, name: str) -> None:
        """Forget a secret, if it has it."""
        if self._backend is not None:
            with suppress(Exception):  # as above; also raised if it is not there
                self._backend.delete_password(_SERVICE, name)


def _real_backend() -> KeyringBackend | None:
    import keyring  # noqa: PLC0415  (start-up)
    from keyring.backends import chainer, fail, null  # noqa: PLC0415

    backend = keyring.get_keyring()
    if isinstance(backend, chainer.ChainerBackend):
        backends = [part for part in backend.backends if _is_real(part)]
        return backends[0] if backends else None
    if isinstance(backend, fail.Keyring | null.Keyring) or not _is_real(backend):
        return None
    return backend


def _is_real(backend: KeyringBackend) -> bool:
    # keyrings.alt has those that keep files, some of them plain text; its priorities are below 1.
    if type(backend).__module__.startswith("keyrings.alt"):
        return False
    with suppress(Exception):  # priority is a property that may find out that a library is missing
        return float(backend.priority) >= 1
    return False
