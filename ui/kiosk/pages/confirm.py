"""One queue before the number is taken: what it is, and the options where they apply."""

from __future__ import annotations

from ui.kiosk.facts import Queue
from ui.kiosk.model.events import AddService, Claim, Drop, GoBack, People, Take
from ui.kiosk.model.screens import MOST_SERVICES, Confirm
from ui.kiosk.page import Page
from ui.kiosk.pages.home import ahead, wait
from ui.kiosk.placed import Rect, columns, rows

MOST_PRIORITIES = 8


def confirm(page: Page, want: Confirm, body: Rect) -> None:
    """The queue, its options, and the button that takes the number."""
    hall, said = page.hall, page.said
    queue = hall.queue(want.queue) if hall is not None else None
    if hall is None or queue is None:
        return
    page.say(said.confirm, queue.name.text(page.language), *_known(page, want, queue))
    space = page.foot(body, ((said.back, GoBack(), "plain"), (said.take, Take(), "primary")), high=True)
    priorities = hall.priorities[:MOST_PRIORITIES]
    heights = [_services_height(page, want)]
    if queue.headcount:
        heights.append(_people_height(page))
    if priorities:
        wide = space.w if page.portrait else round(space.w * 0.62)
        heights.append(_priorities_height(page, wide, len(priorities) + 1))
    if page.portrait:
        asked = sum(heights) + page.gap * len(heights)
        summary = space._replace(h=max(space.h - asked, page.line(page.text(page.type.title)) * 3))
        if page.low:
            summary = summary._replace(h=max(summary.h, page.reach - space.y - page.gap))
        _summary(page, want, queue, summary)
        options = Rect(space.x, summary.bottom + page.gap, space.w, space.bottom - summary.bottom - page.gap)
        _options(page, want, queue, options)
        return
    if page.low:
        summary = space._replace(h=page.reach - space.y - page.gap)
        space = Rect(space.x, page.reach, space.w, space.bottom - page.reach)
    half = round(space.w * 0.36)
    services = space._replace(w=half)
    if page.low:
        _summary(page, want, queue, summary)
    else:
        below = _services_height(page, want)
        _summary(page, want, queue, services._replace(h=services.h - below - page.gap))
        services = services._replace(y=services.bottom - below, h=below)
    _services(page, want, services)
    options = Rect(space.x + half + page.gap, space.y, space.w - half - page.gap, space.h)
    _options(page, want, queue, options, services=False)


