"""Settings of one station: its devices, its hub, and what it does while the hub is out of reach.

The same `DeviceSettings` stand as ``[[device]]`` tables in ``hall.toml`` (the hub's own PC) and in
``station.toml`` (any other PC of the hall).
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
"""Name of a station or device: lower-case letters, digits, ``-`` and ``_``."""

Text = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[float, Meta(ge=0)]


class _Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class DeviceSettings(_Settings, frozen=True, kw_only=True):
    """One device plugged into this station.

    ``driver`` is a name in `drivers.registry.DRIVERS`, ``address`` as in
    `drivers.transport.address.parse_address`; devices with the same address share one line and
    differ by ``unit``. ``profile`` names a file in config/profiles; whoever reads the settings puts
    its options under ``options``, so a station only looks at ``options``. ``window`` and ``zone``
    say what the device serves.
    """

    id: Id
    driver: Text
    address: Text
    unit: Annotated[int, Meta(ge=0, le=65535)] = 0
    profile: str | None = None
    options: dict[str, Any] = {}
    window: Text | None = None
    zone: Text | None = None
    enabled: bool = True


class HubSettings(_Settings, frozen=True, kw_only=True):
    """How a station on another PC reaches the hub.

    ``url`` is the hub's address as a browser would have it, ``https://hub.hall:8443`` or
    ``http://…``. ``token_file`` holds what pairing brought and ``ca_file`` the hall's own
    certificate authority (None: the system's); both are relative to the data folder.
    """

    url: Annotated[str, Meta(pattern=r"^https?://[^/]+/?$")]
    token_file: Text = "station.token"
    ca_file: Text | None = None


class HubLostSettings(_Settings, frozen=True, kw_only=True):
    """What citizens see while the hub is out of reach.

    Signs and boards keep their last truth for ``hold_truth_s``, then show ``sign``: pages, each with
    one text from longest to shortest.
    """

    hold_truth_s: Seconds = 60.0
    sign: tuple[tuple[Text, ...], ...] = (("暂停服务",), ("Paused",))


class StationSettings(_Settings, frozen=True, kw_only=True):
    """All a station needs to know. ``hub`` is None where the hub runs in the same process."""

    id: Id
    hub: HubSettings | None = None
    devices: tuple[DeviceSettings, ...] = msgspec.field(default=(), name="device")
    hub_lost: HubLostSettings = HubLostSettings()
