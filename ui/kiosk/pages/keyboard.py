"""Keys on the screen: large ones, letters in the order of the alphabet."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

from ui.kiosk.model.booking import ALPHABET
from ui.kiosk.model.events import Action, Enter, Erase, Press
from ui.kiosk.page import Page
from ui.kiosk.placed import Rect, columns, rows

Key = tuple[str, Action]


def _digits(text: str) -> list[Key]:
    return [(digit, Press(digit)) for digit in text]


def letters(page: Page, rect: Rect) -> None:
    """Place A to Z, the last row ending in what takes letters away again."""
    keys: list[Key] = [(letter, Press(letter)) for letter in ascii_uppercase]
    grid(page, rect, 7, [*keys, (page.said.erase, Erase()), (page.said.clear, Erase(all=True))])


def digits(page: Page, rect: Rect) -> None:
    """Place 1 to 9, 0, and what takes digits away again."""
    grid(
        page,
        rect,
        3,
        [
            *_digits("123456789"),
            (page.said.clear, Erase(all=True)),
            *_digits("0"),
            (page.said.erase, Erase()),
        ],
    )


def code(page: Page, rect: Rect) -> None:
    """Place what codes of appointments are made of, the digits in a row of their own."""
    digits_ = _digits("".join(sign for sign in ALPHABET if sign.isdigit()))
    letters_: list[Key] = [(sign, Press(sign)) for sign in ALPHABET if sign.isalpha()]
    gap = page.px(12)
    across = min(9, (rect.w + gap) // (page.touch + gap))
    lines = [letters_[at : at + across] for at in range(0, len(letters_), across)]
    if across - len(lines[-1]) < 4:
        lines.append([])
    down = len(lines) + 1
    rect = rect._replace(h=min(rect.h, down * page.px(160) + (down - 1) * gap))
    first, *rest = rows(rect, down, gap)
    grid(page, first, len(digits_), digits_, down=1)
    for line, row in zip(lines, rest, strict=True):
        grid(page, row, across, line, down=1)
    # What takes signs away again has the rest of the last row.
    taken = columns(rest[-1], across, gap)[len(lines[-1]) :]
    room = Rect(taken[0].x, rest[-1].y, rest[-1].right - taken[0].x, rest[-1].h)
    grid(page, room, 2, [(page.said.erase, Erase()), (page.said.clear, Erase(all=True))], down=1)


def prefixed(page: Page, rect: Rect, prefixes: Sequence[str]) -> None:
    """Place the letters that numbers of this hall begin with, and the digits beside them."""
    if not prefixes:
        digits(page, rect)
        return
    down = min(4, len(prefixes))
    across = -(-len(prefixes) // down)
    unit = (rect.w - page.gap * 2) // (3 + across)
    left = rect._replace(w=unit * across)
    keys: list[Key] = [(prefix, Press(prefix)) for prefix in prefixes]
    grid(page, left, across, keys, down=4)
    digits(page, Rect(left.right + 2 * page.gap, rect.y, rect.right - left.right - 2 * page.gap, rect.h))


def grid(page: Page, rect: Rect, across: int, keys: Sequence[Key], *, down: int = 0) -> None:
    """Place keys in rows."""
    down = down or -(-len(keys) // across)
    gap = page.px(12)
    most = down * page.px(230 if across < 6 else 160) + (down - 1) * gap
    if rect.h > most:
        rect = rect._replace(h=most)
    cells = [cell for row in rows(rect, down, gap) for cell in columns(row, across, gap)]
    for (text, action), cell in zip(keys, cells, strict=False):
        size = page.text(page.type.lead if len(text) < 3 else page.type.caption)
        page.button(cell, text, action, "plain", size)


def field(page: Page, rect: Rect, typed: str, hint: str, *, hidden: bool = False) -> None:
    """Place what was typed, or what should be."""
    colours, kind = page.colours, page.type
    page.shape(rect, colours.panel, radius=page.radius, border=colours.brand, width=max(2, page.px(4)))
    inside = rect.inset(page.px(24), page.px(8))
    if typed:
        shown = "●" * len(typed) if hidden else typed
        page.label(
            inside, shown, page.text(kind.title), ground=colours.panel, colour=colours.brand_deep, bold=True
        )
    else:
        page.label(inside, hint, page.text(kind.body), ground=colours.panel, colour=colours.ink_soft)


def field_height(page: Page) -> int:
    """Return how high a field is."""
    return max(page.touch, page.line(page.text(page.type.title)) + page.px(20))


def enter(page: Page, rect: Rect, text: str, *, ready: bool) -> None:
    """Place the key that ends typing, plain until there is enough."""
    page.button(rect, text, Enter(), "primary" if ready else "plain", page.text(page.type.lead))
