# ruff: noqa: A002, ARG002, SIM905  (names of MicroPython's machine)
"""``machine`` of a simulated board, just rich enough for tutorials: pins remember, timers call."""

import threading

import board_link
import board_time
import board_traceback

NAMES = (
    "ADC I2C PWM PWRON_RESET HARD_RESET SOFT_RESET Pin RTC SoftI2C Timer bootloader deepsleep "
    "disable_irq enable_irq freq idle lightsleep reset reset_cause soft_reset unique_id"
).split()

PWRON_RESET = 1
HARD_RESET = 2
SOFT_RESET = 5
_state = {"uid": b"", "freq": 125_000_000}


def configure(uid):
    _state["uid"] = uid


def unique_id():
    return _state["uid"]


def reset():
    board_link.ask_and_wait(b"h")


def soft_reset():
    raise SystemExit


def bootloader(_timeout=0):
    board_link.ask_and_wait(b"b")


def deepsleep(milliseconds=-1):
    board_link.ask_and_wait(b"d", milliseconds)


def lightsleep(milliseconds=0):
    board_time.sleep_ms(milliseconds)


def idle():
    pass


def reset_cause():
    return PWRON_RESET


def disable_irq():
    return 1


def enable_irq(_state):
    pass


def freq(hertz=None):
    if hertz is not None:
        _state["freq"] = hertz
    return _state["freq"]


class RTC:
    def datetime(self, value=None):
        if value is None:
            year, month, day, hour, minute, second, weekday, _ = board_time.gmtime()
            return year, month, day, weekday, hour, minute, second, 0
        year, month, day, _, hour, minute, second = value[:7]
        board_time.clock.set(board_time.mktime((year, month, day, hour, minute, second)))
        return None

    init = datetime


class Pin:
    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_FALLING = 4
    IRQ_RISING = 8
    _values = {}  # noqa: RUF012  (one for all pins)

    def __init__(self, id, mode=-1, pull=-1, *, value=None):
        self._id = id
        self._handler = None
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None):
        if value is not None:
            self.value(value)
        elif pull == Pin.PULL_UP and mode == Pin.IN:
            Pin._values.setdefault(self._id, 1)

    def value(self, value=None):
        if value is None:
            return Pin._values.get(self._id, 0)
        Pin._values[self._id] = int(bool(value))
        return None

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def toggle(self):
        self.value(not self.value())

    high = on
    low = off
    __call__ = value

    def irq(self, handler=None, trigger=IRQ_FALLING | IRQ_RISING):
        self._handler = handler

    def __repr__(self):
        return f"Pin({self._id})"


class Timer:
    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id=-1, **settings):
        self._id = id
        self._stopped = threading.Event()
        if settings:
            self.init(**settings)

    def init(self, *, mode=PERIODIC, freq=-1, period=-1, callback=None):
        self.deinit()
        seconds = 1 / freq if freq > 0 else period / 1000
        self._stopped = threading.Event()
        arguments = self._stopped, max(seconds, 0.001), mode, callback
        threading.Thread(target=self._loop, args=arguments, daemon=True).start()

    def deinit(self):
        self._stopped.set()

    def _loop(self, stopped, seconds, mode, callback):
        while not stopped.wait(seconds):
            try:
                if callback is not None:
                    callback(self)
            except BaseException as error:  # noqa: BLE001  (a board prints it and goes on)
                text = board_traceback.format_error(error)
                board_link.write(text.replace("\n", "\r\n").encode())
            if mode == Timer.ONE_SHOT:
                return


class ADC:
    ATTN_11DB = 3

    def __init__(self, pin, **_settings):
        self._pin = pin

    def read_u16(self):
        return 32768

    def read(self):
        return 2048

    def atten(self, _value):
        pass

    def width(self, _value):
        pass


class PWM:
    def __init__(self, pin, *, freq=1000, duty_u16=0, duty=0):
        self._pin = pin
        self._freq = freq
        self._duty = duty_u16 or duty * 64

    def freq(self, value=None):
        self._freq = self._freq if value is None else value
        return self._freq if value is None else None

    def duty_u16(self, value=None):
        self._duty = self._duty if value is None else value
        return self._duty if value is None else None

    def duty(self, value=None):
        if value is None:
            return self._duty // 64
        return self.duty_u16(value * 64)

    def deinit(self):
        self._duty = 0


class I2C:
    """A bus with no devices on it."""

    def __init__(self, id=-1, **_settings):
        self._id = id

    def scan(self):
        return []

    def writeto(self, *_arguments):
        raise OSError(5, "EIO")

    readfrom = readfrom_mem = writeto_mem = readfrom_into = writeto


SoftI2C = I2C


class NeoPixel:
    def __init__(self, pin, n, bpp=3, **_settings):
        self.pin = pin
        self.n = n
        self._pixels = [(0,) * bpp] * n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        return self._pixels[index]

    def __setitem__(self, index, color):
        self._pixels[index] = tuple(color)

    def fill(self, color):
        self._pixels = [tuple(color)] * self.n

    def write(self):
        pass
