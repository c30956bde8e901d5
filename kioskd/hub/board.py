"""What a hall board of LEDs shows: the same as the page /board, in as many rows as it has.

The last calls stand; below them, in turn, how many wait and how long for each queue, the state of every
window, the notice, and the time. Each row says the same from longest to shortest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from drivers.caller_display.api import Colour, Page, Row, SignFace
from kioskd.hall import queries
from kioskd.hall.model import Ticket, TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.rules import Queue, Rules, Window
from kioskd.hall.state import State

PAGE_S = 6.0
SIGN_S = 0.25
"""So much longer for each sign of a text beyond `AT_ONCE`, which may have to scroll."""
AT_ONCE = 16
WINDOWS = 6
"""Windows named in one row."""
TALL = 6
"""A board of so many rows has two for what takes turns, so that all of it comes by sooner."""
MINUTE_MS = 60_000

_WEEKDAYS = "一二三四五六日"


def board(state: State, zone: str | None, rows: int, now: Moment) -> tuple[SignFace, int | None]:
    """Return a board's face, and the hall time at which it will be another though nothing happens.

    ``zone`` None shows the whole hall. Calls whose tickets are done with leave after a while.
    """
    if not queries.hall_open(state) or state.rules is None:
        return SignFace(), None
    again = now.at + MINUTE_MS - now.wall % MINUTE_MS
    turning = 2 if rows >= TALL else 1
    room = max(rows - turning, 1)
    tickets = queries.last_calls(state, room, zone, now.at)
    again = min([over for ticket in tickets if (over := queries.call_over(ticket)) is not None] + [again])
    calls = [_call(state, ticket) for ticket in tickets] or [Row((state.rules.name.zh,), Colour.YELLOW)]
    calls += [Row(("",))] * (room - len(calls))
    facts = list(_facts(state, state.rules, zone, now))
    parts = [facts[at : at + turning] for at in range(0, len(facts), turning)]
    return SignFace(tuple(_page([*calls, *part][:rows], part) for part in parts)), again


def _page(rows: list[Row], turning: list[Row]) -> Page:
    longest = max(len(row.texts[0]) for row in turning)
    return Page(tuple(rows), PAGE_S + SIGN_S * max(0, longest - AT_ONCE))


def _call(state: State, ticket: Ticket) -> Row:
    """A call in the words of its announcement, so that the board is its caption."""
    window, number = ticket.window, ticket.number
    said = queries.caption(state, number, window or "")
    caption = said.zh if said is not None else number
    texts = (
        caption,
        f"请{number}到{window}号窗口",
        f"{number} → {window}号窗口",
        number,
    )
    if ticket.state is TicketState.CALLED:
        return Row(texts, Colour.RED, flash=True)
    return Row(texts[1:], Colour.GREEN)


def _facts(state: State, rules: Rules, zone: str | None, now: Moment) -> Iterator[Row]:
    """What takes turns below the calls."""
    book = state.book
    waiting = queries.waiting_in_zone(state, zone)
    total = (f"等候人数 {waiting} 人", f"等候{waiting}人") if waiting else ("欢迎光临",)
    yield Row(total, Colour.YELLOW)
    for queue in book.queues.values() if book is not None else ():
        if zone in (None, queue.zone) and state.index.waiting.get(queue.id):
            yield _queue(state, queue, now)
    shown = (window for window in (book.windows.values() if book is not None else ()) if window.enabled)
    yield from _windows(state, [window for window in shown if zone in (None, window.zone)])
    if state.notice is not None and state.notice.zh:
        yield Row((state.notice.zh,), Colour.YELLOW)
    local = now.local(rules.utc_offset_min)
    time, day = f"{local:%H:%M}", f"{local.month}月{local.day}日"
    weekday = f"星期{_WEEKDAYS[local.weekday()]}"
    yield Row((f"{day} {weekday} {time}", f"{day} {time}", time), Colour.YELLOW)


def _queue(state: State, queue: Queue, now: Moment) -> Row:
    count = state.index.waiting[queue.id]
    texts: tuple[str, ...] = (
        f"{queue.name.zh} 等候{count}人",
        f"{queue.name.zh}{count}人",
        f"{queue.prefix} {count}人",
    )
    wait = queries.newcomer(state, queue.id, now)
    if wait is not None:
        said = "几乎不用等" if wait.high <= 1 else f"约{wait.low}-{wait.high}分钟"
        texts = (f"{texts[0]} {said}", *texts)
    return Row(texts, Colour.YELLOW)


def _windows(state: State, windows: Iterable[Window]) -> Iterator[Row]:
    """Name the windows of each state, a few in a row."""
    names: dict[str, list[str]] = {text: [] for text in _COLOURS}
    for window in windows:
        names[_state(state, window.id)].append(window.id)
    for text, found in names.items():
        for at in range(0, len(found), WINDOWS):
            part = found[at : at + WINDOWS]
            listed, short = "、".join(part), " ".join(part)
            yield Row((f"{text}：{listed}号窗口", f"{text} {short}号", f"{text[:2]} {short}"), _COLOURS[text])


def _state(state: State, window: str) -> str:
    here = state.windows.get(window)
    if here is not None and here.ticket is not None:
        return "正在办理"
    if not queries.window_open(state, window):
        return "未开放"
    if here is not None and here.pause is not None:
        return "暂停服务"
    return "等候叫号"


_COLOURS = {
    "正在办理": Colour.GREEN,
    "等候叫号": Colour.GREEN,
    "暂停服务": Colour.RED,
    "未开放": Colour.YELLOW,
}
"""The states of windows, in the order they are shown."""
