"""The number as large as it goes, where to wait, and what to do about the slip."""

from __future__ import annotations

from ui.kiosk.model.events import GoHome
from ui.kiosk.model.screens import Number, Printing
from ui.kiosk.page import Page
from ui.kiosk.pages.home import wait
from ui.kiosk.placed import Rect

_STEPS = (
    (72, 54),
    (54, 42),
    (42, 42),
    (42, 34),
    (34, 34),
    (34, 28),
    (28, 24),
    (24, 20),
)
"""Sizes of what to do and of the rest, the first pair that fits."""


def number(page: Page, screen: Printing | Number, seconds: int, body: Rect) -> None:
    """Place the screen; ``seconds`` are left until it goes home."""
    colours, kind, said = page.colours, page.type, page.said
    if page.portrait:
        left = body._replace(h=round(body.h * 0.42))
        right = Rect(body.x, left.bottom + page.gap, body.w, body.h - left.h - page.gap)
    else:
        left = body._replace(w=round(body.w * 0.54))
        right = Rect(left.right + page.gap, body.y, body.w - left.w - page.gap, body.h)

    lead = page.text(kind.lead)
    page.card(left, colours.panel)
    inside = left.inset(page.inner, page.px(24))
    page.label(
        inside._replace(h=page.line(lead)),
        said.your_number,
        lead,
        ground=colours.panel,
        colour=colours.ink_soft,
        align="centre",
    )
    middle = Rect(inside.x, inside.y + page.line(lead), inside.w, inside.h - page.line(lead))
    lost = isinstance(screen, Number) and not screen.slip
    if lost and screen.ticket.check:
        # Without a slip the check code has to be noted down too.
        below = page.line(page.text(kind.title))
        page.label(
            Rect(middle.x, middle.bottom - below, middle.w, below),
            said.check_is.format(check=screen.ticket.check),
            page.text(kind.title),
            ground=colours.panel,
            bold=True,
            align="centre",
        )
        middle = middle._replace(h=middle.h - below)
    size = min(page.px(kind.number), int(middle.h / kind.line_height))
    page.label(
        middle,
        screen.ticket.number,
        size,
        ground=colours.panel,
        colour=colours.brand_deep,
        bold=True,
        align="centre",
    )
    bottom = right.bottom
    if isinstance(screen, Number):
        small = page.text(kind.caption)
        foot, note = max(page.touch, page.button_height() + page.px(20)), page.line(small)
        page.button(Rect(right.x, bottom - foot, right.w, foot), said.done, GoHome(), "primary", lead)
        bottom -= foot + page.px(10) + note
        page.label(
            Rect(right.x, bottom, right.w, note),
            said.home_in.format(seconds=seconds),
            small,
            ground=colours.ground,
            colour=colours.ink_soft,
            align="centre",
        )
        bottom -= page.px(14)
    _next(page, screen, right._replace(h=bottom - right.y))


def _next(page: Page, screen: Printing | Number, card: Rect) -> None:
    """What to do now, and then where to go and how long it takes."""
    colours, said = page.colours, page.said
    lost = isinstance(screen, Number) and not screen.slip
    why = screen.why if isinstance(screen, Number) else ""
    if isinstance(screen, Printing):
        todo = said.printing
    elif lost:
        note = {"paper": said.note_paper, "jam": said.note_jam}.get(why, said.note_down)
        todo = note.format(number=screen.ticket.number)
    else:
        todo = said.take_slip
    page.card(card, colours.panel)
    inside = card.inset(page.inner, page.inner)
    ground = colours.alert_tint if lost else colours.tint
    wide = inside.w - 2 * page.px(20)
    facts = _facts(page, screen)
    if lost:
        told = {"paper": said.told_paper, "jam": said.told_jam}.get(why, said.staff_told)
        facts = [facts[0], told, *facts[1:]]
    page.say(said.your_number + " " + screen.ticket.number)
    if lost and screen.ticket.check:
        page.say(said.check_is.format(check=" ".join(screen.ticket.check)))
    page.say(todo, *facts)
    for big, plain in _STEPS[0 if page.portrait else 1 :]:
        size, lead = page.text(big), page.text(plain)
        band = page.height_of(todo, wide, size, bold=True) + 2 * page.px(18)
        heights = [page.height_of(text, inside.w, lead, bold=True) for text in facts]
        spare = inside.h - band - page.px(14) - sum(heights)
        if spare >= 0:
            break
    strip = inside._replace(h=band)
    page.shape(strip, ground, radius=page.radius)
    page.label(
        strip.inset(page.px(20), page.px(18)),
        todo,
        size,
        ground=ground,
        colour=colours.alert if lost else colours.brand_deep,
        bold=True,
        align="centre",
    )
    y = strip.bottom + page.px(14)
    for at, (text, height) in enumerate(zip(facts, heights, strict=True)):
        height += spare // len(facts)
        row = Rect(inside.x, y, inside.w, height)
        page.label(row, text, lead, ground=colours.panel, bold=at == 0, align="centre")
        y += height


def _facts(page: Page, screen: Printing | Number) -> list[str]:
    ticket, hall, said = screen.ticket, page.hall, page.said
    queue = hall.queue(ticket.queue) if hall is not None else None
    zone = hall.zone(queue.zone) if hall is not None and queue is not None else None
    facts = [said.go_to.format(zone=zone.name.text(page.language)) if zone is not None else said.go_wait]
    if screen.booked is not None:
        facts.append(said.booked_in.format(start=screen.booked.start, end=screen.booked.end))
    facts.append(said.ahead.format(count=ticket.ahead) if ticket.ahead else said.nobody_ahead)
    takes = wait(page, ticket.wait)
    facts += [takes] if takes else []
    if screen.verify:
        facts.append(said.show_card)
    return facts
