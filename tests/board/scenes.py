"""Halls that a board may have to show, from one window to thirty."""

from __future__ import annotations

from msgspec.structs import replace

from kioskd.hall.model import TicketState
from kioskd.hall.rules import Name
from kioskd.hub.views import (
    CallView,
    HallView,
    PauseView,
    QueueView,
    SessionView,
    WaitView,
    WindowView,
    ZoneView,
)

AT = "2026-11-23T09:41:00+08:00"
NOTICE = Name(
    zh="本周六上午照常办公，下午停办。十二月一日起社保卡可在任意窗口换领，请携带本人有效身份证件。",
    en="Open this Saturday morning, closed in the afternoon. From 1 December cards at any window.",
)
_NAMES = (
    ("general", "A", "综合业务", "General"),
    ("employer", "C", "单位业务", "Employers"),
    ("card", "K", "社保卡", "Social security card"),
    ("special", "S", "特殊业务", "Special"),
    ("transfer", "Y", "基本医疗保险关系转移接续", "Basic medical insurance relation transfers"),
    ("enterprise", "LM", "大企业", "Large employers"),
)
_WAITS = (WaitView(low=10, high=15), WaitView(low=0, high=1), None, WaitView(low=120, high=185))
_REFUSALS = {"special": "quota_reached", "transfer": "closed"}
_STATES = ("called", "serving", "serving", "open", "paused", "called", "serving", "closed", "serving")


def hall(windows: int, *, notice: bool = True) -> HallView:
    """A busy hall: some windows call, some serve, one is paused."""
    shown = tuple(_window(at, windows) for at in range(windows))
    calls = [
        CallView(
            number=window.number or "",
            window=window.id,
            state=TicketState(window.state),
            call=1,
            at=f"2026-11-23T09:{40 - at // 2:02}:{59 - at:02}+08:00",
        )
        for at, window in enumerate(shown)
        if window.number
    ]
    gone = ((TicketState.FINISHED, "A097"), (TicketState.NO_SHOW, "K008"), (TicketState.FINISHED, "LM002"))
    calls += [
        CallView(
            number=number, window=shown[0].id, state=state, call=1, at=f"2026-11-23T09:3{5 - at}:00+08:00"
        )
        for at, (state, number) in enumerate(gone)
    ]
    return HallView(
        position="1.100",
        ready=True,
        at=AT,
        hall="demo",
        name=Name(zh="演示市社会保险综合服务大厅", en="Demo City Social Security Hall"),
        date="2026-11-23",
        question=False,
        open=True,
        notice=NOTICE if notice else None,
        quiet=False,
        waiting=52,
        queues=tuple(
            QueueView(
                id=id_,
                prefix=prefix,
                name=Name(zh=zh, en=en),
                zone="east",
                open=id_ not in _REFUSALS,
                waiting=(at * 17 + 12) % 60 if id_ not in _REFUSALS else 0,
                windows=2,
                wait=_WAITS[at % len(_WAITS)],
                refusal=_REFUSALS.get(id_),
            )
            for at, (id_, prefix, zh, en) in enumerate(_NAMES)
        ),
        windows=shown,
        calls=tuple(calls),
        sessions=(
            SessionView(
                name=Name(zh="上午", en="Morning"),
                tickets_from="08:30",
                tickets_until="11:45",
                serve_from="08:30",
                serve_until="12:00",
            ),
            SessionView(
                name=Name(zh="下午", en="Afternoon"),
                tickets_from="14:00",
                tickets_until="17:15",
                serve_from="14:00",
                serve_until="17:30",
            ),
        ),
        zones=(
            ZoneView(id="east", name=Name(zh="东区", en="East")),
            ZoneView(id="west", name=Name(zh="西区", en="West")),
        ),
        priorities=(),
    )


def _window(at: int, count: int) -> WindowView:
    state = _STATES[at % len(_STATES)]
    numbers = ("A105", "C021", "LM012", "A104", "K030", "S007")
    number = numbers[at] if at < len(numbers) else f"A{103 - at:03}"
    return WindowView(
        id=str(count - at if count > 9 else at + 1),
        zone="east" if at % 3 or count == 1 else "west",
        state=state,
        number=number if state in ("called", "serving") else None,
        pause=PauseView(since=AT, minutes=10) if state == "paused" else None,
    )


def empty(windows: int = 6) -> HallView:
    """Just opened: nobody has been called."""
    full = hall(windows, notice=False)
    idle = tuple(replace(window, state="open", number=None, pause=None) for window in full.windows)
    queues = tuple(
        replace(q, waiting=0, wait=WaitView(low=0, high=0), refusal=None, open=True) for q in full.queues
    )
    return replace(full, calls=(), windows=idle, queues=queues, waiting=0)


def closed(at: str, *, sessions: bool = True) -> HallView:
    """Out of hours at a time of day ``HH:MM``."""
    full = empty()
    shut = tuple(replace(window, state="closed") for window in full.windows)
    queues = tuple(replace(queue, open=False, refusal="closed", wait=None) for queue in full.queues)
    hours = full.sessions if sessions else ()
    return replace(
        full, at=f"2026-11-23T{at}:00+08:00", open=False, windows=shut, queues=queues, sessions=hours
    )
