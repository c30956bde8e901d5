"""Work that is done again and again for ever: what ends one turn of it is told once, and does not end it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger(__name__)


class Loop:
    """A loop by name. While its turns end in the same way at the same place, the log has one trace of it, not
    one a turn; what the error says may differ each time, as a statement with the time in it does.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._down: tuple[type[Exception], str, int] | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Do one turn, whose errors end here."""
        try:
            yield
        except Exception as error:
            why = (type(error), *_where(error))
            if why != self._down:
                self._down = why
                log.exception("loop_down", loop=self._name)
        else:
            if self._down:
                self._down = None
                log.info("loop_well_again", loop=self._name)


def _where(error: Exception) -> tuple[str, int]:
    """Return the file and line that raised it."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return ("", 0) if at is None else (at.tb_frame.f_code.co_filename, at.tb_lineno)
