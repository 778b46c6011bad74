"""``python -m iot_kernel``: the kernel itself; ``install`` and ``uninstall`` its kernelspec."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Start the kernel, or do what the first argument says."""
    if sys.argv[1:2] and sys.argv[1] in ("install", "uninstall"):
        from iot_kernel.install import main as install  # noqa: PLC0415  (start-up)

        return install(sys.argv[1:])
    from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415  (start-up)

    try:
        from iot_kernel.kernel import IoTKernel  # noqa: PLC0415  (start-up)
    except ImportError as error:
        from iot_kernel.earlier import library_problem  # noqa: PLC0415  (rarely needed)

        if (problem := library_problem(error)) is None:
            raise
        print(problem, file=sys.stderr)  # noqa: T201  (there is no kernel that could tell it)
        return 1
    IPKernelApp.launch_instance(kernel_class=IoTKernel)
    return 0


if __name__ == "__main__":
    sys.exit(main())
