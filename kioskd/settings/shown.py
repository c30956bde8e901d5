"""A hall's settings for somebody outside it: chosen field by field, so that nothing else can get out.

Left out are all names of people and rosters, texts that somebody wrote, files' places, and whatever an
address carries beside host and port.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from kioskd.settings.model import HallSettings
from kioskd.station.config import DeviceSettings

HIDDEN = "…"
_PORT = re.compile(r"/dev/[A-Za-z0-9_.:/@-]{1,160}")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_WORDS = frozenset({"charset", "codepage", "dialect", "encoding", "layout", "mode", "model", "parity"})
"""Options of devices whose value is a word out of a list."""

_LARGEST = 10_000_000
"""A number beyond it sets no device; it might be a telephone's."""


def shown(settings: HallSettings) -> dict[str, Any]:
    """Return what may be shown, as plain data for JSON."""
    rules, web, central = settings.rules, settings.web, settings.central
    return {
        "hall": {"id": rules.hall, "utc_offset_min": rules.utc_offset_min},
        "zones": [zone.id for zone in rules.zones],
        "queues": [
            {
                "id": queue.id,
                "prefix": queue.prefix,
                "zone": queue.zone,
                "class": queue.service_class.value,
                "quota": queue.quota,
            }
            for queue in rules.queues
        ],
        "windows": [
            {"id": one.id, "zone": one.zone, "equipped": list(one.equipped)} for one in rules.windows
        ],
        "counts": {"services": len(rules.services), "tellers": len(rules.tellers)},
        "web": {
            "host": web.host,
            "port": web.port,
            "tls_port": web.tls.port if web.tls is not None else None,
            "origins": len(web.origins),
            "idle_min": web.idle_min,
            "session_h": web.session_h,
            "plain_sign_in": web.plain_sign_in,
        },
        "journal": {
            "reserve_mib": settings.journal.reserve_mib,
            "sign_minutes": settings.journal.sign_minutes,
        },
        "central": None if central is None else {"url": _place(central.url), "own_ca": bool(central.ca_file)},
        "devices": [_device(device) for device in settings.station.devices],
    }


def _device(device: DeviceSettings) -> dict[str, Any]:
    return {
        "id": device.id,
        "driver": device.driver,
        "address": _place(device.address),
        "unit": device.unit,
        "profile": _word(device.profile),
        "window": device.window,
        "zone": device.zone,
        "enabled": device.enabled,
        "options": {
            key: _option(key, value) for key, value in device.options.items() if _WORD.fullmatch(key)
        },
    }


def _option(key: str, value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, int | float) and abs(value) < _LARGEST):
        return value
    return _word(value) if key in _WORDS else HIDDEN


def _word(value: Any) -> Any:
    return value if value is None or (isinstance(value, str) and _WORD.fullmatch(value)) else HIDDEN


def _place(address: str) -> str:
    """Scheme, host and port, or the port of this PC."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return HIDDEN
    if host:
        return f"{parts.scheme}://{host}{port}"
    return f"{parts.scheme}://{parts.path}" if _PORT.fullmatch(parts.path) else f"{parts.scheme}://{HIDDEN}"
