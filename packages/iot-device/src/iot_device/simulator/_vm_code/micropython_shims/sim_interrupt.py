# ruff: noqa: PLW0603  (signals and the block device cannot hand objects to each other)
"""A Ctrl-C that waits for the virtual machine, as on a board.

MicroPython's unix port leaves C code at once when SIGINT comes (``ports/unix/unix_mphal.c``,
MICROPY_ASYNC_KBD_INTR), also code that holds a lock of the memory or is half way through
collecting it: it hangs or crashes then. A board only notes the exception, and raises it between two
instructions (``mp_sched_keyboard_interrupt`` in ``py/scheduler.c``). The variable for that note is
in the unix port, too. No function writes it, but it can be found by variables next to it whose
values are known (``py/mpstate.h``). It is tried before it is relied on.
"""

import sys

try:
    import ffi
    import uctypes
    from micropython import schedule
except ImportError:  # not in every MicroPython
    ffi = None

_SIGHUP = 1
_SIGINT = 2
_SIGALRM = 14
_BLOCK = 0  # SIG_BLOCK and SIG_UNBLOCK of Linux
_UNBLOCK = 1
_SIGINT_ONLY = b"\x02" + b"\0" * 127
_LONGEST_SEARCH = 256  # words; there are about fifty
_AGAIN = 10_000  # microseconds


class _Nothing:
    """In the place of a variable that is not there."""

    value = 0
    part = 0


_error = KeyboardInterrupt()
_pending = _Nothing
_callbacks = []


def _set_mask(how, signals, before):
    pass


def _set_alarm(microseconds, interval):
    pass


def install(main_names):
    """Replace what SIGINT does, where that is possible: Linux, and MicroPython with ``ffi``."""
    global _pending, _set_mask, _set_alarm
    if ffi is None or sys.platform != "linux":
        return
    library = ffi.open(None)
    # nohup lets its programs ignore it, and so this one: but it is how we end (see vm.py, _leash).
    library.func("p", "signal", "ip")(_SIGHUP, None)  # SIG_DFL
    _set_mask = library.func("i", "pthread_sigmask", "ipp")
    found = _find_pending(main_names)
    if found is None or not _is_raised_from(found):
        return
    _pending = found
    _set_alarm = library.func("I", "ualarm", "II")
    for signal, function in ((_SIGALRM, _look_again), (_SIGINT, _note)):
        _callbacks.append(ffi.callback("v", function, "i", lock=True))
        library.func("p", "signal", "iC")(signal, _callbacks[-1])
        library.func("i", "siginterrupt", "ii")(signal, 1)


def hold():
    """Let no interrupt strike before ``release``, which takes the returned value.

    It has no jump, nor has the end of ``release``: an interrupt is raised where one is.
    """
    _set_mask(_BLOCK, _SIGINT_ONLY, None)
    earlier = _pending.part
    _pending.value = 0
    return earlier


def release(earlier):
    """End what ``hold`` began."""
    if earlier:
        _note(_SIGINT)
    _set_mask(_UNBLOCK, _SIGINT_ONLY, None)


def _variable(address):
    # What is read as a part needs no memory; no address of an object has only zeros there.
    return uctypes.struct(address, {"value": uctypes.ULONG, "part": uctypes.UINT32})


def _find_pending(main_names):
    # Within exec other variables have other values, by which they are told apart.
    found = []
    exec("search(start, found)", {"search": _search, "start": id(main_names), "found": found})  # noqa: S102
    return found[0] if found else None


def _search(start, found):
    """Search backwards from the names of ``__main__``.

    There is a pointer to the names of the running function, one to the innermost ``try``, since
    MicroPython 1.21 one to what else is to be undone, which ``exec`` has; then the variable: 0.
    """
    size = uctypes.sizeof({"value": uctypes.ULONG})
    for address in range(start - size, start - _LONGEST_SEARCH * size, -size):
        if _variable(address).value == id(globals()):
            places = (_variable(address + 2 * size), _variable(address + 3 * size))
            found.extend([place for place in places if not place.value][:1])
            return


def _traceback():
    """Return the word of the exception that leads to its traceback (``py/objexcept.h``)."""
    return _variable(id(_error) + 2 * uctypes.sizeof({"value": uctypes.ULONG}))


def _is_raised_from(pending):
    """Tell whether an exception that is noted there is raised, and where its traceback is."""
    if _traceback().value:
        return False
    try:
        pending.value = id(_error)
        schedule(_ignore, None)  # it makes the virtual machine look
        for _ in range(2):
            pass
    except KeyboardInterrupt as error:
        return error is _error and _traceback().value
    pending.value = 0
    return False


def _ignore(_):
    pass


# What signals call strikes anywhere, so it may not allocate, nor have a jump. When it ends, the
# machine looks.


def _note(_):
    _forget.value = 0
    _pending.value = _number
    _set_alarm(_AGAIN, 0)


def _look_again(_):
    """Wake the machine: after its last look it may have begun to wait, and missed the signal."""
    _set_alarm(_AGAIN * bool(_pending.part), 0)


_number = id(_error)
_forget = _Nothing if ffi is None else _traceback()
