"""What came and what went between two looks."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from drivers.discovery.found import Found


class Change(msgspec.Struct, frozen=True):
    """One device that was plugged in, or unplugged."""

    plugged: bool
    device: Found


def changes(before: Sequence[Found], after: Sequence[Found]) -> tuple[Change, ...]:
    """What differs, the unplugged first.

    A device that gives way to another one at the same place is unplugged and plugged.
    """
    gone = [Change(False, device) for device in before if device not in after]
    come = [Change(True, device) for device in after if device not in before]
    return (*gone, *come)
