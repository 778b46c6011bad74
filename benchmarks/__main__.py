"""Measure `iot` beside mpremote: ``python benchmarks --micropython PATH [--json FILE]``."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from measure import document, table
from rows import LINKS, Settings, measure_all

BOUNDARIES = """\
- One board for all tools: the simulator with MicroPython, in a process of its own on this computer.
  It takes what its input ring holds at each tick, also while a program computes.
- `session`: one operation on an open session; what a tool probes once is probed before.
  So are the functions that `iot` needs to list, read and write files: they stay on the board after
  their first or second use. What else it needs travels with each call, and is counted.
- `command`: the whole process, from its start to its end; less `command: exec pass` it is the work.
  mpremote runs with `resume`, so that it does not soft-reset the board first.
- `bare client`: a no-op by the fewest system calls; what it needs, link and board need.
- `mpremote /dev/pts` waits in read(); `mpremote other`, a port of any other name, polls each 10 ms.
- `session: output`: mpremote gets less to carry, since it takes so long.
"""


def main() -> int:
    """Measure, and print the table; return 1 if a row of `iot` failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--micropython", type=Path, required=True, help="MicroPython 1.25 or newer (unix)"
    )
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=100, help="of output, for iot")
    parser.add_argument("--link", action="append", choices=LINKS, help="only this one")
    parser.add_argument("--transfers", action="store_true", help="only files that travel")
    parser.add_argument("--only", default="", help="only rows whose names contain this")
    options = parser.parse_args()
    settings = Settings(
        str(options.micropython.resolve()),
        options.repeats,
        options.megabytes,
        links=tuple(options.link or LINKS),
        only_transfers=options.transfers,
        only=options.only,
    )
    rows = []
    for row in measure_all(settings):
        print(f"{row.row} | {row.link} | {row.tool}", file=sys.stderr)
        rows.append(row)
    print(f"{_surroundings()}\n\n{BOUNDARIES}\n{_links()}\n{table(rows)}", end="")
    if options.json:
        facts = {"surroundings": _surroundings(), "links": LINKS, "rows": document(rows)}
        options.json.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return 1 if any(row.failed for row in rows if row.tool == "iot") else 0


def _surroundings() -> str:
    tools = f"iot {version('iot-cli')}, mpremote {version('mpremote')}"
    return f"{tools}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def _links() -> str:
    return "".join(f"- link `{name}`: {model or 'no pace'}\n" for name, model in LINKS.items())


if __name__ == "__main__":
    sys.exit(main())
