"""The settings file over HTTP: nothing is applied that has a problem, and rules and file change together."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec

from kioskd.access.roles import Role
from kioskd.hall.codec import decode
from kioskd.hall.events import AuditNoted, SettingsApplied
from kioskd.journal.records import BEFORE_ALL
from kioskd.settings import HallFileEditor, load
from tests.settings.small import write
from tests.web.conftest import Hall

TECHNICIAN = Role.TECHNICIAN


def edited(hall: Hall, folder: Path) -> Path:
    """Give a running hall a settings file."""
    file = write(folder)
    hall.site.hall_file = HallFileEditor(file, folder / "kept", load(file))
    return file


async def test_a_hall_without_a_file_says_so(hall: Hall) -> None:
    assert (await hall.get("settings", TECHNICIAN)).code == "no_settings_file"
    assert (await hall.post("settings/check", {"text": "x"}, TECHNICIAN)).code == "no_settings_file"


async def test_checked_applied_and_brought_back(hall: Hall, tmp_path: Path) -> None:
    file = edited(hall, tmp_path)
    present = (await hall.get("settings", TECHNICIAN)).json
    assert (present["name"], len(present["versions"])) == ("hall.toml", 1)
    text = present["text"].replace("小厅", "大厅")
    checked = (await hall.post("settings/check", {"text": text}, TECHNICIAN)).json
    assert (checked["problems"], checked["rules"]) == ([], True)
    body = {"text": text, "revision": present["revision"]}
    done = await hall.post("settings", body, TECHNICIAN, key=None)
    assert done.status == 200, done.raw
    assert done.json["version"] == 2
    assert load(file).rules.name.zh == "大厅"
    assert (await hall.get("hall")).json["name"]["zh"] == "大厅"
    again = await hall.post("settings", body, TECHNICIAN, key=None)
    assert again.json["version"] == 2, "asked twice, applied once"

    old = (await hall.get("settings/versions/1", Role.ADMIN)).json["text"]
    assert old == present["text"]
    back = {"text": old, "revision": done.json["revision"]}
    assert (await hall.post("settings", back, Role.ADMIN, key=None)).json["version"] == 3
    assert (await hall.get("hall")).json["name"]["zh"] == "小厅"
    assert (await hall.get("settings/versions/77", TECHNICIAN)).code == "unknown_version"
    assert (await hall.get("settings/versions/..", TECHNICIAN)).status == 404

    events = [decode(e.kind, e.version, e.body) for e in hall.journal.read(BEFORE_ALL, 1000)]
    applied = [event.by.role for event in events if isinstance(event, SettingsApplied)]
    assert applied[-2:] == ["technician", "admin"]
    noted = [event.action for event in events if isinstance(event, AuditNoted)]
    assert noted.count("settings.written") == 3
    assert "settings.viewed" in noted


async def test_what_has_a_problem_changes_nothing(hall: Hall, tmp_path: Path) -> None:
    file = edited(hall, tmp_path)
    before = file.read_bytes()
    present = (await hall.get("settings", TECHNICIAN)).json
    body = {"text": "services = 3\n", "revision": present["revision"]}
    refused = await hall.post("settings", body, TECHNICIAN, key=None)
    assert (refused.status, refused.code) == (422, "settings_wrong")
    assert refused.json["present"]["problems"][0]["sentence"]
    stale = {"text": present["text"] + "\n# x\n", "revision": "another"}
    assert (await hall.post("settings", stale, TECHNICIAN, key=None)).code == "settings_changed"
    assert file.read_bytes() == before


async def test_what_the_hall_refuses_leaves_the_file_as_it_was(hall: Hall, tmp_path: Path) -> None:
    file = edited(hall, tmp_path)
    before = file.read_bytes()
    await hall.ticket()
    present = (await hall.get("settings", TECHNICIAN)).json
    services = tmp_path / "services.toml"
    services.write_text(services.read_text().replace('"general"', '"other"'))
    text = present["text"].replace('"general"', '"other"')
    refused = await hall.post(
        "settings", {"text": text, "revision": present["revision"]}, TECHNICIAN, key=None
    )
    assert (refused.status, refused.code) == (409, "queue_in_use"), refused.raw
    assert file.read_bytes() == before
    assert not file.with_name("hall.toml.new").exists()


async def test_a_disk_that_refuses_is_told(hall: Hall, tmp_path: Path) -> None:
    file = edited(hall, tmp_path)
    present = (await hall.get("settings", TECHNICIAN)).json
    file.unlink()
    assert (await hall.get("settings", TECHNICIAN)).code == "settings_unwritable"
    body = {"text": present["text"], "revision": present["revision"]}
    assert (await hall.post("settings", body, TECHNICIAN, key=None)).code == "settings_unwritable"


async def test_a_large_hall_may_have_a_large_file(hall: Hall, tmp_path: Path) -> None:
    edited(hall, tmp_path)
    text = (await hall.get("settings", TECHNICIAN)).json["text"] + "# 注释\n" * 20_000
    assert len(msgspec.json.encode(text)) > hall.site.settings.body_bytes
    checked = await hall.post("settings/check", {"text": text}, TECHNICIAN)
    assert checked.status == 200, checked.raw
    assert (await hall.post("settings/check", {"text": "#" * 450_000}, TECHNICIAN)).status == 400
    body = io.BytesIO(msgspec.json.encode({"text": "#" * 1_200_000}))
    headers = hall.headers(TECHNICIAN, **{"Content-Type": "application/json"})
    async with hall.session.post(hall.at("settings/check"), data=body, headers=headers) as answer:
        assert answer.status == 413
    other = await hall.post("tickets", {"queue": "g" * 70_000}, Role.KIOSK)
    assert other.code == "body_too_large", "other routes take no more than before"


async def test_the_catalogue_has_versions_of_its_own(hall: Hall, tmp_path: Path) -> None:
    file = edited(hall, tmp_path)
    present = (await hall.get("settings?file=services", TECHNICIAN)).json
    assert (present["file"], present["name"]) == ("services", "services.toml")
    text = present["text"] + "\n# later\n"
    body = {"file": "services", "text": text, "revision": present["revision"]}
    assert (await hall.post("settings", body, TECHNICIAN, key=None)).json["version"] == 2
    assert (file.parent / "services.toml").read_text("utf-8") == text
    old = (await hall.get("settings/versions/1?file=services", TECHNICIAN)).json["text"]
    assert old == present["text"]
    assert (await hall.get("settings?file=nothing", TECHNICIAN)).code == "unknown_settings_file"
