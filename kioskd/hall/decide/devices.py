"""What devices and their jobs report, and the paper in printers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.commands import ChangeRoll, JudgeRoll, ReportDevice, ReportJob, ReportRebound
from kioskd.hall.decide.find import Decision
from kioskd.hall.events import (
    DeviceChanged,
    DeviceRebound,
    HallEvent,
    JobDone,
    JobFailed,
    JobUnknown,
    RollChanged,
    RollJudged,
)
from kioskd.hall.model import PrintState
from kioskd.hall.moment import Moment
from kioskd.hall.refusal import Refusal
from kioskd.hall.state import State

PRINTER = "printer"

SAME_ROLL_MS = 5 * 60_000
"""Who says so long after the printer's sensors that a roll was changed means the same roll."""


def _report_device(state: State, command: ReportDevice, now: Moment) -> Decision:
    before = state.devices.get(command.device)
    after = (
        command.device_class,
        command.state,
        command.code,
        command.paper,
        command.window,
        command.behind,
    )
    if before is None and not command.state:
        return []
    if before is not None and after == (
        before.device_class,
        before.state,
        before.code,
        before.paper,
        before.window,
        before.behind,
    ):
        return []
    events: list[HallEvent] = [
        DeviceChanged(
            by=command.by,
            device=command.device,
            device_class=command.device_class,
            state=command.state,
            code=command.code,
            paper=command.paper,
            window=command.window,
            behind=command.behind,
            slips=command.slips if command.paper == "low" else None,
        )
    ]
    roll = state.rolls.get(command.device)
    if roll is not None and command.paper == "full" and roll.over in ("opened", "out"):
        events.append(RollChanged(by=command.by, device=command.device, sensed=True))
    return events


def _change_roll(state: State, command: ChangeRoll, now: Moment) -> Decision:
    device = state.devices.get(command.device)
    if device is None:
        return Refusal("unknown_device", {"device": command.device})
    if device.device_class != PRINTER:
        return Refusal("not_a_printer", {"device": command.device})
    if device.paper in ("out", "jammed") or device.code == "printer.cover_open":
        return Refusal("no_paper_in", {"device": command.device})
    roll = state.rolls.get(command.device)
    if roll is not None and roll.sensed and now.at - roll.at < SAME_ROLL_MS and not roll.over:
        return []
    return [RollChanged(by=command.by, device=command.device)]


def _judge_roll(state: State, command: JudgeRoll, now: Moment) -> Decision:
    if command.device not in state.devices:
        return Refusal("unknown_device", {"device": command.device})
    roll = state.rolls.get(command.device)
    if roll is None or not (roll.asked or roll.clear is not None):
        return Refusal("no_test_slip", {"device": command.device})
    if roll.clear is command.clear:
        return []
    return [RollJudged(by=command.by, device=command.device, clear=command.clear)]


def _report_rebound(state: State, command: ReportRebound, now: Moment) -> Decision:
    return [
        DeviceRebound(
            by=command.by,
            devices=command.devices,
            old=command.old,
            new=command.new,
            undone=command.undone,
        )
    ]


_OUTCOMES: Mapping[str, type[JobDone] | type[JobFailed] | type[JobUnknown]] = {
    "done": JobDone,
    "failed": JobFailed,
    "unknown": JobUnknown,
}


_RETRACTED = ("failed", "printer.retracted")
"""A slip that was printed and that nobody took: the one thing that may still be said of one that came out."""


def _report_job(state: State, command: ReportJob, now: Moment) -> Decision:
    kind = _OUTCOMES.get(command.outcome)
    if kind is None:
        return Refusal("bad_value", {"field": "outcome"})
    place = state.index.jobs.get(command.job)
    if place is None:
        roll = next((roll for roll in state.rolls.values() if roll.job == command.job), None)
        if roll is not None and (roll.printed is PrintState.DONE or roll.printed.value == command.outcome):
            return []
        return [kind(by=command.by, job=command.job, ticket=command.ticket, code=command.code)]
    ticket, copy = place
    present = state.tickets[ticket].printed(copy)
    late = (command.outcome, command.code) == _RETRACTED
    if present.state.value == command.outcome or (present.state is PrintState.DONE and not late):
        return []
    return [kind(by=command.by, job=command.job, ticket=ticket, copy=copy, code=command.code)]


DECIDERS: Mapping[type[Any], Callable[[State, Any, Moment], Decision]] = {
    ReportDevice: _report_device,
    ChangeRoll: _change_roll,
    JudgeRoll: _judge_roll,
    ReportRebound: _report_rebound,
    ReportJob: _report_job,
}
