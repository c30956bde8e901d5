"""What every screen has around it: head, clock, switches, captions."""

from __future__ import annotations

from datetime import datetime

from ui.kiosk.model.events import Action, EndHelp, Helper, Knock, Open, SwitchLanguage, SwitchLarge
from ui.kiosk.page import SWITCH, Page, Style
from ui.kiosk.placed import Rect


def frame(
    page: Page,
    clock: datetime | None,
    *,
    large: bool,
    switches: bool,
    ease: bool,
    helper: Helper | None,
    caption: str | None,
) -> Rect:
    """Place the head with name and clock, and the switches; return what is left for the screen.

    On upright panels the switches are at the foot, where everybody reaches them. ``ease`` adds the way to
    more of them. A ``caption`` (None: nothing is spoken) has its place even while it is empty.
    """
    kind, width = page.type, page.panel.width
    # Where height is dear the head has one line.
    slim = not page.portrait and (large or caption is not None)
    below = 0 if slim else page.line(page.text(kind.caption))
    height = max(page.line(page.text(kind.title)) + below + 2 * page.px(20), page.touch + 2 * page.px(14))
    right = _head(page, clock, height, below)
    # The name of the hall keeps a third of the head; switches that leave less go to the foot.
    foot = page.portrait or page.low or right - _switches_width(page, large, ease) < width * 0.36
    if switches and not foot:
        right = _switches(
            page, right, (height - page.button_height()) // 2, large=large, ease=ease, style="header"
        )
        right -= page.gap
    _name(page, Rect(page.edge, page.px(20), right - page.edge, height - 2 * page.px(20)), below)
    top = height
    if helper is not None:
        top = _helper(page, helper, top)
    bottom = page.panel.height
    if caption is not None:
        bottom = _caption(page, caption, bottom)
    bottom = _foot(page, bottom, foot=foot and switches, help_=switches, large=large, ease=ease)
    page.top = top
    return Rect(page.edge, top + page.gap, width - 2 * page.edge, bottom - top - page.gap)


def _head(page: Page, clock: datetime | None, height: int, second: int) -> int:
    """Place the bar with the clock, which is also the door for staff; return its left edge.

    ``second`` is the height of the line with the date, 0 for none.
    """
    kind, colours, width = page.type, page.colours, page.panel.width
    small = page.text(kind.caption)
    page.shape(Rect(0, 0, width, height), colours.head)
    right = width - page.edge
    inside = Rect(page.edge, page.px(20), width - 2 * page.edge, height - 2 * page.px(20))
    split = inside.h - second
    size = page.text(kind.clock)
    wide = page.touch * 2
    if clock is not None:
        date = page.date(clock)
        wide = max(page.width_of(date, small) if second else 0, page.width_of("00:00", size, bold=True), wide)
        wide += 2
        place = Rect(right - wide, inside.y, wide, split)
        page.label(
            place,
            f"{clock:%H:%M}",
            size,
            ground=colours.head,
            colour=colours.on_head,
            bold=True,
            align="right",
        )
        below = Rect(right - wide, inside.y + split, wide, second)
        if second:
            page.label(below, date, small, ground=colours.head, colour=colours.on_head_soft, align="right")
    page.door(Rect(right - wide, 0, wide, height), Knock())
    return right - wide - page.gap


def _name(page: Page, inside: Rect, second: int) -> None:
    kind, colours, hall = page.type, page.colours, page.hall
    small = page.text(kind.caption)
    if page.logo:
        page.picture(inside._replace(w=inside.h))
        inside = inside._replace(x=inside.x + inside.h + page.px(20), w=inside.w - inside.h - page.px(20))
    split = inside.h - second
    name = hall.name.text(page.language) if hall is not None and hall.name is not None else page.said.hall
    page.label(
        inside._replace(h=split),
        name,
        page.text(kind.title),
        ground=colours.head,
        colour=colours.on_head,
        bold=True,
    )
    if second:
        page.label(
            Rect(inside.x, inside.y + split, inside.w, second),
            page.said.self_service,
            small,
            ground=colours.head,
            colour=colours.on_head_soft,
        )


