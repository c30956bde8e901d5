"""The city's releases at a hall: kept in the data folder, checked as any settings are, taken or not.

A hall's own files are never written to. Where what was taken does not fit them any more (somebody edited
them), the hall starts with its own alone and says so.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from kioskd.backup.parts import CHOSEN, RELEASES
from kioskd.hall.rules import Rules
from kioskd.journal.files import sync_folder, write_new
from kioskd.settings.model import HallSettings
from kioskd.settings.overlay import NAME
from kioskd.settings.read import check
from kioskd.settings.sentences import line
from kioskd.sync.release import ReleaseError, digest

log = structlog.get_logger(__name__)


class _Chosen(msgspec.Struct, frozen=True):
    """``folder`` holds the files of ``version``; empty for 0, the hall's own files alone."""

    version: int = 0
    folder: str = ""


class Releases:
    """See `kioskd.sync.release.Taker`."""

    def __init__(self, file: Path, data: Path) -> None:
        """``file`` is the hall's ``hall.toml``, ``data`` the hub's data folder."""
        self._file = file
        self._folder = data / RELEASES
        self._chosen = _Chosen()
        self._ready: tuple[_Chosen, HallSettings] | None = None
        self.changed: Callable[[HallSettings], None] = lambda settings: None

    @property
    def version(self) -> int:
        return self._chosen.version

    def loaded(self, own: HallSettings) -> HallSettings:
        """Return the settings to start with: the chosen release's over the hall's own; blocks."""
        try:
            chosen = msgspec.json.decode((self._folder / CHOSEN).read_bytes(), type=_Chosen)
        except (OSError, msgspec.DecodeError):
            return own
        if chosen.version == 0:
            return own
        checked = check(self._file, city=self._folder / chosen.folder)
        if not isinstance(checked.settings, HallSettings):
            reason = line(checked.problems[0], "en") if checked.problems else ""
            log.error("city_settings_left_out", version=chosen.version, reason=reason)
            return own
        self._chosen = chosen
        return checked.settings

    def prepare(self, version: int, files: dict[str, str]) -> Rules:
        wanted, place = _Chosen(), None
        if version:
            strange = [name for name in files if re.fullmatch(NAME, name) is None]
            if strange:
                raise ReleaseError(f"file {strange[0][:40]}")
            # A central server that was put back may give a version's number to other files.
            wanted = _Chosen(version, f"{version}-{digest(msgspec.json.encode(sorted(files.items())))[:16]}")
            place = self._folder / wanted.folder
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name, text in files.items():
                write_new(place / name, text.encode(), 0o600)
            sync_folder(self._folder)
        checked = check(self._file, city=place)
        if not isinstance(checked.settings, HallSettings):
            raise ReleaseError(line(checked.problems[0], "en") if checked.problems else "no hall")
        self._ready = (wanted, checked.settings)
        return checked.settings.rules

    def choose(self) -> None:
        if self._ready is not None:
            self._write(self._ready[0])

    def leave(self) -> None:
        self._write(self._chosen)

    def use(self) -> None:
        if self._ready is None:
            return
        self._chosen, settings = self._ready
        self.changed(settings)
        for old in self._folder.iterdir():
            if old.is_dir() and old.name != self._chosen.folder:
                shutil.rmtree(old, ignore_errors=True)

    def _write(self, chosen: _Chosen) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(self._folder / CHOSEN, msgspec.json.encode(chosen), 0o600)
