"""Where everything lies on an installed PC."""

from __future__ import annotations

from pathlib import Path

import msgspec

ROLES: dict[str, str] = {
    "hub": "kioskd.service",
    "station": "kioskd-station.service",
    "kiosk": "kioskd-kiosk.service",
    "board": "kioskd-board.service",
    "central": "kioskd-central.service",
}
"""What a PC can be, and the unit that makes it so. One PC may be several."""


class Layout(msgspec.Struct, frozen=True):
    """Places under ``root``, which is ``/`` but in tests and when an image is prepared."""

    root: Path = Path("/")

    @property
    def base(self) -> Path:
        """Holds all releases; nothing of a hall's own."""
        return self.root / "opt" / "kioskd"

    @property
    def releases(self) -> Path:
        """One folder for each release, by version."""
        return self.base / "releases"

    @property
    def current(self) -> Path:
        """Link to the release that runs."""
        return self.base / "current"

    @property
    def record(self) -> Path:
        """What was switched when, and to which backup one may return."""
        return self.base / "switched.json"

    @property
    def settings(self) -> Path:
        """The hall's own settings."""
        return self.root / "etc" / "kioskd"

    @property
    def roles(self) -> Path:
        """What this PC is: one role a line."""
        return self.settings / "roles"

    @property
    def data(self) -> Path:
        """What the hall must never lose."""
        return self.root / "var" / "lib" / "kioskd"

    @property
    def before(self) -> Path:
        """Copies of the journal made before each upgrade, beside the data and not in it."""
        return self.root / "var" / "lib" / "kioskd-before"

    @property
    def units(self) -> Path:
        """Units of an administrator, which is what these are."""
        return self.root / "etc" / "systemd" / "system"

    @property
    def udev(self) -> Path:
        """Rules for devices."""
        return self.root / "etc" / "udev" / "rules.d"

    @property
    def sysusers(self) -> Path:
        """Users that the system makes."""
        return self.root / "etc" / "sysusers.d"

    def release(self, version: str) -> Path:
        """Return the folder of a release."""
        return self.releases / version

    def version(self) -> str | None:
        """Return the version that runs; None when none was ever switched to."""
        try:
            return (self.current / "VERSION").read_text("utf-8").strip()
        except OSError:
            return None

    def versions(self) -> list[str]:
        """Return the versions that are here, oldest installation first."""
        found = [folder for folder in self.releases.glob("*") if (folder / "VERSION").exists()]
        return [folder.name for folder in sorted(found, key=lambda folder: folder.stat().st_mtime)]

    def chosen_roles(self) -> list[str]:
        """Return what this PC is."""
        try:
            return [role for role in self.roles.read_text("utf-8").split() if role in ROLES]
        except OSError:
            return []
