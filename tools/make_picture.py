"""Draws the picture of the README: a terminal in which real commands were run.

The commands run on a simulated board in an empty folder. A test tells when the picture no longer
shows what they print.
"""

from __future__ import annotations

import html
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

__all__ = ["PICTURE", "make_picture", "record", "shown_lines"]

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "first-steps.svg"
WIDTH = 76  # columns

_PROGRAM = """\
import sys
from machine import Pin

led = Pin(25, Pin.OUT)
for _ in range(int(sys.argv[1])):
    led.toggle()
    print("on" if led.value() else "off")
"""
_COMMANDS = (
    """iot exec "print('hello from the board')\"""",
    'iot eval "2 ** 100"',
    "iot run blink.py 3",
    "iot cp blink.py :",
    "iot ls -l",
    'iot exec "1 / 0"',
    "echo $?",
)
# Between the outputs stands a mark; the exit code survives it.
_BEGIN = "exec 2>&1\nend() { local status=$?; printf '\\036'; return $status; }\n"
# rich's own frame, without the address of a web font: a picture loads nothing.
_FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
    <style>
    .{unique_id}-matrix {{
        font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace;
        font-size: {char_height}px;
        line-height: {line_height}px;
    }}
    .{unique_id}-title {{ font-size: 18px; font-family: sans-serif; }}
    {styles}
    </style>
    <defs>
    <clipPath id="{unique_id}-clip-terminal">
        <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
    </clipPath>
    {lines}
    </defs>
    {chrome}
    <g transform="translate({terminal_x}, {terminal_y})" \
clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
    </g>
</svg>
"""
_TEXT = re.compile(r'<text class="iot-r\d+" x="[\d.]+" y="([\d.]+)"[^>]*>([^<]*)</text>')


def record() -> list[tuple[str, str]]:
    """Run the commands; return each with what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "blink.py").write_text(_PROGRAM, encoding="utf-8")
        environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
            "HOME": folder,
            "IOT_DEVICE": f"sim://{folder}/board?vm=cpython",
        }
        script = _BEGIN + "\nend\n".join(_COMMANDS)
        ended = subprocess.run(
            ["bash", "-c", script], cwd=folder, env=environment, stdout=subprocess.PIPE, check=True
        )
    return list(zip(_COMMANDS, ended.stdout.decode().split("\x1e"), strict=True))


def make_picture(recorded: list[tuple[str, str]]) -> str:
    """Return the picture of what ``record`` gave, as SVG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    for command, output in recorded:
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        style = "red" if "Traceback" in output else ""
        console.print(Text(output, style=style), end="")
    svg = console.export_svg(title="iot", code_format=_FRAME, unique_id="iot")
    return "".join(f"{line.rstrip()}\n" for line in svg.splitlines())


def shown_lines(svg: str) -> list[str]:
    """Return the text in a picture, line by line."""
    lines: dict[float, str] = {}
    for top, text in _TEXT.findall(svg):  # rich writes them from left to right, from the top
        lines[float(top)] = lines.get(float(top), "") + html.unescape(text)
    return [text.replace("\xa0", " ").rstrip() for text in lines.values()]


if __name__ == "__main__":
    PICTURE.write_text(make_picture(record()), encoding="utf-8")
