"""The whole state of a kiosk, and what can be told from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ui.kiosk.facts import Hall, Language
from ui.kiosk.model.events import Helper
from ui.kiosk.model.screens import Entry, Home, Maintenance, Offering, Passing, Screen

IDLE_S = 30.0
"""Nobody touches for so long: the kiosk asks whether anybody is there."""
WARNING_S = 10.0
"""How long it asks before it goes home and forgets."""
STAFF_IDLE_S = 120.0
"""The same, without asking, for maintenance and for a guide who went away."""
NUMBER_S = 8.0
"""How long a number stays large."""
NOTE_S = 30.0
"""The same for a number that has to be written down, since there is no slip."""
TOLD_S = 6.0
"""How long it stays that something was done."""
TROUBLE_S = 15.0
"""How long a sentence about what went wrong stays."""
ANSWER_S = 15.0
"""The hub has this long to answer; longer than the client tries, so this is a last resort."""
PRINT_S = 8.0
"""A slip that is not out by then is not waited for; when it comes after all, the screen says so."""
LOST_S = 1.5
"""A hub that returns sooner was never away for anybody in front of the screen."""


@dataclass(frozen=True)
class Ways:
    """How somebody uses the screen: language, large text, high contrast, low reach, spoken menu."""

    language: Language = "zh"
    large: bool = False
    contrast: bool = False
    low: bool = False
    spoken: bool = False


@dataclass(frozen=True)
class Kiosk:
    """Everything the kiosk knows. ``seen_at`` is when ``hall`` was fetched, for the clock.

    ``knocks`` are the latest touches of the hidden door, ``wrong`` those of wrong PINs.
    """

    home_ways: Ways = field(default_factory=Ways)
    ways: Ways = field(default_factory=Ways)
    screen: Screen = field(default_factory=Home)
    hall: Hall | None = None
    seen_at: float = 0.0
    lost_at: float | None = 0.0
    touched_at: float = 0.0
    warned_until: float | None = None
    serial: int = 0
    helper: Helper | None = None
    knocks: tuple[float, ...] = ()
    wrong: tuple[float, ...] = ()

    @property
    def language(self) -> Language:
        """The language on the screen."""
        return self.ways.language

    @property
    def large(self) -> bool:
        """Whether text is large."""
        return self.ways.large

    @property
    def pristine(self) -> bool:
        """Whether nobody has left anything here to be forgotten."""
        return self.ways == self.home_ways and isinstance(self.screen, Home) and self.helper is None

    def at(self, screen: Screen) -> Kiosk:
        """Return the kiosk showing another screen."""
        return replace(self, screen=screen)

    def home(self) -> Kiosk:
        """Return the kiosk at home, with nothing left of whoever was here; a guide stays a guide."""
        return replace(self, screen=Home(), ways=self.home_ways, warned_until=None, knocks=())


def started(ways: Ways, now: float) -> Kiosk:
    """Return the kiosk as it starts: at home, the hub not seen yet."""
    return Kiosk(home_ways=ways, ways=ways, lost_at=now, touched_at=now)


def shows_away(kiosk: Kiosk, now: float) -> bool:
    """Return whether the screen says that the hub is out of reach instead of offering anything."""
    if not isinstance(kiosk.screen, Offering):
        return False
    if isinstance(kiosk.screen, Entry) and kiosk.screen.wanted == "pin":
        # Staff come in all the more when something is wrong.
        return False
    if kiosk.hall is None or not kiosk.hall.ready:
        return True
    return kiosk.lost_at is not None and now >= kiosk.lost_at + LOST_S


def next_change(kiosk: Kiosk) -> float | None:
    """Return the moment at which a `Tick` will change something, None when only events will."""
    if isinstance(kiosk.screen, Passing):
        return kiosk.screen.until
    if kiosk.warned_until is not None:
        return kiosk.warned_until
    return None if kiosk.pristine else kiosk.touched_at + patience(kiosk)


def patience(kiosk: Kiosk) -> float:
    """Return how long nobody may touch before the kiosk does something about it."""
    staff = isinstance(kiosk.screen, Maintenance) or (
        kiosk.helper is not None and isinstance(kiosk.screen, Home) and kiosk.ways == kiosk.home_ways
    )
    return STAFF_IDLE_S if staff else IDLE_S
