"""``python -m iot_kernel install``: tells Jupyter of this kernel.

pip does that too, for a Jupyter in the same environment; this is for one in another.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_NAME: Final = "iot_kernel"


def main(arguments: Sequence[str]) -> int:
    """Install or uninstall the kernelspec; return the exit status."""
    options = _parser().parse_args(arguments)
    if options.action == "uninstall":
        return _uninstall(options)
    return _install(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m iot_kernel")
    actions = parser.add_subparsers(dest="action", required=True)
    install = actions.add_parser("install", help="tell Jupyter of this kernel")
    install.add_argument("--display-name", default="IoT", help="what the launcher shows (IoT)")
    uninstall = actions.add_parser("uninstall", help="undo an install with the same options")
    for action in (install, uninstall):
        where = action.add_mutually_exclusive_group()
        where.add_argument("--user", action="store_true", help="for this user only (the default)")
        where.add_argument("--sys-prefix", action="store_true", help="in this Python's environment")
        where.add_argument("--prefix", metavar="FOLDER", help="in this folder, e.g. /usr/local")
        action.add_argument("-k", "--name", default=_NAME, help=f"name of the kernelspec ({_NAME})")
    return parser


def _install(options: argparse.Namespace) -> int:
    from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415  (start-up)

    prefix = sys.prefix if options.sys_prefix else options.prefix
    with tempfile.TemporaryDirectory() as folder:
        source = _prepared(Path(folder) / "kernel", options.display_name)
        place = KernelSpecManager().install_kernel_spec(
            str(source), options.name, user=options.user or prefix is None, prefix=prefix
        )
    print(f"installed the kernelspec {options.name} in {place}")  # noqa: T201  (a command)
    _warn_of_another(options.name, place)
    return 0


def _prepared(folder: Path, display_name: str) -> Path:
    """Copy our kernelspec to a folder, with this very Python in it."""
    with resources.as_file(resources.files("iot_kernel") / "resources") as ours:
        shutil.copytree(ours, folder)
    path = folder / "kernel.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    spec["argv"][0] = sys.executable
    spec["display_name"] = display_name
    path.write_text(json.dumps(spec, indent=2), encoding="utf-8")
    return folder


def _warn_of_another(name: str, place: str) -> None:
    """Tell if another kernelspec of this name comes first, an old installation for instance."""
    from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415  (start-up)

    found = KernelSpecManager().find_kernel_specs().get(name)
    if found is not None and Path(found).resolve() != Path(place).resolve():
        print(  # noqa: T201  (a command)
            f"warning: Jupyter uses another kernelspec of this name, {found}; "
            f"remove it with: jupyter kernelspec remove {name}",
            file=sys.stderr,
        )


def _uninstall(options: argparse.Namespace) -> int:
    """Remove what ``install`` with the same options put there; what pip installed is pip's."""
    from jupyter_core.paths import jupyter_data_dir  # noqa: PLC0415  (start-up)

    prefix = sys.prefix if options.sys_prefix else options.prefix
    data = jupyter_data_dir() if prefix is None else Path(prefix) / "share" / "jupyter"
    place = Path(data) / "kernels" / options.name
    if not (place / "kernel.json").is_file():
        print(f"there is no kernelspec {options.name} in {place.parent}", file=sys.stderr)  # noqa: T201  (a command)
        return 1
    shutil.rmtree(place)
    print(f"removed the kernelspec {options.name} from {place}")  # noqa: T201  (a command)
    return 0


if __name__ == "__main__":  # the command of the earlier project
    sys.exit(main(["install", *sys.argv[1:]]))
