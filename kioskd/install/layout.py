"""Where everything lies on an installed PC."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

ROLES: dict[str, str] = {
    "hub": "kioskd.service",
    "station": "kioskd-station.service",
    "kiosk": "kioskd-kiosk.service",
    "board": "kioskd-board.service",
    "central": "kioskd-central.service",
    "standby": "kioskd-standby.service",
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
    def package(self) -> Path:
        """The release that the system's package manager carried in, whose files are its own."""
        return self.base / "package"

    @property
    def offered(self) -> Path:
        """Installers as they were carried in, for the hall's stations to fetch from their hub."""
        return self.base / "offered"

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

    def system_files(self, roles: Iterable[str]) -> dict[str, Path]:
        """Return what else of a release has a place in the system, by its path in the release."""
        files = {
            "systemd/kioskd.sysusers": self.root / "etc/sysusers.d/kioskd.conf",
            "systemd/kioskd-journald.conf": self.root / "etc/systemd/journald.conf.d/kioskd.conf",
            "config/udev/70-kioskd.rules": self.root / "etc/udev/rules.d/70-kioskd.rules",
        }
        if "kiosk" in roles:
            files["systemd/kioskd-kiosk-xorg.conf"] = self.root / "etc/X11/xorg.conf.d/90-kioskd.conf"
            files["systemd/kioskd-logind.conf"] = self.root / "etc/systemd/logind.conf.d/kioskd.conf"
        return files

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
        # What a power cut left of a copy has a name with a dot before it.
        found = [folder for folder in self.releases.glob("[!.]*") if (folder / "VERSION").exists()]
        return [folder.name for folder in sorted(found, key=lambda folder: folder.stat().st_mtime)]

    def chosen_roles(self) -> list[str]:
        """Return what this PC is."""
        try:
            return [role for role in self.roles.read_text("utf-8").split() if role in ROLES]
        except OSError:
            return []
