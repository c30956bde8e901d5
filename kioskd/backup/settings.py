"""What a hall says about its backups."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
Text = Annotated[str, Meta(min_length=1, max_length=500)]


class FolderPlace(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="folder", tag_field="kind"
):
    """A folder of another PC that is mounted here. ``path`` is absolute. It must hold a file
    ``kioskd-backups`` (which ``kioskd backup prepare`` makes): an empty mount point looks like a folder too.
    """

    id: Id
    path: Annotated[str, Meta(pattern=r"^/", max_length=500)]


class UsbPlace(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="usb", tag_field="kind"
):
    """A USB stick, found by the label of its file system; the system mounts it. ``folder`` is on it."""

    id: Id
    label: Annotated[str, Meta(pattern=r"^[^/\x00-\x1f]+$", max_length=64)]
    folder: Annotated[str, Meta(pattern=r"^[^/.][^/]*$", max_length=64)] = "kioskd"


class S3Place(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="s3", tag_field="kind"
):
    """A bucket of a store that speaks S3. ``url`` is the store's, addressed by path
    (``https://store.city.example:9000``); ``secret_file`` holds the key's id and the secret, one a line,
    relative to the data folder; ``ca_file`` is the authority of its certificate (None: the system's).
    """

    id: Id
    url: Annotated[str, Meta(pattern=r"^https?://[^/\s]+/?$", max_length=200)]
    bucket: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{2,62}$")]
    prefix: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._/-]*$", max_length=200)] = ""
    region: Annotated[str, Meta(pattern=r"^[a-z0-9-]+$", max_length=32)] = "us-east-1"
    secret_file: Text = "s3.secret"
    ca_file: Text | None = None


Place = FolderPlace | UsbPlace | S3Place


class BackupSettings(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    kw_only=True,
    rename={"places": "place"},
):
    """``[backup]``: once a day, at ``at`` (hall's time) or as soon afterwards as the hub runs, a backup goes
    to every ``[[backup.place]]``.

    A PC that is switched off at night makes it after the day's last session or, at the latest, the next
    day. The newest ``keep`` stay at each place. Without a good one for ``alert_days`` the lead is told.
    """

    at: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "17:45"
    keep: Annotated[int, Meta(ge=2, le=400)] = 14
    alert_days: Annotated[int, Meta(ge=1, le=60)] = 2
    places: tuple[Place, ...] = ()
