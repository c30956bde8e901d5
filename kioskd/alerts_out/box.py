"""What waits to be sent and when it may go: pure, in milliseconds of any steady clock."""

from __future__ import annotations

from collections import deque

import msgspec

from kioskd.alerts_out.settings import AlertSink
from kioskd.hall.events import Params

MOST = 50
"""Alerts in one message; of more only the number is told."""

HOUR_MS = 3_600_000
MINUTE_MS = 60_000


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as it is sent. ``id`` is its place in the journal: the same id is the same notice."""

    id: str
    alert: str
    about: str
    subject: str
    tier: int
    since: str
    sentence: str
    params: Params = {}


class Bundle(msgspec.Struct, frozen=True):
    """What goes in one message; ``more`` further alerts found no room."""

    notices: tuple[Notice, ...]
    more: int = 0


class Box:
    """Gathers alerts into messages: by burst, by an hour's limit, and around quiet hours."""

    def __init__(self, settings: AlertSink) -> None:
        self._gather_ms = round(settings.gather_s * 1000)
        self._per_hour = settings.per_hour
        self._waiting: dict[str, Notice] = {}
        self._more: set[str] = set()
        self._since = 0
        self._sent: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, notice: Notice, now: int) -> None:
        """Take one in; a newer one of the same alert (a higher tier) takes its place."""
        if not self._waiting:
            self._since = now
        if notice.alert in self._waiting or len(self._waiting) < MOST:
            self._waiting[notice.alert] = notice
        else:
            self._more.add(notice.alert)

    def over(self, alert: str) -> None:
        """The alert is gone, or a lead has seen it: what was not sent need not be."""
        self._waiting.pop(alert, None)
        self._more.discard(alert)

    def due(self, now: int, quiet_ms: int = 0) -> int | None:
        """Return when the next message may go, None without one; ``quiet_ms``: so long it is still quiet."""
        if not self._waiting:
            return None
        due = max(self._since + self._gather_ms, now + quiet_ms)
        while self._sent and self._sent[0] <= now - HOUR_MS:
            self._sent.popleft()
        if len(self._sent) >= self._per_hour:
            due = max(due, self._sent[-self._per_hour] + HOUR_MS)
        return due

    def take(self, now: int) -> Bundle:
        """Return the next message and count it as one of this hour's."""
        bundle = Bundle(tuple(self._waiting.values()), len(self._more))
        self._waiting.clear()
        self._more.clear()
        self._sent.append(now)
        return bundle


def quiet_ms(settings: AlertSink, minute: float) -> int:
    """Return for how long it is still quiet at a minute of the hall's day (0 … 1440); 0: it is not."""
    if settings.quiet_from is None or settings.quiet_until is None:
        return 0
    begins, ends = _minute(settings.quiet_from), _minute(settings.quiet_until)
    length, into = (ends - begins) % 1440, (minute - begins) % 1440
    return round((length - into) * MINUTE_MS) if into < length else 0


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
