"""What bar code readers report."""

from __future__ import annotations

from drivers.device import Device, Reading


class CodeScanned(Reading, frozen=True, tag="code"):
    """A code was held before the reader. It may open somebody's ticket: it is for the one who asked, and
    stands in no log.
    """

    code: str


class BarcodeReader(Device):
    """A reader of bar codes and QR codes."""
