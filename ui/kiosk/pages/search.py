"""查事项、查材料: the list that letters narrow down, and one service whole."""

from __future__ import annotations

from ui.kiosk.facts import Material, Service
from ui.kiosk.model.events import GoBack, Pick, Show, Turn
from ui.kiosk.model.screens import Guide, Search
from ui.kiosk.page import Page, Style
from ui.kiosk.pages import keyboard
from ui.kiosk.placed import Rect, columns


def search(page: Page, shown: Search, body: Rect) -> None:
    """What was typed, the services that match, and the keys."""
    said = page.said
    high = keyboard.field_height(page)
    gap = page.px(16)
    above = page.portrait and page.low
    body = page.heading(body, said.find_title, said.find_more, keep=high + gap if above else 0)
    body = page.foot(body, ((said.back, GoBack(), "plain"),))
    if above:
        keys_h = 4 * page.touch + 3 * page.px(12)
        keys = Rect(body.x, body.bottom - keys_h, body.w, keys_h)
        field = Rect(body.x, page.reach - page.gap - high, body.w, high)
        found = body._replace(h=body.h - keys_h - page.gap)
    elif page.portrait:
        keys_h = 4 * max(page.touch, page.px(104)) + 3 * page.px(12)
        keys = Rect(body.x, body.bottom - keys_h, body.w, keys_h)
        upper = body._replace(h=body.h - keys_h - page.gap)
        field = upper._replace(h=high)
        found = Rect(upper.x, field.bottom + gap, upper.w, upper.bottom - field.bottom - gap)
    else:
        keys, right = columns(body, 2, page.gap)
        field = right._replace(h=high)
        found = Rect(right.x, field.bottom + gap, right.w, right.bottom - field.bottom - gap)
    keyboard.field(page, field, shown.typed.upper(), said.find_hint)
    keyboard.letters(page, keys)
    _found(page, shown, found)


