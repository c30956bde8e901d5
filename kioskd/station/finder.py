"""Finds lost devices at other sockets, asks whether it is them, and notices what went together.

What is plugged in where a line's address says is remembered, so that the same kind of unit is known again
at another socket. The question is asked until somebody answers or the line comes back; what was said no
to (a rebinding taken back) is not asked again until it is plugged anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import structlog
from msgspec import structs

from drivers.discovery import Found
from drivers.status import DeviceState, DeviceStatus
from kioskd.station import sockets
from kioskd.station.clock import Clock, Wake
from kioskd.station.messages import Rebind, Rebound
from kioskd.station.store import Store
from kioskd.station.supervisor import LineKeeper, Supervisor
from kioskd.station.trial import Trial, by_press

log = structlog.get_logger(__name__)

LOOK_S = 2.0
"""Between two looks while something is missing."""

GONE_S = 3.0
"""A line gone for less than this is being replugged at its own socket."""

_OUT_OF_REACH = frozenset({DeviceState.OFFLINE, DeviceState.POWER_OFF, DeviceState.NO_DEVICE})


class AddressBook(Protocol):
    """The settings file, as far as addresses of devices go. Called in a thread."""

    def rebind(self, old: str, new: str) -> None:
        """Write ``new`` wherever ``old`` stands, with a backup. Raises OSError or ValueError."""

    def undo(self, address: str) -> str:
        """Take the latest rebinding to ``address`` back and return the address from before.

        Raises OSError, or ValueError when there is none.
        """


class _Question(msgspec.Struct):
    """One lost line, and what may be it, by line."""

    keeper: LineKeeper
    press: bool
    trials: dict[str, Trial]

    @property
    def put(self) -> bool:
        """Whether people are asked already: a press that nobody hears yet would be in vain."""
        return not self.press or any(trial.listens for trial in self.trials.values())


class Finder:
    """Follows the lines of one station.

    ``behind_changed`` is called with the ids of devices whose common fault changed, ``reconsider`` with those
    whose question did; ``report`` sends to the hub.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        store: Store,
        clock: Clock,
        random: Callable[[], float],
        look: Callable[[], tuple[Found, ...]],
        book: AddressBook | None,
        *,
        station: str,
        report: Callable[[Rebound], None],
        behind_changed: Callable[[Sequence[str]], None],
        reconsider: Callable[[Sequence[str]], None],
    ) -> None:
        self._supervisor = supervisor
        self._store = store
        self._clock = clock
        self._random = random
        self._look = look
        self._book = book
        self._station = station
        self._report = report
        self._behind_changed = behind_changed
        self._reconsider = reconsider
        self._wake = Wake(clock)
        self._known: dict[str, Found] = {}
        self._gone: dict[str, float] = {}
        self._questions: dict[str, _Question] = {}
        self._refused: set[str] = set()
        self._behind: dict[str, str] = {}
        self._answers: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    def stir(self) -> None:
        """A device came or went: look."""
        self._wake.set()

    def behind(self, device: str) -> str | None:
        """What the device shares with others that went with it."""
        return self._behind.get(device)

    def adjust(self, device: str, status: DeviceStatus) -> DeviceStatus:
        """Put the question into the status of a device that is asked for."""
        if status.state not in _OUT_OF_REACH:
            return status
        for question in self._questions.values():
            if any(own.id == device for own in question.keeper.devices) and question.put:
                code = "line.moved_press" if question.press else "line.moved_code"
                return structs.replace(status, code=code)
        return status

    async def run(self) -> None:
        """Look whenever something changed, and again and again while something is missing."""
        for line, found in (await self._store.plugged()).items():
            try:
                self._known[line] = msgspec.json.decode(found, type=Found)
            except msgspec.DecodeError:
                log.warning("plug.unreadable", line=line)
        try:
            while True:
                await self._once()
                await self._wake.wait(LOOK_S if self._gone else None)
        finally:
            for task in self._answers:
                task.cancel()
            await asyncio.gather(*self._answers, return_exceptions=True)
            for question in list(self._questions.values()):
                await self._drop(question)

    async def answer(self, wish: Rebind) -> None:
        """A person says which number is shown, or takes a rebinding back; `Rebound` says what came of it."""
        keeper = self._supervisor.keeper(wish.device)
        if keeper is None:
            self._report(Rebound(request=wish.request, code="device.unknown"))
        elif wish.undo:
            await self._undo(keeper, wish.request)
        else:
            question = self._questions.get(sockets.line_of(keeper.address))
            trials = question.trials.values() if question is not None else ()
            right = next((trial for trial in trials if trial.code == wish.code), None)
            if question is None:
                self._report(Rebound(request=wish.request, code="rebind.not_asked"))
            elif right is None:
                self._report(Rebound(request=wish.request, code="rebind.wrong_code"))
            else:
                await self._bind(question, right, "", wish.request)

    # looking

    async def _once(self) -> None:
        found = await asyncio.to_thread(self._look)
        async with self._turn:
            now = self._clock.steady()
            lines = {
                line: keeper
                for keeper in self._supervisor.lines
                if sockets.scheme_of(line := sockets.line_of(keeper.address)) in sockets.PLUGGED
            }
            here = {line: sockets.at(line, found) for line in lines}
            for line, plug in here.items():
                if plug is not None:
                    self._remember(line, plug)
            gone = {line for line, keeper in lines.items() if here[line] is None and keeper.absent}
            # Of what was never seen nobody can say what it looks like; waiting for it is the supervisor's.
            self._gone = {line: self._gone.get(line, now) for line in gone if line in self._known}
            self._group(lines, gone)
            self._refused &= {sockets.line_of(each.address) for each in found}
            await self._ask(lines, found, now)

    def _remember(self, line: str, plug: Found) -> None:
        if self._known.get(line) != plug:
            self._known[line] = plug
            self._store.keep_plugged(line, msgspec.json.encode(plug).decode())

    def _group(self, lines: dict[str, LineKeeper], gone: set[str]) -> None:
        ports = {line: self._known[line].port for line in lines if line in self._known}
        hubs = sockets.shared_hubs({line: port for line, port in ports.items() if port}, gone)
        behind = {}
        for keeper in self._supervisor.lines:
            line = sockets.line_of(keeper.address)
            for own in keeper.devices:
                if line in hubs:
                    behind[own.id] = f"usb:{self._station}/{hubs[line]}"
                elif keeper.down and len(keeper.devices) > 1:
                    behind[own.id] = f"line:{self._station}/{line}"
        changed = [name for name in {*behind, *self._behind} if behind.get(name) != self._behind.get(name)]
        self._behind = behind
        if changed:
            self._behind_changed(sorted(changed))

    # asking

    async def _ask(self, lines: dict[str, LineKeeper], found: Sequence[Found], now: float) -> None:
        taken = {*lines, *self._refused}
        for line, question in list(self._questions.items()):
            if line not in self._gone:
                await self._drop(question)
        # One question for each kind of unit at a time: whoever presses must know which one is meant.
        for line in sorted(self._gone, key=lambda line: (self._gone[line], line)):
            known = self._known[line]
            if now - self._gone[line] < GONE_S:
                continue
            kind = (known.kind, known.usb)
            others = {
                (self._known[other].kind, self._known[other].usb)
                for other in self._questions
                if other != line
            }
            may_be = (
                {}
                if kind in others
                else {sockets.line_of(each.address): each for each in sockets.candidates(known, found, taken)}
            )
            await self._try(line, lines[line], may_be)

    async def _try(self, line: str, keeper: LineKeeper, may_be: dict[str, Found]) -> None:
        question = self._questions.get(line)
        if question is None:
            if not may_be:
                return
            settings = [own.settings for own in keeper.devices]
            question = self._questions[line] = _Question(keeper, by_press(settings), {})
            log.info("rebind.asked", devices=[own.id for own in keeper.devices], press=question.press)
            self._reconsider([own.id for own in keeper.devices])
        for name in set(question.trials) - set(may_be):
            await question.trials.pop(name).stop()
        for name in sorted(set(may_be) - set(question.trials)):
            self._start(question, name, may_be[name])
        if not question.trials:
            await self._drop(question)

    def _start(self, question: _Question, name: str, found: Found) -> None:
        keeper = question.keeper
        used = {trial.code for trial in question.trials.values()}
        code = f"{10 + int(self._random() * 89)}"
        while code in used:
            code = f"{10 + (int(code) - 9) % 90}"
        trial = Trial(
            sockets.readdressed(keeper.address, found),
            [own.settings for own in keeper.devices],
            code,
            self._clock,
            self._random,
            lambda device: self._pressed(question, name, device),
            lambda: self._reconsider([own.id for own in keeper.devices]),
        )
        question.trials[name] = trial
        trial.start()

    def _pressed(self, question: _Question, name: str, device: str) -> None:
        trial = question.trials.get(name)
        if trial is not None and question.press:
            task = asyncio.get_running_loop().create_task(self._bind(question, trial, device, ""))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    async def _drop(self, question: _Question) -> None:
        """Ask no more."""
        self._questions.pop(sockets.line_of(question.keeper.address), None)
        trials = list(question.trials.values())
        question.trials.clear()
        for trial in trials:
            await trial.stop()
        self._reconsider([own.id for own in question.keeper.devices])

    # answering

    async def _bind(self, question: _Question, trial: Trial, device: str, request: str) -> None:
        """It is this one: write it down and go on there."""
        async with self._turn:
            if trial not in question.trials.values():
                return
            await self._drop(question)
            old, new = question.keeper.address, trial.address
            await self._write(lambda book: book.rebind(old, new))
            self._move(question.keeper, new, device, request, undone=False)

    async def _undo(self, keeper: LineKeeper, request: str) -> None:
        async with self._turn:
            new = keeper.address
            before = await self._write(lambda book: book.undo(new))
            if before is None:
                self._report(Rebound(request=request, code="rebind.nothing_to_undo"))
                return
            self._refused.add(sockets.line_of(new))
            self._move(keeper, before, "", request, undone=True)

    def _move(self, keeper: LineKeeper, new: str, device: str, request: str, *, undone: bool) -> None:
        old = keeper.address
        devices = tuple(own.id for own in keeper.devices)
        keeper.move(new)
        log.info("rebind.done", devices=list(devices), old=old, new=new, undone=undone)
        self._report(
            Rebound(request=request, devices=devices, old=old, new=new, undone=undone, pressed=device)
        )
        self.stir()

    async def _write(self, change: Callable[[AddressBook], str | None]) -> str | None:
        """Change the settings file. What cannot be written down holds until the station ends."""
        book = self._book
        if book is None:
            return None
        try:
            return await asyncio.to_thread(change, book)
        except (OSError, ValueError) as error:
            log.error("rebind.not_written", reason=str(error))
            return None
