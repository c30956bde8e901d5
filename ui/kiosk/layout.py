"""From the kiosk's state to a screen: pure. Which page is shown, and when it will look different."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import ceil, floor

from ui.kiosk.model.events import Action, GoBack, GoHome, Instead, Stay
from ui.kiosk.model.kiosk import LOST_S, Kiosk, next_change, shows_away
from ui.kiosk.model.screens import (
    About,
    Asking,
    Confirm,
    Ease,
    Entry,
    Guide,
    Home,
    Maintenance,
    Mine,
    Number,
    Offering,
    Printing,
    Search,
    Sure,
    Told,
    Trouble,
    Waiting,
)
from ui.kiosk.page import Page, Style
from ui.kiosk.pages.confirm import confirm
from ui.kiosk.pages.ease import ease
from ui.kiosk.pages.entry import entry
from ui.kiosk.pages.frame import frame
from ui.kiosk.pages.home import home
from ui.kiosk.pages.message import message
from ui.kiosk.pages.mine import mine, sure
from ui.kiosk.pages.number import number
from ui.kiosk.pages.search import guide, search
from ui.kiosk.pages.staff import maintenance
from ui.kiosk.placed import Layout, Measure, Rect
from ui.kiosk.theme import Panel, Theme


def lay_out(
    kiosk: Kiosk, now: float, panel: Panel, theme: Theme, measure: Measure, caption: str = ""
) -> Layout:
    """Return the screen at a moment; ``caption`` is what is being spoken."""
    page = Page(panel, theme, measure, kiosk)
    away = shows_away(kiosk, now)
    offers = isinstance(kiosk.screen, Offering)
    body = frame(
        page,
        clock(kiosk, now),
        large=kiosk.large,
        switches=kiosk.warned_until is None and not away and offers,
        ease=isinstance(kiosk.screen, Home),
        helper=kiosk.helper,
        caption=caption if kiosk.ways.spoken else None,
    )
    key = type(kiosk.screen).__name__
    if away:
        sentence = page.said.trouble["away"]
        message(page, body, sentence.title, sentence.detail, mark="…")
        key = "Away"
    elif kiosk.warned_until is not None and offers:
        _warning(page, body, _left(kiosk.warned_until, now))
        key = "Warning"
    else:
        _screen(kiosk, now, page, body)
    return page.done(key)


def _warning(page: Page, body: Rect, seconds: int) -> None:
    said = page.said
    message(
        page,
        body,
        said.still_there,
        said.still_more.format(seconds=seconds),
        mark="?",
        buttons=((said.home, GoHome(), "plain"), (said.stay, Stay(), "primary")),
        spoken=said.still_spoken,
    )


def _screen(kiosk: Kiosk, now: float, page: Page, body: Rect) -> None:
    match kiosk.screen:
        case Home():
            home(page, body)
        case Ease():
            ease(page, kiosk.ways, body)
        case Confirm() as want:
            confirm(page, want, body)
        case Search() as shown:
            search(page, shown, body)
        case Guide() as shown:
            guide(page, shown, body)
        case Entry() as shown:
            entry(page, shown, body)
        case Mine() as shown:
            mine(page, shown, body)
        case Sure() as shown:
            sure(page, shown, body)
        case Asking():
            message(page, body, page.said.asking, page.said.asking_more, mark="…")
        case Waiting():
            message(page, body, page.said.waiting, page.said.asking_more, mark="…")
        case Printing() | Number() as shown:
            number(page, shown, _left(shown.until, now), body)
        case Told(kind=kind, number=number_):
            sentence = page.said.told[kind]
            _told(page, body, sentence.title, sentence.detail.format(number=number_), mark="✓")
        case Trouble() as trouble:
            _trouble(kiosk, page, trouble, body)
        case Maintenance() as shown:
            maintenance(page, shown, body)


def _told(page: Page, body: Rect, title: str, detail: str, *, mark: str) -> None:
    message(page, body, title, detail, mark=mark, buttons=((page.said.home, GoHome(), "primary"),))


def _trouble(kiosk: Kiosk, page: Page, trouble: Trouble, body: Rect) -> None:
    said = page.said
    title, detail = trouble.title, trouble.detail
    if not detail:
        known = said.trouble.get(trouble.kind, said.trouble["refused"])
        queue = kiosk.hall.queue(trouble.queue) if kiosk.hall is not None else None
        name = queue.name.text(kiosk.language) if queue is not None else ""
        title, detail = known.title, known.detail.format(queue=name, **_about(page, trouble.about))
    buttons: Sequence[tuple[str, Action, Style]] = ((said.home, GoHome(), "primary"),)
    if trouble.back is not None and not isinstance(trouble.back, Home):
        buttons = ((said.home, GoHome(), "plain"), (said.again, GoBack(), "primary"))
    elif trouble.offer is not None:
        text = {"ordinary": said.instead_ordinary, "mine": said.instead_mine}[trouble.offer]
        buttons = ((said.home, GoHome(), "plain"), (text, Instead(), "primary"))
    message(page, body, title, detail, mark="!", alert=True, buttons=buttons)


def _about(page: Page, about: About | None) -> dict[str, str]:
    """Return the values of a sentence on an appointment."""
    if about is None:
        return {}
    times = {"start": about.start, "end": about.end, "from": about.opens, "until": about.until}
    return {
        "date": page.date(date.fromisoformat(about.date)) if about.date else "",
        "number": about.number,
        **times,
    }


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
