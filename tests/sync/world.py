"""A hall and a central server in memory, joined by a network that loses, repeats, reorders and delays.

Everything that decides is the product's own: `Courier`, `Inbox`, `judge`, the journal's chain and the form
on the wire. What is modelled is what holds them: a disk, a guard file, a database, backups. ``broken`` names
deliberate breakages, so that the machine that plays with this world can be shown to notice each.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec

from kioskd.central.ingest import Append, HallCursor, PutBack, Refuse, basis, judge
from kioskd.journal.chain import GENESIS, store
from kioskd.journal.records import BEFORE_ALL, EpochOpen, NewEvent, Parent, Position, StoredEvent
from kioskd.sync.courier import Courier, Standing
from kioskd.sync.inbox import Inbox
from kioskd.sync.messages import Cursor, Mark, NotTaken, Order, Orders, Push, Refetch, Taken, Why, Witness
from kioskd.sync.wire import pack, unpack

BREAKAGES = (
    "trim_on_ack",  # the hall deletes what is acknowledged, not what is safe
    "stubborn_cursor",  # the hall ignores a cursor that went back
    "no_guard",  # the hall trusts its database whatever happened to it
    "no_feed_id",  # the hall goes on with its number in another feed
    "no_inbox",  # the hall does an order that it knows again
    "no_contiguity",  # the central server fills gaps with nothing
    "no_overlap_check",  # the central server believes what it has to be what is sent
)


class Log:
    """A journal in memory. ``trimmed`` is the last place that was deleted."""

    def __init__(self) -> None:
        self.events: list[StoredEvent] = []
        self.trimmed = BEFORE_ALL

    def copied(self) -> Log:
        """Return a copy; events never change."""
        log = Log()
        log.events, log.trimmed = self.events.copy(), self.trimmed
        return log

    @property
    def last(self) -> StoredEvent | None:
        return self.events[-1] if self.events else None

    def append(self, kind: str, body: bytes, epoch: int, seq: int) -> StoredEvent:
        chain = self.events[-1].chain if self.events else GENESIS
        event = store(chain, Position(epoch, seq), NewEvent(kind, 1, body, len(self.events), 0), "boot")
        self.events.append(event)
        return event

    def read(self, after: Position, limit: int) -> Sequence[StoredEvent]:
        return [e for e in self.events if e.position > max(after, self.trimmed)][:limit]

    def chain(self, position: Position) -> bytes | None:
        return next((e.chain for e in self.events if e.position == position), None)


@dataclass
class HallDisk:
    """What a backup of the hall's database holds."""

    log: Log = field(default_factory=Log)
    counter: int = 0
    feed: str = ""
    after: int = 0
    last: str = ""
    known: set[str] = field(default_factory=set)


@dataclass
class CentralDisk:
    """What a backup of the central database holds."""

    inc: str = "c1"
    feed: str = "f1"
    cursor: HallCursor = field(default_factory=HallCursor)
    events: dict[Mark, tuple[bytes, bytes]] = field(default_factory=dict)  # (body, chain)
    orders: list[Order] = field(default_factory=list)


class StubbornCourier(Courier):
    def heard(self, number: int, answer: Taken | NotTaken) -> bool:
        before = self._cursor
        took = super().heard(number, answer)
        if before is not None and self._cursor is not None:
            self._cursor = max(before, self._cursor)
        return took