def _found(page: Page, shown: Search, rect: Rect) -> None:
    colours, said = page.colours, page.said
    if not shown.found:
        page.shape(rect, colours.muted, radius=page.radius)
        text = said.looking if shown.found is None else said.none_found
        page.label(
            rect.inset(page.inner, page.px(12)),
            text,
            page.text(page.type.lead),
            ground=colours.muted,
            colour=colours.ink_soft,
            align="centre",
        )
        return
    gap = page.px(12)
    row_h = max(page.touch, page.line(page.text(page.type.body)) + page.px(30))
    turn_h = max(page.touch, page.px(80))
    most = max(1, (rect.h + gap) // (row_h + gap))
    paged = len(shown.found) > most
    if paged:
        most = max(1, (rect.h - turn_h) // (row_h + gap))
    last = (len(shown.found) - 1) // most
    at = min(shown.page, last)
    part = shown.found[at * most : (at + 1) * most]
    y = rect.y
    # A full part fills the room; the last one keeps its rows as high.
    high = min((rect.h - (turn_h + gap if paged else 0) - (most - 1) * gap) // most, round(row_h * 1.4))
    for service in part:
        _row(page, service, Rect(rect.x, y, rect.w, high))
        y += high + gap
    if paged:
        _turns(page, at, last, Rect(rect.x, rect.bottom - turn_h, rect.w, turn_h))


def _turns(page: Page, at: int, last: int, row: Rect) -> None:
    said = page.said
    size = page.text(page.type.caption)
    before, middle, after = columns(row, 3, page.px(12))
    if at > 0:
        page.button(before, said.before, Turn(-1), "plain", size)
    page.label(
        middle,
        said.part.format(at=at + 1, of=last + 1),
        size,
        ground=page.colours.ground,
        colour=page.colours.ink_soft,
        align="centre",
    )
    if at < last:
        page.button(after, said.after, Turn(1), "plain", size)


def _row(page: Page, service: Service, rect: Rect) -> None:
    colours, kind = page.colours, page.type
    page.shape(rect, colours.panel, radius=page.radius, border=colours.line)
    inside = rect.inset(page.px(24), page.px(8))
    text = service.name.text(page.language)
    takes = promise(page, service)
    wide = inside.w * 3 // 10 if takes else 0
    page.label(
        inside._replace(w=inside.w - wide - page.px(16)),
        text,
        page.text(kind.body),
        ground=colours.panel,
        bold=True,
    )
    if takes:
        page.label(
            Rect(inside.right - wide, inside.y, wide, inside.h),
            takes,
            page.text(kind.caption),
            ground=colours.panel,
            colour=colours.ink_soft,
            align="right",
        )
    page.target(rect, Show(service.code), text)


def promise(page: Page, service: Service) -> str:
    """Return the promised time in words; empty where none is."""
    found, said = service.promise, page.said
    if found is None:
        return ""
    if found.kind == "immediate":
        return said.at_once.format(minutes=found.minutes) if found.minutes else said.at_once_plain
    return said.within.format(days=found.days) if found.days else ""


# --- one service --------------------------------------------------------------------------------


def guide(page: Page, shown: Guide, body: Rect) -> None:
    """What to bring, how long it takes, and where; a number can be taken from here."""
    said, service = page.said, shown.service
    name = service.name.text(page.language)
    page.say(name)
    adding = shown.search.adding is not None
    buttons: tuple[tuple[str, GoBack | Pick, Style], ...] = (
        (said.back, GoBack(), "plain"),
        (said.add_this if adding else said.take_for, Pick(), "primary"),
    )
    body = page.heading(body, name, spoken=False)
    body = page.foot(body, buttons)
    facts = _facts(page, service)
    page.say(*(said.colon.join(fact) for fact in facts))
    if page.portrait:
        high = min(len(facts) * page.line(page.text(page.type.lead)) * 2, body.h * 2 // 5)
        first = body._replace(h=high)
        second = Rect(body.x, first.bottom + page.gap, body.w, body.bottom - first.bottom - page.gap)
    else:
        first = body._replace(w=round(body.w * 0.4))
        second = Rect(first.right + page.gap, body.y, body.right - first.right - page.gap, body.h)
    _fact_card(page, facts, first)
    _materials(page, shown, second)


def _facts(page: Page, service: Service) -> list[tuple[str, str]]:
    said, hall = page.said, page.hall
    queue = hall.queue(service.queue) if hall is not None else None
    zone = hall.zone(queue.zone) if hall is not None and queue is not None else None
    facts = [(said.takes, promise(page, service) or said.ask_there)]
    windows = said.list_comma.join(service.windows)
    place = zone.name.text(page.language) if zone is not None else ""
    if windows:
        facts.append((said.windows, said.window_list.format(windows=windows)))
    if place:
        facts.append((said.zone, place))
    if queue is not None:
        facts.append((said.queue, queue.name.text(page.language)))
    fee = service.guide.get("fee")
    if fee is not None:
        facts.append((said.fee, fee.text(page.language)))
    return facts


def _fact_card(page: Page, facts: list[tuple[str, str]], rect: Rect) -> None:
    colours, kind = page.colours, page.type
    page.card(rect, colours.panel)
    inside = rect.inset(page.inner, page.px(20))
    small, size = page.text(kind.caption), page.text(kind.body)
    if page.portrait:
        small, size = page.text(kind.body), page.text(kind.lead)
    high = inside.h // len(facts)
    split = round(inside.w * (0.34 if page.portrait else 0.38))
    for at, (name, value) in enumerate(facts):
        y = inside.y + at * high
        page.label(
            Rect(inside.x, y, split - page.px(12), high),
            name,
            small,
            ground=colours.panel,
            colour=colours.ink_soft,
        )
        page.label(
            Rect(inside.x + split, y, inside.w - split, high), value, size, ground=colours.panel, bold=True
        )


def _materials(page: Page, shown: Guide, rect: Rect) -> None:
    colours, kind, said = page.colours, page.type, page.said
    page.card(rect, colours.panel)
    inside = rect.inset(page.inner, page.px(20))
    lead = page.text(kind.lead)
    page.label(
        inside._replace(h=page.line(lead)),
        said.bring,
        lead,
        ground=colours.panel,
        colour=colours.brand_deep,
        bold=True,
    )
    list_ = Rect(
        inside.x, inside.y + page.line(lead) + page.px(10), inside.w, inside.h - page.line(lead) - page.px(10)
    )
    texts = [f"{at}. {_material(page, one)}" for at, one in enumerate(shown.service.materials, start=1)]
    if not texts:
        texts = [said.bring_nothing if shown.whole else said.looking]
    if shown.whole:
        page.say(said.bring + said.colon + said.list_comma.join(texts))
    size = page.text(kind.lead if page.portrait else kind.body)
    gap = page.px(14)
    turn_h = max(page.touch, page.px(80))
    parts = _parts(page, texts, list_.w, list_.h, size, gap)
    if len(parts) > 1:
        parts = _parts(page, texts, list_.w, list_.h - turn_h - gap, size, gap)
    at = min(shown.page, len(parts) - 1)
    y = list_.y
    for text in parts[at]:
        high = min(page.height_of(text, list_.w, size), list_.bottom - y)
        page.label(Rect(list_.x, y, list_.w, high), text, size, ground=colours.panel)
        y += high + gap
    if len(parts) > 1:
        row = Rect(list_.x, list_.bottom - turn_h, list_.w, turn_h)
        before, after = columns(row, 2, page.px(12))
        small = page.text(kind.caption)
        if at > 0:
            page.button(before, said.before, Turn(-1), "plain", small)
        if at < len(parts) - 1:
            page.button(after, said.after, Turn(1), "plain", small)


def _parts(page: Page, texts: list[str], width: int, height: int, size: int, gap: int) -> list[list[str]]:
    """Divide paragraphs into parts that fit; each has at least one."""
    parts: list[list[str]] = [[]]
    left = height
    for text in texts:
        high = page.height_of(text, width, size)
        if parts[-1] and high > left:
            parts.append([])
            left = height
        parts[-1].append(text)
        left -= high + gap
    return parts


def _material(page: Page, one: Material) -> str:
    said = page.said
    name = one.name.text(page.language)
    if one.original and one.copies:
        return name + said.original_and_copies.format(copies=one.copies)
    if one.copies:
        return name + said.copies.format(copies=one.copies)
    return name + (said.original if one.original else "")
