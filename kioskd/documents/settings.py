"""Settings of documents."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from kioskd.documents.sealing import Method


class SinkKind(StrEnum):
    """Where an archive is."""

    FOLDER = "folder"
    HTTP = "http"
    S3 = "s3"
    CENTRAL = "central"


class ArchiveSink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[documents.archive]]``: an archive that gets every document.

    ``folder``: ``path``. ``http``: ``url``, to which ``/{document}.pdf`` is put, with the bearer token of
    ``token_file``. ``s3``: ``url`` of the bucket (path style), ``region``, and ``credentials_file`` with the
    access key and the secret key on two lines. ``central``: the central server of ``[central]``, with this
    hall's token. File names are relative to the data folder.
    """

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    kind: SinkKind
    path: str = ""
    url: Annotated[str, Meta(pattern=r"^(https?://[^\s?#]+)?$", max_length=300)] = ""
    region: str = "us-east-1"
    token_file: str = ""
    credentials_file: str = ""
    ca_file: str = ""


class DocumentSettings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"archives": "archive"}
):
    """``[documents]``. ``key_file`` as in `kioskd.documents.keys`; ``method`` the cipher of new pages.

    Pages are kept ``keep_days`` after the last archive has acknowledged them, and until somebody purges them
    where there is no archive. ``quota_mib`` is what the spool may take; from ``warn_percent`` of it, or less
    than ``free_mib`` of free disk, an alert goes up, and the camera refuses when it is full. ``ocr_python``
    is a Python that has rapidocr-onnxruntime, to read pages on request; empty: they are not read.
    ``settle_min`` is how long after the service a document waits for its case number.
    """

    key_file: str = ""
    method: Method = Method.AES
    keep_days: Annotated[int, Meta(ge=0, le=3660)] = 7
    quota_mib: Annotated[int, Meta(ge=16)] = 20_480
    warn_percent: Annotated[int, Meta(ge=1, le=99)] = 80
    free_mib: Annotated[int, Meta(ge=0)] = 512
    settle_min: Annotated[float, Meta(ge=0, le=1440)] = 10.0
    ocr_python: str = ""
    workers: Annotated[int, Meta(ge=1, le=8)] = 2
    archives: tuple[ArchiveSink, ...] = ()


class OfficePrinterSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[office_printer]]``: a print queue (CUPS) for notices of some windows.

    ``url`` is ``ipp://HOST/printers/NAME``, or ``ipps``; ``windows`` those that print there, all others where
    it is empty. ``ca_file`` is relative to the data folder.
    """

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    url: Annotated[str, Meta(pattern=r"^ipps?://[^\s/?#]+(/[^\s?#]*)?$", max_length=300)]
    windows: tuple[str, ...] = ()
    ca_file: str = ""
