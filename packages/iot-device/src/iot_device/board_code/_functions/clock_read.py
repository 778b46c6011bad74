"""Tells what the board's clock shows: the six fields of a date, and microseconds (-1: unknown).

Fields and not seconds: those count from 1970 on some firmware ports and from 2000 on others.
"""


def clock_read():
    try:
        time = __import__("time")
        time.localtime
    except (ImportError, AttributeError):
        return
    try:
        now = time.time_ns()
        yield time.gmtime(now // 1000000000)[:6], now // 1000 % 1000000
    except (AttributeError, OverflowError, TypeError):
        # CircuitPython has no gmtime, old firmware no time_ns, small firmware no long integers.
        yield time.localtime()[:6], -1
