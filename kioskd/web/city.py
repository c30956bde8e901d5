"""Routes about the way to the central server: going on after a person has looked, and another token."""

from __future__ import annotations

from aiohttp import web

from kioskd.sync.line import LineError
from kioskd.sync.uplink import Uplink
from kioskd.web.asking import note
from kioskd.web.call import Call, respond_empty
from kioskd.web.problem import ProblemError


def _uplink(call: Call) -> Uplink:
    if call.site.uplink is None:
        raise ProblemError("no_central")
    return call.site.uplink


async def retry(call: Call) -> web.Response:
    """POST city/retry: the log is shown to the central server again at once."""
    uplink = _uplink(call)
    await note(call, "central.retried", uplink.standing.value)
    uplink.try_again()
    return respond_empty()


async def renew_token(call: Call) -> web.Response:
    """POST city/token. The one before stays good until the new one is first used."""
    uplink = _uplink(call)
    await note(call, "central.token_renewed")
    try:
        await uplink.renew_token()
    except (LineError, OSError) as error:
        raise ProblemError("central_away", {"why": getattr(error, "code", "file")}) from error
    return respond_empty()
