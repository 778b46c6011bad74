"""USB vendor and product ids of boards, and of the adapters that sit on boards.

Sources: the lists of the vendors (github.com/raspberrypi/usb-pid, github.com/espressif/usb-pids),
MicroPython's board definitions (``USBD_PID_*`` in ``ports/stm32/usb.h``, ``MICROPY_HW_USB_PID``),
the USB ID Repository (linux-usb.org, ``usb.ids``), and Espressif's and WCH's drivers.
"""

from __future__ import annotations

__all__ = ["PRODUCTS", "VENDORS", "board_name"]

# A product that is known by itself.
PRODUCTS: dict[tuple[int, int], str] = {
    (0x0403, 0x6001): "FTDI FT232 serial adapter",
    (0x0403, 0x6010): "FTDI FT2232 dual serial adapter",
    (0x0403, 0x6011): "FTDI FT4232H quad serial adapter",
    (0x0403, 0x6014): "FTDI FT232H serial adapter",
    (0x0403, 0x6015): "FTDI FT230X serial adapter",
    (0x0483, 0x374B): "ST-LINK/V2-1",
    (0x0483, 0x374E): "STLINK-V3",
    (0x0483, 0x374F): "STLINK-V3",
    (0x0483, 0x3752): "ST-LINK/V2-1",
    (0x0483, 0x3753): "STLINK-V3",
    (0x0483, 0x5740): "STM32 virtual COM port",
    (0x04D8, 0xEF38): "Pycom Pyscan",
    (0x04D8, 0xEF98): "Pycom expansion board 3",
    (0x04D8, 0xF012): "Pycom Pysense",
    (0x04D8, 0xF013): "Pycom Pytrack",
    (0x0525, 0xA4A7): "Linux USB serial gadget",
    (0x067B, 0x2303): "Prolific PL2303 serial adapter",
    (0x0D28, 0x0204): "BBC micro:bit or other DAPLink board",
    (0x10C4, 0xEA60): "Silicon Labs CP210x serial adapter",
    (0x10C4, 0xEA61): "Silicon Labs CP210x serial adapter",
    (0x10C4, 0xEA63): "Silicon Labs CP210x serial adapter",
    (0x10C4, 0xEA70): "Silicon Labs CP2105 dual serial adapter",
    (0x10C4, 0xEA71): "Silicon Labs CP2108 quad serial adapter",
    (0x1209, 0xABD1): "OpenMV Cam",
    (0x1209, 0xADDA): "MicroPython board",
    (0x16C0, 0x0483): "Teensy serial",
    (0x16C0, 0x0487): "Teensy serial, keyboard, mouse and joystick",
    (0x16D0, 0x08C7): "Pimoroni Tiny 2040",
    (0x1A86, 0x5523): "WCH CH341 serial adapter",
    (0x1A86, 0x55D3): "WCH CH343 serial adapter",
    (0x1A86, 0x55D4): "WCH CH9102 serial adapter (M5Stack and others)",
    (0x1A86, 0x7522): "WCH CH340 serial adapter",
    (0x1A86, 0x7523): "WCH CH340 serial adapter",
    (0x1B4F, 0x0025): "SparkFun Thing Plus RP2040",
    (0x1B4F, 0x0039): "SparkFun Pro Micro RP2350",
    (0x2341, 0x0001): "Arduino Uno",
    (0x2341, 0x0010): "Arduino Mega 2560",
    (0x2341, 0x003D): "Arduino Due programming port",
    (0x2341, 0x003E): "Arduino Due",
    (0x2341, 0x0042): "Arduino Mega 2560 R3",
    (0x2341, 0x0043): "Arduino Uno R3",
    (0x2341, 0x8036): "Arduino Leonardo",
    (0x2A03, 0x0042): "Arduino Mega 2560 R3",
    (0x2A03, 0x0043): "Arduino Uno R3",
    (0x2A03, 0x8036): "Arduino Leonardo",
    (0x2E8A, 0x0004): "Raspberry Pi Picoprobe",
    (0x2E8A, 0x0005): "MicroPython on Raspberry Pi Pico or other RP2 board",
    (0x2E8A, 0x0009): "Pico SDK program",
    (0x2E8A, 0x000A): "Pico SDK program on RP2040",
    (0x2E8A, 0x000B): "CircuitPython on Raspberry Pi Pico",
    (0x2E8A, 0x000C): "Raspberry Pi Debug Probe",
    (0x2E8A, 0x1000): "Cytron Maker Pi RP2040",
    (0x2E8A, 0x1002): "Pimoroni Pico LiPo (4 MB)",
    (0x2E8A, 0x1003): "Pimoroni Pico LiPo (16 MB)",
    (0x2E8A, 0x101B): "Pimoroni Badger 2040",
    (0x2E8A, 0x101F): "Waveshare RP2040-Zero",
    (0x2E8A, 0x1020): "Waveshare RP2040-Plus",
    (0x2E8A, 0x1027): "WIZnet W5100S-EVB-Pico",
    (0x2E8A, 0x1029): "WIZnet W5500-EVB-Pico",
    (0x2E8A, 0x104F): "Pimoroni Badger 2040 W",
    (0x303A, 0x1001): "Espressif USB serial/JTAG",
    (0x303A, 0x4001): "Espressif native USB (MicroPython and others)",
    (0xF055, 0x9800): "pyboard, serial and disk",
    (0xF055, 0x9801): "pyboard, serial and HID",
    (0xF055, 0x9802): "MicroPython board, serial",
    (0xF055, 0x9804): "pyboard, two serial ports and disk",
    (0xF055, 0x9805): "pyboard, two serial ports",
    (0xF055, 0x9806): "pyboard, three serial ports",
    (0xF055, 0x9807): "pyboard, three serial ports and disk",
}

# A vendor whose serial products are boards or adapters, so that an unlisted one may be ours.
VENDORS: dict[int, str] = {
    0x0403: "FTDI serial adapter",
    0x067B: "Prolific serial adapter",
    0x0D28: "DAPLink board",
    0x10C4: "Silicon Labs serial adapter",
    0x1209: "open hardware board (pid.codes)",
    0x1366: "SEGGER J-Link",
    0x1915: "Nordic Semiconductor board",
    0x1A86: "WCH serial adapter",
    0x1B4F: "SparkFun board",
    0x1FC9: "NXP board",
    0x2341: "Arduino board",
    0x239A: "Adafruit or CircuitPython board",
    0x2886: "Seeed Studio board",
    0x2A03: "Arduino board",
    0x2E8A: "Raspberry Pi RP2 board",
    0x303A: "Espressif board",
    0xF055: "MicroPython board",
}


def board_name(vendor_id: int, product_id: int) -> str | None:
    """Return what a product is, in words; ``None`` if it may be anything."""
    return PRODUCTS.get((vendor_id, product_id)) or VENDORS.get(vendor_id)
