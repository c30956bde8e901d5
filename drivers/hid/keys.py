"""Names of keys as ``evtest`` and the kernel write them: ``KEY_KPENTER``."""

from __future__ import annotations

from collections.abc import Iterable

from evdev import ecodes


def code_of(name: str) -> int:
    """The code of a key. Raises ValueError for a name that no key has."""
    code = ecodes.ecodes.get(name) if name.startswith(("KEY_", "BTN_")) else None
    if not isinstance(code, int):
        raise ValueError(f"{name!r} is no key; names are those evtest shows, such as KEY_KPENTER")
    return code


def codes_of(names: Iterable[str]) -> dict[int, str]:
    """Codes with the names given. Raises ValueError for unknown names and for two of one key."""
    codes: dict[int, str] = {}
    for name in names:
        code = code_of(name)
        if code in codes:
            raise ValueError(f"{name} and {codes[code]} are one key")
        codes[code] = name
    return codes


def name_of(code: int) -> str:
    """A name of a key; its number where it has none."""
    names = ecodes.bytype[ecodes.EV_KEY].get(code, f"key {code}")
    return names if isinstance(names, str) else str(names[0])
