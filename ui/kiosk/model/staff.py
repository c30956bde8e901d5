"""The hidden door, the guide who helps, and maintenance."""

from __future__ import annotations

from dataclasses import replace

from ui.kiosk.model import booking
from ui.kiosk.model.events import (
    AskDevices,
    DevicesSeen,
    Known,
    LookAgain,
    Wish,
    Work,
    Worked,
    WorkOn,
)
from ui.kiosk.model.kiosk import TROUBLE_S, Kiosk
from ui.kiosk.model.screens import Entry, Home, Maintenance, Trouble, Waiting

KNOCKS = 5
KNOCK_S = 4.0
"""So many touches of the clock in so short a time open the door."""
WRONG_PINS = 5
LOCKED_S = 300.0
"""After so many wrong PINs nobody is let in for so long."""


def knocked(kiosk: Kiosk, now: float) -> Kiosk:
    """Count a knock; enough of them ask for a PIN. The hub may be away: staff come in all the same."""
    if not isinstance(kiosk.screen, Home):
        return kiosk
    knocks = (*(at for at in kiosk.knocks if now - at <= KNOCK_S), now)
    if len(knocks) < KNOCKS:
        return replace(kiosk, knocks=knocks)
    if _locked(kiosk, now):
        return replace(kiosk, knocks=(), screen=Trouble("pin_locked", now + TROUBLE_S))
    return replace(kiosk, knocks=(), screen=Entry("pin"))


def _locked(kiosk: Kiosk, now: float) -> bool:
    return len(kiosk.wrong) >= WRONG_PINS and now - kiosk.wrong[-WRONG_PINS] < LOCKED_S


def known(kiosk: Kiosk, event: Known, now: float) -> tuple[Kiosk, Wish | None]:
    """Let in whoever it was; a card that nobody has is an appointment's code."""
    waiting = kiosk.screen
    if not isinstance(waiting, Waiting) or waiting.serial != event.serial:
        return kiosk, None
    kiosk = replace(kiosk, touched_at=now)
    if event.who is None:
        if waiting.errand == "scan":
            return booking.look(kiosk, waiting.name, Entry("appointment"), now)
        kiosk = replace(kiosk, wrong=(*kiosk.wrong, now)[-WRONG_PINS:])
        kind = "pin_locked" if _locked(kiosk, now) else "pin_wrong"
        back = waiting.back if kind == "pin_wrong" else None
        return kiosk.at(Trouble(kind, now + TROUBLE_S, back=back)), None
    kiosk = replace(kiosk, wrong=())
    if event.who.kind == "guide":
        return replace(kiosk.at(Home()), helper=event.who), None
    return look(kiosk.at(Maintenance()))


def pressed(kiosk: Kiosk, action: LookAgain | Work) -> tuple[Kiosk, Wish | None]:
    """Look at the devices, or have one do something."""
    shown = kiosk.screen
    if not isinstance(shown, Maintenance):
        return kiosk, None
    if isinstance(action, LookAgain):
        return look(kiosk.at(replace(shown, said="", passed=True)))
    serial = kiosk.serial + 1
    screen = replace(shown, work=serial, said="", passed=True)
    wish = WorkOn(serial, action.device, action.what, kiosk.language)
    return replace(kiosk, serial=serial, screen=screen), wish


def look(kiosk: Kiosk) -> tuple[Kiosk, Wish | None]:
    """Have the devices looked at, on the screen that shows them."""
    if not isinstance(kiosk.screen, Maintenance):
        return kiosk, None
    serial = kiosk.serial + 1
    screen = replace(kiosk.screen, serial=serial)
    return replace(kiosk, serial=serial, screen=screen), AskDevices(serial, kiosk.language)


def worked(kiosk: Kiosk, event: DevicesSeen | Worked) -> tuple[Kiosk, Wish | None]:
    """Show what came of it; after work the devices are looked at again."""
    shown = kiosk.screen
    if not isinstance(shown, Maintenance):
        return kiosk, None
    match event:
        case DevicesSeen(serial=serial, devices=devices) if serial == shown.serial:
            return kiosk.at(replace(shown, devices=devices)), None
        case Worked(serial=serial, said=said, passed=passed) if serial == shown.work:
            return look(kiosk.at(replace(shown, said=said, passed=passed)))
    return kiosk, None
