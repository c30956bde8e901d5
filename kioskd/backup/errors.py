"""Why a place for backups cannot be used."""

from __future__ import annotations


class PlaceError(Exception):
    """A place that cannot be used. ``code`` is ``not_there``, ``not_mounted``, ``not_prepared``, ``full``,
    ``read_only``, ``denied`` or ``failed``.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
