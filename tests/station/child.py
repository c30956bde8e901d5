"""A station in a process of its own, which dies without warning where the test says.

Arguments: folder, hub URL, token file, printer port, pad port, and the moment to die at:
``taken`` (job in memory), ``begun`` (durably, no byte sent), ``printed`` (on paper, outcome not written),
``ended`` (outcome durable, hub not told), ``kept`` (rating durable) or ``never``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.registry import DRIVERS
from kioskd.station.config import DeviceSettings, StationSettings
from kioskd.station.jobs import Jobs
from kioskd.station.link.websocket import WebSocketLink
from kioskd.station.station import Station
from kioskd.station.store import Store
from tests.station import wire


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_after(call: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args: Any) -> Any:
        result = call(*args)
        die()
        return result

    return wrapped


def dying_once_durable(call: Callable[..., asyncio.Future[Any]]) -> Callable[..., asyncio.Future[Any]]:
    def wrapped(*args: Any) -> asyncio.Future[Any]:
        done = call(*args)
        done.add_done_callback(die)
        return done

    return wrapped


def arm(moment: str) -> None:
    match moment:
        case "taken":
            Jobs.take = dying_after(Jobs.take)  # type: ignore[method-assign]
        case "begun":
            Store.begin_job = dying_once_durable(Store.begin_job)  # type: ignore[method-assign]
        case "printed":
            Store.end_job = die  # type: ignore[assignment,method-assign]
        case "ended":
            Store.end_job = dying_once_durable(Store.end_job)  # type: ignore[method-assign]
        case "kept":
            Store.keep_input = dying_once_durable(Store.keep_input)  # type: ignore[method-assign]


def main(folder: str, url: str, token: str, printer: str, pad: str, moment: str) -> None:
    DRIVERS.update(wire.DRIVERS)
    arm(moment)
    devices = (
        DeviceSettings(
            id="printer",
            driver="printer.test",
            address=f"tcp://127.0.0.1:{printer}",
            options={"prints": True},
        ),
        DeviceSettings(id="pad", driver="rating_pad.test", address=f"tcp://127.0.0.1:{pad}"),
    )
    station = Station(StationSettings(id="pc-1", devices=devices), Path(folder) / "station.db")
    asyncio.run(station.run(WebSocketLink(url, Path(token))))


if __name__ == "__main__":
    main(*sys.argv[1:])
