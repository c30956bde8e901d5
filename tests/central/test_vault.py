"""Documents of halls on the central server: acknowledged by hash, encrypted, each hall its own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from kioskd.central import halls
from kioskd.central.codes import digest
from kioskd.central.server import serving, wall_ms
from kioskd.central.sqlite import Sqlite
from kioskd.central.vault import Vault, mount
from kioskd.documents.archive.api import ArchiveError, Parcel
from kioskd.documents.archive.http import HttpArchive, content_digest

PDF = b"%PDF-1.7\n" + b"a page of somebody's papers, which nobody may find on a disk\n" * 200


class City:
    def __init__(self, url: str, data: Path, token: Path) -> None:
        self.url, self.data, self.token = url, data, token

    def archive(self, hall: str = "east", token: Path | None = None) -> HttpArchive:
        return HttpArchive(f"{self.url}/sync/v1/halls/{hall}/documents", token or self.token, None)


@pytest_asyncio.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    database = await Sqlite.open(tmp_path / "central.db")
    for hall in ("east", "west"):
        await database.write(partial(halls.add, hall, hall, wall_ms()))
        await database.write(partial(halls.give, hall, digest(f"kc_{hall}"), wall_ms()))
        (tmp_path / f"{hall}.token").write_text(f"kc_{hall}\n")
    async with serving(database, "127.0.0.1", 0, mounts=(mount(database, tmp_path),)) as port:
        yield City(f"http://127.0.0.1:{port}", tmp_path, tmp_path / "east.token")
    await database.close()


def parcel(pdf: bytes = PDF, document: str = "d_abc_1") -> Parcel:
    return Parcel(document=document, pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest(), about=b"{}")


async def fetched(city: City, hall: str = "east", document: str = "d_abc_1") -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer kc_{hall}"}
    url = f"{city.url}/sync/v1/halls/{hall}/documents/{document}.pdf"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.read()


async def test_kept_encrypted_and_acknowledged(city: City) -> None:
    archive = city.archive()
    await archive.put(parcel())
    await archive.put(parcel())  # a repeat is no error
    assert await fetched(city) == (200, PDF)
    files = [file for file in (city.data / "documents").iterdir() if file.is_file()]
    assert len(files) == 1
    assert b"somebody" not in files[0].read_bytes()
    assert "abc" not in files[0].name
    signed = PDF + b"% signed since"
    await archive.put(parcel(signed))
    assert await fetched(city) == (200, signed)
    await archive.close()


async def test_each_hall_its_own(city: City) -> None:
    archive = city.archive()
    await archive.put(parcel())
    await archive.close()
    assert (await fetched(city, "west"))[0] == 404
    for stranger in (city.archive("west"), city.archive(token=city.data / "west.token")):
        with pytest.raises(ArchiveError, match="403"):
            await stranger.put(parcel())
        await stranger.close()


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({}, PDF, 401),
        ({"Authorization": "Bearer kc_nobody"}, PDF, 401),
        ({"Authorization": "Bearer kc_east", "Content-Digest": content_digest("00" * 32)}, PDF, 400),
        ({"Authorization": "Bearer kc_east"}, b"no document", 415),
    ],
)
async def test_what_is_refused(city: City, headers: dict[str, str], body: bytes, code: int) -> None:
    url = f"{city.url}/sync/v1/halls/east/documents/d_abc_1.pdf"
    async with aiohttp.ClientSession() as session, session.put(url, data=body, headers=headers) as answer:
        assert answer.status == code
    assert (await fetched(city))[0] == 404


async def test_a_full_disk_acknowledges_nothing(tmp_path: Path, city: City) -> None:
    full = Vault(await Sqlite.open(tmp_path / "other.db"), tmp_path / "full", free=1 << 62)
    (tmp_path / "full").mkdir()
    database = full._database
    await database.write(partial(halls.add, "east", "east", wall_ms()))
    await database.write(partial(halls.give, "east", digest("kc_east"), wall_ms()))
    async with serving(database, "127.0.0.1", 0, mounts=(full.add_to,)) as port:
        archive = HttpArchive(
            f"http://127.0.0.1:{port}/sync/v1/halls/east/documents", tmp_path / "east.token", None
        )
        with pytest.raises(ArchiveError, match="507"):
            await archive.put(parcel())
        await archive.close()
    await database.close()


async def test_kept_long_enough_it_goes(city: City) -> None:
    archive = city.archive()
    await archive.put(parcel())
    await archive.close()
    vault = Vault(await Sqlite.open(city.data / "more.db"), city.data)
    (city.data / "retention.toml").write_text("documents = 30\n")
    assert vault.forget_old(wall_ms()) == 0
    (file,) = (city.data / "documents").glob("*.page")
    old = file.stat().st_mtime - 31 * 24 * 3600
    os.utime(file, (old, old))
    assert vault.forget_old(wall_ms()) == 1
    assert (await fetched(city))[0] == 404
    await vault._database.close()
