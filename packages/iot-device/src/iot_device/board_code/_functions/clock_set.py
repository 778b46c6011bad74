"""Sets the board's clock after ``wait`` milliseconds; yields whether it has one that can be set.

The wait lets the clock begin with a whole second: what the last field of ``machine.RTC`` means,
if anything, is another thing on each firmware port. Weekdays begin with 0, on the pyboard with 1.
"""


def clock_set(date, weekday, clock, wait):
    import sys
    import time

    try:
        if sys.implementation.name == "circuitpython":
            rtc = __import__("rtc").RTC()
            fields = time.struct_time(date + clock + (weekday, -1, -1))
            time.sleep(wait / 1000)
            rtc.datetime = fields
        else:
            set = __import__("machine").RTC().datetime
            fields = date + (weekday + (sys.platform == "pyboard"),) + clock + (0,)
            time.sleep_ms(wait)
            set(fields)
        yield 1
    except (ImportError, AttributeError):
        yield 0
