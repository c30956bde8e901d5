"""我的号: where a number stands, and what may be done with it."""

from __future__ import annotations

from ui.kiosk.model.events import Action, Do, GoBack, GoHome, ReallyCancel, ShowCheck
from ui.kiosk.model.screens import Mine, Sure
from ui.kiosk.page import Page, Style
from ui.kiosk.pages.home import wait
from ui.kiosk.pages.message import message
from ui.kiosk.placed import Rect

_CANCELLED = frozenset({"waiting", "held", "no_show"})
_OPEN = frozenset({"waiting", "called", "serving", "held", "no_show"})


def mine(page: Page, shown: Mine, body: Rect) -> None:
    """The number, its place, and the ways on."""
    said, place = page.said, shown.place
    body = page.foot(body, ((said.home, GoHome(), "plain"),))
    actions = _actions(page, shown)
    size = page.text(page.type.lead)
    gap = page.px(20)
    column = body.w if page.portrait else body.w - round(body.w * 0.58) - page.gap
    room = body.bottom - page.reach - page.gap if page.low else body.h // 2 if page.portrait else body.h
    high = _high(page, [text for text, _, _ in actions], Rect(0, 0, column, room), size, gap)
    taken = len(actions) * high + (len(actions) - 1) * gap if actions else 0
    if page.portrait:
        upper = body._replace(h=body.h - taken - (page.gap if actions else 0))
        if page.low:
            upper = upper._replace(h=max(upper.h, page.reach - body.y - page.gap))
        lower = Rect(body.x, upper.bottom + page.gap, body.w, taken)
    else:
        wide = round(body.w * 0.58) if actions else body.w
        upper = body._replace(w=wide)
        top = body.bottom - taken if page.low else body.y + (body.h - taken) // 2
        lower = Rect(upper.right + page.gap, top, body.right - upper.right - page.gap, taken)
    _place(page, shown, upper)
    page.say(said.number_is.format(number=place.number), *_lines(page, shown))
    for at, (text, action, style) in enumerate(actions):
        row = Rect(lower.x, lower.y + at * (high + gap), lower.w, high)
        page.button(row, text, action, style, size)


def _high(page: Page, texts: list[str], room: Rect, size: int, gap: int) -> int:
    """Return how high each button is: what it says has two lines where one is too narrow."""
    count = max(1, len(texts))
    lines = max((page.height_of(text, page.face(room).w, size, bold=True) for text in texts), default=0)
    most = (room.h - gap * (count - 1)) // count
    return max(page.touch, min(lines, 2 * page.line(size), most - page.px(48)) + page.px(48))


def _actions(page: Page, shown: Mine) -> list[tuple[str, Action, Style]]:
    said, state = page.said, shown.place.state
    if not shown.holds:
        return [(said.with_check, ShowCheck(), "primary")] if state in _OPEN else []
    actions: list[tuple[str, Action, Style]] = []
    if shown.place.can_return:
        actions.append((said.come_back, Do("return"), "primary"))
    if state in _OPEN:
        actions.append((said.reprint, Do("reprint"), "plain"))
    if state in _CANCELLED:
        actions.append((said.cancel, Do("cancel"), "plain"))
    return actions


def _lines(page: Page, shown: Mine) -> list[str]:
    """What is to be known of the number, the most important first."""
    said, place = page.said, shown.place
    lines = [said.returned] if shown.done == "returned" else []
    if place.state == "waiting":
        lines.append(said.ahead.format(count=place.ahead) if place.ahead else said.nobody_ahead)
        takes = wait(page, place.wait)
        lines += [takes] if takes else []
    elif place.state in ("called", "serving") and place.window:
        sentence = said.called_to if place.state == "called" else said.served_at
        lines.append(sentence.format(window=place.window))
    else:
        lines.append(said.state.get(place.state, said.state["ended"]))
    if place.state == "no_show":
        lines.append(said.may_return if place.can_return or not shown.holds else said.may_not_return)
    return lines


def _place(page: Page, shown: Mine, rect: Rect) -> None:
    colours, kind, said = page.colours, page.type, page.said
    page.card(rect, colours.panel)
    inside = rect.inset(page.inner, page.px(24))
    lead, title = page.text(kind.lead), page.text(kind.title)
    page.label(
        inside._replace(h=page.line(lead)),
        said.number_title,
        lead,
        ground=colours.panel,
        colour=colours.ink_soft,
        align="centre",
    )
    lines = _lines(page, shown)
    rest = Rect(inside.x, inside.y + page.line(lead), inside.w, inside.h - page.line(lead))
    below = min(len(lines) * page.line(title) * 3 // 2, rest.h * 3 // 5)
    number = rest._replace(h=rest.h - below)
    size = min(page.px(kind.number * 0.8), int(number.h / kind.line_height))
    page.label(
        number,
        shown.place.number,
        size,
        ground=colours.panel,
        colour=colours.brand_deep,
        bold=True,
        align="centre",
    )
    high = below // len(lines)
    for at, text in enumerate(lines):
        row = Rect(inside.x, number.bottom + at * high, inside.w, high)
        page.label(row, text, title if at == 0 else lead, ground=colours.panel, bold=at == 0, align="centre")


def sure(page: Page, shown: Sure, body: Rect) -> None:
    """Whether the number is really to be given up."""
    said = page.said
    number = shown.mine.place.number
    message(
        page,
        body,
        said.sure_title.format(number=number),
        said.sure_more,
        mark="?",
        alert=True,
        buttons=((said.really_cancel, ReallyCancel(), "plain"), (said.keep, GoBack(), "primary")),
    )
