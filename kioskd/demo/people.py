"""Simulated citizens and tellers, acting through what real ones have.

Citizens take numbers through the hub's HTTP API with the kiosk's token and rate with pad keys;
tellers read the digits of their keypad and press its keys. What they decide comes from
`kioskd.demo.behaviour`; their durations are hall time, so a faster hall has faster people. Wires
and drivers keep their own pace.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from urllib.parse import quote

import aiohttp
import structlog

from drivers.call_pad.api import Key
from kioskd.demo.arrivals import ALL_DAY, CITIZENS_A_DAY, WORKING_DAY, arrivals
from kioskd.demo.bed import Bed, BedDevice
from kioskd.demo.behaviour import Citizen, Habits, breather, citizen, habits
from kioskd.demo.client import HubClient
from kioskd.demo.floor import Floor
from kioskd.demo.story import Story
from kioskd.hall.rules import Rules
from kioskd.hub.clock import Clock

STEADY_A_DAY = 3400.0
"""Citizens in 24 hours when they come evenly: one every 25 s, so that something is always going on."""

SAME_KEY_S = 0.35
"""Real time between two presses of one key: anything faster is one press to a driver (debounce)."""

ANSWER_S = 2.0
"""Real time in which a press shows an effect, generously."""

RECALL_S = 17.0
NO_SHOW_S = 48.0
"""Hall time from call to recall and from the first call to 过号: just past what the rules ask for."""

SHOWN_S = 0.3
"""Real time until a call surely stands on the sign; only then does it count."""

NO_SHOW_TRIES = 3

ALERTS_S = 600.0
"""Hall time between two looks of the lead."""

PAPER_S = 240.0
"""Hall time until a guide has come with a new roll."""

EARLY_H = 0.1
"""Hours before the first citizen at which a new day begins after a night that was passed over."""

log = structlog.get_logger("kioskd.demo")


class People:
    """All people of a simulated hall; off until switched on.

    ``skip`` moves the hall's clock on by so many seconds of hall time; where it is given, the night
    is passed over once the last citizen has left.
    """

    def __init__(
        self,
        client: HubClient,
        bed: Bed,
        rules: Rules,
        clock: Clock,
        story: Story,
        *,
        seed: int,
        skip: Callable[[float], None] | None = None,
    ) -> None:
        self._client = client
        self._bed = bed
        self._rules = rules
        self._clock = clock
        self._story = story
        self._seed = seed
        self._skip = skip
        self._rng = random.Random(f"{seed} at the windows")
        self._floor = Floor(client)
        bed.on_change(lambda device: self._floor.stir())
        self._here: dict[str, tuple[Citizen, int]] = {}
        self._pressed: dict[tuple[str, str], float] = {}
        self._wanted = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        self._errands = asyncio.TaskGroup()
        self.refused = 0

    @property
    def running(self) -> bool:
        """Whether they come."""
        return self._wanted.is_set()

    def switch(self, on: bool) -> None:
        """Let them come, or stop where they stand."""
        if on:
            self._wanted.set()
        else:
            self._wanted.clear()
            if self._work is not None:
                self._work.cancel()

    async def run(self) -> None:
        """Live until cancelled."""
        while True:
            await self._wanted.wait()
            self._work = asyncio.create_task(self._live())
            try:
                await asyncio.wait({self._work})
            finally:
                self._work.cancel()
            error = None if self._work.cancelled() else self._work.exception()
            if error is not None:
                raise error

    async def _live(self) -> None:
        keypads = [
            device
            for device in self._bed.devices.values()
            if device.kind == "keypad" and device.hands is not None
        ]
        log.info("citizens_come", windows=len(keypads), speed=self._clock.speed)
        async with asyncio.TaskGroup() as group:
            self._errands = group
            group.create_task(self._floor.run())
            group.create_task(self._come())
            group.create_task(self._come_back())
            group.create_task(self._change_paper())
            group.create_task(self._lead())
            for keypad in keypads:
                group.create_task(self._teller(keypad))

    # --- citizens -------------------------------------------------------------------------------

    async def _come(self) -> None:
        """Have citizens arrive, day after day."""
        shaped = self._clock.speed != 1.0
        shape, a_day = (WORKING_DAY, CITIZENS_A_DAY) if shaped else (ALL_DAY, STEADY_A_DAY)
        hours = shape.points[-1][0] - shape.points[0][0]
        people = habits(
            self._rules.queues,
            windows=len(self._rules.windows),
            citizens=a_day,
            hours=hours,
            speed=self._clock.speed,
            priorities=[priority.id for priority in self._rules.policy.order.priorities],
        )
        while True:
            today = self._local().date()
            rng = random.Random(f"{self._seed} {today.isoformat()}")
            for hour in arrivals(shape, a_day, rng, after=self._hour()):
                await self._until(today, hour)
                self._errands.create_task(self._arrive(people))
            await self._night(today + timedelta(days=1), shape.points[0][0])

    async def _night(self, tomorrow: date, opens: float) -> None:
        """Wait for the next day; once nobody is left, pass over the night."""
        while self._local().date() < tomorrow:
            await self._floor.until_stirred(self._real(60))
            if self._skip is not None and not self._floor.at and not self._anybody_waiting():
                log.info("night_skipped", until=tomorrow.isoformat())
                self._skip((24 + opens - EARLY_H - self._hour()) * 3600)

    async def _until(self, day: date, hour: float) -> None:
        """Wait for an hour of a day."""
        midnight = datetime.combine(day, datetime.min.time())
        left = (midnight + timedelta(hours=hour) - self._local()).total_seconds()
        await asyncio.sleep(self._real(max(0.0, left)))

    def _anybody_waiting(self) -> bool:
        return any(_waiting(device) for device in self._bed.devices.values() if device.kind == "keypad")

    async def _arrive(self, people: Habits) -> None:
        who = citizen(people, self._rng)
        body: dict[str, object] = {"queue": who.queue}
        if who.priority is not None:
            body["priority"] = who.priority
        queue = next(queue for queue in self._rules.queues if queue.id == who.queue)
        if queue.headcount:
            body["headcount"] = self._rng.randint(2, 30)
        try:
            answer = await self._client.post("kiosk", "/api/v1/tickets", body)
        except (aiohttp.ClientError, TimeoutError):
            return
        if answer.ok:
            self._here[answer.body["number"]] = (who, self._clock.moment().at)
        else:
            self.refused += 1

    async def _come_back(self) -> None:
        """Some who missed their call return and ask for 过号恢复."""
        while True:
            number = await self._floor.passed.get()
            known = self._here.pop(number, None)
            if known is not None and known[0].returns_s is not None:
                self._errands.create_task(self._return(number, known[0], known[0].returns_s))

    async def _return(self, number: str, who: Citizen, after_s: float) -> None:
        await asyncio.sleep(self._real(after_s))
        try:
            answer = await self._client.post("kiosk", f"/api/v1/tickets/{number}/return", {})
        except (aiohttp.ClientError, TimeoutError):
            return
        if answer.ok:
            self._here[number] = (who, self._clock.moment().at)

    async def _change_paper(self) -> None:
        """A guide puts in a new roll when the printer's runs low; one that somebody took out stays out."""
        while True:
            await self._floor.until_stirred(self._real(60))
            for printer in self._bed.devices.values():
                if printer.kind == "printer" and printer.hands is not None and _low(printer):
                    await asyncio.sleep(self._real(PAPER_S))
                    if _low(printer):
                        printer.hands.do("refill")
                        self._story.by_hand(printer, "refill")

    async def _lead(self) -> None:
        """The duty lead looks at the alerts now and then and takes note of them."""
        while True:
            await asyncio.sleep(max(self._real(ALERTS_S), 1.0))
            try:
                alerts = await self._client.get("lead", "/api/v1/alerts")
                for alert in alerts.body if alerts.ok else ():
                    if not alert["acknowledged"]:
                        name = quote(alert["id"], safe="")
                        await self._client.post("lead", f"/api/v1/alerts/{name}/acknowledge", {})
            except (aiohttp.ClientError, TimeoutError):
                continue

    # --- tellers --------------------------------------------------------------------------------

    async def _teller(self, keypad: BedDevice) -> None:
        """Work at one window: call whoever waits, serve, ask for a rating, now and then have a break."""
        window = keypad.window or ""
        while True:
            if window in self._floor.paused:
                await self._press(keypad, Key.PAUSE)
                await self._floor.until_stirred(ANSWER_S)
            elif number := self._floor.at.get(window):
                await self._attend(keypad, window, number)
            elif _waiting(keypad):
                await self._press(keypad, Key.CALL)
                await self._settles(lambda: window in self._floor.at)
            else:
                await self._floor.until_stirred(self._real(30))

    async def _attend(self, keypad: BedDevice, window: str, number: str) -> None:
        who, came = self._here.get(number, (None, 0))
        waited_s = (self._clock.moment().at - came) / 1000
        if who is not None and waited_s > who.patience_s:
            await self._nobody(keypad, window, number)
            return
        # A number that a visitor of the page took is served like any other.
        walk_s, service_s = (who.walk_s, who.service_s) if who is not None else (10.0, 60.0)
        if not await self._stays(window, number, walk_s):
            return
        await self._press(keypad, Key.CONFIRM)
        if not await self._stays(window, number, service_s):
            return
        await self._press(keypad, Key.EVALUATE)
        await self._settles(lambda: self._floor.at.get(window) != number)
        self._here.pop(number, None)
        if who is not None:
            # The citizen rates while the teller goes on: it counts until the next one is being served.
            self._errands.create_task(self._rate(window, who))
        if rest := breather(self._rng):
            await self._press(keypad, Key.PAUSE)
            await self._settles(lambda: window in self._floor.paused)
            await asyncio.sleep(self._real(rest.seconds))

    async def _nobody(self, keypad: BedDevice, window: str, number: str) -> None:
        """Call again, twice, then pass the number."""
        first = self._clock.moment().at
        shown_s = SHOWN_S * self._clock.speed
        for _ in range(2):
            if not await self._stays(window, number, RECALL_S + shown_s):
                return
            await self._press(keypad, Key.RECALL)
        left = NO_SHOW_S - (self._clock.moment().at - first) / 1000
        if not await self._stays(window, number, max(shown_s, left)):
            return
        for _ in range(NO_SHOW_TRIES):
            await self._press(keypad, Key.NO_SHOW)
            if await self._settles(lambda: self._floor.at.get(window) != number):
                return
            # Refused: a call did not count, as no sign showed it. Call once more.
            await self._press(keypad, Key.RECALL)
            await asyncio.sleep(self._real(RECALL_S))
        await self._press(keypad, Key.EVALUATE)
        await self._settles(lambda: self._floor.at.get(window) != number)

    async def _rate(self, window: str, who: Citizen) -> None:
        pad = self._of(window, "pad")
        if pad is None or pad.hands is None:
            return
        hands = pad.hands
        asked = await self._settles(lambda: bool(hands.view()["digits"].strip()))
        if asked:
            await asyncio.sleep(self._real(who.rating_s))
            if who.rating is not None:
                self._story.pressed(pad, level=who.rating)
                pad.simulator.rate(who.rating)
                await self._settles(lambda: hands.view()["lamp"] in ("taken", "failed"))

    async def _press(self, keypad: BedDevice, key: Key) -> None:
        """Press a key as fast as a driver takes it for another press."""
        loop = asyncio.get_running_loop()
        before = self._pressed.get((keypad.id, key.value), 0.0)
        await asyncio.sleep(max(0.0, before + SAME_KEY_S - loop.time()))
        self._pressed[keypad.id, key.value] = loop.time()
        self._story.pressed(keypad, key=key.value)
        keypad.simulator.press(key)
        hands = keypad.hands
        await self._settles(lambda: hands is None or hands.view()["lamp"] in ("taken", "failed"))

    # --- time -----------------------------------------------------------------------------------

    async def _stays(self, window: str, number: str, seconds: float) -> bool:
        """Let hall time pass; False as soon as the window has gone on without us (a person pressed)."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._real(seconds)
        while (left := end - loop.time()) > 0:
            if self._floor.at.get(window) != number:
                return False
            await asyncio.sleep(min(left, 0.5))
        return self._floor.at.get(window) == number

    async def _settles(self, done: Callable[[], bool]) -> bool:
        """Wait for an effect of what was just done; False when there is none in time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + ANSWER_S
        while not done():
            left = end - loop.time()
            if left <= 0:
                return False
            await self._floor.until_stirred(left)
        return True

    def _real(self, seconds: float) -> float:
        """Real seconds of a stretch of hall time."""
        return seconds / self._clock.speed

    def _local(self) -> datetime:
        return self._clock.moment().local(self._rules.utc_offset_min)

    def _hour(self) -> float:
        now = self._local()
        return now.hour + now.minute / 60 + now.second / 3600

    def _of(self, window: str, kind: str) -> BedDevice | None:
        devices = self._bed.devices.values()
        return next((one for one in devices if one.window == window and one.kind == kind), None)


def _low(printer: BedDevice) -> bool:
    return printer.hands is not None and printer.hands.view()["paper"] == "low"


def _waiting(keypad: BedDevice) -> bool:
    """Whether a keypad's digits say that somebody waits."""
    return keypad.hands is not None and keypad.hands.view()["digits"].strip() not in ("", "0")
