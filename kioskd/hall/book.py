"""The rules of a hall, looked up by name."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from kioskd.hall.calendar import Span, gives, spans
from kioskd.hall.rules import Priority, Queue, Rules, Service, ServiceClass, Teller, Window

Reach = tuple[tuple[str, ...] | None, tuple[str, ...], tuple[str, ...]]
"""Queues that a duty is narrowed to (None: it is not), those added to it for a while, those taken out."""

WHOLE: Reach = (None, (), ())
_Duty = tuple[str, str | None, Reach]
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001


class Book:
    """An index over one `Rules`, and what follows from them alone."""

    __slots__ = (
        "_giving",
        "_lines",
        "_plans",
        "_roster",
        "_skills",
        "_special",
        "priorities",
        "queues",
        "rules",
        "services",
        "tellers",
        "windows",
    )

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.queues: dict[str, Queue] = {q.id: q for q in rules.queues}
        self.services: dict[str, Service] = {s.code: s for s in rules.services}
        self.windows: dict[str, Window] = {w.id: w for w in rules.windows}
        self.tellers: dict[str, Teller] = {t.id: t for t in rules.tellers}
        self.priorities: dict[str, Priority] = {p.id: p for p in rules.policy.order.priorities}
        self._roster: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
        for entry in rules.roster:
            self._roster.setdefault(entry.window, []).append((entry.teller, entry.days))
        self._skills: dict[_Duty, tuple[str, ...]] = {}
        self._lines: dict[_Duty, tuple[str, ...]] = {}
        self._plans: dict[date, tuple[Span, ...]] = {}
        self._giving: tuple[int, frozenset[str]] = (-1, frozenset())
        self._special = {queue: self._has_special_window(queue) for queue in self.queues}

    def plan(self, day: date) -> tuple[Span, ...]:
        """Return the sessions of a date."""
        found = self._plans.get(day)
        if found is None:
            if len(self._plans) > 100:
                self._plans.clear()
            found = self._plans[day] = spans(self.rules.calendar, day)
        return found

    def gives(self, minute: int, queue: str) -> bool:
        """Return whether the hall gives tickets of ``queue`` in this minute, as the clock on its wall shows
        it and counted since the beginning of 1970.
        """
        if self._giving[0] != minute:
            at = _EPOCH + timedelta(minutes=minute)
            since_midnight = at.hour * 60 + at.minute
            open_ = [s for s in self.plan(at.date()) if s.tickets_from <= since_midnight < s.tickets_until]
            self._giving = minute, frozenset(q for q in self.queues if any(gives(span, q) for span in open_))
        return queue in self._giving[1]

    def rostered(self, window: str, weekday: int) -> str | None:
        """Return the teller who should be at ``window`` on an ISO weekday."""
        for teller, days in self._roster.get(window, ()):
            if (not days or weekday in days) and teller in self.tellers:
                return teller
        return None

    def skills(self, window: str, teller: str | None, reach: Reach = WHOLE) -> tuple[str, ...]:
        """Return the queues that ``window`` may serve with ``teller`` there.

        What the teller is trained for and the window is equipped for; without a teller the window's
        own skills. Empty skills in the rules mean all general queues of the window's equipment. What a lead
        has added needs the equipment only.
        """
        key = (window, teller, reach)
        found = self._skills.get(key)
        if found is None:
            if len(self._skills) > 1000:
                self._skills.clear()
            found = self._skills[key] = self._find_skills(window, teller, reach)
        return found

    def _find_skills(self, window: str, teller: str | None, reach: Reach) -> tuple[str, ...]:
        narrowed, added, removed = reach
        place = self.windows.get(window)
        if place is None or not place.enabled:
            return ()
        person = self.tellers.get(teller) if teller else None
        trained = person.skills if person else place.skills
        result = []
        for name in place.equipped:
            queue = self.queues.get(name)
            if queue is None or (queue.windows and window not in queue.windows):
                continue
            if name in removed:
                continue
            if name in added or (
                (name in trained if trained else queue.service_class is not ServiceClass.SPECIAL)
                and (narrowed is None or name in narrowed)
            ):
                result.append(name)
        return tuple(result)

    def could_serve(self, window: str, queue: str) -> bool:
        """Return whether the window is equipped for the queue at all."""
        place, wanted = self.windows.get(window), self.queues.get(queue)
        return (
            place is not None
            and wanted is not None
            and place.enabled
            and queue in place.equipped
            and (not wanted.windows or window in wanted.windows)
        )

    def somebody_could_serve(self, queue: str) -> bool:
        """Return whether any window is equipped for the queue."""
        return any(self.could_serve(window, queue) for window in self.windows)

    def special(self, queue: str, services: tuple[str, ...]) -> bool:
        """Return whether services of a general queue need a special window all the same.

        False for a queue that no special window serves, or nobody ever could.
        """
        if not self._special.get(queue):
            return False
        return any(
            self.services[code].service_class is ServiceClass.SPECIAL
            for code in services
            if code in self.services and self.services[code].queue == queue
        )

    def _has_special_window(self, queue: str) -> bool:
        if self.queues[queue].service_class is ServiceClass.SPECIAL:
            return False
        return any(
            self.could_serve(window, queue) and self._serves_special(place.equipped)
            for window, place in self.windows.items()
        )

    def _serves_special(self, skills: tuple[str, ...]) -> bool:
        return any(self.queues[q].service_class is ServiceClass.SPECIAL for q in skills if q in self.queues)

    def lines(self, window: str, teller: str | None, reach: Reach = WHOLE) -> tuple[str, ...]:
        """Return the names of the lines that may be called from, as `index.line_of` makes them."""
        key = (window, teller, reach)
        found = self._lines.get(key)
        if found is None:
            skills = self.skills(window, teller, reach)
            names = ["q:" + queue for queue in skills] + ["t:" + queue for queue in skills]
            if self._serves_special(skills):
                names += ["s:" + queue for queue in skills]
            names.append("w:" + window)
            if teller:
                names.append("p:" + teller)
            if len(self._lines) > 1000:
                self._lines.clear()
            found = self._lines[key] = tuple(names)
        return found

    def planned(self, queue: str, rostered: frozenset[str] | None = None) -> frozenset[str]:
        """Return the windows that should serve a queue: those on the roster (None: that of the settings), or
        all that can.
        """
        known = self._roster if rostered is None else rostered
        able = [window for window in self.windows if self.could_serve(window, queue)]
        return frozenset([window for window in able if window in known] or able)
