"""The hub's small files at the standby: settings, users, certificates and keys, as they were last sent."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Collection
from pathlib import Path

import msgspec

from kioskd.access.authority import FOLDER, names_of
from kioskd.backup.parts import DATA, SETTINGS, lay_out
from kioskd.hub.photos import PHOTOS
from kioskd.journal.files import write_new
from kioskd.standby.certificate import certify
from kioskd.standby.messages import Files

FILES = "standby-files.json"
SETTINGS_FOLDER = "settings"
CA_KEY, CERTIFICATE, CERTIFICATE_KEY = (f"{FOLDER}/{name}" for name in ("ca.key", "hub.pem", "hub.key"))


class Held(msgspec.Struct, frozen=True):
    """Which files of the hub are here, and where a hub with them is reached."""

    digest: str
    port: int
    tls: bool


def held_files(data: Path) -> Held | None:
    """Return which files are here, None before the first came whole."""
    try:
        return msgspec.json.decode((data / FILES).read_bytes(), type=Held)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def hold(data: Path, files: Files, content: bytes, address: str) -> None:
    """Lay out what came (``content`` is the opened box) and write down that it is here.

    ``address`` is this PC's own, for its certificate. Raises OSError, tarfile.TarError, ValueError also for
    changes of a set that is not here.
    """
    held = held_files(data)
    if files.since and (held is None or held.digest != files.since):
        raise ValueError("changes of files that are not here")
    found = _read(content)
    mine, settings = found[DATA], found[SETTINGS]
    hub_names: list[str] = []
    if files.tls and (CA_KEY in mine or (data / CA_KEY).exists()):
        # This PC has a certificate of its own, which is good for the hub's names too.
        hub_names = names_of(mine.pop(CERTIFICATE)) if CERTIFICATE in mine else []
        mine.pop(CERTIFICATE_KEY, None)
    lay_out(data, mine)
    if files.tls:
        certify(data, address, hub_names)
    folder = data / SETTINGS_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not files.since:
        _leave(folder, folder, settings)
        _leave(data, data / PHOTOS, mine)
    lay_out(folder, settings)
    write_new(data / FILES, msgspec.json.encode(Held(files.digest, files.port, files.tls)), 0o600)


def _leave(folder: Path, below: Path, names: Collection[str]) -> None:
    """Take away every file ``below`` that is not among the names, which are as seen from ``folder``."""
    for file in below.rglob("*"):
        if file.is_file() and str(file.relative_to(folder)) not in names:
            file.unlink()


def _read(content: bytes) -> dict[str, dict[str, bytes]]:
    """Return the files of an archive by where they belong."""
    found: dict[str, dict[str, bytes]] = {DATA: {}, SETTINGS: {}}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r") as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is None:
                continue
            for prefix, files in found.items():
                if member.name.startswith(prefix):
                    files[member.name.removeprefix(prefix)] = stream.read()
    return found
