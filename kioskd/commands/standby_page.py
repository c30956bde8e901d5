"""The page of ``kioskd standby``: kept up where the hub's settings say, for as long as this PC follows."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import msgspec
import structlog

from kioskd.hall.rules import Rules
from kioskd.settings import HallSettings, check
from kioskd.settings.gather import MAIN
from kioskd.standby.door import Door
from kioskd.standby.holding import SETTINGS_FOLDER
from kioskd.standby.post import Post
from kioskd.web.server import ListenError, serving
from kioskd.web.settings import WebSettings
from kioskd.web.standby_page import StandbyPage

AGAIN_S = 15.0
"""How soon an address that was taken is asked for again."""

log = structlog.get_logger("kioskd")


def facing(web: WebSettings, port: int) -> tuple[WebSettings, int | None]:
    """Return settings and port for a PC that other PCs reach at ``port`` (0: as the settings say), by HTTPS
    where the hall has it.
    """
    if not port:
        return web, None
    if web.tls is None:
        return web, port
    return msgspec.structs.replace(web, tls=msgspec.structs.replace(web.tls, port=port)), None


async def keep_page(post: Post, port: int) -> None:
    """Serve the page until cancelled. An address that cannot be had is no reason not to follow."""
    door = Door(post.data)
    said = ""
    while True:
        post.follower.renewed.clear()
        web, rules = await asyncio.to_thread(_known, post.data)
        pause: float | None = None
        try:
            facing_web, plain = facing(web, port)
            page = StandbyPage(post, door, facing_web, rules)
            async with serving(page.app(), facing_web, plain, post.data):
                said = ""
                while (known := await asyncio.to_thread(_known, post.data))[0] == web:
                    page.rules = known[1]
                    await post.follower.renewed.wait()
                    post.follower.renewed.clear()
        except OSError as error:
            where = f"{error.host}:{error.port} " if isinstance(error, ListenError) else ""
            reason = f"{where}{error.strerror}"
            if reason != said:
                log.warning("standby.no_page", reason=reason)
            said, pause = reason, AGAIN_S
        if pause is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await post.follower.renewed.wait()


def _known(data: Path) -> tuple[WebSettings, Rules | None]:
    """Return where the page is and the hall's rules, by the hub's settings; what a new hall has before."""
    file = data / SETTINGS_FOLDER / MAIN
    settings = check(file).settings if file.exists() else None
    if not isinstance(settings, HallSettings):
        return WebSettings(), None
    return settings.web, settings.rules
