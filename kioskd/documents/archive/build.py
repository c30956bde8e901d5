"""Archives of the settings."""

from __future__ import annotations

from pathlib import Path

import msgspec

from kioskd.documents.archive.api import Archive
from kioskd.documents.archive.folder import FolderArchive
from kioskd.documents.archive.http import HttpArchive
from kioskd.documents.archive.s3 import S3Archive
from kioskd.documents.settings import ArchiveSink, SinkKind


class NoCentralError(Exception):
    """An archive is the central server, and there is none."""


class Central(msgspec.Struct, frozen=True):
    """The central server as an archive: ``url`` of the hall's documents there, and files to speak to it."""

    url: str
    token_file: Path
    ca_file: Path | None


def build_archive(sink: ArchiveSink, data: Path, central: Central | None = None) -> Archive:
    """Return the archive of a sink; its files are relative to the data folder. Raises `NoCentralError`."""
    ca_file = data / sink.ca_file if sink.ca_file else None
    match sink.kind:
        case SinkKind.FOLDER:
            return FolderArchive(data / sink.path)
        case SinkKind.HTTP:
            return HttpArchive(sink.url, data / sink.token_file if sink.token_file else None, ca_file)
        case SinkKind.CENTRAL:
            if central is None:
                raise NoCentralError(sink.id)
            return HttpArchive(central.url, central.token_file, central.ca_file)
        case SinkKind.S3:
            return S3Archive(sink.url, sink.region, data / sink.credentials_file, ca_file)
