"""Which bytes of which driver are private."""

from __future__ import annotations

from typing import Any

from drivers.recording.format import Blank
from drivers.registry import DRIVERS, DeviceClass


def blank(driver: str, options: dict[str, Any]) -> Blank | None:
    """What blanks the text that this driver sends; None where it sends nobody's papers.

    Raises LookupError for a printer whose commands nobody here can tell from its text.
    """
    known = DRIVERS.get(driver)
    if known is None or known.device_class is not DeviceClass.PRINTER:
        return None
    if driver != "printer.escpos":
        raise LookupError(driver)
    from drivers.printer.escpos.blank import BlankSlips

    return BlankSlips(double_byte=options.get("double_byte") is False)
