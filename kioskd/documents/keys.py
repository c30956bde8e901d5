"""Where the key of the pages comes from: a systemd credential, or a file.

The credential ``kioskd-documents-key`` (``LoadCredential=`` or ``LoadCredentialEncrypted=``) wins; else the
file of the settings; else ``documents.key`` in the data folder, which is made where there are no pages yet.
Either holds 64 hex digits or 32 bytes.
"""

from __future__ import annotations

import os
from pathlib import Path

from kioskd.documents.sealing import PageKey
from kioskd.journal.files import write_new

CREDENTIAL = "kioskd-documents-key"
FILE_NAME = "documents.key"


class KeyMissingError(Exception):
    """There is no key, or no readable one, and making one would lose the pages there are."""


def load_key(data: Path, key_file: str, *, may_make: bool) -> PageKey:
    """Return the key. Raises `KeyMissingError`; reads files, so not for the event loop."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (credential := Path(credentials) / CREDENTIAL).exists():
        return _read(credential)
    if key_file:
        return _read(data / key_file)
    own = data / FILE_NAME
    if not own.exists():
        if not may_make:
            raise KeyMissingError(f"{own} is gone, and there are pages under it")
        write_new(own, os.urandom(32).hex().encode() + b"\n", 0o600)
    return _read(own)


def _read(path: Path) -> PageKey:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KeyMissingError(f"{path}: {error.strerror or error}") from error
    if len(content) == 32:
        return PageKey(content)
    try:
        secret = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise KeyMissingError(f"{path} holds no key: 64 hex digits are wanted")
    return PageKey(secret)
