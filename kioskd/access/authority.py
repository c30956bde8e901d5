"""The hall's own certificate authority: one for the hall's PCs, made and kept on the hub.

``tls/ca.pem`` is what other PCs install, ``tls/ca.key`` never leaves the hub; ``tls/hub.pem`` and
``tls/hub.key`` are what the hub shows. All keys are EC P-256 (every browser since Windows 7 knows them) and
readable by their owner only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kioskd.access.errors import AccessError

FOLDER = "tls"
CA_DAYS = 3650
HUB_DAYS = 730
RENEW_DAYS = 60
"""The hub's certificate is made anew when it is good for less than this."""

BACKDATED = timedelta(days=1)
"""Clocks of a hall's PCs differ; a certificate made just now must be good on all of them."""


class Authority:
    """The certificate files inside a data folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data / FOLDER
        self.ca_file = self.folder / "ca.pem"
        self.ca_key_file = self.folder / "ca.key"
        self.hub_file = self.folder / "hub.pem"
        self.hub_key_file = self.folder / "hub.key"

    def make(self, names: Sequence[str], hall: str = "kioskd", now: datetime | None = None) -> bool:
        """Make the hub's certificate for these host names and addresses; return whether the authority had
        to be made first, so that other PCs must install it.

        Raises `AccessError` ``ca.no_names``, ``ca.bad_name``.
        """
        if not names:
            raise AccessError("ca.no_names", "at least one name or address of the hub")
        alternatives = [_alternative(name) for name in names]
        now = now or datetime.now(UTC)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = not self.ca_file.exists() or not self.ca_key_file.exists()
        if fresh:
            self._make_ca(hall, now)
        ca, ca_key = self._ca()
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]), key, now, HUB_DAYS)
            .issuer_name(ca.subject)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
            )
            .sign(ca_key, hashes.SHA256())
        )
        # The key first: whoever reloads because of the certificate finds both.
        _write(self.hub_key_file, _private(key))
        _write(self.hub_file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
        return fresh

    def check_name(self, name: str) -> None:
        """Raise `AccessError` ``ca.bad_name`` for what is no host name or address."""
        _alternative(name)

    def names(self) -> list[str]:
        """Return the names the hub's certificate is for; none where there is none."""
        return names_of(self.hub_file.read_bytes()) if self.hub_file.exists() else []

    def covers(self, names: Iterable[str], now: datetime | None = None) -> bool:
        """Whether there is a certificate of this very authority for all these names that lasts a while yet.

        Raises `AccessError` ``ca.bad_name``.
        """
        if not self.hub_file.exists() or not self.hub_key_file.exists():
            return False
        wanted = {str(_alternative(name).value) for name in names}
        certificate, (ca, _) = self._hub(), self._ca()
        try:
            certificate.verify_directly_issued_by(ca)
        except (ValueError, TypeError, InvalidSignature):
            return False
        left = (certificate.not_valid_after_utc - (now or datetime.now(UTC))).days
        return wanted <= set(self.names()) and left >= RENEW_DAYS

    def days_left(self, now: datetime | None = None) -> int | None:
        """Return for how many days the hub's certificate is good; None where there is none."""
        if not self.hub_file.exists():
            return None
        return (self._hub().not_valid_after_utc - (now or datetime.now(UTC))).days

    def renew_if_due(self, now: datetime | None = None) -> bool:
        """Make the hub's certificate anew for the same names if it ends soon; return whether it was."""
        left = self.days_left(now)
        if left is None or left >= RENEW_DAYS or not self.ca_key_file.exists():
            return False
        self.make(self.names(), now=now)
        return True

    def fingerprint(self) -> str:
        """Return the authority's SHA-256, to compare when it is installed."""
        digest = self._ca()[0].fingerprint(hashes.SHA256()).hex().upper()
        return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))

    def _hub(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.hub_file.read_bytes())

    def _ca(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = serialization.load_pem_private_key(self.ca_key_file.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return x509.load_pem_x509_certificate(self.ca_file.read_bytes()), key

    def _make_ca(self, hall: str, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, hall[:64]),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{hall} hall CA"[:64]),
            ]
        )
        certificate = (
            _builder(name, key, now, CA_DAYS)
            .issuer_name(name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=False,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=True,
                    crl_sign=True,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
            .sign(key, hashes.SHA256())
        )
        _write(self.ca_key_file, _private(key))
        _write(self.ca_file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def names_of(pem: bytes) -> list[str]:
    """Return the names that a certificate is for. Raises ValueError for what is none."""
    certificate = x509.load_pem_x509_certificate(pem)
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in found]


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        pass
    labels = name.rstrip(".").split(".")
    good = all(0 < len(label) < 64 and label.replace("-", "a").isalnum() for label in labels)
    if not good or not name.isascii():
        raise AccessError("ca.bad_name", f"{name!r} is no host name or address")
    return x509.DNSName(name.rstrip(".").lower())


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int = 0o600) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
