"""A device of this station as a technician sees it."""

from __future__ import annotations

import msgspec

from drivers.caller_display.mirror import Mirror
from drivers.meaning import meaning
from kioskd.station.managed import ManagedDevice
from kioskd.station.views import DeviceView, FrameView, PressView, SignView
from kioskd.station.watching import load_percent, names_to_press

MOST_DOTS = 300_000
"""Lamps told of one sign, all its pages together; a wall of them is told as text."""


def device_view(device: ManagedDevice, close_up: str, per_minute: int) -> DeviceView:
    """Return what is known of a device; ``close_up`` is the one that is looked at closely, ``per_minute``
    what crosses its line.
    """
    own = device.settings
    closely = own.id == close_up
    return DeviceView(
        id=own.id,
        driver=own.driver,
        address=own.address,
        unit=own.unit,
        window=own.window,
        zone=own.zone,
        status=device.status,
        since=device.since,
        traffic=tuple(
            FrameView(
                at=frame.at,
                direction=frame.direction,
                data=frame.data.hex(" "),
                length=frame.length,
                meaning=meaning(own.driver, frame.data),
            )
            for frame in (device.traffic if closely else ())
        ),
        received=device.crossings["<"],
        sent=device.crossings[">"],
        downs=device.downs,
        per_minute=per_minute,
        load=load_percent(own.address, per_minute),
        keys=names_to_press(own),
        trying=device.trying.on,
        pressed=tuple(PressView(at=at, key=key) for at, key in device.trying.pressed),
        sign=sign_view(device.mirror) if closely and device.mirror is not None else None,
    )


def sign_view(mirror: Mirror) -> SignView | None:
    """Return what a sign shows by what it was sent; None where nobody knows."""
    seen = mirror.view()
    if seen is None:
        return None
    texts = tuple(row["text"] for row in seen["rows"])
    dots = sum(len(row) for window in seen["windows"] for page in window["pages"] for row in page)
    windows = seen["windows"] if dots <= MOST_DOTS else []
    return msgspec.convert({**seen, "texts": texts, "windows": windows}, SignView)
