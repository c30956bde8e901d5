"""The standby's own certificate: made by the hall's authority, good for the hub's names as well as its own.

Other PCs know the hub by names and addresses that the standby may be given one day; a browser at its own page
knows it by its own.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from pathlib import Path

from kioskd.access.authority import Authority
from kioskd.access.errors import AccessError


def certify(data: Path, address: str, hub_names: Iterable[str] = ()) -> None:
    """Make it, where the one that is there is not good for all of these names, this PC's address and its
    host name. A hall without an authority of its own keeps what it has. Raises OSError, ValueError.
    """
    authority = Authority(data)
    if not authority.ca_key_file.exists() or not authority.ca_file.exists():
        return
    good = []
    for name in filter(None, dict.fromkeys([*hub_names, *authority.names(), address, socket.gethostname()])):
        with contextlib.suppress(AccessError):
            authority.check_name(name)
            good.append(name)
    if good and not authority.covers(good):
        authority.make(good)
