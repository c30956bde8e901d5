"""Errors of devices, by who must act."""

from __future__ import annotations

from drivers.status import ErrorAction


class DeviceError(Exception):
    """A device or its line failed.

    ``code`` is the stable reason that also appears in `DeviceStatus`; ``action`` says who can
    mend it. The message is for technicians, in English.
    """

    action = ErrorAction.RESET

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
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
