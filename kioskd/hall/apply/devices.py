"""Devices, the paper in printers, and jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kioskd.hall.events import (
    DeviceChanged,
    JobDone,
    JobFailed,
    JobSettled,
    JobUnknown,
    RollChanged,
    RollJudged,
)
from kioskd.hall.model import Device, PrintState, Roll
from kioskd.hall.state import State

_OUT_OF_SIGHT = frozenset({"offline", "powerOff", "noDevice"})


def _device_changed(state: State, event: DeviceChanged) -> None:
    if not event.state:
        state.devices.pop(event.device, None)
        state.rolls.pop(event.device, None)
        return
    before = state.devices.get(event.device)
    same = before is not None and before.state == event.state
    state.devices[event.device] = Device(
        id=event.device,
        device_class=event.device_class,
        state=event.state,
        code=event.code,
        paper=event.paper,
        window=event.window,
        behind=event.behind,
        since_at=before.since_at if before is not None and same else state.at,
        since_wall=before.since_wall if before is not None and same else state.wall,
    )
    _note_paper(state, event)


def _note_paper(state: State, event: DeviceChanged) -> None:
    """Remember how near its end the roll in a printer has been seen."""
    roll = state.rolls.get(event.device)
    if roll is None:
        if event.paper not in ("low", "out"):
            return
        roll = state.rolls[event.device] = Roll(device=event.device)
    if event.paper == "out":
        roll.over = "out"
    elif roll.over == "out":
        pass
    elif event.code == "printer.cover_open" or event.state in _OUT_OF_SIGHT:
        roll.over = "opened" if roll.over else ""
    elif event.paper == "low":
        roll.over = "low"
    if event.paper == "low" and roll.low_at is None:
        roll.low_at, roll.slips = state.at, event.slips


def _roll_changed(state: State, event: RollChanged) -> None:
    epoch, seq = state.position
    state.rolls[event.device] = Roll(
        device=event.device,
        at=state.at,
        sensed=event.sensed,
        job=f"{epoch}.{seq}.1",
    )
    device = state.devices.get(event.device)
    if device is not None and device.paper == "low":
        # A sensor that does not see it that way says so again.
        device.paper, device.code = "full", ""


def _roll_judged(state: State, event: RollJudged) -> None:
    roll = state.rolls.get(event.device)
    if roll is not None:
        roll.clear, roll.judged_at = event.clear, state.at


_OUTCOMES = {JobDone: PrintState.DONE, JobFailed: PrintState.FAILED, JobUnknown: PrintState.UNKNOWN}


def _job(state: State, event: JobDone | JobFailed | JobUnknown) -> None:
    _set_print(state, event.job, _OUTCOMES[type(event)], event.code)


def _job_settled(state: State, event: JobSettled) -> None:
    _set_print(state, event.job, PrintState.DONE if event.printed else PrintState.FAILED, event.code)


def _set_print(state: State, job: str, outcome: PrintState, code: str) -> None:
    place = state.index.jobs.get(job)
    if place is not None:
        print_ = state.tickets[place[0]].printed(place[1])
        print_.state, print_.code = outcome, code
        return
    for roll in state.rolls.values():
        if roll.job == job:
            roll.printed, roll.printed_at = outcome, state.at


HANDLERS: Mapping[type[Any], Callable[[State, Any], None]] = {
    DeviceChanged: _device_changed,
    RollChanged: _roll_changed,
    RollJudged: _roll_judged,
    JobDone: _job,
    JobFailed: _job,
    JobUnknown: _job,
    JobSettled: _job_settled,
}
