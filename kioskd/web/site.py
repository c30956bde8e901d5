"""What the handlers of one hub's web server work with."""

from __future__ import annotations

from aiohttp import web

from kioskd.access.pairing import Pairing
from kioskd.access.tokens import TokenStore
from kioskd.figures.history import History
from kioskd.hub.desk import Desk
from kioskd.hub.privacy import Privacy
from kioskd.hub.stations import Stations
from kioskd.journal.journal import Journal
from kioskd.web.guesses import Guesses
from kioskd.web.metrics import Metrics
from kioskd.web.naming import new_tickets
from kioskd.web.settings import WebSettings
from kioskd.web.sse import Followers


class Site:
    """The hub as the web sees it.

    ``names`` gives the ids and codes of new tickets. ``sockets`` are the open connections of stations;
    ``description`` is the OpenAPI document, set by whoever builds the server.
    """

    __slots__ = (
        "description",
        "desk",
        "followers",
        "guesses",
        "history",
        "metrics",
        "names",
        "origins",
        "pairing",
        "privacy",
        "settings",
        "sockets",
        "stations",
        "tokens",
    )

    def __init__(
        self,
        desk: Desk,
        stations: Stations,
        tokens: TokenStore,
        pairing: Pairing,
        settings: WebSettings,
        journal: Journal,
    ) -> None:
        self.desk = desk
        self.stations = stations
        self.tokens = tokens
        self.pairing = pairing
        self.settings = settings
        self.history = History(journal)
        self.privacy = Privacy(journal)
        desk.follow(self.privacy)
        self.origins = frozenset(settings.origins)
        self.metrics = Metrics()
        self.followers = Followers(desk.feed, settings, lambda: desk.utc_offset_min)
        self.sockets: set[web.WebSocketResponse] = set()
        self.names = new_tickets()
        self.guesses = Guesses()
        self.description = b""
