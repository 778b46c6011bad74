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

    from iot_kernel.kernel import IoTKernel  # noqa: PLC0415  (start-up)

    IPKernelApp.launch_instance(kernel_class=IoTKernel)
    return 0


if __name__ == "__main__":
    sys.exit(main())
