"""The first screen: the queues, and the other ways in."""

from __future__ import annotations

from ui.kiosk.facts import Queue, Wait
from ui.kiosk.model.events import Choose, Open
from ui.kiosk.page import FOOT, Page
from ui.kiosk.placed import Rect, columns, rows

MOST_QUEUES = 8
"""Few and plain; a hall with more keeps the rest off the kiosk."""


def home(page: Page, body: Rect) -> None:
    """The queues, with how many wait and how long."""
    hall, said = page.hall, page.said
    if hall is None:
        return
    queues = [queue for queue in hall.queues if queue.on_kiosk][:MOST_QUEUES]
    opened = any(queue.refusal is None for queue in queues)
    notice = hall.notice.text(page.language) if hall.notice is not None else ""
    body = _ways(page, body)
    if notice:
        body = _notice(page, body, notice)
    title, more = (said.choose, said.choose_more) if opened else (said.none_open, said.none_open_more)
    grid = page.heading(body, title, more)
    if not opened:
        page.say(more)
    if not queues:
        return
    grid = grid._replace(h=grid.h - page.px(8))
    across, down = _grid(page, len(queues), grid)
    cells = [cell for row in rows(grid, down, page.gap) for cell in columns(row, across, page.gap)]
    for queue, cell in zip(queues, cells, strict=False):
        _queue(page, queue, cell)


def _ways(page: Page, body: Rect) -> Rect:
    """The ways in beside the queues, at the foot; return what is left."""
    said = page.said
    height = page.button_height()
    row = Rect(body.x, body.bottom - height, body.w, height)
    ways = (
        (said.find, Open("search")),
        (said.mine, Open("mine")),
        (said.appointment, Open("appointment")),
    )
    cells = columns(row, len(ways), page.gap)
    texts = [text for text, _ in ways]
    size = page.size_for(texts, page.face(cells[0]), page.text(page.type.body), bold=True)
    for (text, action), cell in zip(ways, cells, strict=True):
        page.button(cell, text, action, "plain", size, rank=FOOT)
    return body._replace(h=body.h - height - page.gap)


def _notice(page: Page, body: Rect, notice: str) -> Rect:
    colours, size = page.colours, page.text(page.type.caption)
    if not page.portrait:
        # Height is dear, and this is not what people come to read.
        size = page.px(page.type.caption)
    wide = body.w - 2 * page.inner
    most = 3 if page.portrait else 2
    height = min(page.height_of(notice, wide, size), most * page.line(size)) + 2 * page.px(14)
    strip = Rect(body.x, body.y, body.w, height)
    page.shape(strip, colours.tint, radius=page.radius)
    page.label(
        strip.inset(page.inner, page.px(14)), notice, size, ground=colours.tint, colour=colours.brand_deep
    )
    top = strip.bottom + page.px(16)
    return Rect(body.x, top, body.w, body.bottom - top)


def _across(count: int, ratio: float) -> int:
    """Return how many queues stand side by side on a panel of this width to height."""
    if ratio < 1:
        return 1 if count <= 3 else 2
    if count <= 3:
        return count
    if ratio < 1.5:
        return 3 if count <= 6 else 2
    return -(-count // 2)


def _grid(page: Page, count: int, grid: Rect) -> tuple[int, int]:
    """Return how many queues stand side by side, and in how many rows."""

    def down(across: int) -> int:
        return -(-count // across)

    def low(across: int) -> bool:
        return (grid.h - page.gap * (down(across) - 1)) // down(across) < _least_high(page)

    across = _across(count, page.panel.width / page.panel.height)
    for more in range(across + 1, 5):
        if low(across) and down(more) < down(across):
            across = more
    return across, down(across)


def _least_high(page: Page) -> int:
    """Return how high a queue must be for its name, how many wait and how long."""
    kind = page.type
    lines = page.line(page.text(kind.lead)) + 2 * page.line(page.text(kind.caption))
    return max(page.touch * 5 // 4, lines + page.px(12 + 14 + 12))


def _queue(page: Page, queue: Queue, cell: Rect) -> None:
    kind, colours, said = page.type, page.colours, page.said
    opened = queue.refusal is None
    ground = colours.panel if opened else colours.muted
    page.card(cell, ground, raised=opened)
    soft = colours.ink_soft
    facts = (
        [ahead(page, queue.waiting), wait(page, queue.wait)]
        if opened
        else [said.trouble.get(queue.refusal or "", said.trouble["refused"]).title]
    )
    shown = [text for text in facts if text]
    title, size = page.text(kind.title), page.text(kind.body)
    inside = cell.inset(page.inner, page.px(26))
    beside = cell.w > 4 * cell.h
    if 2 * inside.h > 9 * page.line(title):
        title, size = page.text(kind.title * 1.15), page.text(kind.lead)
    elif beside or inside.h < 2 * page.line(title) + 2 * page.line(size) or 2 * inside.w < 9 * title:
        title, size = page.text(kind.lead), page.text(kind.caption)
        inside = cell.inset(page.px(22), page.px(12))
    if beside:
        split = inside.w * (13 if inside.w > page.px(700) else 10) // 20
        upper = inside._replace(w=split - page.px(10))
        lower = Rect(inside.x + split, inside.y, inside.w - split, inside.h)
    else:
        height = min(len(shown) * page.line(size), inside.h // 2)
        least = page.line(page.panel.mm(4.0) + 2)
        if len(shown) < 2 or height < 2 * least:
            # Room for one line only: how many wait.
            height = min(height, max(least, inside.h * 2 // 5))
        upper = inside._replace(h=inside.h - height - page.px(14))
        lower = Rect(inside.x, inside.bottom - height, inside.w, height)
        page.shape(Rect(inside.x, upper.bottom + page.px(6), inside.w, max(1, page.px(2))), colours.line)
    round_ = min(page.px(120), upper.h, upper.w // 4)
    left = inside.x
    if round_ * 0.42 > page.panel.mm(4.0):
        page.badge(
            Rect(inside.x, upper.y + (upper.h - round_) // 2, round_, round_),
            queue.prefix,
            colours.brand if opened else soft,
            colours.on_brand if opened else colours.panel,
        )
        left += round_ + page.px(20)
    name = Rect(left, upper.y, upper.right - left, upper.h)
    colour = colours.ink if opened else soft
    page.label(name, queue.name.text(page.language), title, ground=ground, colour=colour, bold=True)
    if lower.h < len(shown) * page.line(page.panel.mm(4.0) + 2):
        shown = shown[:1]
    for at, (text, place) in enumerate(zip(shown, rows(lower, max(len(shown), 1), 0), strict=False)):
        colour = colours.brand_deep if opened and at == 0 else soft
        page.label(place, text, size, ground=ground, colour=colour, bold=at == 0)
    spoken = said.comma.join(text for text in (queue.name.text(page.language), *facts) if text)
    page.target(cell, Choose(queue.id), spoken)


def ahead(page: Page, count: int) -> str:
    """Return how many wait, in words."""
    return page.said.ahead.format(count=count) if count else page.said.nobody_waits


def wait(page: Page, range_: Wait | None) -> str:
    """Return how long it takes, in words; empty where nobody knows."""
    if range_ is None:
        return ""
    if range_.high <= 1:
        return page.said.wait_short
    if range_.low == range_.high:
        return page.said.wait_about.format(low=range_.low)
    return page.said.wait.format(low=range_.low, high=range_.high)
