"""Rule 16 for devices: what is worth telling the lead, one fault at a time.

Devices that went together because what they share has gone (a USB hub, an RS-485 cable) are one fault, and
the lead reads one sentence that names them all.
"""

from __future__ import annotations

from collections.abc import Iterator

from kioskd.hall.condition import Condition
from kioskd.hall.model import Device, Roll
from kioskd.hall.state import State

_GRACE_MS = 15_000
"""A device gone for less than this is not worth a walk."""

QUESTION_MS = 5 * 60_000
"""Whoever changed the paper has looked at the slip by then; else the lead should ask."""

_WELL = frozenset({"online", "deviceBusy"})
_NO_PAPER = frozenset({"out", "jammed"})


def conditions(state: State, since: int) -> Iterator[Condition]:
    """Return what holds of devices; nobody was to be told of anything before ``since``."""
    together: dict[str, list[Device]] = {}
    for device in state.devices.values():
        if device.behind is not None and device.state not in _WELL:
            together.setdefault(device.behind, []).append(device)
    for behind, gone in together.items():
        if len(gone) > 1:
            yield _fault(state, behind, gone, since)
    for device in state.devices.values():
        if device.behind is not None and len(together.get(device.behind, ())) > 1:
            continue
        found = _device(state, device, since)
        if found is not None:
            yield found
    for roll in state.rolls.values():
        if (printer := state.devices.get(roll.device)) is not None:
            yield from _roll(state, roll, printer, since)


def _fault(state: State, behind: str, gone: list[Device], since: int) -> Condition:
    kind, _, where = behind.partition(":")
    windows = sorted({device.window for device in gone if device.window is not None}, key=_natural)
    return Condition(
        f"shared:{behind}",
        "shared_usb" if kind == "usb" else "shared_line",
        where,
        max(max(device.since_at for device in gone), since, state.run_at) + _GRACE_MS,
        params={
            "devices": " ".join(sorted(device.id for device in gone)),
            "count": len(gone),
            "windows": " ".join(windows) or None,
        },
    )


def _natural(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() else (1 << 30, name)


def _device(state: State, device: Device, since: int) -> Condition | None:
    if device.state in _WELL and device.paper not in _NO_PAPER:
        return None
    code = device.code or (f"paper_{device.paper}" if device.state in _WELL else device.state)
    return Condition(
        f"device:{device.id}",
        "device",
        device.id,
        max(device.since_at, since, state.run_at) + _GRACE_MS,
        params={"code": code, "class": device.device_class, "window": device.window},
    )


def _roll(state: State, roll: Roll, printer: Device, since: int) -> Iterator[Condition]:
    if roll.low_at is not None and printer.paper not in _NO_PAPER:
        yield Condition(
            f"paper_low:{roll.device}",
            "paper_low",
            roll.device,
            max(roll.low_at, since, state.run_at),
            params={"slips": roll.slips},
        )
    if roll.clear is False:
        yield Condition(
            f"unreadable:{roll.device}", "unreadable", roll.device, max(roll.judged_at, since, state.run_at)
        )
    elif roll.asked:
        due = max(roll.printed_at + QUESTION_MS, since, state.run_at)
        yield Condition(f"look_at_slip:{roll.device}", "look_at_slip", roll.device, due)
