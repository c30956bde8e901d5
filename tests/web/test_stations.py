from __future__ import annotations

import msgspec

from kioskd.access.roles import Role
from kioskd.station.link.server import STATION_PATH
from kioskd.station.messages import PROTOCOL, Hello, Rejected, ToStation, Welcome
from tests.web.conftest import Hall


def hello(station: str) -> str:
    message = Hello(
        protocol=PROTOCOL,
        station=station,
        incarnation="i",
        boot="b",
        version="0",
        date="2026-03-09",
        devices=(),
    )
    return msgspec.json.encode(message).decode()


async def test_a_code_is_traded_for_a_token_that_links(hall: Hall) -> None:
    code = hall.site.pairing.offer("window-9")
    answer = await hall.post("stations/pair", {"code": code.lower(), "station": "window-9"})
    assert answer.status == 201
    assert answer.json["station"] == "window-9"
    headers = {"Authorization": f"Bearer {answer.json['token']}"}
    async with hall.session.ws_connect(hall.at(STATION_PATH), headers=headers) as socket:
        await socket.send_str(hello("window-9"))
        welcome = msgspec.json.decode(await socket.receive_str(timeout=5), type=ToStation)
        assert isinstance(welcome, Welcome)


async def test_a_code_for_another_station_is_wrong(hall: Hall) -> None:
    code = hall.site.pairing.offer("window-9")
    for body in ({"code": code, "station": "window-8"}, {"code": "AAA-AAAAA"}, {"code": "x"}):
        answer = await hall.post("stations/pair", body)
        assert (answer.status, answer.code) == (403, "pairing_wrong")


async def test_guessing_is_slowed(hall: Hall) -> None:
    for _ in range(20):
        await hall.post("stations/pair", {"code": "AAA-AAAAA"})
    answer = await hall.post("stations/pair", {"code": "AAA-AAAAA"})
    assert (answer.status, answer.code) == (429, "too_many_attempts")
    assert answer.headers["Retry-After"] == "60"


async def test_a_station_is_who_its_token_says(hall: Hall) -> None:
    async with hall.session.ws_connect(hall.at(STATION_PATH), headers=hall.headers(Role.STATION)) as socket:
        await socket.send_str(hello("somebody-else"))
        rejected = msgspec.json.decode(await socket.receive_str(timeout=5), type=ToStation)
        assert rejected == Rejected(code="station.mismatch")


async def test_the_link_takes_sockets_only(hall: Hall) -> None:
    answer = await hall.get(STATION_PATH, Role.STATION)
    assert (answer.status, answer.code) == (426, "not_websocket")
    _, secret = hall.site.tokens.add(Role.STATION, "made by hand")
    hall.tokens[Role.STATION] = secret
    assert (await hall.get(STATION_PATH, Role.STATION)).code == "other_station"


async def test_stopping_the_server_closes_the_link(hall: Hall) -> None:
    async with hall.session.ws_connect(hall.at(STATION_PATH), headers=hall.headers(Role.STATION)) as socket:
        await socket.send_str(hello("station-1"))
        await socket.receive_str(timeout=5)
        for open_socket in tuple(hall.site.sockets):
            await open_socket.close()
        assert (await socket.receive(timeout=5)).data is not None
