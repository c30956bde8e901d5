"""开门检查 as people see it: which windows' devices have not come up before the day's first session."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kioskd.hall import clock
from kioskd.hall.moment import Moment
from kioskd.hall.state import State

UP = ("online", "deviceBusy")
AFTER_MIN = 30
"""What is still missing stays on the list so long after the opening; an alert of its own tells of it then."""


class OpeningDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device that has not come up; ``name`` is what people call it, ``sentence`` says what to do."""

    id: str
    name: str
    device_class: str
    state: str
    sentence: str


class OpeningWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A window (None: the hall itself) and what is missing there."""

    window: str | None
    devices: tuple[OpeningDevice, ...]


class OpeningView(msgspec.Struct, frozen=True, kw_only=True):
    """The check for the session that begins at ``opens`` (``"08:30"``): ``windows`` lack something, ``all``
    devices there are.
    """

    opens: str
    windows: tuple[OpeningWindow, ...]
    missing: int
    all: int


def opening_now(
    state: State, now: Moment, sentence: Callable[[str], str], name: Callable[[str], str]
) -> OpeningView | None:
    """Return the check from its time before the day's first session on, as devices stand right now.

    None outside that time, and on a day without sessions. ``sentence`` words a device's code,
    ``name`` the device.
    """
    book = state.book
    if book is None or not clock.trusted(state):
        return None
    at = clock.local(book, now)
    first = clock.first_serving(book.plan(at.date()))
    if first is None:
        return None
    minute = clock.minute_of(at)
    begins = first.serve_from - book.rules.policy.alerts.opening_check_min
    if not begins <= minute < first.serve_from + AFTER_MIN:
        return None
    found: dict[str, list[OpeningDevice]] = {}
    for device in state.devices.values():
        if device.state not in UP:
            found.setdefault(device.window or "", []).append(
                OpeningDevice(
                    id=device.id,
                    name=name(device.id),
                    device_class=device.device_class,
                    state=device.state,
                    sentence=sentence(device.code or device.state),
                )
            )
    missing = sum(len(devices) for devices in found.values())
    if not missing and minute >= first.serve_from:
        return None
    order = {window: n for n, window in enumerate(book.windows)}
    return OpeningView(
        opens=first.session.serve_from,
        windows=tuple(
            OpeningWindow(window=window or None, devices=tuple(sorted(devices, key=lambda one: one.id)))
            for window, devices in sorted(found.items(), key=lambda item: order.get(item[0], -1))
        ),
        missing=missing,
        all=len(state.devices),
    )