class World:
    """``printed`` are the numbers that citizens hold; ``done`` the orders done, with repeats."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.ids = itertools.count(1)
        self.disk = HallDisk()
        self.guard: tuple[Position, bytes, int] | None = None
        self.central = CentralDisk()
        self.hall_backup: HallDisk | None = None
        self.central_backup: CentralDisk | None = None
        self.restored = itertools.count(2)
        self.network: list[tuple[str, object]] = []
        self.printed: list[int] = []
        self.facts: set[bytes] = set()
        self.lost: set[bytes] = set()
        self.ordered: set[str] = set()
        self.done: list[str] = []
        self.hall_was_put_back = False
        self.witness: Witness | None = None
        self._start()

    # --- the hall -------------------------------------------------------------------------------

    def _start(self) -> None:
        """A process starts: it heeds the guard, and remembers nothing else."""
        last = self.disk.log.last
        if last is None:
            self._open_epoch("first", 1, None)
        elif self.guard is not None and self.broken != "no_guard":
            position, chain, reserved = self.guard
            if self.disk.log.chain(position) != chain:
                self.disk.counter = max(self.disk.counter, reserved)
                self._open_epoch("behind_guard", max(position.epoch, last.position.epoch) + 1, last)
        courier = StubbornCourier if self.broken == "stubborn_cursor" else Courier
        self.courier = courier(self.disk.log, self.witness)
        self.inbox = Inbox(self.disk.feed, self.disk.after, self.disk.last)

    def _open_epoch(self, reason: str, epoch: int, last: StoredEvent | None) -> None:
        parent = None if last is None else Parent(last.position.epoch, last.position.seq, last.chain.hex())
        body = EpochOpen(reason, parent, f"nonce{next(self.ids)}")
        self._keep(self.disk.log.append(EpochOpen.KIND, msgspec.json.encode(body), epoch, 1))

    def _keep(self, event: StoredEvent) -> None:
        self.facts.add(bytes(event.body))
        self.guard = (event.position, event.chain, self.disk.counter)

    def _emit(self, what: str) -> None:
        last = self.disk.log.last
        assert last is not None
        body = msgspec.json.encode({"what": what, "id": next(self.ids)})
        self._keep(self.disk.log.append("fact", body, last.position.epoch, last.position.seq + 1))

    def issue(self) -> None:
        self.disk.counter += 1
        self.printed.append(self.disk.counter)
        self._emit(f"ticket {self.disk.counter}")

    def crash(self) -> None:
        self._start()

    def back_up_hall(self) -> None:
        self.hall_backup = copy.deepcopy(self.disk)

    def put_hall_back(self) -> None:
        """The database is replaced by an older copy; the guard file is not."""
        if self.hall_backup is None:
            return
        self.hall_was_put_back = True
        kept = {bytes(e.body) for e in self.hall_backup.log.events}
        kept |= {body for body, _ in self.central.events.values()}
        if self.central_backup is not None:
            kept |= {body for body, _ in self.central_backup.events.values()}
        self.lost |= self.facts - kept
        self.disk = copy.deepcopy(self.hall_backup)
        self._start()

    def push(self, most: int) -> None:
        number, push = self.courier.next(most)
        self.network.append(("push", (number, pack(push))))

    def ask(self) -> None:
        number, inbox = self.inbox.next(), self.inbox
        self.network.append(("ask", (number, inbox.feed, inbox.after, inbox.last)))

    def _hear(self, number: int, answer: Taken | NotTaken) -> None:
        self.courier.heard(number, answer)
        self.witness = self.courier.witness
        log = self.disk.log
        if isinstance(answer, Taken):
            safe = answer.safe
            if self.broken == "trim_on_ack":
                safe = Mark(answer.epoch, answer.next - 1)
            edge = Position(safe.epoch, safe.seq)
            log.trimmed = max(log.trimmed, edge) if self.broken == "trim_on_ack" else log.trimmed

    def _obey(self, number: int, answer: Orders | Refetch) -> None:
        for order in self.inbox.heard(number, answer):
            self.inbox.did(order)
            self.disk.feed, self.disk.after, self.disk.last = self.inbox.feed, order.seq, order.id
            if order.id in self.disk.known and self.broken != "no_inbox":
                self._emit(f"known {order.id}")
                continue
            self.disk.known.add(order.id)
            self.done.append(order.id)
            self._emit(f"done {order.id}")

    # --- the central server ---------------------------------------------------------------------

    def order(self) -> None:
        feed = self.central.orders
        order = Order(len(feed) + 1, f"o{next(self.ids)}", "notice.set", msgspec.Raw(b"{}"))
        feed.append(order)
        self.ordered.add(order.id)

    def back_up_central(self) -> None:
        self.central_backup = copy.deepcopy(self.central)

    def put_central_back(self, *, told: bool) -> None:
        """Its database is replaced by an older copy. Only when ``told`` does the server know."""
        if self.central_backup is None:
            return
        gone = {o.id for o in self.central.orders} - {o.id for o in self.central_backup.orders}
        self.ordered -= gone - set(self.done)
        here = {bytes(e.body) for e in self.disk.log.events}
        kept = here | {body for body, _ in self.central_backup.events.values()}
        if self.hall_was_put_back:
            self.lost |= self.facts - kept  # both copies destroyed before they met
        self.central = copy.deepcopy(self.central_backup)
        if told:
            self._rotate()

    def _rotate(self) -> None:
        n = next(self.restored)
        self.central.inc, self.central.feed = f"c{n}", f"f{n}"

    def _take(self, number: int, data: bytes) -> None:
        push, central = unpack(data), self.central
        at = basis(central.cursor, push)
        held = None if at is None else central.events.get(at)
        known = None if held is None else held[1]
        verdict = self._judge(push, known)
        if isinstance(verdict, PutBack):
            self._rotate()
            verdict = Refuse(Why.INC_CHANGED)
        if isinstance(verdict, Refuse):
            cursor = central.cursor
            answer: Taken | NotTaken = NotTaken(verdict.why, central.inc, cursor.epoch, cursor.next)
        else:
            fresh = zip(verdict.events, verdict.chains, strict=True)
            for seq, (event, chain) in enumerate(fresh, verdict.first):
                central.events[Mark(verdict.epoch, seq)] = (bytes(event.body), chain)
            central.cursor = cursor = verdict.cursor
            answer = Taken(central.inc, cursor.epoch, cursor.next, cursor.chain.hex(), self._safe())
        self.network.append(("answer", (number, answer)))

    def _judge(self, push: Push, known: bytes | None) -> Append | Refuse | PutBack:
        cursor = self.central.cursor
        if self.broken == "no_contiguity" and push.epoch == cursor.epoch and push.first > cursor.next:
            cursor = replace(cursor, next=push.first, chain=bytes.fromhex(push.prev))
        if self.broken == "no_overlap_check" and push.epoch == cursor.epoch:
            have = cursor.next - push.first
            if 0 < have < len(push.events) and push.inc == self.central.inc:
                fresh = push.events[have:]
                tail = Push(push.epoch, cursor.next, push.head, push.head, None, push.inc, None, fresh)
                return Append(
                    cursor.epoch,
                    cursor.next,
                    tail.events,
                    [bytes.fromhex(push.head)] * len(fresh),
                    HallCursor(cursor.epoch, cursor.next + len(fresh), bytes.fromhex(push.head)),
                )
        return judge(self.central.inc, cursor, push, known)

    def _safe(self) -> Mark:
        if self.central_backup is None:
            return Mark(0, 0)
        cursor = self.central_backup.cursor
        return Cursor(cursor.epoch, cursor.next).have

    def _answer_feed(self, number: int, feed: str, after: int, last: str) -> None:
        central = self.central
        held = central.orders[after - 1].id if 0 < after <= len(central.orders) else ""
        fits = feed == central.feed and held == last
        if feed == central.feed and not fits:
            central.feed = f"f{next(self.restored)}"
        if fits or (self.broken == "no_feed_id" and feed):
            orders = tuple(o for o in central.orders if o.seq > after)[:2]
            self.network.append(("feed", (number, Orders(feed, after, orders))))
        else:
            self.network.append(("feed", (number, Refetch(central.feed))))

    # --- the network ----------------------------------------------------------------------------

    def deliver(self, which: int, *, twice: bool = False) -> None:
        if not self.network:
            return
        at = which % len(self.network)
        kind, load = self.network[at] if twice else self.network.pop(at)
        handler = {"push": self._take, "answer": self._hear, "ask": self._answer_feed, "feed": self._obey}
        handler[kind](*load)  # type: ignore[operator, misc]

    def drop(self, which: int) -> None:
        if self.network:
            del self.network[which % len(self.network)]

    def round(self, most: int = 3) -> None:
        """One push and its answer, one look at the feed and its answer, unharmed."""
        waiting, self.network = self.network, []
        self.push(most)
        while self.network:
            self.deliver(0)
        self.ask()
        while self.network:
            self.deliver(0)
        self.network = waiting

    # --- what must hold -------------------------------------------------------------------------

    def check(self) -> None:
        """Hold at every moment."""
        assert len(self.printed) == len(set(self.printed)), f"a number twice: {self.printed}"
        bodies = [body for body, _ in self.central.events.values()]
        assert len(bodies) == len(set(bodies)), "the same fact twice at the central server"

    def settle(self) -> None:
        """Heal everything, let it come to rest, and compare with the truth."""
        self.network.clear()
        rest = 0
        for _ in range(200):
            before = (
                self.central.cursor,
                self.central.inc,
                len(self.done),
                self.inbox.feed,
                self.inbox.after,
            )
            self.round(5)
            after = (self.central.cursor, self.central.inc, len(self.done), self.inbox.feed, self.inbox.after)
            rest = rest + 1 if before == after else 0
            if rest == 3:
                break
        self.check()
        held = {body for body, _ in self.central.events.values()}
        assert self.facts - self.lost <= held, f"lost at the central server: {self.facts - self.lost - held}"
        log = [(Mark(e.position.epoch, e.position.seq), bytes(e.body), e.chain) for e in self.disk.log.events]
        for mark, body, chain in log:
            assert self.central.events.get(mark) == (body, chain), f"differs at {mark}"
        assert self.courier.standing is Standing.GOING, self.courier.standing
        assert self.ordered <= set(self.done), f"never done: {self.ordered - set(self.done)}"
        if not self.hall_was_put_back:
            assert len(self.done) == len(set(self.done)), f"done twice: {self.done}"
