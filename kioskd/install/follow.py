"""A station comes to its hub's release: asked, fetched, proven, switched to, and back if it fails.

Runs as root now and then (kioskd-follow.timer). What it fetches is believed for one reason: the hub
signed its sum with the key that signs the hall's journal, and that key was pinned when the station was first
here.
"""

from __future__ import annotations

import hashlib
import http.client
import platform
import secrets
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Literal

import msgspec

from kioskd.install.layout import Layout
from kioskd.install.place import put_release, put_system_files
from kioskd.install.services import Services
from kioskd.install.switch import READY_S, Switched, record, upgrade
from kioskd.station.link.memory import FILE_NAME, HubMemory
from kioskd.station.link.release import FILE_PATH, RELEASE_PATH, Offer

PIN = "hub.key"
ASK_S = 20.0
FETCH_S = 1800.0
"""A switch of 10 Mbit/s takes two minutes."""
AGAIN_S = 20 * 3600
"""A release that did not come up here is tried again the next day, not all day long."""
_PIECE = 1 << 20
_ARCH = platform.machine()

Left = Literal["same", "later", "failed_before", "no_release", "unpaired", "unreached", "untrue", "damaged"]


class Station(msgspec.Struct, frozen=True):
    """How this station reaches its hub: the settings' URL, its token's file, the hall's CA or None."""

    url: str
    token: Path
    ca: Path | None


class LeftError(Exception):
    """Nothing was changed; ``code`` says why."""

    def __init__(self, code: Left, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code: Left = code
        self.detail = detail


def follow(
    layout: Layout, station: Station, services: Services, *, now: bool = False, patience_s: float = READY_S
) -> Switched:
    """Go over to what the hub runs; return what happened, also when it was to return.

    Waits for an hour without a session unless ``now``. Raises `LeftError`, and what `put_release` and
    `upgrade` raise.
    """
    hub = _Hub(layout, station)
    offer = hub.offer()
    if offer.version == layout.version():
        raise LeftError("same", offer.version)
    if not now:
        if any(_failed(step, offer.version) for step in record(layout)[-1:]):
            raise LeftError("failed_before", offer.version)
        if not offer.quiet:
            raise LeftError("later", offer.version)
    folder = layout.base / ".fetched"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        file = hub.fetch(offer, folder)
        done = subprocess.run(
            ["sh", str(file), "--extract", str(folder / "release")],
            capture_output=True,
            text=True,
            timeout=FETCH_S,
            check=False,
        )
        if done.returncode:
            raise LeftError("damaged", done.stderr.strip())
        version = put_release(layout, Path(done.stdout.strip().splitlines()[-1]))
        put_system_files(layout, layout.release(version), layout.chosen_roles())
        return upgrade(layout, version, services, patience_s)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _failed(step: Switched, version: str) -> bool:
    return step.after == version and step.outcome == "returned" and time.time() - step.at / 1000 < AGAIN_S


class _Hub:
    """The hub as a station may know it: by the pinned key, at any address it was ever said to be."""

    def __init__(self, layout: Layout, station: Station) -> None:
        self._station = station
        standing = HubMemory(layout.data / FILE_NAME).standing
        try:
            self._token = station.token.read_text("ascii").strip()
            self._tls = None if station.ca is None else ssl.create_default_context(cafile=str(station.ca))
        except (OSError, UnicodeDecodeError) as error:
            raise LeftError("unpaired", str(error)) from error
        self._urls = tuple(dict.fromkeys((station.url.rstrip("/"), *(standing.urls if standing else ()))))
        pin = layout.base / PIN
        if not pin.exists():
            # The station's link has met the hub by now; from here on only root changes whom to believe.
            if standing is None or not standing.key:
                raise LeftError("unpaired", "the hub was never met")
            pin.write_text(standing.key + "\n", "ascii")
            pin.chmod(0o600)
        self._key = pin.read_text("ascii").strip()
        self._url = ""

    def offer(self) -> Offer:
        """Return what the hub offers, wherever it is."""
        nonce, why = secrets.token_hex(16), LeftError("unreached")
        for url in self._urls:
            try:
                with self._ask(url, f"{RELEASE_PATH}?arch={_ARCH}&nonce={nonce}", ASK_S) as answer:
                    offer = msgspec.json.decode(answer.read(_PIECE), type=Offer)
            except urllib.error.HTTPError as error:
                why = LeftError("no_release" if error.code == 404 else "unreached", f"{url}: {error.code}")
            except (OSError, http.client.HTTPException, msgspec.DecodeError) as error:
                why = LeftError("unreached", f"{url}: {error}")
            else:
                if offer.holds(self._key, nonce) and offer.arch == _ARCH:
                    self._url = url
                    return offer
                why = LeftError("untrue", url)
        raise why

    def fetch(self, offer: Offer, folder: Path) -> Path:
        """Fetch the installer, exactly as it was signed."""
        file, digest, size = folder / "kioskd.run", hashlib.sha256(), 0
        try:
            with (
                self._ask(self._url, f"{FILE_PATH}?arch={offer.arch}", FETCH_S) as answer,
                file.open("wb") as out,
            ):
                while size <= offer.size and (piece := answer.read(_PIECE)):
                    size += len(piece)
                    digest.update(piece)
                    out.write(piece)
        except (OSError, http.client.HTTPException) as error:
            raise LeftError("unreached", f"{self._url}: {error}") from error
        if size != offer.size or digest.hexdigest() != offer.sha256:
            raise LeftError("damaged", f"{size} of {offer.size} bytes")
        return file

    def _ask(self, url: str, path: str, within: float) -> http.client.HTTPResponse:
        request = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {self._token}"})
        tls = self._tls if url.startswith("https:") else None
        answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=within, context=tls)
        return answer
