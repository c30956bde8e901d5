"""What every office printer can do."""

from __future__ import annotations

from typing import Protocol

from drivers.printer.api import PrintResult


class OfficePrinter(Protocol):
    """A print queue that takes whole documents."""

    async def print(self, pdf: bytes, name: str, *, user: str = "") -> PrintResult:
        """Give it a PDF and wait until it is printed, as far as the queue can tell.

        ``name`` is what the queue shows. ``FAILED`` is said only when it is known that nothing reaches paper;
        a connection that broke once the document was on its way leaves the outcome unknown.
        """