def _options(page: Page, want: Confirm, queue: Queue, rect: Rect, *, services: bool = True) -> None:
    """Place the options from the top down; priorities have what is left."""
    if services:
        card = rect._replace(h=_services_height(page, want))
        _services(page, want, card)
        rect = Rect(rect.x, card.bottom + page.gap, rect.w, rect.bottom - card.bottom - page.gap)
    priorities = page.hall is not None and bool(page.hall.priorities)
    if queue.headcount:
        card = rect._replace(h=_people_height(page))
        if not priorities and not services:
            card = card._replace(y=rect.y + (rect.h - card.h) // 2)
        _people(page, want.headcount, card)
        rect = Rect(rect.x, card.bottom + page.gap, rect.w, rect.bottom - card.bottom - page.gap)
    if priorities:
        _priorities(page, want, rect)
    elif not queue.headcount and not services:
        _promise(page, rect)


def _promise(page: Page, rect: Rect) -> None:
    """Nothing has to be chosen: what happens next has the room."""
    colours = page.colours
    page.card(rect, colours.tint, raised=False)
    page.label(
        rect.inset(page.inner * 2, page.inner),
        page.said.then,
        page.text(page.type.title),
        ground=colours.tint,
        colour=colours.brand_deep,
        align="centre",
    )


def _known(page: Page, want: Confirm, queue: Queue) -> list[str]:
    """Return how long it will take, or for an appointment when it is."""
    if want.booked is not None:
        return [page.said.booked_at.format(start=want.booked.start, end=want.booked.end)]
    return [text for text in (ahead(page, queue.waiting), wait(page, queue.wait)) if text]


def _summary(page: Page, want: Confirm, queue: Queue, rect: Rect) -> None:
    kind, colours = page.type, page.colours
    page.card(rect, colours.panel)
    inside = rect.inset(page.inner, page.px(24))
    name = queue.name.text(page.language)
    if rect.w > 3 * rect.h:
        _summary_line(page, want, queue, inside)
        return
    body, title = page.text(kind.body), page.text(kind.headline)
    if page.portrait:
        body, title = page.text(kind.title), page.text(kind.headline * 1.3)
    texts = _known(page, want, queue)
    body = min(body, round(inside.h / 3 / len(texts) / kind.line_height))
    facts = len(texts) * page.line(body)
    gap = page.px(16)
    middle = inside._replace(h=inside.h - facts - gap)
    title = page.size_for((name,), middle._replace(h=max(middle.h * 2 // 3, 1)), title, bold=True)
    named = min(page.height_of(name, inside.w, title, bold=True), middle.h * 2 // 3)
    round_ = min(page.px(320), middle.h - named - gap)
    if round_ < page.px(90):
        # No room for a mark that can be read.
        round_ = gap = 0
    top = middle.y + (middle.h - round_ - gap - named) // 2
    if round_:
        page.badge(
            Rect(middle.x + (middle.w - round_) // 2, top, round_, round_),
            queue.prefix,
            colours.brand,
            colours.on_brand,
        )
    page.label(
        Rect(middle.x, top + round_ + gap, middle.w, named),
        name,
        title,
        ground=colours.panel,
        colour=colours.brand_deep,
        bold=True,
        align="centre",
    )
    lines = rows(Rect(inside.x, inside.bottom - facts, inside.w, facts), len(texts), 0)
    for at, (text, line) in enumerate(zip(texts, lines, strict=True)):
        colour = colours.ink if at == 0 else colours.ink_soft
        page.label(line, text, body, ground=colours.panel, colour=colour, bold=at == 0, align="centre")


def _summary_line(page: Page, want: Confirm, queue: Queue, inside: Rect) -> None:
    """The same in a low, wide room: everything side by side."""
    kind, colours = page.type, page.colours
    round_ = min(inside.h, page.px(240))
    page.badge(
        Rect(inside.x, inside.y + (inside.h - round_) // 2, round_, round_),
        queue.prefix,
        colours.brand,
        colours.on_brand,
    )
    left = inside.x + round_ + page.inner
    split = (inside.right - left) * 3 // 5
    page.label(
        Rect(left, inside.y, split - page.gap, inside.h),
        queue.name.text(page.language),
        page.text(kind.headline),
        ground=colours.panel,
        colour=colours.brand_deep,
        bold=True,
    )
    texts = _known(page, want, queue)
    beside = Rect(left + split, inside.y, inside.right - left - split, inside.h)
    for at, (text, line) in enumerate(zip(texts, rows(beside, len(texts), 0), strict=True)):
        colour = colours.ink if at == 0 else colours.ink_soft
        page.label(line, text, page.text(kind.lead), ground=colours.panel, colour=colour, bold=at == 0)


# --- services -----------------------------------------------------------------------------------


def _services_height(page: Page, want: Confirm) -> int:
    rows_ = len(want.services) + _adds(want)
    return rows_ * page.touch + max(0, rows_ - 1) * page.px(12)


def _adds(want: Confirm) -> bool:
    """Whether one more service may be named; an appointment has its own."""
    return want.booked is None and len(want.services) < MOST_SERVICES


def _services(page: Page, want: Confirm, rect: Rect) -> None:
    """What was chosen, each with a way to take it off again, and the way to one more."""
    colours, said = page.colours, page.said
    size = page.text(page.type.caption)
    y = rect.y
    for service in want.services:
        name = service.name.text(page.language)
        row = Rect(rect.x, y, rect.w, page.touch)
        wide = max(page.touch, page.width_of(said.drop, size, bold=True) + 2 * page.px(20))
        page.shape(row, colours.tint, radius=page.radius)
        page.label(
            Rect(row.x + page.px(20), row.y, row.w - wide - page.px(40), row.h),
            name,
            size,
            ground=colours.tint,
            colour=colours.brand_deep,
        )
        spoken = said.drop_more.format(service=name)
        drop = Rect(row.right - wide, y, wide, page.touch)
        page.button(drop, said.drop, Drop(service.code), "plain", size, spoken=spoken)
        y += page.touch + page.px(12)
    if _adds(want):
        text = said.add_service if want.services else said.name_service
        row = Rect(rect.x, y, rect.w, page.touch)
        page.button(row, text, AddService(), "plain", page.text(page.type.body))


# --- people, priority ---------------------------------------------------------------------------


def _people_height(page: Page) -> int:
    return page.button_height() + 2 * page.px(20)


def _people(page: Page, count: int, rect: Rect) -> None:
    colours, kind, said = page.colours, page.type, page.said
    page.card(rect, colours.panel)
    inside = rect.inset(page.inner, page.px(20))
    step = max(page.touch, page.px(104))
    gap = page.px(12)
    body = page.text(kind.body)
    value = page.px(150)
    left = inside.right - 4 * step - value - 4 * gap
    page.label(
        Rect(inside.x, inside.y, left - gap - inside.x, inside.h),
        said.headcount,
        body,
        ground=colours.panel,
        bold=True,
    )
    x = left
    for by in (-10, -1, 0, 1, 10):
        if by:
            text = f"{'+' if by > 0 else '–'}{abs(by)}"
            spoken = (said.more_people if by > 0 else said.fewer_people).format(by=abs(by), count=count)
            page.button(Rect(x, inside.y, step, inside.h), text, People(by), spoken=spoken)
            x += step + gap
        else:
            page.label(
                Rect(x, inside.y, value, inside.h),
                said.people.format(count=count),
                page.text(kind.lead),
                ground=colours.panel,
                colour=colours.brand_deep,
                bold=True,
                align="centre",
            )
            x += value + gap


def _chips(count: int, across: int = 3) -> tuple[int, int]:
    return across, -(-count // across)


def _priorities_height(page: Page, width: int, choices: int) -> int:
    _, down = _chips(choices)
    height = page.line(page.text(page.type.lead)) + 2 * page.px(24) + page.px(18)
    height += page.height_of(page.said.priority_more, width - 2 * page.inner, page.text(page.type.caption))
    return height + down * page.button_height() + (down - 1) * page.px(16)


def _priorities(page: Page, want: Confirm, rect: Rect) -> None:
    colours, kind, said, hall = page.colours, page.type, page.said, page.hall
    assert hall is not None
    page.card(rect, colours.panel)
    inside = rect.inset(page.inner, page.px(24))
    lead, small = page.text(kind.lead), page.text(kind.caption)
    page.label(inside._replace(h=page.line(lead)), said.priority, lead, ground=colours.panel, bold=True)
    choices = [
        (None, said.priority_none),
        *((one.id, one.name.text(page.language)) for one in hall.priorities[:MOST_PRIORITIES]),
    ]
    across, down = _chips(len(choices))
    gap = page.px(16)
    if inside.h < _priorities_height(page, rect.w, len(choices)) - 2 * page.px(24) and not page.portrait:
        across, down = _chips(len(choices), min(len(choices), 6))
    most = down * round(page.button_height() * 1.5) + (down - 1) * gap
    least = down * page.touch + (down - 1) * gap
    top = inside.y + page.line(lead)
    more = page.height_of(said.priority_more, inside.w, small)
    high = max(least, min(most, inside.bottom - top - more - page.px(18)))
    note = Rect(inside.x, top, inside.w, inside.bottom - top - high - page.px(12))
    # Where there is room what has to be shown at the window is read without glasses.
    sizes = (page.text(kind.body), page.text(kind.body * 0.9), small)
    fits = (size for size in sizes if page.height_of(said.priority_more, note.w, size) <= note.h)
    page.label(
        note,
        said.priority_more,
        next(fits, small),
        ground=colours.panel,
        colour=colours.ink_soft,
    )
    grid = Rect(inside.x, inside.bottom - high, inside.w, high)
    cells = [cell for row in rows(grid, down, gap) for cell in columns(row, across, gap)]
    texts = [text for _, text in choices]
    size = page.size_for(texts, page.face(cells[0]), page.text(kind.body), bold=True)
    for (name, text), cell in zip(choices, cells, strict=False):
        chosen = name == want.priority
        spoken = (said.priority_chosen if chosen else said.priority_choose).format(priority=text)
        page.button(cell, text, Claim(name), "chosen" if chosen else "plain", size, spoken=spoken)
