"""Devices of one PC: drivers, profiles, options, addresses and what they serve."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from drivers.errors import ConfigurationError
from drivers.registry import DRIVERS, DeviceClass, options_type
from drivers.transport.address import parse_address
from drivers.transport.api import Address
from kioskd.settings.check_voice import folders, is_speaker
from kioskd.settings.entries import Entries, Entry, known
from kioskd.settings.examine import converted, examine
from kioskd.settings.files import is_file, read_toml
from kioskd.settings.problems import Problem, Report
from kioskd.station.config import DeviceSettings

_PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_AT_A_WINDOW = (DeviceClass.CALL_PAD, DeviceClass.RATING_PAD)


class Profiles:
    """The profiles folder: each file holds options of one model of device, and is read once."""

    def __init__(self, folder: Path | None, problems: list[Problem]) -> None:
        self._folder = folder
        self._problems = problems
        self._files: dict[str, Report | None] = {}
        self._fit: dict[tuple[str, str], bool] = {}

    def names(self) -> list[str]:
        """Names of the profiles there are."""
        return sorted(file.stem for file in self._folder.glob("*.toml")) if self._folder is not None else []

    def has(self, name: str) -> bool:
        """Whether the folder holds a file of this name."""
        if self._folder is None or not _PROFILE_NAME.fullmatch(name):
            return False
        return is_file(self._folder / f"{name}.toml")

    def options(self, name: str, driver: str, kind: type[msgspec.Struct]) -> dict[str, Any] | None:
        """Options of a profile; None, with problems noted once, where the driver can't take them."""
        assert self._folder is not None
        if name not in self._files:
            self._files[name] = read_toml(self._folder / f"{name}.toml", self._problems)
        report = self._files[name]
        if report is None:
            return None
        if (name, driver) not in self._fit:
            before = len(self._problems)
            examine(report, "", report.raw, kind, partial=True)
            self._fit[name, driver] = len(self._problems) == before
        return report.raw if self._fit[name, driver] else None


def check_devices(
    report: Report,
    profiles: Profiles,
    recordings: Path,
    windows: set[str] | None,
    zones: set[str] | None,
) -> tuple[DeviceSettings, ...]:
    """Check the ``[[device]]`` tables and return them with their profiles' options filled in.

    ``recordings`` is the folder of the hall's own, for speakers. ``windows`` and ``zones`` are None where
    the file doesn't know them (a station's own).
    """
    devices = Entries(report, "device", DeviceSettings)
    ready = []
    lines: dict[tuple[str, str], tuple[str, Address]] = {}
    places: dict[tuple[str, str, int], str] = {}
    for entry in devices:
        device = entry.value
        if windows is not None and device.window is not None:
            known(report, f"{entry.path}.window", device.window, windows, "window.unknown")
        if zones is not None and device.zone is not None:
            known(report, f"{entry.path}.zone", device.zone, zones, "zone.unknown")
        _place(report, entry, lines, places)
        ready.append(_with_options(report, entry, profiles, recordings))
    return tuple(ready)


def _place(
    report: Report,
    entry: Entry[DeviceSettings],
    lines: dict[tuple[str, str], tuple[str, Address]],
    places: dict[tuple[str, str, int], str],
) -> None:
    device = entry.value
    path = f"{entry.path}.address"
    try:
        address = parse_address(device.address)
    except ConfigurationError as error:
        report.add(path, "device.address", value=device.address, facts=error.facts)
        return
    driver = DRIVERS.get(device.driver)
    if driver is not None and address.scheme not in driver.schemes:
        report.add(path, "device.scheme", near=driver.schemes, value=address.scheme)
    line = (address.scheme, address.target)
    first, known_address = lines.setdefault(line, (device.id, address))
    if known_address.params != address.params:
        report.add(path, "device.line", other=first)
    other = places.setdefault((*line, device.unit), device.id)
    if other != device.id:
        report.add(f"{entry.path}.unit", "device.same_place", other=other, value=device.unit)


def _with_options(
    report: Report, entry: Entry[DeviceSettings], profiles: Profiles, recordings: Path
) -> DeviceSettings:
    device, path = entry.value, entry.path
    if device.profile is not None and not profiles.has(device.profile):
        report.add(f"{path}.profile", "profile.unknown", near=profiles.names(), value=device.profile)
    kind = _options_type(report, f"{path}.driver", device.driver)
    if kind is None:
        return device
    if DRIVERS[device.driver].device_class in _AT_A_WINDOW and device.window is None:
        report.add(f"{path}.window", "device.window_needed")
    at = f"{path}.options"
    examine(report, at, device.options, kind, partial=True)
    profile: dict[str, Any] | None = {}
    if device.profile is not None and report.clean(f"{path}.profile"):
        profile = profiles.options(device.profile, device.driver, kind)
    if profile is None or not report.clean(at) or not report.clean(f"{path}.profile"):
        return device
    merged = {**profile, **device.options}
    if is_speaker(device) and not merged.get("folders"):
        merged["folders"] = [str(folder) for folder in folders(recordings)]
    examine(report, at, merged, kind)
    if report.clean(at):
        converted(report, at, merged, kind)
    return msgspec.structs.replace(device, options=merged)


def _options_type(report: Report, path: str, driver: str) -> type[msgspec.Struct] | None:
    if driver not in DRIVERS:
        report.add(path, "driver.unknown", near=DRIVERS, value=driver)
        return None
    try:
        return options_type(driver)
    except ImportError as error:
        report.add(path, "driver.unavailable", value=driver, detail=str(error))
        return None
