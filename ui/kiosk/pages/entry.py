"""Something to type: a number, its check code, an appointment's code, a PIN."""

from __future__ import annotations

from ui.kiosk.model import booking
from ui.kiosk.model.events import GoBack
from ui.kiosk.model.mine import SHORTEST
from ui.kiosk.model.screens import Entry
from ui.kiosk.page import Page
from ui.kiosk.pages import keyboard
from ui.kiosk.placed import Rect


def entry(page: Page, shown: Entry, body: Rect) -> None:
    """What is wanted, what was typed, and the keys."""
    said = page.said
    title, more, hint = {
        "number": (said.mine_title, said.mine_more, said.mine_hint),
        "check": (said.check_title.format(number=shown.number), said.check_more, said.check_hint),
        "appointment": (said.appointment_title, said.appointment_more, said.appointment_hint),
        "pin": (said.pin_title, said.pin_more, said.pin_hint),
    }[shown.wanted]
    gap = page.px(16)
    high = keyboard.field_height(page)
    lead = page.text(page.type.lead if page.portrait else page.type.body)
    above = page.portrait and page.low
    body = page.heading(body, title, more if above else "", keep=high + gap if above else 0)
    page.say(more)
    body = page.foot(body, ((said.back, GoBack(), "plain"),))
    done = max(
        page.touch * 2, page.width_of(said.enter, page.text(page.type.lead), bold=True) + 2 * page.inner
    )
    if above:
        # What was typed stands over the keys, out of reach of nobody: it is only looked at.
        row = Rect(body.x, page.reach - page.gap - high, body.w, high)
        end = Rect(body.x, body.bottom - high, body.w, high)
        keys = body._replace(h=body.h - high - gap)
    else:
        row, end, keys = _parts(page, body, more, lead, done)
    typed = booking.grouped(shown.typed) if shown.wanted == "appointment" else shown.typed
    keyboard.field(page, row, typed, hint, hidden=shown.wanted == "pin")
    if shown.wanted == "appointment":
        keyboard.code(page, keys)
    elif shown.wanted == "number":
        hall = page.hall
        letters = dict.fromkeys(queue.prefix for queue in hall.queues) if hall is not None else {}
        keyboard.prefixed(page, keys, tuple(letters))
    else:
        narrow = min(keys.w, page.px(900))
        keyboard.digits(page, Rect(keys.x + (keys.w - narrow) // 2, keys.y, narrow, keys.h))
    ready = len(shown.typed) >= SHORTEST[shown.wanted]
    keyboard.enter(page, end, said.enter, ready=ready)


def _parts(page: Page, body: Rect, more: str, lead: int, done: int) -> tuple[Rect, Rect, Rect]:
    """Place the hint; return the room of what is typed, of the key that ends it, and of the other keys."""
    gap, high = page.px(16), keyboard.field_height(page)
    half = body.w if page.portrait else round(body.w * 0.38)
    left = body._replace(w=half)
    note = min(page.height_of(more, left.w, lead), 3 * page.line(lead))
    page.label(left._replace(h=note), more, lead, ground=page.colours.ground, colour=page.colours.ink_soft)
    row = Rect(left.x, left.y + note + gap, left.w, high)
    if not page.portrait:
        keys = Rect(left.right + page.gap, body.y, body.w - half - page.gap, body.h)
        return row, row._replace(y=row.bottom + gap), keys
    end = Rect(row.right - done, row.y, done, high)
    keys = Rect(body.x, row.bottom + page.gap, body.w, body.bottom - row.bottom - page.gap)
    return row._replace(w=row.w - done - gap), end, keys