def _wanted(page: Page, large: bool, ease: bool) -> list[tuple[str, Action, int]]:
    """Return the switches from the right: text, action and width."""
    said, size = page.said, page.text(page.type.body)
    wanted: list[tuple[str, Action]] = [
        (said.standard if large else said.large, SwitchLarge()),
        (said.language, SwitchLanguage()),
    ]
    if ease:
        wanted.insert(0, (said.ease, Open("ease")))
    return [
        (text, action, max(page.touch, page.width_of(text, size, bold=True) + 2 * page.inner))
        for text, action in wanted
    ]


def _switches_width(page: Page, large: bool, ease: bool) -> int:
    return sum(wide + page.px(16) for _, _, wide in _wanted(page, large, ease))


def _switches(page: Page, right: int, y: int, *, large: bool, ease: bool, style: Style) -> int:
    """Place the switches leftwards from ``right``; return their left edge."""
    size, height, gap = page.text(page.type.body), page.button_height(), page.px(16)
    for text, action, wide in _wanted(page, large, ease):
        right -= wide
        page.button(Rect(right, y, wide, height), text, action, style, size, rank=SWITCH)
        right -= gap
    return right + gap


def _foot(page: Page, bottom: int, *, foot: bool, help_: bool, large: bool, ease: bool) -> int:
    """Place the switches (``foot``) and the word on help at the bottom; return its upper edge."""
    colours, small = page.colours, page.text(page.type.caption)
    if foot:
        bottom -= page.px(28) if not page.portrait else page.edge
        bottom -= page.button_height()
        left = _switches(page, page.panel.width - page.edge, bottom, large=large, ease=ease, style="plain")
        room = Rect(page.edge, bottom, left - page.gap - page.edge, page.button_height())
        if not page.portrait or page.low:
            # Height is dear here: what a screen has at its foot stands in the same row.
            page.foot_room = room
        elif room.w > 5 * small:
            page.label(room, page.said.help, small, ground=colours.ground, colour=colours.ink_soft)
        return bottom - page.gap
    if help_:
        bottom -= page.line(small) + page.px(12)
        page.label(
            Rect(page.edge, bottom, page.panel.width - 2 * page.edge, page.line(small)),
            page.said.help,
            small,
            ground=colours.ground,
            colour=colours.ink_soft,
        )
        return bottom - page.px(8)
    return bottom - page.edge


def _helper(page: Page, helper: Helper, top: int) -> int:
    colours, size = page.colours, page.text(page.type.body)
    height = page.button_height() + 2 * page.px(10)
    strip = Rect(0, top, page.panel.width, height)
    page.shape(strip, colours.tint)
    text = page.said.end_help
    wide = max(page.touch, page.width_of(text, size, bold=True) + 2 * page.inner)
    button = Rect(strip.right - page.edge - wide, top + page.px(10), wide, page.button_height())
    page.label(
        Rect(page.edge, top, button.x - page.edge - page.gap, height),
        page.said.helping.format(name=helper.name),
        size,
        ground=colours.tint,
        colour=colours.brand_deep,
        bold=True,
    )
    page.button(button, text, EndHelp(), "plain", size, rank=SWITCH)
    return strip.bottom


def _caption(page: Page, caption: str, bottom: int) -> int:
    """Place what is being spoken."""
    colours, size = page.colours, page.text(page.type.caption)
    height = 2 * page.line(size) + 2 * page.px(10)
    strip = Rect(0, bottom - height, page.panel.width, height)
    page.shape(strip, colours.head)
    if caption:
        page.label(
            strip.inset(page.edge, page.px(10)),
            caption,
            size,
            ground=colours.head,
            colour=colours.on_head,
            align="centre",
        )
    return strip.y
