"""Bounds that only settings enforce.

The hall's rules also stand in events, which must stay readable for ever whatever is forbidden today, so
the structs themselves don't carry these bounds. Of addresses it says what no pattern can.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

import msgspec

from kioskd.alerts_out.settings import Webhook
from kioskd.backup.settings import S3Place
from kioskd.documents.settings import ArchiveSink, OfficePrinterSettings
from kioskd.hall import rules
from kioskd.journal.settings import JournalSettings
from kioskd.settings.model import HallTable
from kioskd.station.config import HubSettings
from kioskd.sync.settings import CentralSettings
from kioskd.web.settings import WebSettings


class Between(msgspec.Struct, frozen=True):
    """A number, or every number of a list, lies in this range, ends included."""

    low: float
    high: float


class OneOf(msgspec.Struct, frozen=True):
    """A text, or every text of a list, is one of these."""

    values: tuple[str, ...]


class Shape(msgspec.Struct, frozen=True):
    """A text, or every text of a list, has this shape; ``code`` is the problem otherwise."""

    code: str
    fits: Callable[[str], bool]


Limit = Between | OneOf | Shape


def _date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _address(code: str, *schemes: str) -> Shape:
    """Of a host on the network, with a port that there is; empty where a field may be."""

    def fits(text: str) -> bool:
        try:
            parts = urlsplit(text)
            return not text or (parts.scheme in schemes and bool(parts.hostname) and parts.port != 0)
        except ValueError:
            return False

    return Shape(code, fits)


_WEB = _address("url.web", "http", "https")
_PRINTER = _address("url.printer", "ipp", "ipps")
_ID = Shape("text.id", lambda text: bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", text)))
_WORDS = Shape("text.words", lambda text: 0 < len(text.strip()) <= 2000)
_CLOCK = Shape("text.clock", lambda text: bool(re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", text)))
_DATE = Shape("text.date", _date)
_PREFIX = Shape("queue.prefix", lambda text: bool(re.fullmatch(r"[A-HJ-NPR-Z]{1,2}", text)))
_MARK = Shape("ticketing.test_prefix", lambda text: 1 <= len(text) <= 2 and text.isalpha())
_INITIALS = Shape("service.initials", lambda text: bool(re.fullmatch(r"[a-z0-9]*", text)))
_DAYS = Between(1, 7)

_LIMITS: dict[type, dict[str, Limit]] = {
    rules.Name: {"zh": _WORDS, "en": _WORDS},
    rules.Zone: {"id": _ID},
    rules.Queue: {
        "id": _ID,
        "prefix": _PREFIX,
        "digits": Between(2, 6),
        "quota": Between(1, 100_000),
        "expected_minutes": Between(0.5, 480),
        "order": Between(-1000, 1000),
    },
    rules.Material: {"copies": Between(0, 20)},
    rules.Promise: {"minutes": Between(1, 480), "days": Between(1, 365)},
    rules.Service: {"code": _ID, "initials": _INITIALS},
    rules.Window: {"id": _ID},
    rules.Teller: {"id": _ID, "name": _WORDS, "staff_no": _WORDS},
    rules.RosterEntry: {"days": _DAYS},
    rules.Session: {
        "id": _ID,
        "tickets_from": _CLOCK,
        "tickets_until": _CLOCK,
        "serve_from": _CLOCK,
        "serve_until": _CLOCK,
        "weekdays": _DAYS,
        "months": Between(1, 12),
    },
    rules.YearCalendar: {"year": Between(2020, 2199), "holidays": _DATE},
    rules.Priority: {"id": _ID, "credit_min": Between(0, 480)},
    rules.Order: {
        "appointment_credit_min": Between(0, 480),
        "returned_after": Between(0, 100),
        "k": Between(1, 100),
        "n": Between(1, 100),
        "cap_min": Between(1, 1440),
    },
    rules.Calling: {
        "debounce_ms": Between(0, 10_000),
        "started_after_s": Between(1, 600),
        "announcement_gap_s": Between(1, 600),
        "no_show_after_s": Between(0, 3600),
        "no_show_calls": Between(1, 20),
        "short_service_s": Between(0, 600),
        "press_shelf_s": Between(1, 60),
    },
    rules.Ticketing: {
        "burst_slips": Between(0, 100),
        "burst_s": Between(1, 3600),
        "burst_gap_s": Between(0, 600),
        "per_person_open": Between(1, 20),
        "test_prefix": _MARK,
        "reservation": Between(1, 1000),
        "remote_most": Between(0, 1000),
        "remote_min": Between(5, 480),
    },
    rules.Rating: {"timeout_s": Between(5, 3600), "change_within_s": Between(0, 60)},
    rules.DefaultRating: {"level": Between(1, 5), "after_days": Between(1, 30)},
    rules.Alerts: {
        "empty_window_min": Between(1, 480),
        "long_wait_min": Between(1, 480),
        "long_service_min": Between(1, 480),
        "waiting_tiers": Between(1, 100_000),
        "pause_min": Between(1, 480),
        "opening_check_min": Between(0, 240),
    },
    rules.VoiceHours: {"start": _CLOCK, "end": _CLOCK, "volume": Between(0, 100)},
    rules.Voice: {
        "repeats": Between(1, 5),
        "volume": Between(0, 100),
        "quiet_volume": Between(0, 100),
        "expires_s": Between(5, 300),
    },
    rules.Audit: {
        "zero_service_s": Between(0, 60),
        "instant_rating_s": Between(0, 120),
        "mass_passes": Between(2, 1000),
        "mass_passes_min": Between(1, 480),
        "work_from": _CLOCK,
        "work_until": _CLOCK,
    },
    Webhook: {"url": _WEB},
    S3Place: {"url": _WEB},
    CentralSettings: {"url": _WEB},
    HallTable: {"public_url": _WEB},
    HubSettings: {"url": _WEB},
    WebSettings: {"origins": _WEB},
    ArchiveSink: {"url": _WEB},
    OfficePrinterSettings: {"url": _PRINTER},
    JournalSettings: {"reserve_mib": Between(1, 1024), "sign_minutes": Between(1, 1440)},
}


def limit_of(struct: type, field: str) -> Limit | None:
    """Return the bound of one field, None where it has none beyond its type."""
    for cls in struct.__mro__:
        found = _LIMITS.get(cls, {}).get(field)
        if found is not None:
            return found
    return None
