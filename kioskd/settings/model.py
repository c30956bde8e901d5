"""Shapes of the settings files, and the settings they make.

The files reuse the structs of the rooms they are for; only tables that no room has are defined here.
Names of arrays are singular in the files (``[[window]]``), as TOML has it.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from kioskd.alerts_out.settings import AlertSink
from kioskd.backup.settings import BackupSettings
from kioskd.documents.settings import DocumentSettings, OfficePrinterSettings
from kioskd.hall.rules import (
    Name,
    Policy,
    Queue,
    RosterEntry,
    Rules,
    Service,
    Session,
    Teller,
    Window,
    Zone,
)
from kioskd.hub.layout import SlipLayout
from kioskd.hub.privacy import PrivacySettings
from kioskd.journal.settings import JournalSettings
from kioskd.station.config import (
    DeviceSettings,
    HubLostSettings,
    HubSettings,
    Id,
    StationSettings,
)
from kioskd.sync.settings import CentralSettings
from kioskd.web.catalogue import EvaluationOptions, GuideField
from kioskd.web.settings import WebSettings

FilePath = Annotated[str, Meta(min_length=1, max_length=500)]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class HallTable(_File, frozen=True, kw_only=True):
    """``[hall]``. ``public_url`` is where citizens' phones reach the hall's pages; empty: nowhere."""

    id: Id
    name: Name
    utc_offset_min: Annotated[int, Meta(ge=-720, le=840)] = 480
    notice: Name | None = None
    public_url: Annotated[str, Meta(pattern=r"^(https?://[^\s?#]+)?$", max_length=200)] = ""


class CalendarTable(_File, frozen=True, kw_only=True, rename={"sessions": "session"}):
    """``[calendar]``; the years come from files of their own."""

    sessions: Annotated[tuple[Session, ...], Meta(min_length=1)]
    day_starts: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "05:00"
    needs_year_file: bool = True


class StationTable(_File, frozen=True, kw_only=True):
    """``[station]`` of the hub's own PC; its devices are the file's ``[[device]]`` tables."""

    id: Id = "hub"
    hub_lost: HubLostSettings = HubLostSettings()


class HallFile(
    _File,
    frozen=True,
    kw_only=True,
    rename={
        "zones": "zone",
        "queues": "queue",
        "windows": "window",
        "tellers": "teller",
        "devices": "device",
        "alert_sinks": "alert_sink",
        "office_printers": "office_printer",
    },
):
    """``hall.toml``: the hall, and the PC that is its hub. File names are relative to this file.

    ``recordings`` is the folder of the hall's own pieces of speech, which win over the program's.
    """

    services: FilePath
    layouts: FilePath
    evaluation_options: FilePath
    calendars: tuple[FilePath, ...] = ()
    profiles: FilePath | None = None
    recordings: FilePath = "voice"
    hall: HallTable
    zones: Annotated[tuple[Zone, ...], Meta(min_length=1)]
    queues: Annotated[tuple[Queue, ...], Meta(min_length=1)]
    windows: Annotated[tuple[Window, ...], Meta(min_length=1)]
    tellers: tuple[Teller, ...] = ()
    roster: tuple[RosterEntry, ...] = ()
    calendar: CalendarTable
    policy: Policy = Policy()
    web: WebSettings = WebSettings()
    journal: JournalSettings = JournalSettings()
    documents: DocumentSettings = DocumentSettings()
    office_printers: tuple[OfficePrinterSettings, ...] = ()
    central: CentralSettings | None = None
    alert_sinks: tuple[AlertSink, ...] = ()
    backup: BackupSettings = BackupSettings()
    privacy: PrivacySettings = PrivacySettings()
    station: StationTable = StationTable()
    devices: tuple[DeviceSettings, ...] = ()


class StationFile(_File, frozen=True, kw_only=True, rename={"devices": "device"}):
    """``station.toml``: a PC whose devices serve a hub elsewhere. ``recordings`` as in `HallFile`."""

    id: Id
    hub: HubSettings
    profiles: FilePath | None = None
    recordings: FilePath = "voice"
    devices: tuple[DeviceSettings, ...] = ()
    hub_lost: HubLostSettings = HubLostSettings()


class ServicesFile(
    _File, frozen=True, kw_only=True, rename={"guide_fields": "guide_field", "services": "service"}
):
    """``services.toml``: the catalogue."""

    guide_fields: tuple[GuideField, ...] = ()
    services: tuple[Service, ...] = ()


class HallSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a hub's PC needs to know, checked.

    ``rules`` go into the journal by ``settings.applied``; the rest stays with the process. Devices in
    ``station`` carry their profiles' options.
    """

    rules: Rules
    guide_fields: tuple[GuideField, ...]
    evaluation: EvaluationOptions
    layouts: dict[str, SlipLayout]
    public_url: str
    web: WebSettings
    journal: JournalSettings
    station: StationSettings
    documents: DocumentSettings = DocumentSettings()
    office_printers: tuple[OfficePrinterSettings, ...] = ()
    central: CentralSettings | None = None
    alert_sinks: tuple[AlertSink, ...] = ()
    backup: BackupSettings = BackupSettings()
    privacy: PrivacySettings = PrivacySettings()
