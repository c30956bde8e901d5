"""What the handlers of one hub's web server work with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from kioskd import logs
from kioskd.access.accounts import Accounts
from kioskd.access.notes import Notes
from kioskd.access.pairing import Pairing
from kioskd.access.passwords import Passwords
from kioskd.access.pin import PinDoor
from kioskd.access.sessions import Sessions
from kioskd.access.sign_in import SignIn
from kioskd.access.tokens import TokenStore
from kioskd.backup.keeper import Keeper
from kioskd.documents.desk import Documents
from kioskd.documents.settings import OfficePrinterSettings
from kioskd.figures.history import History
from kioskd.hub.audit import AuditTrail
from kioskd.hub.desk import Desk
from kioskd.hub.notices import NoticeComposer
from kioskd.hub.photos import PHOTOS, Photos
from kioskd.hub.privacy import Privacy, PrivacySettings
from kioskd.hub.stations import Stations
from kioskd.hub.time_sync import TimeSync
from kioskd.journal.journal import Journal
from kioskd.standby.hub import Standbys
from kioskd.sync.uplink import Uplink
from kioskd.web.catalogue import Catalogue
from kioskd.web.gate import Gate
from kioskd.web.guesses import Guesses
from kioskd.web.metrics import Metrics
from kioskd.web.naming import new_tickets
from kioskd.web.rollups import LiveRollups
from kioskd.web.settings import WebSettings
from kioskd.web.sse import Followers

if TYPE_CHECKING:
    from kioskd.web.hall_file import HallFile
    from kioskd.web.releases import Offered
    from kioskd.web.setup_views import HallSetup


class Hashing:
    """Keeps the work of checking passwords within bounds: ``turns`` at a time, others wait in line."""

    def __init__(self, at_once: int = 2, most_waiting: int = 32) -> None:
        self.turns = asyncio.Semaphore(at_once)
        self.most_waiting = most_waiting
        self.waiting = 0


class Site:
    """The hub as the web sees it.

    ``names`` gives the ids and codes of new tickets. ``sockets`` are the open connections of stations;
    ``description`` is the OpenAPI document, set by whoever builds the server; ``settings_shown`` the settings
    that may leave the hall, ``hall_file`` the file they stand in (one change at a time), ``setup`` how
    a hall is set up on pages, ``uplink`` the way
    to the central server and ``keeper`` who makes backups, ``standbys`` the PCs that may take over,
    ``documents`` the pages of papers, ``offered`` installers for stations, where there are any; ``notices``
    composes papers for citizens and ``office_printers`` print them; ``urls`` are where PCs reach this hub.
    """

    __slots__ = (
        "accounts",
        "applying",
        "audit",
        "began",
        "bundling",
        "catalogue",
        "describe",
        "description",
        "desk",
        "documents",
        "door",
        "followers",
        "gate",
        "guesses",
        "hall_file",
        "hashing",
        "history",
        "journal",
        "keeper",
        "logs",
        "metrics",
        "names",
        "notices",
        "offered",
        "office_printers",
        "origins",
        "pairing",
        "photos",
        "pin",
        "privacy",
        "rollups",
        "sessions",
        "settings",
        "settings_shown",
        "setup",
        "sockets",
        "standbys",
        "stations",
        "time_sync",
        "tokens",
        "uplink",
        "urls",
    )

    def __init__(
        self,
        desk: Desk,
        stations: Stations,
        tokens: TokenStore,
        pairing: Pairing,
        settings: WebSettings,
        journal: Journal,
        passwords: Passwords | None = None,
        catalogue: Catalogue | None = None,
        privacy: PrivacySettings | None = None,
    ) -> None:
        self.desk = desk
        self.stations = stations
        self.tokens = tokens
        self.pairing = pairing
        self.settings = settings
        passwords = passwords or Passwords()
        self.accounts = Accounts(tokens.database, passwords)
        self.sessions = Sessions(
            tokens.database, idle_ms=settings.idle_min * 60_000, life_ms=settings.session_h * 3600_000
        )
        self.door = SignIn(self.accounts, self.sessions, passwords)
        self.hashing = Hashing()
        self.audit = AuditTrail(desk, Notes(tokens.database))
        self.journal = journal
        self.pin = PinDoor(journal.folder, passwords)
        self.history = History(journal)
        self.rollups = LiveRollups(journal)
        self.privacy = Privacy(journal, privacy or PrivacySettings())
        desk.follow(self.privacy)
        self.origins = frozenset(settings.origins)
        self.metrics = Metrics()
        self.followers = Followers(desk.feed, settings, lambda: desk.utc_offset_min)
        self.sockets: set[web.WebSocketResponse] = set()
        self.names = new_tickets()
        self.photos = Photos(journal.folder / PHOTOS)
        self.guesses = Guesses()
        self.catalogue = catalogue or Catalogue()
        self.describe: Callable[[], bytes] = bytes
        self.description = b""
        self.began = time.monotonic()
        self.logs = logs.kept()
        self.gate = Gate(settings.connections, settings.per_address, settings.reserved)
        self.bundling = asyncio.Lock()
        self.applying = asyncio.Lock()
        self.hall_file: HallFile | None = None
        self.offered: Offered | None = None
        self.time_sync = TimeSync()
        self.setup: HallSetup | None = None
        self.settings_shown: dict[str, Any] | None = None
        self.uplink: Uplink | None = None
        self.keeper: Keeper | None = None
        self.standbys: Standbys | None = None
        self.urls: tuple[str, ...] = ()
        self.documents: Documents | None = None
        self.notices: NoticeComposer | None = None
        self.office_printers: tuple[OfficePrinterSettings, ...] = ()

    def end_streams(self) -> None:
        """End the event streams of sessions that have ended, are locked, or must change a password."""
        living = self.sessions.living()
        self.followers.end({id_ for id_ in self.followers.holders() if living.get(id_, True)})
