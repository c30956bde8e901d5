"""``kioskd diagnose FILE.zip`` with and without a running hub."""

from __future__ import annotations

import asyncio
import zipfile
from pathlib import Path

import pytest

from kioskd.__main__ import main
from kioskd.journal.journal import Journal
from tests.demo.hall import DemoHall

SAMPLE = Path(__file__).parents[2] / "config" / "sample" / "hall.toml"


def names(file: Path) -> set[str]:
    with zipfile.ZipFile(file) as archive:
        return set(archive.namelist())


def test_without_a_hub(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, file = tmp_path / "data", tmp_path / "a.zip"

    async def once() -> None:
        journal = await Journal.open(data, now_wall=1_773_000_000_000, boot="b")
        await journal.close()

    asyncio.run(once())
    wanted = ["diagnose", str(file), "--settings", str(SAMPLE), "--data", str(data)]
    assert main(wanted) == 0
    assert names(file) == {"README.txt", "versions.json", "settings.json", "journal.json"}
    before = file.read_bytes()
    assert main(wanted) == 1
    assert file.read_bytes() == before
    assert "已存在" in capsys.readouterr().err


def test_a_hub_that_is_away_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token = tmp_path / "token"
    token.write_text("x")
    where = ["--hub", "http://127.0.0.1:9", "--token-file", str(token), "--data", str(tmp_path)]
    assert main(["diagnose", str(tmp_path / "a.zip"), "--lang", "en", *where]) == 0
    said = capsys.readouterr().err
    assert "cannot be reached" in said
    assert "was not checked" in said
    assert names(tmp_path / "a.zip") == {"README.txt", "versions.json"}


def test_of_a_running_hall(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with DemoHall(tmp_path / "data") as hall:
        for role, status in (("technician", 0), ("teller", 1)):
            token = tmp_path / role
            token.write_text(hall.tokens[role])
            file = tmp_path / f"{role}.zip"
            assert main(["diagnose", str(file), "--hub", hall.url, "--token-file", str(token)]) == status
            assert file.exists() is (status == 0)
    assert "log.jsonl" in names(tmp_path / "technician.zip")
    assert "不能做这项操作" in capsys.readouterr().err
