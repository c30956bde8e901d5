"""Errors of devices, by who must act."""

from __future__ import annotations

from drivers.facts import SAID, Fact, plain
from drivers.status import ErrorAction


class DeviceError(Exception):
    """A device or its line failed.

    ``code`` is the stable reason that also appears in `DeviceStatus`; ``action`` says who can
    mend it. ``facts`` are for technicians; free words become a fact of their own, for which there is no
    sentence in the reader's language. As text it is its facts on one line.
    """

    action = ErrorAction.RESET

    def __init__(self, code: str, *facts: Fact | str) -> None:
        self.facts = tuple(Fact(SAID, {"text": one}) if isinstance(one, str) else one for one in facts)
        super().__init__(plain(self.facts) or code)
        self.code = code


class TransientError(DeviceError):
    """Trying again may well succeed: the line is gone, the device is silent."""

    action = ErrorAction.RESET


class ConfigurationError(DeviceError):
    """Trying again cannot help until somebody changes the settings or permissions."""

    action = ErrorAction.CONFIGURATION


class MaintenanceError(DeviceError):
    """The device itself needs a hand: paper, cover, cutter, fatal fault."""

    action = ErrorAction.MAINTENANCE


class OutcomeUnknownError(DeviceError):
    """Work was begun and nobody can say whether it reached the world."""

    action = ErrorAction.CLEAR
