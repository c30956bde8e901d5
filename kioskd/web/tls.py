"""HTTPS beside the hub's own port: the hall's other PCs reach it by this.

A certificate that is missing or broken costs other PCs their pages, never the hall its queue: the port
is open all the same, says so in the log, and works as soon as the files are there. Renewed files are
taken up for new connections without a restart, and the hub renews its own certificate in time.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import structlog

from kioskd.access.authority import Authority
from kioskd.access.errors import AccessError
from kioskd.web.settings import TlsSettings

LOOK_S = 30.0
"""How soon renewed files are taken up."""

log = structlog.get_logger(__name__)


class Certificate:
    """What the hub shows of itself. ``context`` stays the same object while its content is renewed."""

    def __init__(self, settings: TlsSettings, data: Path, *, look_s: float = LOOK_S) -> None:
        self._chain = data / settings.certificate
        self._key = data / settings.key
        self._authority = Authority(data)
        self._look_s = look_s
        self._seen: tuple[int, int] | None = None
        self._wrong = ""
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])

    def load(self) -> None:
        """Take up the files if they have changed; what is wrong with them is logged once."""
        try:
            if self._own() and self._authority.renew_if_due():
                log.info("tls.renewed", days=self._authority.days_left())
            stamp = (self._chain.stat().st_mtime_ns, self._key.stat().st_mtime_ns)
            if stamp == self._seen:
                return
            self.context.load_cert_chain(self._chain, self._key)
        except (OSError, ValueError, AccessError) as error:
            reason = f"{type(error).__name__}: {error}"
            if reason != self._wrong:
                log.error("tls.no_certificate", file=str(self._chain), reason=reason)
            self._wrong = reason
            return
        if self._wrong or self._seen is not None:
            log.info("tls.certificate_taken_up", file=str(self._chain))
        self._seen, self._wrong = stamp, ""

    async def watch(self) -> None:
        """Take up renewed files, for ever."""
        while True:
            await asyncio.sleep(self._look_s)
            await asyncio.to_thread(self.load)

    def _own(self) -> bool:
        return self._chain == self._authority.hub_file and self._chain.exists()
