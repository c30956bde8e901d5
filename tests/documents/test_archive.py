"""To the archives and out of the spool: acknowledged by hash, however long it takes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from kioskd.access.roles import Role
from kioskd.documents.archive.api import ArchiveError, Parcel
from kioskd.documents.archive.folder import FolderArchive
from kioskd.documents.archive.http import HttpArchive, content_digest
from kioskd.documents.archive.s3 import S3Archive, authorization
from kioskd.documents.settings import ArchiveSink, DocumentSettings, SinkKind
from kioskd.documents.upkeep import Upkeep
from tests.documents.conftest import photo, send, serve
from tests.web.conftest import Time, running

DAY_MS = 24 * 3600 * 1000
PDF = b"%PDF-1.7 made up"
PARCEL = Parcel(document="d_1_1", pdf=PDF, sha256=hashlib.sha256(PDF).hexdigest(), about=b'{"number":"A001"}')


async def test_away_for_a_week_then_delivered_once_and_removed(tmp_path: Path, time: Time) -> None:
    sink = ArchiveSink(id="share", kind=SinkKind.FOLDER, path="share")
    settings = DocumentSettings(free_mib=0, archives=(sink,), keep_days=2, settle_min=10)
    async with running(tmp_path, time, documents=settings) as hall:
        await serve(hall)
        documents = hall.site.documents
        assert documents is not None
        for seed in (3, 5):
            assert (await send(hall, photo(seed), material="申请表")).status == 201
        ticket = (await hall.get("windows/1/pages", Role.TELLER)).json["ticket"]
        await hall.post("windows/1/finish", {}, Role.TELLER)
        upkeep = Upkeep(documents, hall.desk, tmp_path)
        archive = FolderArchive(tmp_path / "share")
        assert await upkeep.deliver_some(sink, archive) == 0, "the case may still come"
        time.ms += 7 * DAY_MS
        with pytest.raises(ArchiveError) as caught:
            await upkeep.deliver_some(sink, archive)
        assert caught.value.code == "archive.absent"
        assert not (tmp_path / "share").exists(), "a share that is not mounted is not made"
        await upkeep.housekeep()
        assert len(documents.spool.names()) == 2

        (tmp_path / "share").mkdir()
        assert await upkeep.deliver_some(sink, archive) == 1
        assert await upkeep.deliver_some(sink, archive) == 0
        (listed,) = (await hall.get(f"tickets/{ticket}/documents", Role.LEAD)).json
        assert listed["archived"] == ["share"]
        pdf = (tmp_path / "share" / f"{listed['id']}.pdf").read_bytes()
        about = json.loads((tmp_path / "share" / f"{listed['id']}.json").read_text())
        assert about["sha256"] == hashlib.sha256(pdf).hexdigest()
        assert (about["material"], about["pages"]) == ("申请表", 2)

        await upkeep.housekeep()
        assert len(documents.spool.names()) == 2, "kept for two more days"
        time.ms += 2 * DAY_MS + 1
        await upkeep.housekeep()
        await documents.tidy()
        assert documents.spool.names() == set()
        gone = await hall.get(f"documents/{listed['id']}", Role.LEAD)
        assert (gone.status, gone.code) == (410, "document_archived")


@pytest.mark.parametrize("acknowledges", ["digest", "body", "get", "no", "wrong"])
async def test_http_archive(acknowledges: str, tmp_path: Path) -> None:
    kept: dict[str, bytes] = {}

    async def put(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        data = await request.read()
        kept[request.path] = data if acknowledges not in ("no", "wrong") else b"other"
        digest = hashlib.sha256(kept[request.path]).hexdigest()
        if acknowledges in ("digest", "wrong"):
            return web.Response(status=201, headers={"Content-Digest": content_digest(digest)})
        return web.json_response({"sha256": digest} if acknowledges == "body" else {})

    async def get(request: web.Request) -> web.Response:
        return web.Response(body=kept[request.path])

    app = web.Application()
    app.router.add_put("/archive/{name}", put)
    app.router.add_get("/archive/{name}", get)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    (tmp_path / "token").write_text("secret\n")
    archive = HttpArchive(f"http://127.0.0.1:{port}/archive", tmp_path / "token", None)
    try:
        if acknowledges in ("no", "wrong"):
            with pytest.raises(ArchiveError) as caught:
                await archive.put(PARCEL)
            assert caught.value.code == "archive.differs"
        else:
            await archive.put(PARCEL)
            assert kept == {"/archive/d_1_1.pdf": PDF}
    finally:
        await archive.close()
        await runner.cleanup()


def test_signature_is_amazons() -> None:
    # "Example: PUT Object" of the S3 API reference, Authenticating Requests (Authorization Header).
    headers = {
        "Date": "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-date": "20130524T000000Z",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "x-amz-content-sha256": hashlib.sha256(b"Welcome to Amazon S3.").hexdigest(),
    }
    url = "https://examplebucket.s3.amazonaws.com/test%24file.text"
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    made = authorization(url, headers, "AKIAIOSFODNN7EXAMPLE", secret, "us-east-1")
    assert made.endswith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")


async def test_s3_archive(tmp_path: Path) -> None:
    seen: list[web.Request] = []

    async def put(request: web.Request) -> web.Response:
        seen.append(request)
        digest = hashlib.sha256(await request.read()).hexdigest()
        names = ("content-type", "x-amz-content-sha256", "x-amz-date", "x-amz-meta-manifest")
        headers = {name: request.headers[name] for name in names}
        expected = authorization(str(request.url), headers, "access", "secret", "cn-1")
        right = digest == request.headers["x-amz-content-sha256"]
        right = right and request.headers["Authorization"] == expected
        return web.Response(status=200 if right else 403)

    app = web.Application()
    app.router.add_put("/scans/{name}", put)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/scans"
    keys = tmp_path / "keys"
    keys.write_text("access\nsecret\n")
    moment = datetime(2026, 3, 9, 1, 2, 3, tzinfo=UTC)
    archive = S3Archive(url, "cn-1", keys, None, clock=lambda: moment)
    try:
        await archive.put(PARCEL)
        assert seen[0].path == "/scans/d_1_1.pdf"
        keys.write_text("access\nother\n")
        with pytest.raises(ArchiveError) as caught:
            await archive.put(PARCEL)
        assert caught.value.code == "archive.refused"
    finally:
        await archive.close()
        await runner.cleanup()
