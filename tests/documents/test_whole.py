"""From a camera's picture to a PDF that somebody looked at, through the API."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import tempfile
import time as clock
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from kioskd.access.roles import Role
from kioskd.documents.desk import FONT
from kioskd.documents.settings import DocumentSettings
from kioskd.documents.signed import signature_page
from kioskd.documents.work import BuildPdf, PdfBuilt
from kioskd.hall import events as e
from kioskd.hall.codec import decode
from kioskd.hall.commands import AskApproval, By, DecideApproval
from kioskd.hall.refusal import Refusal
from kioskd.journal.records import BEFORE_ALL
from tests.documents.conftest import photo, send, serve
from tests.web.conftest import Hall, Time, running


def events(hall: Hall) -> list[e.Event]:
    return [decode(s.kind, s.version, s.body) for s in hall.journal.read(BEFORE_ALL, 10_000)]


async def test_page_to_pdf(hall: Hall, tmp_path: Path) -> None:
    picture = photo(3)
    first = await send(hall, picture, material="身份证")
    assert first.status == 201, first.raw
    page = first.json
    assert page["material"] == "身份证"
    assert "warnings" not in page
    assert page["width"] > 300
    second = (await send(hall, photo(5), material="申请表")).json
    third = (await send(hall, photo(9), material="申请表")).json

    listed = (await hall.get("windows/1/pages", Role.TELLER)).json
    assert [p["id"] for p in listed["pages"]] == [page["id"], second["id"], third["id"]]
    assert listed["scans"] == 3

    swapped = [[third["id"], "申请表"], [second["id"], "申请表"], [page["id"], "身份证"]]
    answer = await hall.post("windows/1/pages/arrange", {"pages": swapped}, Role.TELLER)
    assert [p["id"] for p in answer.json] == [third["id"], second["id"], page["id"]]

    await hall.post("windows/1/case", {"project_no": "BJ-7"}, Role.TELLER)
    assert (await hall.post("windows/1/finish", {}, Role.TELLER)).status == 200
    ticket = listed["ticket"]
    documents = (await hall.get(f"tickets/{ticket}/documents", Role.LEAD)).json
    assert [(d["material"], d["pages"], d["project_no"]) for d in documents] == [
        ("申请表", 2, "BJ-7"),
        ("身份证", 1, "BJ-7"),
    ]
    pdf = await hall.get(f"documents/{documents[0]['id']}", Role.AUDITOR)
    assert pdf.status == 200
    assert pdf.raw.startswith(b"%PDF-1.7")
    assert pdf.headers["Content-Type"] == "application/pdf"
    again = await hall.get(f"documents/{documents[0]['id']}", Role.AUDITOR)
    assert again.raw == pdf.raw

    kept = events(hall)
    scanned = {event.page: event for event in kept if isinstance(event, e.PageScanned)}
    stored = await hall.site.documents.page(third["id"])  # type: ignore[union-attr]
    assert hashlib.sha256(stored).hexdigest() == scanned[third["id"]].sha256
    assert stored in pdf.raw  # the JPEG as it was
    filed = next(event for event in kept if isinstance(event, e.DocumentsFiled))
    assert (
        filed.documents[0].sha256
        == hashlib.sha256("\n".join(scanned[p["id"]].sha256 for p in (third, second)).encode()).hexdigest()
    )
    views = [event for event in kept if isinstance(event, e.AuditNoted)]
    assert [(view.action, view.by.role) for view in views] == [("document.viewed", "auditor")] * 2


async def test_repeat_keeps_one_page(hall: Hall) -> None:
    picture = photo(3)
    first = await send(hall, picture, key="same")
    repeat = await send(hall, picture, key="same")
    assert (first.status, repeat.status) == (201, 201)
    assert first.json["id"] == repeat.json["id"]
    assert len((await hall.get("windows/1/pages", Role.TELLER)).json["pages"]) == 1


async def test_retake_turn_drop(hall: Hall) -> None:
    first = (await send(hall, photo(3))).json
    second = (await send(hall, photo(5))).json
    again = (await send(hall, photo(9), replaces=first["id"])).json
    pages = (await hall.get("windows/1/pages", Role.TELLER)).json["pages"]
    assert [p["id"] for p in pages] == [again["id"], second["id"]]
    gone = await hall.get(f"windows/1/pages/{first['id']}", Role.TELLER)
    assert gone.code == "unknown_page"
    turned = await hall.post("windows/1/pages/turn", {"page": second["id"], "quarters": 1}, Role.TELLER)
    assert turned.status == 201, turned.raw
    assert (turned.json["width"], turned.json["height"]) == (second["height"], second["width"])
    answer = await hall.post("windows/1/pages/drop", {"pages": [again["id"]]}, Role.TELLER)
    assert [p["id"] for p in answer.json] == [turned.json["id"]]
    documents = hall.site.documents
    assert documents is not None
    await documents.tidy()
    assert documents.spool.names() == {turned.json["id"]}


async def test_card_sides_on_one_page(hall: Hall) -> None:
    front = (await send(hall, photo(21, kind="card", beyond=False), shape="card", material="身份证")).json
    both = await send(
        hall, photo(22, kind="card", beyond=False), shape="card", material="身份证", front=front["id"]
    )
    assert both.status == 201, both.raw
    pages = (await hall.get("windows/1/pages", Role.TELLER)).json["pages"]
    assert [p["id"] for p in pages] == [both.json["id"]]
    assert abs(both.json["width"] / both.json["height"] - 210 / 297) < 0.01
    answer = await hall.get(f"windows/1/pages/{both.json['id']}", Role.TELLER)
    page = cv2.imdecode(np.frombuffer(answer.raw, np.uint8), cv2.IMREAD_COLOR)
    high = page.shape[0]
    ink = (page.min(axis=2) < 200).mean(axis=1)
    assert ink[round(high * 0.30)] > 0.1, "the front above"
    assert ink[round(high * 0.62)] > 0.1, "the back below"
    assert ink[round(high * 0.46)] == 0, "paper between"


async def test_warnings_are_said(hall: Hall) -> None:
    nothing = cv2.imencode(".jpg", np.full((600, 800, 3), 96, np.uint8))[1].tobytes()
    answer = (await send(hall, nothing)).json
    assert answer["warnings"] == ["not_found", "blank"]
    cut = (await send(hall, photo(60, beyond=True))).json
    assert {"cut", "not_found"} & set(cut["warnings"])


async def test_not_a_picture(hall: Hall) -> None:
    assert (await send(hall, b"\xff\xd8 no picture")).code == "not_a_picture"
    assert (await send(hall, b"hello")).code == "not_a_picture"
    answer = await send(hall, photo(3), ticket="A999")
    assert answer.code == "window_moved_on"
    assert (await hall.get("windows/1/pages", Role.TELLER)).json.get("pages", []) == []


async def test_counted_as_scans(hall: Hall) -> None:
    for seed in (3, 5):
        assert (await send(hall, photo(seed))).status == 201
    await hall.post("windows/1/finish", {}, Role.TELLER)
    figures = (await hall.get("figures/day", Role.LEAD)).json
    assert figures["total"]["scans"] == 2


async def test_a_document_is_deleted_by_two_persons_only(hall: Hall) -> None:
    site = hall.site
    first = (await send(hall, photo(3))).json
    await hall.post("windows/1/finish", {}, Role.TELLER)
    ticket = next(event.ticket for event in events(hall) if isinstance(event, e.DocumentsFiled))
    (document,) = (await hall.get(f"tickets/{ticket}/documents", Role.LEAD)).json
    path = f"documents/{document['id']}/purge"
    answer = await hall.post(path, {"why": "scanned by mistake"}, Role.LEAD)
    assert answer.code == "named_account_needed", "a token is no person"

    by = By("person", "wang", "lead", "page")
    params = {"document": document["id"], "number": document["number"]}
    wanted = AskApproval(
        by=by, approval="a_1", about="scan.purge", subject=document["id"], params=params, minutes=60, why="x"
    )
    assert not isinstance(await hall.desk.submit(wanted), Refusal)
    refused = await hall.desk.submit(DecideApproval(by=by, approval="a_1", granted=True))
    assert isinstance(refused, Refusal)
    assert refused.code == "same_person"
    assert site.documents is not None
    await site.documents.tidy()
    assert site.documents.spool.names() == {first["id"]}

    other = By("person", "zhao", "lead", "page")
    assert not isinstance(
        await hall.desk.submit(DecideApproval(by=other, approval="a_1", granted=True)), Refusal
    )
    await site.documents.tidy()
    assert site.documents.spool.names() == set()
    assert (await hall.get(f"documents/{document['id']}", Role.LEAD)).code == "document_archived"
    (gone,) = (await hall.get(f"tickets/{ticket}/documents", Role.LEAD)).json
    assert gone["removed"] == "purged"


async def test_without_its_key_nothing_is_taken_and_the_queue_goes_on(tmp_path: Path, time: Time) -> None:
    async with running(tmp_path, time) as hall:
        await serve(hall)
        page = (await send(hall, photo(3))).json["id"]
    key = (tmp_path / "documents.key").read_bytes()
    (tmp_path / "documents.key").unlink()
    async with running(tmp_path, time) as hall:
        shown = (await hall.get("windows/1/pages", Role.TELLER)).json
        assert (shown["closed"], bool(shown["sentence"])) == ("documents_key_missing", True)
        for answer in (
            await send(hall, photo(5)),
            await hall.get(f"windows/1/pages/{page}", Role.TELLER),
            await hall.get(f"tickets/{shown['ticket']}/documents", Role.LEAD),
        ):
            assert (answer.status, answer.code) == (503, "documents_key_missing")
        assert not (tmp_path / "documents.key").exists(), "another key would lose the pages there are"
        assert (await hall.post("windows/1/finish", {}, Role.TELLER)).status == 200
        await hall.ticket()
        assert (await hall.post("windows/1/call-next", {}, Role.TELLER)).status == 200
    (tmp_path / "documents.key").write_bytes(key)
    async with running(tmp_path, time) as hall:
        (document,) = (await hall.get(f"tickets/{shown['ticket']}/documents", Role.LEAD)).json
        assert (await hall.get(f"documents/{document['id']}", Role.LEAD)).status == 200


async def test_a_full_spool_refuses_before_and_keeps_what_it_has(tmp_path: Path, time: Time) -> None:
    settings = DocumentSettings(free_mib=1 << 40)  # more than any disk has free
    async with running(tmp_path, time, documents=settings) as hall:
        await serve(hall)
        shown = (await hall.get("windows/1/pages", Role.TELLER)).json
        assert (shown["closed"], bool(shown["sentence"])) == ("spool_full", True)
        refused = await send(hall, photo(3))
        assert (refused.status, refused.code) == (507, "spool_full")
        assert (await hall.post("windows/1/finish", {}, Role.TELLER)).status == 200


async def test_the_signature_is_the_last_page(hall: Hall) -> None:
    strokes = Image.new("L", (600, 200), 255)
    strokes.paste(0, (100, 80, 500, 90))
    out = io.BytesIO()
    strokes.save(out, "PNG")
    lines = ("A012 签名", "票号  A012", "时间  2026-03-09 10:00:00", "窗口  1", "档号  d_1")
    documents = hall.site.documents
    assert documents is not None
    page = (await send(hall, photo(3))).json
    built = await documents.workers.do(
        BuildPdf(pages=(await documents.page(page["id"]),), signature=out.getvalue(), signed=lines, font=FONT)
    )
    assert isinstance(built, PdfBuilt)
    assert built.data.count(b"/Type/Page/") == 2
    last = cv2.imdecode(np.frombuffer(signature_page(out.getvalue(), lines, FONT), np.uint8), 0)
    assert abs(last.shape[1] / last.shape[0] - 210 / 297) < 0.01
    low = last[last.shape[0] // 4 :]
    assert (low < 60).sum() > 1000, "the strokes below the lines"


async def test_no_byte_of_a_picture_lies_anywhere(
    hall: Hall, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Data folder, log, temporary folders and a diagnose bundle, searched for pieces of page and picture, as
    they are and as texts would hold them.
    """
    began, picture = clock.time(), photo(3)
    page = (await send(hall, picture, material="身份证")).json
    documents = hall.site.documents
    assert documents is not None
    made = await documents.page(page["id"])
    small = base64.b64decode(page["small"])
    await hall.get(f"windows/1/pages/{page['id']}", Role.TELLER)
    await hall.post("windows/1/finish", {}, Role.TELLER)
    ticket = next(event.ticket for event in events(hall) if isinstance(event, e.DocumentsFiled))
    (document,) = (await hall.get(f"tickets/{ticket}/documents", Role.LEAD)).json
    pdf = (await hall.get(f"documents/{document['id']}", Role.LEAD)).raw
    await documents.tidy()
    bundle = await hall.get("diagnostics/bundle", Role.TECHNICIAN)
    assert bundle.status == 200
    pieces = [
        data[at : at + 48] for data in (picture, made, small, pdf) for at in (600, 2000, len(data) // 2)
    ]
    pieces += [written for piece in tuple(pieces) for written in _written(piece)]
    said = "".join(capfd.readouterr()).encode()
    assert [piece for piece in pieces if piece in said] == []
    files = [file for file in tmp_path.rglob("*") if file.is_file()]  # noqa: ASYNC240
    for folder in {Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")}:
        # Others work on this machine too: only what was written since.
        files += [file for file in folder.glob("*") if _written_since(file, began)]
    assert len(files) > 4
    for file in files:
        data = file.read_bytes()
        assert [piece for piece in pieces if piece in data] == [], file
    with zipfile.ZipFile(io.BytesIO(bundle.raw)) as packed:
        for name in packed.namelist():
            data = packed.read(name)
            assert [piece for piece in pieces if piece in data] == [], name


def _written(piece: bytes) -> list[bytes]:
    """A piece as it would stand in a text: Base64 at each of its three places, hexadecimal, Python's own."""
    found = [base64.b64encode(piece[cut:])[:40] for cut in range(3)]
    return [*found, piece.hex().encode(), repr(piece)[2:-1].encode()]


def _written_since(file: Path, began: float) -> bool:
    with contextlib.suppress(OSError):
        about = file.stat()
        return file.is_file() and about.st_uid == os.getuid() and about.st_mtime >= began
    return False
