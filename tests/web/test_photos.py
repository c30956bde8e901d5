"""Pictures of tellers: kept small and plain, shown at their window, and nothing that is no picture."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image

from kioskd.access.roles import Role
from kioskd.hub.photos import SIZE
from tests.web.conftest import Answer, Hall


def jpeg(colour: str = "navy", size: tuple[int, int] = (900, 1200), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", **more)
    return out.getvalue()


async def send(hall: Hall, data: bytes, teller: str = "li", role: Role = Role.ADMIN) -> Answer:
    body = {"image": base64.b64encode(data).decode()}
    return await hall.post(f"tellers/{teller}/photo", body, role, key=None)


async def test_kept_shown_and_taken_away(hall: Hall) -> None:
    face = hall.site.tokens.add(Role.FACE, "face", window="1")[1]
    await hall.login("1", "li")
    hall.tokens[Role.FACE] = face
    assert "photo" not in (await hall.get("windows/1/face", Role.FACE)).json["teller"]
    assert (await hall.get("windows/1/photo", Role.FACE)).code == "no_photo"
    assert (await send(hall, jpeg())).status == 204
    first = (await hall.get("windows/1/face", Role.FACE)).json["teller"]["photo"]
    shown = await hall.get("windows/1/photo", Role.FACE)
    assert shown.headers["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(shown.raw)) as picture:
        assert picture.size == SIZE
    assert (await hall.get("windows/2/photo", Role.FACE)).code == "other_window"
    assert (await send(hall, jpeg("green"))).status == 204
    assert (await hall.get("windows/1/face", Role.FACE)).json["teller"]["photo"] != first
    assert (await hall.get("tellers/li/photo", Role.LEAD)).status == 200
    assert (await hall.post("tellers/li/photo/remove", {}, Role.ADMIN, key=None)).status == 204
    assert (await hall.get("tellers/li/photo", Role.LEAD)).code == "no_photo"


async def test_where_it_was_taken_is_not_kept(hall: Hall) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif[0x0112] = 6  # turned
    data = jpeg(size=(1200, 900), exif=exif.tobytes())
    assert b"taken at home" in data
    assert (await send(hall, data)).status == 204
    shown = (await hall.get("tellers/li/photo", Role.ADMIN)).raw
    assert b"taken at home" not in shown
    with Image.open(io.BytesIO(shown)) as picture:
        assert not picture.getexif()


async def test_what_is_no_picture_is_refused(hall: Hall) -> None:
    for data in (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", jpeg()[:200], b"\x00" * 400):
        assert (await send(hall, data)).code == "no_picture"
    huge = io.BytesIO()
    Image.new("1", (6000, 6000)).save(huge, "PNG")
    assert (await send(hall, huge.getvalue())).code == "no_picture", "a picture that would fill the memory"
    assert (await send(hall, jpeg(), "nobody")).code == "unknown_teller"
    assert (await send(hall, jpeg(), "..%2F..%2Fpasswd")).code in ("unknown_teller", "not_found")
    assert (await hall.post("tellers/li/photo", {"image": "???"}, Role.ADMIN, key=None)).status == 400


def test_a_name_never_leaves_the_folder(tmp_path: Any) -> None:
    from kioskd.hub.photos import Photos

    photos = Photos(tmp_path / "photos")
    for name in ("../out", "/etc/passwd", "a/b", "张三", "." * 3, ""):
        photos.keep(name, jpeg(size=(40, 50)))
        assert photos.read(name)
    assert {file.parent for file in tmp_path.rglob("*.jpg")} == {tmp_path / "photos"}
    assert len(list((tmp_path / "photos").iterdir())) == 6
