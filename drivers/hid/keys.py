"""Names of keys as ``evtest`` and the kernel write them: ``KEY_KPENTER``."""

from __future__ import annotations

from collections.abc import Iterable

from evdev import ecodes

from drivers.facts import fact
from drivers.options import OptionError


def code_of(name: str) -> int:
    """The code of a key. Raises `OptionError` for a name that no key has."""
    code = ecodes.ecodes.get(name) if name.startswith(("KEY_", "BTN_")) else None
    if not isinstance(code, int):
        raise OptionError(fact("options.no_key", key=name))
    return code


def codes_of(names: Iterable[str]) -> dict[int, str]:
    """Codes with the names given. Raises `OptionError` for unknown names and for two of one key."""
    codes: dict[int, str] = {}
    for name in names:
        code = code_of(name)
        if code in codes:
            raise OptionError(fact("options.same_key", key=name, other=codes[code]))
        codes[code] = name
    return codes


def name_of(code: int) -> str:
    """A name of a key; its number where it has none."""
    names = ecodes.bytype[ecodes.EV_KEY].get(code, f"key {code}")
    return names if isinstance(names, str) else str(names[0])
