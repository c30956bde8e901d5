"""What is plugged into this PC, and how settings would name it."""

from drivers.discovery.changes import Change, changes
from drivers.discovery.found import Found, Kind
from drivers.discovery.look import look
from drivers.discovery.suggest import fitting, suggest

__all__ = ["Change", "Found", "Kind", "changes", "fitting", "look", "suggest"]
