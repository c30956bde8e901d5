"""Announcements: every call is said once for its zone, and never late.

A call becomes one job for each speaker of its window's zone, to leave when the call is durable. The
speaker's station says them one after the other. What waits there is taken back once it is no longer true:
the citizen has come, was called again, or the call is over. A hub that starts anew says nothing of
before: what nobody reported as said was not announced.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from drivers.registry import DeviceClass
from drivers.speaker.api import Speech
from kioskd.hall.events import Event, TicketCalled, TicketRecalled
from kioskd.hall.model import TicketState
from kioskd.hall.moment import Moment
from kioskd.hall.rules import Voice
from kioskd.hall.state import State
from kioskd.hub.desk import Desk
from kioskd.hub.spoken import call_sentence
from kioskd.journal.records import Position
from kioskd.station.messages import CancelJob, Context, DeviceInfo, SpeakJob

REMEMBERED = 500
"""Announcements whose end is known, so that a second report of one is no news."""


_CALLS = (TicketCalled, TicketRecalled)


class _Announcement(msgspec.Struct):
    """One that has no outcome; ``out``: its speaker was told of it."""

    order: SpeakJob
    expires_at: int
    out: bool = False
    cancelled: bool = False


class Announcer:
    """Follows the desk beside the planner."""

    def __init__(self, deliver: Callable[[str, SpeakJob | CancelJob], None], desk: Desk) -> None:
        """``deliver(device, order)`` sends to the device's station if it is there."""
        self._deliver = deliver
        self._desk = desk
        self._state: State | None = None
        self._speakers: dict[str, DeviceInfo] = {}
        self._open: dict[str, _Announcement] = {}
        self._ended: deque[str] = deque(maxlen=REMEMBERED)
        self._waiting: deque[tuple[Position, str, SpeakJob | CancelJob]] = deque()

    # --- the desk's side ------------------------------------------------------------------------

    def decided(self, state: State, events: tuple[Event, ...], first: Position, now: Moment) -> None:
        """Plan what these events have said, to leave once they are durable."""
        self._state = state
        for n, event in enumerate(events):
            if isinstance(event, _CALLS):
                self._announce(state, event, Position(first.epoch, first.seq + n), now)
        if not self._open:
            return
        last = Position(first.epoch, first.seq + max(len(events) - 1, 0))
        for job, open_ in self._open.items():
            if not open_.cancelled and not self._due(state, open_.order.context):
                open_.cancelled = True
                self._waiting.append((last, open_.order.device, CancelJob(job=job)))

    def committed(self, last: Position) -> None:
        """Let out what was planned up to here."""
        while self._waiting and self._waiting[0][0] <= last:
            _, device, order = self._waiting.popleft()
            if isinstance(order, SpeakJob):
                open_ = self._open.get(order.job)
                if open_ is None:
                    continue
                open_.out = True
            self._deliver(device, order)

    def rebuilt(self, state: State) -> None:
        """Forget what was planned on events that were never saved."""
        self._state = state
        self._waiting.clear()
        self._open = {job: open_ for job, open_ in self._open.items() if open_.out}
        for open_ in self._open.values():
            open_.cancelled = False

    # --- the stations' side ---------------------------------------------------------------------

    def add(self, devices: Iterable[DeviceInfo]) -> None:
        """Say through these devices from now on, as far as they are speakers."""
        for info in devices:
            if info.device_class is DeviceClass.SPEAKER:
                self._speakers[info.id] = info

    def unsettled_jobs(self, devices: Iterable[str]) -> list[str]:
        """Return announcements without an outcome that these speakers were told of."""
        wanted = set(devices)
        return [job for job, open_ in self._open.items() if open_.out and open_.order.device in wanted]

    def send_again(self, job: str) -> bool:
        """Send an announcement that its station has never seen; False when it is too late for it."""
        open_, state = self._open.get(job), self._state
        if open_ is None or state is None or not self._due(state, open_.order.context):
            return False
        left = open_.expires_at - self._desk.now().at
        if left <= 0:
            return False
        self._deliver(open_.order.device, msgspec.structs.replace(open_.order, expires_ms=int(left)))
        return True

    def settle(self, job: str) -> SpeakJob | None:
        """An announcement ended: return it; None for one that is not known here."""
        open_ = self._open.pop(job, None)
        if open_ is None:
            return None
        self._ended.append(job)
        return open_.order

    def settled(self, job: str) -> bool:
        """Whether the end of an announcement has been taken note of already."""
        return job in self._ended

    # --- planning -------------------------------------------------------------------------------

    def speakers_for(self, state: State, window: str) -> list[str]:
        """Return the speakers that say the calls of a window: those of its zone, else those of the hall."""
        place = state.book.windows.get(window) if state.book is not None else None
        zone = place.zone if place is not None else None
        own = [info.id for info in self._speakers.values() if info.zone is not None and info.zone == zone]
        return sorted(own or [info.id for info in self._speakers.values() if info.zone is None])

    def _announce(
        self, state: State, event: TicketCalled | TicketRecalled, at: Position, now: Moment
    ) -> None:
        ticket, book = state.tickets.get(event.ticket), state.book
        speakers = self.speakers_for(state, event.window)
        if ticket is None or book is None or not speakers:
            return
        rules = book.rules
        voice = rules.policy.voice
        volume = self._volume(state, voice, now, rules.utc_offset_min)
        if not volume:
            return
        languages = list(voice.languages)
        if ticket.language == "en" and "en" not in languages:
            languages.append("en")
        prefix = rules.policy.ticketing.test_prefix if ticket.test else ""
        sentences = tuple(
            call_sentence(voice, language, ticket.number, event.window, test_prefix=prefix)
            for language in languages
        )
        speech = Speech(sentences, volume=volume, chime=voice.chime)
        call = event.call if isinstance(event, TicketRecalled) else 1
        expires_ms = voice.expires_s * 1000
        for n, device in enumerate(speakers, 1):
            order = SpeakJob(
                job=f"{at.epoch}.{at.seq}.{n}",
                device=device,
                speech=speech,
                expires_ms=expires_ms,
                repeats=voice.repeats,
                context=Context(ticket=ticket.id, call=call),
            )
            self._open[order.job] = _Announcement(order, now.at + expires_ms)
            self._waiting.append((at, device, order))

    def _due(self, state: State, context: Context) -> bool:
        """Whether a call still waits for its citizen, and nothing newer has been said of it."""
        ticket = state.tickets.get(context.ticket or "")
        return ticket is not None and ticket.state is TicketState.CALLED and len(ticket.calls) == context.call

    def _volume(self, state: State, voice: Voice, now: Moment, offset_min: int) -> int:
        volume = voice.volume
        if voice.hours:
            clock = f"{now.local(offset_min):%H:%M}"
            hours = (hours.volume for hours in voice.hours if hours.start <= clock < hours.end)
            volume = next(hours, volume)
        quiet = state.quiet_until is not None and state.quiet_until > now.at
        return min(volume, voice.quiet_volume) if quiet else volume
