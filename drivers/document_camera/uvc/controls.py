"""Settings of a camera as the kernel numbers them (include/uapi/linux/v4l2-controls.h)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta

EXPOSURE_AUTO = 0x009A0901
EXPOSURE_ABSOLUTE = 0x009A0902
"""In tenths of a millisecond."""
FOCUS_ABSOLUTE = 0x009A090A
FOCUS_AUTO = 0x009A090C

MANUAL, APERTURE_PRIORITY = 1, 3
"""Of `EXPOSURE_AUTO`: by hand, or the camera finds the time itself while its aperture stays, as it must."""

Exposure = Literal["auto"] | Annotated[float, Meta(ge=0.1, le=1000)]
Focus = Literal["auto"] | Annotated[int, Meta(ge=0, le=65535)]


def controls_of(
    exposure: Exposure | None, focus: Focus | None, others: Mapping[str, int]
) -> list[tuple[int, int]]:
    """Return the controls to set, in the order in which cameras take them: a value is refused while the
    camera finds it itself. ``others`` are named by hexadecimal numbers.
    """
    found: list[tuple[int, int]] = []
    if exposure == "auto":
        found.append((EXPOSURE_AUTO, APERTURE_PRIORITY))
    elif exposure is not None:
        found += [(EXPOSURE_AUTO, MANUAL), (EXPOSURE_ABSOLUTE, round(exposure * 10))]
    if focus == "auto":
        found.append((FOCUS_AUTO, 1))
    elif focus is not None:
        found += [(FOCUS_AUTO, 0), (FOCUS_ABSOLUTE, focus)]
    return found + [(int(name, 16), value) for name, value in others.items()]
