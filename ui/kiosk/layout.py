"""From the kiosk's state to a screen: pure. Which page is shown, and when it will look different."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil, floor

from ui.kiosk import pages
from ui.kiosk.model import (
    LOST_S,
    Asking,
    Confirm,
    GoHome,
    Kiosk,
    Number,
    Printing,
    Stay,
    Trouble,
    next_change,
    shows_away,
)
from ui.kiosk.page import Page
from ui.kiosk.placed import Layout, Measure, Rect
from ui.kiosk.theme import Panel, Theme
from ui.kiosk.words import Words, words


def lay_out(kiosk: Kiosk, now: float, panel: Panel, theme: Theme, measure: Measure) -> Layout:
    """Return the screen at a moment."""
    said = words(kiosk.language)
    page = Page(panel, theme, measure, large=kiosk.large)
    away = shows_away(kiosk, now)
    body = pages.frame(
        page,
        said,
        kiosk.language,
        kiosk.hall,
        clock(kiosk, now),
        large=kiosk.large,
        switches=kiosk.warned_until is None and not away and _offers(kiosk),
    )
    if away or (kiosk.hall is None and _offers(kiosk)):
        sentence = said.trouble["away"]
        pages.message(page, body, sentence.title, sentence.detail, mark="…")
    elif kiosk.warned_until is not None and _offers(kiosk):
        seconds = _left(kiosk.warned_until, now)
        buttons: tuple[tuple[str, GoHome | Stay], ...] = ((said.home, GoHome()), (said.stay, Stay()))
        pages.message(
            page, body, said.still_there, said.still_more.format(seconds=seconds), mark="?", buttons=buttons
        )
    else:
        _screen(kiosk, now, page, said, body)
    return page.done()


def _offers(kiosk: Kiosk) -> bool:
    return not isinstance(kiosk.screen, Asking | Printing | Number | Trouble)


def _screen(kiosk: Kiosk, now: float, page: Page, said: Words, body: Rect) -> None:
    hall, language = kiosk.hall, kiosk.language
    match kiosk.screen:
        case Confirm() as want if hall is not None:
            pages.confirm(page, said, language, hall, want, body)
        case Asking():
            pages.message(page, body, said.asking, said.asking_more, mark="…")
        case Printing() | Number() as screen:
            pages.number(page, said, language, hall, screen, _left(screen.until, now), body)
        case Trouble() as trouble:
            title, detail = _sentence(kiosk, trouble, said)
            pages.message(page, body, title, detail, mark="!", alert=True, buttons=((said.home, GoHome()),))
        case _ if hall is not None:
            pages.home(page, said, language, hall, body)


def _sentence(kiosk: Kiosk, trouble: Trouble, said: Words) -> tuple[str, str]:
    if trouble.detail:
        return trouble.title, trouble.detail
    known = said.trouble.get(trouble.kind, said.trouble["refused"])
    queue = kiosk.hall.queue(trouble.queue) if kiosk.hall is not None else None
    name = queue.name.text(kiosk.language) if queue is not None else ""
    return known.title, known.detail.format(queue=name)


def clock(kiosk: Kiosk, now: float) -> datetime | None:
    """Return the hall's wall clock, carried on from when the hub last told it."""
    if kiosk.hall is None:
        return None
    return datetime.fromisoformat(kiosk.hall.at) + timedelta(seconds=max(0.0, now - kiosk.seen_at))


def next_look(kiosk: Kiosk, now: float) -> float:
    """Return the next moment at which the screen may look different though nothing happens."""
    moments = [now + 60.0]
    change = next_change(kiosk)
    if change is not None:
        moments.append(change)
    if kiosk.lost_at is not None and now < kiosk.lost_at + LOST_S:
        moments.append(kiosk.lost_at + LOST_S)
    counted = kiosk.screen.until if isinstance(kiosk.screen, Number) else kiosk.warned_until
    if counted is not None and counted > now:
        # The next whole second before it ends.
        moments.append(counted - floor(counted - now - 1e-6))
    time = clock(kiosk, now)
    if time is not None:
        moments.append(now + 60.0 - time.second - time.microsecond / 1e6)
    return max(min(moments), now)


def _left(until: float, now: float) -> int:
    return max(1, ceil(until - now))
