"""How large a QR code becomes."""

from __future__ import annotations

from drivers.printer.api import Code
from drivers.printer.escpos.options import Options

QR_CAPACITY_M = (
    14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666,
    711, 779, 857, 911, 997, 1059, 1125, 1190, 1264, 1370, 1452, 1538, 1628, 1722, 1809, 1911, 1989,
    2099, 2213, 2331,
)  # fmt: skip
"""Bytes a QR code of version 1–40 holds at level M (ISO/IEC 18004 table 7)."""

QUIET_ZONE = 4
"""Modules that stay white around a code, so that readers find it (ISO/IEC 18004, 6.3.8)."""


class SlipError(ValueError):
    """A slip that cannot be put on this paper."""


def qr_module(code: Code, options: Options) -> int:
    """Edge of a module in dots: as wanted, or less where the code would not fit the paper."""
    size = len(code.data.encode())
    version = next((number for number, fits in enumerate(QR_CAPACITY_M, 1) if size <= fits), None)
    if version is None or not size:
        raise SlipError(f"a QR code of {size} bytes")
    module = min(max(code.module, 3), 8)
    fits = options.width_dots // (17 + 4 * version + 2 * QUIET_ZONE)
    if fits < 2:
        raise SlipError(f"a QR code of {size} bytes on {options.width_dots} dots")
    return min(module, fits)
