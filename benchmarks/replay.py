"""The wait estimate against a plain baseline, on days that have been: a journal's events replayed.

``python -m benchmarks.replay JOURNAL`` (a hall's ``journal.db``, read only, also beside a running hall) says
for each business day how far both estimates would have been from every real wait; exit status 1 where ours is
not a quarter better over all days. ``python -m benchmarks replay`` does it with days that are recorded first.

Estimates are made from the state right before each ticket, by today's code, whatever code printed the slip.
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.estimate import BETTER, SHAPES, Simulated, p90, simulated_rules
from benchmarks.report import Figure
from kioskd.figures.offline import JournalFile
from kioskd.hall import codec
from kioskd.hall.apply import apply
from kioskd.hall.estimate import expected
from kioskd.hall.events import Event, TicketCalled, TicketFinished, TicketIssued
from kioskd.hall.moment import Moment
from kioskd.hall.state import new_state
from kioskd.journal.records import BEFORE_ALL

PAGE = 2000
RECENT = 20


class Past(NamedTuple):
    """An event as a journal keeps it."""

    event: Event
    now: Moment
    position: tuple[int, int]


class Guess(NamedTuple):
    """One real wait and both estimates of it, in milliseconds."""

    real: float
    ours: float
    plain: float


def replay(past: Iterable[Past]) -> dict[str, list[Guess]]:
    """Return every wait from ticket to first call, by business day, with what both would have said."""
    state = new_state()
    recent: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=RECENT))
    waiting: dict[str, tuple[int, float, float]] = {}
    days: defaultdict[str, list[Guess]] = defaultdict(list)
    for event, now, position in past:
        match event:
            case TicketIssued(test=False):
                ours = expected(state, event.queue, (*event.place, ""), event.special, now)
                book = state.book
                if ours is not None and book is not None:
                    known = recent[event.queue]
                    median = (
                        statistics.median(known)
                        if known
                        else book.queues[event.queue].expected_minutes * 60_000
                    )
                    windows = max(1, len(state.index.pools[event.queue][0]))
                    waiting[event.ticket] = now.at, ours.mean_ms, ours.ahead * median / windows
            case TicketCalled():
                guess = waiting.pop(event.ticket, None)
                if guess is not None and state.day is not None:
                    days[state.day.date].append(Guess(now.at - guess[0], *guess[1:]))
            case TicketFinished():
                ticket = state.tickets.get(event.ticket)
                if ticket is not None and ticket.called_at is not None:
                    recent[ticket.queue].append(now.at - ticket.called_at)
        apply(state, event, now, position)
    return dict(days)


def of_journal(path: Path) -> Iterator[Past]:
    """Go through the events of a journal's file."""
    with JournalFile(path) as source:
        after = BEFORE_ALL
        while page := source.read(after, PAGE):
            for stored in page:
                event = codec.decode(stored.kind, stored.version, stored.body)
                yield Past(
                    event, Moment(stored.at, stored.wall), (stored.position.epoch, stored.position.seq)
                )
            after = page[-1].position


class Recorded(Simulated):
    """A simulated hall that keeps its events as a journal does: as bytes."""

    def __init__(self, shape_number: int, seed: int) -> None:
        self.kept: list[tuple[str, int, bytes, Moment, tuple[int, int]]] = []
        super().__init__(simulated_rules(), SHAPES[shape_number], seed)

    def noted(self, event: Event) -> None:
        """Keep an event."""
        self.kept.append((*codec.encode(event), self.now, (1, self.seq)))

    def past(self) -> Iterator[Past]:
        """Read what was kept."""
        for kind, version, body, now, position in self.kept:
            yield Past(codec.decode(kind, version, body), now, position)


def figure(name: str, guesses: list[Guess]) -> Figure:
    """Compare both over some waits, in minutes."""
    ours = [abs(guess.real - guess.ours) / 60_000 for guess in guesses]
    plain = [abs(guess.real - guess.plain) / 60_000 for guess in guesses]
    return Figure(
        f"p90 error of the wait, {name}",
        p90(ours),
        p90(plain) * BETTER,
        "min",
        "wait estimate",
        note=f"baseline {p90(plain):.1f} min, {len(guesses)} waits",
    )


def run() -> Iterator[Figure]:
    """Record days of every shape with seeds that nothing was tuned on, and replay them."""
    everything: list[Guess] = []
    for number, shape in enumerate(SHAPES):
        hall = Recorded(number, seed=40 + number)
        for n in range(3):
            hall.day(measured=n > 0)
        days = list(replay(hall.past()).values())[1:]
        guesses = [guess for day in days for guess in day]
        everything += guesses
        yield figure(f"replayed, {shape.name}", guesses)
    yield figure("replayed, all", everything)


def main() -> int:
    """Replay the journals named; exit status 1 where ours is not good enough over all their days."""
    everything: list[Guess] = []
    for name in sys.argv[1:]:
        for day, guesses in replay(of_journal(Path(name))).items():
            if guesses:
                print(figure(day, guesses).line(), flush=True)
            everything += guesses
    if not everything:
        print("no waits in there")
        return 1
    whole = figure("all days", everything)
    print(whole.line())
    return 0 if whole.reached else 1


if __name__ == "__main__":
    sys.exit(main())
