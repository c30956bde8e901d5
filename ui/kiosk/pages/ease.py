"""无障碍: ways to make the screen easier to use, each one large switch."""

from __future__ import annotations

from ui.kiosk.model.events import Action, GoBack, Switch, SwitchLanguage, SwitchLarge
from ui.kiosk.model.kiosk import Ways
from ui.kiosk.page import Page
from ui.kiosk.placed import Rect, columns, rows


def ease(page: Page, ways: Ways, body: Rect) -> None:
    """The switches, on or off."""
    said = page.said
    body = page.heading(body, said.ease, said.ease_more)
    body = page.foot(body, ((said.back, GoBack(), "primary"),))
    switches: tuple[tuple[str, str, Action, bool], ...] = (
        (said.large, said.large_more, SwitchLarge(), ways.large),
        (said.contrast, said.contrast_more, Switch("contrast"), ways.contrast),
        (said.low, said.low_more, Switch("low"), ways.low),
        (said.spoken, said.spoken_more, Switch("spoken"), ways.spoken),
        (said.language, said.language_more, SwitchLanguage(), False),
    )
    across = 1 if page.portrait else 2
    down = -(-len(switches) // across)
    high = min(body.h, down * page.px(240) + (down - 1) * page.gap)
    room = Rect(body.x, body.bottom - high if page.low else body.y, body.w, high)
    cells = [cell for row in rows(room, down, page.gap) for cell in columns(row, across, page.gap)]
    for (text, more, action, on), cell in zip(switches, cells, strict=False):
        _switch(page, cell, text, more, action, on)


def _switch(page: Page, cell: Rect, text: str, more: str, action: Action, on: bool) -> None:
    colours, kind, said = page.colours, page.type, page.said
    fill = colours.brand if on else colours.panel
    ink = colours.on_brand if on else colours.brand_deep
    soft = colours.on_brand if on else colours.ink_soft
    page.shape(cell, fill, radius=page.radius, border=colours.brand)
    inside = cell.inset(page.inner, page.px(10))
    states = [said.on, said.off]
    size, small = page.text(kind.lead), page.text(kind.caption)
    if page.portrait:
        size, small = page.text(kind.title), page.text(kind.body)
    wide = max(page.width_of(state, size, bold=True) for state in states) + page.px(12)
    left = inside._replace(w=inside.w - wide - page.px(16))
    upper = left._replace(h=left.h * 11 // 20)
    lower = Rect(left.x, upper.bottom, left.w, left.h - upper.h)
    page.label(upper, text, size, ground=fill, colour=ink, bold=True)
    page.label(lower, more, small, ground=fill, colour=soft)
    state = states[0] if on else states[1]
    if not isinstance(action, SwitchLanguage):
        page.label(
            Rect(inside.right - wide, inside.y, wide, inside.h),
            state,
            size,
            ground=fill,
            colour=ink,
            bold=True,
            align="right",
        )
        text = text + said.comma + state
    page.target(cell, action, text + said.comma + more)
