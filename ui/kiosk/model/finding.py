"""查事项、查材料: from letters to a service, and from there to a number."""

from __future__ import annotations

from dataclasses import replace

from ui.kiosk.model import taking
from ui.kiosk.model.events import (
    AddService,
    AskService,
    Erase,
    FindServices,
    Found,
    Pick,
    Press,
    Show,
    Turn,
    Wish,
)
from ui.kiosk.model.kiosk import Kiosk
from ui.kiosk.model.screens import MOST_SERVICES, Confirm, Guide, Search

LONGEST = 24
"""Letters that can be typed."""


def opened(kiosk: Kiosk, adding: Confirm | None) -> tuple[Kiosk, Wish | None]:
    """Return the kiosk with the whole catalogue, nothing typed yet."""
    return _looking(kiosk, Search(adding=adding))


def _looking(kiosk: Kiosk, search: Search) -> tuple[Kiosk, Wish | None]:
    serial = kiosk.serial + 1
    screen = replace(search, serial=serial, page=0)
    return replace(kiosk, serial=serial, screen=screen), FindServices(serial, search.typed)


def typed(kiosk: Kiosk, action: Press | Erase | Turn) -> tuple[Kiosk, Wish | None]:
    """Type, erase, or turn to another part of what is shown."""
    match kiosk.screen, action:
        case (Search() | Guide()) as screen, Turn(by):
            return kiosk.at(replace(screen, page=max(0, screen.page + by))), None
        case Search() as search, Press(key):
            if len(search.typed) >= LONGEST or not key.isprintable():
                return kiosk, None
            return _looking(kiosk, replace(search, typed=search.typed + key))
        case Search(typed=text) as search, Erase(all=whole) if text:
            return _looking(kiosk, replace(search, typed="" if whole else text[:-1]))
    return kiosk, None


def pressed(kiosk: Kiosk, action: Show | Pick | AddService, now: float) -> tuple[Kiosk, Wish | None]:
    """Look at a service, take a number for it, or add one more to a number."""
    match kiosk.screen, action:
        case Search(found=found) as search, Show(code) if found is not None:
            service = next((one for one in found if one.code == code), None)
            if service is None:
                return kiosk, None
            serial = kiosk.serial + 1
            guide = Guide(service, search, serial)
            return replace(kiosk, serial=serial, screen=guide), AskService(serial, code)
        case Guide() as guide, Pick():
            return _picked(kiosk, guide, now), None
        case Confirm(booked=None) as want, AddService() if len(want.services) < MOST_SERVICES:
            return opened(kiosk, want)
    return kiosk, None


def _picked(kiosk: Kiosk, guide: Guide, now: float) -> Kiosk:
    service, adding = guide.service, guide.search.adding
    if adding is None:
        return taking.chosen(kiosk, Confirm(service.queue, services=(service,)), now)
    others = tuple(one for one in adding.services if one.code != service.code)
    return kiosk.at(replace(adding, services=(*others, service)[-MOST_SERVICES:]))


def found(kiosk: Kiosk, event: Found) -> Kiosk:
    """Show what was found, if it is still what was looked for."""
    match kiosk.screen:
        case Search(serial=serial) as search if serial == event.serial:
            return kiosk.at(replace(search, found=event.services))
        case Guide(serial=serial) as guide if serial == event.serial and event.services:
            return kiosk.at(replace(guide, service=event.services[0], whole=True))
    return kiosk
