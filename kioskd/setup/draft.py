"""What has been answered so far: the tables of the files to be, kept on the disk between two sittings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from kioskd.journal.files import sync_folder
from kioskd.settings.replacing import put

Table = dict[str, Any]
ARRAYS = {
    "zones": "zone",
    "queues": "queue",
    "windows": "window",
    "tellers": "teller",
    "roster": "roster",
    "sessions": "calendar.session",
    "devices": "device",
}
"""Parts of a draft and the arrays of ``hall.toml`` that they become."""


class Draft(msgspec.Struct, kw_only=True):
    """All answers. Tables are as in the files (`kioskd.settings.model`), ``years`` the yearly calendars.

    ``hall`` are keys of ``[hall]``, ``guide`` what every service's guide says (``address``, ``phone``,
    ``hours``), ``network`` whether other PCs open the pages. ``step`` is where somebody stopped, ``tried``
    are devices that were found well, by id.
    """

    step: str = ""
    revision: int = 0
    hall: Table
    network: bool = False
    guide: dict[str, str] = {}
    zones: list[Table]
    queues: list[Table]
    services: list[Table]
    windows: list[Table] = []
    tellers: list[Table] = []
    roster: list[Table] = []
    sessions: list[Table]
    years: list[Table]
    devices: list[Table] = []
    tried: dict[str, bool] = {}


def stored(file: Path) -> Draft | None:
    """Return the draft that somebody left; None where there is none that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Draft)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def store(file: Path, draft: Draft) -> None:
    """Keep a draft. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_name(file.name + ".new")
    put(new, msgspec.json.encode(draft))
    new.replace(file)
    sync_folder(file.parent)


def tidy(draft: Draft) -> None:
    """Take what is no longer there out of everything that names it: a queue that was removed out of windows,
    tellers and sessions, a window out of the roster, a teller too.
    """
    queues = {str(one.get("id")) for one in draft.queues}
    windows = {str(one.get("id")) for one in draft.windows}
    tellers = {str(one.get("id")) for one in draft.tellers}
    for table in draft.windows:
        _keep(table, "equipped", queues)
        _keep(table, "skills", queues)
    for table in draft.tellers:
        _keep(table, "skills", queues)
    for table in draft.sessions:
        _keep(table, "queues", queues)
        _keep(table, "windows", windows)
    for table in draft.queues:
        _keep(table, "windows", windows)
    draft.roster = [
        entry for entry in draft.roster if entry.get("window") in windows and entry.get("teller") in tellers
    ]
    devices = {str(one.get("id")) for one in draft.devices}
    draft.tried = {id_: well for id_, well in draft.tried.items() if id_ in devices}


def _keep(table: Table, key: str, known: set[str]) -> None:
    named = table.get(key)
    if isinstance(named, list):
        table[key] = [one for one in named if one in known]


def move_services(draft: Draft, to: Mapping[str, str]) -> None:
    """Give services of a queue to another one; those of a queue that maps to nothing are left out."""
    for service in draft.services:
        service["queue"] = to.get(str(service.get("queue")), service.get("queue"))
    draft.services = [service for service in draft.services if service["queue"]]
