"""How a message leaves: HTTP POST with a signature, or SMTP. Each raises `SendError` and nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol

import aiohttp
import msgspec
import structlog

from kioskd.alerts_out.box import Bundle, Notice
from kioskd.alerts_out.settings import Email, Webhook

log = structlog.get_logger(__name__)

TIMEOUT_S = 15.0
SIGNATURE = "X-Kioskd-Signature"
MESSAGE = "X-Kioskd-Message"


class SendError(Exception):
    """It did not go. ``final``: trying again will not help."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One message. ``id`` stays the same when it is sent again. ``title`` and ``lines`` are for people."""

    id: str
    hall: str
    name: str
    sent_at: str
    title: str
    lines: tuple[str, ...]
    notices: tuple[Notice, ...]
    more: int


class Way(Protocol):
    """One way out."""

    async def send(self, letter: Letter) -> None:
        """Send; raises `SendError`."""

    async def close(self) -> None:
        """Let go of what it holds."""


def letter_of(bundle: Bundle, *, hall: str, name: str, sent_at: str, title: str, more: str) -> Letter:
    """Return what is sent of a bundle; ``more`` is the sentence about those that found no room."""
    lines = tuple(notice.sentence for notice in bundle.notices) + ((more,) if bundle.more else ())
    digest = hashlib.sha256("\n".join(notice.id for notice in bundle.notices).encode()).hexdigest()
    return Letter(
        id=digest[:32],
        hall=hall,
        name=name,
        sent_at=sent_at,
        title=title,
        lines=lines,
        notices=bundle.notices,
        more=bundle.more,
    )


def signature(secret: bytes, at: int, body: bytes) -> str:
    """Return the header: ``t=SECONDS,v1=HEX`` with HMAC-SHA256 over ``SECONDS.BODY``."""
    signed = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


class WebhookWay:
    """Posts JSON. 2xx is taken as received; after 408, 425, 429 and 5xx it is tried again, else given up."""

    def __init__(self, settings: Webhook, data: Path, wall: WallClock) -> None:
        self._settings = settings
        self._data = data
        self._wall = wall
        self._session: aiohttp.ClientSession | None = None

    async def send(self, letter: Letter) -> None:
        body = msgspec.json.encode(letter)
        headers = {"Content-Type": "application/json", MESSAGE: letter.id}
        secret = await _secret(self._data, self._settings.secret_file)
        if secret is not None:
            headers[SIGNATURE] = signature(secret, round(self._wall() / 1000), body)
        try:
            if self._session is None:
                tls = await asyncio.to_thread(_tls, self._data, self._settings.ca_file)
                self._session = aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(ssl=tls, limit=1),
                    timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                )
            async with self._session.post(
                self._settings.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise SendError(f"{type(error).__name__}: {error}") from error
        if not 200 <= status < 300:
            raise SendError(f"HTTP {status}", final=status < 500 and status not in (408, 425, 429))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class EmailWay:
    """Sends plain text. The library waits for the network, so it works in a thread of its own."""

    def __init__(self, settings: Email, data: Path) -> None:
        self._settings = settings
        self._data = data
        self._thread = ThreadPoolExecutor(1, "alert-mail")

    async def send(self, letter: Letter) -> None:
        secret = await _secret(self._data, self._settings.password_file)
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._deliver, mail_of(self._settings, letter), secret)
        except smtplib.SMTPResponseException as error:
            # 4xx: later. A wrong password may be put right, so that is later too.
            final = error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
            raise SendError(f"SMTP {error.smtp_code}", final=final) from error
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise SendError(f"SMTP {codes}", final=all(code >= 500 for code in codes)) from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise SendError(f"{type(error).__name__}: {error}") from error

    def _deliver(self, mail: EmailMessage, password: bytes | None) -> None:
        settings = self._settings
        context = _tls(self._data, settings.ca_file)
        client: smtplib.SMTP
        if settings.tls == "tls":
            client = smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT_S, context=context)
        else:
            client = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_S)
        with client:
            if settings.tls == "starttls":
                client.starttls(context=context)
            if settings.user is not None:
                client.login(settings.user, (password or b"").decode())
            refused = client.send_message(mail)
        if refused:
            log.warning("alert_sink.recipients_refused", count=len(refused))

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


def mail_of(settings: Email, letter: Letter) -> EmailMessage:
    """Return the letter as a mail."""
    mail = EmailMessage()
    # A hall's name is text of the settings: a line break in it must not begin a header of its own.
    mail["Subject"] = " ".join(letter.title.split())
    mail["From"] = settings.sender
    mail["To"] = ", ".join(settings.to)
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = make_msgid(letter.id, settings.sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(letter.lines) + "\n")
    return mail


class WallClock(Protocol):
    def __call__(self) -> int:
        """UTC milliseconds."""


async def _secret(data: Path, name: str | None) -> bytes | None:
    if name is None:
        return None
    try:
        return (await asyncio.to_thread((data / name).read_bytes)).strip()
    except OSError as error:
        raise SendError(f"{type(error).__name__}: {name}") from error


def _tls(data: Path, ca_file: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(data / ca_file) if ca_file is not None else None)
