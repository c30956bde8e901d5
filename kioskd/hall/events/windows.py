"""Duty and pauses at the windows."""

from __future__ import annotations

from kioskd.hall.events.base import Recorded


class _OfWindow(Recorded, frozen=True, kw_only=True, omit_defaults=True):
    window: str
    key: str = ""


class SignedIn(_OfWindow, frozen=True, kw_only=True, tag="window.signed_in"):
    """A teller is on duty here; ``skills`` narrow what they are trained for."""

    teller: str
    skills: tuple[str, ...] | None = None


class SignedOut(_OfWindow, frozen=True, kw_only=True, tag="window.signed_out"):
    """Duty ended; ``why`` is empty, ``moved``, ``relieved``, ``settings`` or ``day_end``."""

    teller: str
    why: str = ""


class SkillsMoved(_OfWindow, frozen=True, kw_only=True, tag="window.skills_moved"):
    """For ``minutes`` this window also calls ``add`` and does not call ``remove``; 0: no longer."""

    teller: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    minutes: int


class Paused(_OfWindow, frozen=True, kw_only=True, tag="window.paused"):
    """暂停服务."""

    teller: str = ""
    reason: str = ""
    minutes: int | None = None
    contact: str = ""


class PauseDetailed(_OfWindow, frozen=True, kw_only=True, tag="window.pause_detailed"):
    """What is said of a pause that goes on, whole."""

    reason: str = ""
    minutes: int | None = None
    contact: str = ""


class Resumed(_OfWindow, frozen=True, kw_only=True, tag="window.resumed"):
    """恢复服务 after ``paused_ms``."""

    teller: str = ""
    paused_ms: int = 0


class PressDropped(_OfWindow, frozen=True, kw_only=True, tag="press.dropped"):
    """A keypad press arrived too old to be obeyed."""

    age_ms: int
