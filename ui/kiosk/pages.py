"""The screens themselves: what stands where, for any panel, language and text size."""

from __future__ import annotations

from datetime import datetime

from ui.kiosk.facts import Hall, Language, Queue, Wait
from ui.kiosk.model import (
    Choose,
    Claim,
    Confirm,
    GoHome,
    Number,
    People,
    Printing,
    Stay,
    SwitchLanguage,
    SwitchLarge,
    Take,
)
from ui.kiosk.page import Page, columns, rows
from ui.kiosk.placed import Rect
from ui.kiosk.words import Words

MOST_QUEUES = 8
"""Few and plain; a hall with more keeps the rest off the kiosk."""
MOST_PRIORITIES = 8


def frame(
    page: Page,
    said: Words,
    language: Language,
    hall: Hall | None,
    clock: datetime | None,
    *,
    large: bool,
    switches: bool,
) -> Rect:
    """Place the head with name and clock, and the switches; return what is left for the screen.

    On upright panels the switches are at the foot, where everybody reaches them.
    """
    kind, colours, width = page.type, page.colours, page.panel.width
    title, caption = page.text(kind.title), page.text(kind.caption)
    height = max(page.line(title) + page.line(caption) + 2 * page.px(20), page.touch + 2 * page.px(14))
    page.shape(Rect(0, 0, width, height), colours.brand_deep)
    inside = Rect(page.edge, page.px(20), width - 2 * page.edge, height - 2 * page.px(20))
    split = inside.h - page.line(caption)

    right = inside.right
    if clock is not None:
        date = said.date.format(
            year=clock.year, month=clock.month, day=clock.day, weekday=said.weekdays[clock.weekday()]
        )
        size = page.text(kind.clock)
        wide = max(page.width_of(date, caption), page.width_of("00:00", size, bold=True)) + 2
        right -= wide
        page.label(
            Rect(right, inside.y, wide, split),
            f"{clock:%H:%M}",
            size,
            ground=colours.brand_deep,
            colour=colours.on_brand,
            bold=True,
            align="right",
        )
        page.label(
            Rect(right, inside.y + split, wide, inside.h - split),
            date,
            caption,
            ground=colours.brand_deep,
            colour=colours.on_brand_soft,
            align="right",
        )
        right -= page.gap
    if switches and not page.portrait:
        right = _switches(
            page, said, right, (height - page.button_height()) // 2, large=large, style="header"
        )
        right -= page.gap

    name = hall.name.text(language) if hall is not None and hall.name is not None else said.hall
    page.label(
        Rect(inside.x, inside.y, right - inside.x, split),
        name,
        title,
        ground=colours.brand_deep,
        colour=colours.on_brand,
        bold=True,
    )
    page.label(
        Rect(inside.x, inside.y + split, right - inside.x, inside.h - split),
        said.self_service,
        caption,
        ground=colours.brand_deep,
        colour=colours.on_brand_soft,
    )

    bottom = page.panel.height - page.edge
    if switches and page.portrait:
        bottom -= page.button_height()
        left = _switches(page, said, width - page.edge, bottom, large=large, style="plain")
        page.label(
            Rect(page.edge, bottom, left - page.gap - page.edge, page.button_height()),
            said.help,
            caption,
            ground=colours.ground,
            colour=colours.ink_soft,
        )
        bottom -= page.gap
    elif switches:
        bottom = page.panel.height - page.line(caption) - page.px(12)
        page.label(
            Rect(page.edge, bottom, width - 2 * page.edge, page.line(caption)),
            said.help,
            caption,
            ground=colours.ground,
            colour=colours.ink_soft,
        )
        bottom -= page.px(8)
    top = height + page.gap
    return Rect(page.edge, top, width - 2 * page.edge, bottom - top)


