"""What the kiosk asks the hub, each until there is an answer or too much time has gone.

A question that changes something keeps its idempotency key through every repeat, so however often the
line breaks, one touch is one number. Without an answer its outcome is unknown, unless no try reached the
hub.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from ui.kiosk.facts import Appointment, Device, Language, Place, Problem, Service, TestResult, Ticket
from ui.kiosk.model.events import (
    Ask,
    AskAppointment,
    AskDevices,
    AskPlace,
    AskService,
    BookedSeen,
    DevicesSeen,
    Event,
    FindServices,
    Found,
    Given,
    PlaceSeen,
    Refused,
    Unanswered,
    Worked,
    WorkOn,
)

API = "/api/v1"
ASK_S = 10.0
"""A question is repeated for so long; after that its outcome is called unknown."""
TRY_S = 4.0
"""One try of it."""
AGAIN_S = 0.4
MOST_FOUND = 200

HubWish = Ask | FindServices | AskService | AskPlace | AskAppointment | AskDevices | WorkOn

_RETRY = frozenset({502, 503, 504})
_WORK: Mapping[str, tuple[str, dict[str, bool]]] = {
    "test": ("test", {"confirm": True}),
    "new_roll": ("new-roll", {}),
    "clear": ("print-clear", {"clear": True}),
    "unclear": ("print-clear", {"clear": False}),
}
_ACCEPT: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}

log = logging.getLogger("kiosk")


class Questions:
    """Asks one hub. ``watch`` is told the ticket whose slip is on its way, and whether it is a copy."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        report: Callable[[Event], None],
        watch: Callable[[str, bool], Awaitable[None]],
    ) -> None:
        self._session = session
        self._url = url
        self._report = report
        self._watch = watch

    async def do(self, wish: HubWish) -> None:
        """Ask, and report what came of it."""
        match wish:
            case Ask():
                answer = await self._ask("POST", "/tickets", wish.serial, wish.language, _ticket(wish))
            case FindServices(text=text):
                path = f"/services?search={quote(text)}&brief=true&limit={MOST_FOUND}"
                answer = await self._ask("GET", path, wish.serial)
            case AskService(code=code):
                answer = await self._ask("GET", f"/services/{quote(code, safe='')}", wish.serial)
            case AskPlace(name=name, what="look"):
                path = f"/tickets/{quote(name, safe='')}"
                answer = await self._ask("GET", path, wish.serial, wish.language)
            case AskPlace(name=name, what=what):
                path = f"/tickets/{quote(name, safe='')}/{what}"
                answer = await self._ask("POST", path, wish.serial, wish.language, {})
            case AskAppointment(code=code):
                path = f"/appointments/{quote(code, safe='')}"
                answer = await self._ask("GET", path, wish.serial, wish.language)
            case AskDevices():
                answer = await self._ask("GET", "/devices", wish.serial, wish.language)
            case WorkOn(device=device, what=what):
                last, body = _WORK[what]
                path = f"/devices/{quote(device, safe='')}/{last}"
                answer = await self._ask("POST", path, wish.serial, wish.language, body)
        if answer is not None:
            try:
                await self._answered(wish, answer)
            except msgspec.MsgspecError:
                log.warning("an answer that cannot be read: %s", type(wish).__name__)
                self._report(Unanswered(wish.serial, certain=False))

    async def _answered(self, wish: HubWish, raw: bytes) -> None:
        serial = wish.serial
        match wish:
            case Ask():
                ticket = msgspec.json.decode(raw, type=Ticket)
                self._report(Given(serial, ticket))
                await self._watch(ticket.id, False)
            case FindServices():
                found = msgspec.json.decode(raw, type=tuple[Service, ...])
                self._report(Found(serial, found))
            case AskService():
                self._report(Found(serial, (msgspec.json.decode(raw, type=Service),)))
            case AskPlace(what=what):
                place = msgspec.json.decode(raw, type=Place)
                self._report(PlaceSeen(serial, place))
                if what == "reprint" and place.id is not None:
                    await self._watch(place.id, True)
            case AskAppointment():
                self._report(BookedSeen(serial, msgspec.json.decode(raw, type=Appointment)))
            case AskDevices():
                devices = msgspec.json.decode(raw, type=tuple[Device, ...])
                self._report(DevicesSeen(serial, devices))
            case WorkOn(what="test"):
                test = msgspec.json.decode(raw, type=TestResult)
                self._report(Worked(serial, test.passed, test.sentence or test.detail))
            case WorkOn():
                self._report(Worked(serial, passed=True))

    async def _ask(
        self, method: str, path: str, serial: int, language: Language = "zh", body: Any = None
    ) -> bytes | None:
        """Return a good answer; anything else is reported as it should be, and None returned."""
        headers = {"Accept-Language": _ACCEPT[language]}
        if method == "POST":
            headers["Idempotency-Key"] = secrets.token_hex(16)
        heard = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ASK_S):
                while True:
                    try:
                        async with self._session.request(
                            method, self._url + API + path, json=body, headers=headers
                        ) as response:
                            heard = True
                            raw = await response.read()
                            if response.status < 300:
                                return raw
                            if response.status not in _RETRY or _final(raw):
                                self._refused(serial, response.status, raw)
                                return None
                    except aiohttp.ClientConnectorError:
                        pass
                    except (aiohttp.ClientError, TimeoutError, OSError):
                        # It may have been heard before the line broke.
                        heard = True
                    await asyncio.sleep(AGAIN_S)
        log.warning("no answer: %s", method)
        self._report(Unanswered(serial, certain=not heard))
        return None

    def _refused(self, serial: int, status: int, raw: bytes) -> None:
        try:
            problem = msgspec.json.decode(raw, type=Problem)
        except msgspec.MsgspecError:
            log.warning("an answer that cannot be read: %s", status)
            self._report(Unanswered(serial, certain=False))
            return
        log.info("refused: %s %s", status, problem.code)
        self._report(Refused(serial, problem))


def _ticket(wish: Ask) -> dict[str, Any]:
    body: dict[str, Any] = {"language": wish.language, "large_print": wish.large}
    if wish.services:
        body["services"] = wish.services
    for name in ("queue", "priority", "headcount", "appointment", "assisted_by"):
        value = getattr(wish, name)
        if value is not None:
            body[name] = value
    return body


def _final(raw: bytes) -> bool:
    """Whether a 503 is the hall's own word and no passing trouble."""
    try:
        return msgspec.json.decode(raw, type=Problem).code == "no_settings"
    except msgspec.MsgspecError:
        return False
