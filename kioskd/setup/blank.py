"""A hub whose hall nobody has set up yet: it gives no number, and opens to the pages that set it up.

It works in a folder of its own, which goes once there is a hall; only the accounts stay, so that the
administrator who set it up is the hall's first.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from msgspec import structs

from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.hall.rules import Calendar, Name, Rules
from kioskd.settings.model import HallSettings
from kioskd.settings.read import load
from kioskd.setup.files import CONFIG, HALL

FOLDER = "setup"
"""In the data folder: the draft, and what is being put in its place."""
NAME = Name(zh="尚未设置的大厅", en="A hall not set up yet")


def blank_settings() -> HallSettings:
    """Return settings of a hall with one queue that no kiosk offers, one window, and nobody."""
    known = load(CONFIG / "sample" / HALL)
    zone, queue = known.rules.zones[0], known.rules.queues[0]
    session = structs.replace(known.rules.calendar.sessions[0], queues=(), windows=())
    rules = Rules(
        hall="new",
        name=NAME,
        zones=(zone,),
        queues=(structs.replace(queue, on_kiosk=False, zone=zone.id),),
        windows=(structs.replace(known.rules.windows[0], zone=zone.id, equipped=(queue.id,), skills=()),),
        calendar=Calendar(sessions=(session,), needs_year_file=False),
    )
    station = structs.replace(known.station, devices=())
    return structs.replace(known, rules=rules, station=station, central=None, alert_sinks=())


def blank_data(data: Path) -> Path:
    """Return the folder of a hub without a hall, beside the data of the one to be."""
    folder = data / FOLDER / "hall"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def adopt(data: Path) -> None:
    """Take over the accounts made while the hall was set up, unless it has its own; forget the rest.

    Raises OSError.
    """
    old, new = data / FOLDER / "hall" / FILE_NAME, data / FILE_NAME
    if old.exists() and not new.exists():
        TokenStore.open(old).close()  # what a power cut left half done is settled
        old.replace(new)
    shutil.rmtree(data / FOLDER / "hall", ignore_errors=True)