def _switches(page: Page, said: Words, right: int, y: int, *, large: bool, style: str) -> int:
    """Place the two switches leftwards from ``right``; return their left edge."""
    size, height = page.text(page.type.body), page.button_height()
    for text, action in (
        (said.standard if large else said.large, SwitchLarge()),
        (said.language, SwitchLanguage()),
    ):
        wide = max(page.touch, page.width_of(text, size, bold=True) + 2 * page.inner)
        right -= wide
        page.button(
            Rect(right, y, wide, height), text, action, "header" if style == "header" else "plain", size
        )
        right -= page.px(16)
    return right + page.px(16)


# --- home ---------------------------------------------------------------------------------------


def home(page: Page, said: Words, language: Language, hall: Hall, body: Rect) -> None:
    """The queues, with how many wait and how long."""
    kind, colours = page.type, page.colours
    queues = [queue for queue in hall.queues if queue.on_kiosk][:MOST_QUEUES]
    opened = any(queue.refusal is None for queue in queues)
    top = body.y
    notice = hall.notice.text(language) if hall.notice is not None else ""
    if notice:
        size = page.text(kind.caption)
        wide = body.w - 2 * page.inner
        height = min(page.height_of(notice, wide, size), 3 * page.line(size)) + 2 * page.px(14)
        strip = Rect(body.x, top, body.w, height)
        page.shape(strip, colours.tint, radius=page.radius)
        page.label(
            strip.inset(page.inner, page.px(14)), notice, size, ground=colours.tint, colour=colours.brand_deep
        )
        top = strip.bottom + page.px(16)
    size = page.text(kind.title)
    page.label(
        Rect(body.x, top, body.w, page.line(size)),
        said.choose if opened else said.none_open,
        size,
        ground=colours.ground,
        colour=colours.brand_deep,
        bold=True,
    )
    top += page.line(size)
    size = page.text(kind.caption)
    if body.h > 14 * page.line(page.text(kind.body)) or not opened:
        page.label(
            Rect(body.x, top, body.w, page.line(size)),
            said.choose_more if opened else said.none_open_more,
            size,
            ground=colours.ground,
            colour=colours.ink_soft,
        )
        top += page.line(size)
    top += page.px(18)
    if not queues:
        return
    across = _across(len(queues), page.panel.width / page.panel.height)
    down = -(-len(queues) // across)
    grid = Rect(body.x, top, body.w, body.bottom - top - page.px(8))
    cells = [cell for row in rows(grid, down, page.gap) for cell in columns(row, across, page.gap)]
    for queue, cell in zip(queues, cells, strict=False):
        _queue(page, said, language, queue, cell)


def _across(count: int, ratio: float) -> int:
    """Return how many queues stand side by side on a panel of this width to height."""
    if ratio < 1:
        return 1 if count <= 3 else 2
    if count <= 3:
        return count
    if ratio < 1.5:
        return 3 if count <= 6 else 2
    return -(-count // 2)


def _queue(page: Page, said: Words, language: Language, queue: Queue, cell: Rect) -> None:
    kind, colours = page.type, page.colours
    opened = queue.refusal is None
    ground = colours.panel if opened else colours.muted
    page.card(cell, ground, raised=opened)
    soft = colours.ink_soft
    ahead, wait = _ahead(said, queue.waiting), _wait(said, queue.wait)
    facts = (
        [ahead, wait] if opened else [said.trouble.get(queue.refusal or "", said.trouble["refused"]).title]
    )
    title, size = page.text(kind.title), page.text(kind.body)
    inside = cell.inset(page.inner, page.px(26))
    beside = cell.w > 4 * cell.h
    if 2 * inside.h > 9 * page.line(title):
        title, size = page.text(kind.title * 1.15), page.text(kind.lead)
    elif beside or inside.h < 2 * page.line(title) + 2 * page.line(size) or 2 * inside.w < 9 * title:
        title, size = page.text(kind.lead), page.text(kind.caption)
        inside = cell.inset(page.px(22), page.px(12))
    if beside:
        split = inside.w * 13 // 20
        upper = inside._replace(w=split - page.px(10))
        lower = Rect(inside.x + split, inside.y, inside.w - split, inside.h)
    else:
        height = 2 * page.line(size)
        upper = inside._replace(h=inside.h - height - page.px(14))
        lower = Rect(inside.x, inside.bottom - height, inside.w, height)
        page.shape(Rect(inside.x, upper.bottom + page.px(6), inside.w, max(1, page.px(2))), colours.line)
    round_ = min(page.px(120), upper.h, upper.w // 4)
    page.badge(
        Rect(inside.x, upper.y + (upper.h - round_) // 2, round_, round_),
        queue.prefix,
        colours.brand if opened else soft,
        colours.on_brand,
    )
    left = inside.x + round_ + page.px(20)
    name = Rect(left, upper.y, upper.right - left, upper.h)
    colour = colours.ink if opened else soft
    page.label(name, queue.name.text(language), title, ground=ground, colour=colour, bold=True)
    for at, (text, place) in enumerate(zip(facts, rows(lower, len(facts), 0), strict=True)):
        colour = colours.brand_deep if opened and at == 0 else soft
        page.label(place, text, size, ground=ground, colour=colour, bold=at == 0)
    page.target(cell, Choose(queue.id))


def _ahead(said: Words, count: int) -> str:
    return said.ahead.format(count=count) if count else said.nobody_waits


def _wait(said: Words, wait: Wait | None) -> str:
    if wait is None:
        return ""
    if wait.high <= 1:
        return said.wait_short
    if wait.low == wait.high:
        return said.wait_about.format(low=wait.low)
    return said.wait.format(low=wait.low, high=wait.high)


# --- confirm ------------------------------------------------------------------------------------


def confirm(page: Page, said: Words, language: Language, hall: Hall, want: Confirm, body: Rect) -> None:
    """One queue, the options where they apply, and the button that takes the number."""
    queue = hall.queue(want.queue)
    if queue is None:
        return
    priorities = hall.priorities[:MOST_PRIORITIES]
    size = page.text(page.type.title)
    height = max(page.touch, page.line(size) + page.px(56))
    action = Rect(body.x, body.bottom - height, body.w, height)
    third = (body.w - page.gap) // 3
    page.button(action._replace(w=third), said.back, GoHome(), "plain", page.text(page.type.lead))
    page.button(
        Rect(body.x + third + page.gap, action.y, body.w - third - page.gap, height),
        said.take,
        Take(),
        "primary",
        size,
    )

    space = body._replace(h=action.y - body.y - page.gap)
    if page.portrait:
        asked = _options_height(page, said, space.w, len(priorities), queue)
        summary = space._replace(h=space.h - asked - (page.gap if asked else 0))
        options = Rect(space.x, summary.bottom + page.gap, space.w, asked)
    else:
        # Without options the queue has all the room.
        half = round(space.w * 0.36) if priorities or queue.headcount else space.w
        summary = space._replace(w=half)
        options = Rect(space.x + half + page.gap, space.y, space.w - half - page.gap, space.h)
    _summary(page, said, language, queue, summary)
    if queue.headcount:
        people = options._replace(h=_people_height(page))
        if not priorities and not page.portrait:
            people = people._replace(y=options.y + (options.h - people.h) // 2)
        _people(page, said, want.headcount, people)
        options = options._replace(y=people.bottom + page.gap, h=options.h - people.h - page.gap)
    if priorities:
        _priorities(page, said, language, hall, want, options)


def _summary(page: Page, said: Words, language: Language, queue: Queue, rect: Rect) -> None:
    kind, colours = page.type, page.colours
    page.card(rect, colours.panel)
    inside = rect.inset(page.inner, page.px(28))
    lead, body, title = page.text(kind.lead), page.text(kind.body), page.text(kind.headline)
    if page.portrait:
        body, title = page.text(kind.title), page.text(kind.headline * 1.3)
    head = page.line(lead)
    page.label(
        inside._replace(h=head),
        said.confirm,
        lead,
        ground=colours.panel,
        colour=colours.ink_soft,
        align="centre",
    )
    name = queue.name.text(language)
    facts = 2 * page.line(body)
    gap = page.px(16)
    middle = Rect(inside.x, inside.y + head + gap, inside.w, inside.h - head - facts - 2 * gap)
    named = min(page.height_of(name, inside.w, title, bold=True), middle.h * 2 // 3)
    round_ = min(page.px(320), middle.h - named - gap)
    top = middle.y + (middle.h - round_ - gap - named) // 2
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
    first, second = rows(Rect(inside.x, inside.bottom - facts, inside.w, facts), 2, 0)
    page.label(first, _ahead(said, queue.waiting), body, ground=colours.panel, bold=True, align="centre")
    page.label(
        second, _wait(said, queue.wait), body, ground=colours.panel, colour=colours.ink_soft, align="centre"
    )


def _people_height(page: Page) -> int:
    return page.button_height() + 2 * page.px(20)


def _people(page: Page, said: Words, count: int, rect: Rect) -> None:
    colours, kind = page.colours, page.type
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
            page.button(Rect(x, inside.y, step, inside.h), f"{'+' if by > 0 else '–'}{abs(by)}", People(by))
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


def _chips(page: Page, count: int) -> tuple[int, int]:
    across = 3
    return across, -(-count // across)


def _options_height(page: Page, said: Words, width: int, priorities: int, queue: Queue) -> int:
    height = _people_height(page) if queue.headcount else 0
    if priorities:
        _, down = _chips(page, priorities + 1)
        wide = width - 2 * page.inner
        height += page.gap if height else 0
        height += page.line(page.text(page.type.lead)) + 2 * page.px(24) + page.px(18)
        height += page.height_of(said.priority_more, wide, page.text(page.type.caption))
        height += down * page.button_height() + (down - 1) * page.px(16)
    return height


def _priorities(page: Page, said: Words, language: Language, hall: Hall, want: Confirm, rect: Rect) -> None:
    colours, kind = page.colours, page.type
    page.card(rect, colours.panel)
    inside = rect.inset(page.inner, page.px(24))
    lead, caption = page.text(kind.lead), page.text(kind.caption)
    page.label(inside._replace(h=page.line(lead)), said.priority, lead, ground=colours.panel, bold=True)
    choices = [
        (None, said.priority_none),
        *((one.id, one.name.text(language)) for one in hall.priorities[:MOST_PRIORITIES]),
    ]
    across, down = _chips(page, len(choices))
    gap = page.px(16)
    most = down * round(page.button_height() * 1.25) + (down - 1) * gap
    least = down * page.touch + (down - 1) * gap
    top = inside.y + page.line(lead)
    more = page.height_of(said.priority_more, inside.w, caption)
    high = max(least, min(most, inside.bottom - top - more - page.px(18)))
    page.label(
        Rect(inside.x, top, inside.w, inside.bottom - top - high - page.px(12)),
        said.priority_more,
        caption,
        ground=colours.panel,
        colour=colours.ink_soft,
    )
    grid = Rect(inside.x, inside.bottom - high, inside.w, high)
    cells = [cell for row in rows(grid, down, gap) for cell in columns(row, across, gap)]
    texts = [text for _, text in choices]
    size = page.size_for(texts, page.face(cells[0]), page.text(kind.body), bold=True)
    for (name, text), cell in zip(choices, cells, strict=False):
        page.button(cell, text, Claim(name), "chosen" if name == want.priority else "plain", size)


# --- the number ---------------------------------------------------------------------------------


def number(
    page: Page,
    said: Words,
    language: Language,
    hall: Hall | None,
    screen: Printing | Number,
    seconds: int,
    body: Rect,
) -> None:
    """The number as large as it goes, where to wait, and what to do about the slip."""
    colours, kind = page.colours, page.type
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
    _next(page, said, language, hall, screen, right._replace(h=bottom - right.y))


def _next(
    page: Page, said: Words, language: Language, hall: Hall | None, screen: Printing | Number, card: Rect
) -> None:
    """What to do now, and then where to go and how long it takes."""
    colours = page.colours
    lost = isinstance(screen, Number) and not screen.slip
    if isinstance(screen, Printing):
        todo = said.printing
    elif lost:
        todo = said.note_down.format(number=screen.ticket.number)
    else:
        todo = said.take_slip
    page.card(card, colours.panel)
    inside = card.inset(page.inner, page.inner)
    ground = colours.alert_tint if lost else colours.tint
    wide = inside.w - 2 * page.px(20)
    facts = _facts(said, language, hall, screen)
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


_STEPS = (
    (72, 54),
    (54, 42),
    (42, 42),
    (42, 34),
    (34, 34),
    (34, 28),
)
"""Sizes of what to do and of the rest, the first pair that fits."""


def _facts(said: Words, language: Language, hall: Hall | None, screen: Printing | Number) -> list[str]:
    ticket = screen.ticket
    queue = hall.queue(ticket.queue) if hall is not None else None
    zone = hall.zone(queue.zone) if hall is not None and queue is not None else None
    facts = [said.go_to.format(zone=zone.name.text(language)) if zone is not None else said.go_wait]
    wait = _wait(said, ticket.wait)
    facts.append(said.ahead.format(count=ticket.ahead) if ticket.ahead else said.nobody_ahead)
    facts += [wait] if wait else []
    if screen.verify:
        facts.append(said.show_card)
    return facts


# --- plain sentences ----------------------------------------------------------------------------


def message(
    page: Page,
    body: Rect,
    title: str,
    detail: str,
    *,
    mark: str = "",
    alert: bool = False,
    buttons: tuple[tuple[str, GoHome | Stay], ...] = (),
) -> None:
    """A sentence in the middle: what is, what to do, and at most two buttons."""
    colours, kind = page.colours, page.type
    wide = min(body.w, page.px(1280))
    headline, lead = page.text(kind.headline), page.text(kind.lead)
    inside_w = wide - 2 * page.inner
    title_h = page.height_of(title, inside_w, headline, bold=True)
    detail_h = page.height_of(detail, inside_w, lead)
    foot = max(page.touch, page.line(lead) + page.px(48)) if buttons else 0
    round_ = page.px(150) if mark else 0
    gap = page.px(30)
    parts = [part for part in (round_, title_h, detail_h, foot) if part]
    height = min(sum(parts) + gap * (len(parts) + 1) + page.px(20), body.h)
    card = Rect(body.x + (body.w - wide) // 2, body.y + (body.h - height) // 2, wide, height)
    page.card(card, colours.panel)
    y = card.y + gap
    if mark:
        x = card.x + (wide - round_) // 2
        page.badge(
            Rect(x, y, round_, round_), mark, colours.alert if alert else colours.brand, colours.on_brand
        )
        y += round_ + gap
    x = card.x + page.inner
    page.label(
        Rect(x, y, inside_w, title_h),
        title,
        headline,
        ground=colours.panel,
        colour=colours.brand_deep,
        bold=True,
        align="centre",
    )
    y += title_h + gap
    page.label(Rect(x, y, inside_w, detail_h), detail, lead, ground=colours.panel, align="centre")
    if buttons:
        row = Rect(x, card.bottom - gap - foot, inside_w, foot)
        for at, ((text, action), cell) in enumerate(
            zip(buttons, columns(row, len(buttons), page.gap), strict=True)
        ):
            last = at == len(buttons) - 1
            page.button(cell, text, action, "primary" if last else "plain", lead)
