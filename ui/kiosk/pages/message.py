"""Plain sentences: what is, what to do, and what can be touched."""

from __future__ import annotations

from collections.abc import Sequence

from ui.kiosk.model.events import Action
from ui.kiosk.page import Page, Style
from ui.kiosk.placed import Rect, columns

_PARTS = (1.0, 0.9, 0.8, 0.7, 0.6)
"""Of the usual size, the first that fits."""


def message(
    page: Page,
    body: Rect,
    title: str,
    detail: str,
    *,
    mark: str = "",
    alert: bool = False,
    buttons: Sequence[tuple[str, Action, Style]] = (),
    spoken: str = "",
) -> None:
    """A sentence in the middle (within low reach: at the foot) and at most two buttons.

    ``spoken`` replaces the detail where that changes every second.
    """
    colours, kind = page.colours, page.type
    page.say(title, spoken or detail)
    wide = min(body.w, page.px(1280))
    inside_w = wide - 2 * page.inner
    gap = page.px(30)
    for part in _PARTS:
        headline, lead = page.text(kind.headline * part), page.text(kind.lead * part)
        title_h = page.height_of(title, inside_w, headline, bold=True)
        detail_h = page.height_of(detail, inside_w, lead)
        foot = max(page.touch, page.line(lead) + page.px(48)) if buttons else 0
        round_ = page.px(150 * part) if mark else 0
        parts = [one for one in (round_, title_h, detail_h, foot) if one]
        height = sum(parts) + gap * (len(parts) + 1) + page.px(20)
        if height <= body.h:
            break
    top = body.bottom - height if page.low else body.y + (body.h - height) // 2
    card = Rect(body.x + (body.w - wide) // 2, top, wide, height)
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
        cells = columns(row, len(buttons), page.gap)
        for (text, action, style), cell in zip(buttons, cells, strict=True):
            page.button(cell, text, action, style, lead)
