"""From what was found to a block for the settings file."""

from __future__ import annotations

import re

from drivers.discovery.found import Found, Kind
from drivers.registry import DRIVERS, DeviceClass
from drivers.transport.address import parse_address

_LIKELY = (DeviceClass.CALL_PAD, DeviceClass.RATING_PAD, DeviceClass.CALLER_DISPLAY, DeviceClass.PRINTER)
"""Which class comes first where several speak over one kind of line: a window has two pads and one sign."""
_AT_A_WINDOW = (DeviceClass.CALL_PAD, DeviceClass.RATING_PAD)


def fitting(found: Found) -> tuple[str, ...]:
    """Names of the registered drivers that could work it, the likeliest class first.

    They speak over this kind of line; which of them is on the other end of a serial port, only the
    device's label tells. Empty where this version has none.
    """
    scheme = parse_address(found.address).scheme
    names = [name for name, driver in DRIVERS.items() if scheme in driver.schemes]
    return tuple(sorted(names, key=lambda name: _rank(DRIVERS[name].device_class)))


def _rank(kind: DeviceClass) -> int:
    return _LIKELY.index(kind) if kind in _LIKELY else len(_LIKELY)


def suggest(found: Found) -> str:
    """A ``[[device]]`` table for ``hall.toml`` or ``station.toml``.

    Where several drivers fit, the first is chosen and the others stand in a comment; where none
    fits the whole table is a comment that says so.
    """
    names = fitting(found)
    head = [f"# {' · '.join(part for part in (found.name, found.node, found.usb) if part)}"]
    if not found.stable:
        head.append("# 系统没有给出固定名称，换插口或重启后可能变化 · no stable name: it may change")
    address = f'address = "{found.address}"'
    if not names:
        head.append("# 本版本没有适用的驱动 · this version has no driver for it")
        return "\n".join([*head, f"# {address}"]) + "\n"
    table = ["[[device]]", f'id = "{_id(found)}"', f'driver = "{names[0]}"']
    if len(names) > 1:
        table.append(f"# 也可能是 · or: {', '.join(names[1:])}")
    table.append(address)
    if found.kind is Kind.SERIAL:
        table.append("# baudrate、unit、profile 按设备说明填 · from its manual; profiles: config/profiles")
    if DRIVERS[names[0]].device_class in _AT_A_WINDOW:
        table.append('window = "1"   # 所在窗口 · the window it stands at')
    return "\n".join([*head, *table]) + "\n"


def _id(found: Found) -> str:
    place = found.port or found.node.rpartition("/")[2] or found.kind.value
    return re.sub(r"[^a-z0-9-]+", "-", f"{found.kind.value}-{place}".lower()).strip("-")
