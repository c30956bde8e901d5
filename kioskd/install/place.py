"""Putting a release, its units and a first set of settings in their places, and taking them away again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from kioskd.install.layout import ROLES, Layout

SHARED = ("layouts", "profiles", "kiosk")
"""Folders of settings that every hall has and may change."""
SECRETS = ("kiosk.token", "kiosk-people.toml")
"""What a kiosk is handed by its unit: it must be there, be it empty."""
HALL_CA = "hall-ca.pem"
"""The hall's own authority among the settings, for everything of this PC that asks the hub by https."""


class ReleaseError(Exception):
    """What was given is no whole release: ``code`` is ``not_a_release`` or ``damaged``."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(f"{code}: {what}")
        self.code = code
        self.what = what


def own_release() -> Path | None:
    """Return the release folder this very program runs from; None for a development tree."""
    import sys

    folder = Path(sys.prefix).resolve().parent
    return folder if (folder / "VERSION").exists() and (folder / "SHA256SUMS").exists() else None


def version_of(folder: Path) -> str:
    """Return the version of a release folder. Raises `ReleaseError`."""
    try:
        return (folder / "VERSION").read_text("utf-8").strip()
    except OSError as error:
        raise ReleaseError("not_a_release", str(folder)) from error


def verify(folder: Path) -> None:
    """Check that every file of a release is as it was built: a stick may be bad. Raises `ReleaseError`."""
    import hashlib

    try:
        lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    except OSError as error:
        raise ReleaseError("not_a_release", str(folder)) from error
    for line in lines:
        wanted, _, name = line.partition("  ")
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ReleaseError("damaged", name) from error
        if found != wanted:
            raise ReleaseError("damaged", name)


def put_release(layout: Layout, folder: Path) -> str:
    """Copy a release to where releases are, unless it lies there, and return its version.

    Half a copy is never taken for a release: it gets its name last. Raises `ReleaseError`, OSError.
    """
    version = version_of(folder)
    place = layout.release(version)
    if folder.resolve() == place.resolve():
        return version
    verify(folder)
    layout.releases.mkdir(parents=True, exist_ok=True)
    half = layout.releases / f".{version}.new"
    for left in layout.releases.glob(".*.new"):
        shutil.rmtree(left, ignore_errors=True)
    # The package manager puts new files in the place of old ones and never writes into one.
    by = os.link if folder.resolve() == layout.package.resolve() else shutil.copy2
    try:
        shutil.copytree(folder, half, symlinks=True, copy_function=by)
        verify(half)
    except (OSError, shutil.Error, ReleaseError):
        shutil.rmtree(half, ignore_errors=True)
        raise
    os.sync()
    old = layout.releases / f".{version}.old"
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    half.rename(place)
    shutil.rmtree(old, ignore_errors=True)
    return version


def offer(layout: Layout, file: Path) -> Path:
    """Keep an installer for the hall's stations, and return where. Raises OSError."""
    layout.offered.mkdir(parents=True, exist_ok=True)
    place, half = layout.offered / file.name, layout.offered / f".{file.name}.new"
    shutil.copyfile(file, half)
    half.chmod(0o644)
    half.replace(place)
    return place


def put_system_files(layout: Layout, folder: Path, roles: Sequence[str]) -> None:
    """Put units, users, device rules and what a kiosk's screen needs in their places. A unit is written over:
    an administrator's changes belong into drop-ins (``systemctl edit``), which are never touched.
    """
    layout.units.mkdir(parents=True, exist_ok=True)
    for unit in sorted([*(folder / "systemd").glob("*.service"), *(folder / "systemd").glob("*.timer")]):
        shutil.copy(unit, layout.units / unit.name)
    for source, place in layout.system_files(roles).items():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / source, place)


def put_settings(layout: Layout, folder: Path, roles: Sequence[str]) -> list[Path]:
    """Give a PC that has no settings yet what its hall's will name; return the files that are new.

    A file that is there is never written over. A hub gets no ``hall.toml``: without one it opens to the pages
    that write it.
    """
    new: list[Path] = []
    source = folder / "config"
    layout.settings.mkdir(parents=True, exist_ok=True)
    files = [file for name in SHARED for file in sorted((source / name).rglob("*.toml"))]
    files.append(source / "evaluation-options.toml")
    for file in files:
        new += _unless_there(file.read_text("utf-8"), layout.settings / file.relative_to(source))
    wanted = []
    if "hub" in roles:
        own = ("station.toml", "hall.toml")
        wanted = [file for file in sorted((source / "sample").glob("*.toml")) if file.name not in own]
    if "station" in roles:
        wanted.append(source / "sample" / "station.toml")
    for file in wanted:
        text = file.read_text("utf-8").replace('"../', '"')
        new += _unless_there(text.partition("\n[[device]]")[0] + "\n", layout.settings / file.name)
    for name in SECRETS if "kiosk" in roles else ():
        _unless_there("", layout.settings / name)
    layout.roles.write_text("".join(role + "\n" for role in roles), "utf-8")
    return new


def put_ca(layout: Layout, file: Path) -> None:
    """Keep the hall's CA for all programs of this PC, each of which has a user of its own. Raises OSError."""
    layout.settings.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, layout.settings / HALL_CA)
    (layout.settings / HALL_CA).chmod(0o644)


def _unless_there(text: str, target: Path) -> list[Path]:
    if target.exists():
        return []
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")
    return [target]


def remove(layout: Layout) -> list[Path]:
    """Take away releases, units, users' file and rules; return what stays: settings, data, copies."""
    for unit in (*layout.units.glob("kioskd*.service"), *layout.units.glob("kioskd*.timer")):
        unit.unlink()
    for place in layout.system_files(ROLES).values():
        place.unlink(missing_ok=True)
    shutil.rmtree(layout.base, ignore_errors=True)
    return [place for place in (layout.settings, layout.data, layout.before) if place.exists()]
