"""``kioskd users``: accounts from a shell, while a hub runs or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from kioskd.__main__ import main
from kioskd.access import passwords
from kioskd.access.database import AccessDatabase
from kioskd.access.notes import Notes


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(passwords.Passwords.__init__.__kwdefaults__, "memory_kib", 64)


def users(data: Path, *words: str) -> int:
    return main(["users", words[0], "--data", str(data), *words[1:]])


def test_a_persons_account_from_first_to_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert users(tmp_path, "add", "admin", "boss", "管理") == 0
    one_time = capsys.readouterr().out.strip()
    assert one_time.startswith("Kd-")
    assert users(tmp_path, "add", "teller", "Li", "李", "--teller", "li") == 0
    assert users(tmp_path, "add", "teller", "li", "李") == 1
    assert "已有这个账号" in capsys.readouterr().err
    assert users(tmp_path, "add", "lead", "a b", "x") == 1
    assert users(tmp_path, "disable", "boss") == 1
    assert "最后一位管理员" in capsys.readouterr().err
    for action in ("disable", "enable", "unlock"):
        assert users(tmp_path, action, "li") == 0
        assert users(tmp_path, action, "nobody") == 1
    capsys.readouterr()
    assert users(tmp_path, "reset", "li") == 0
    assert capsys.readouterr().out.strip() != one_time
    assert users(tmp_path, "list") == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[:4] for row in rows] == [["boss", "admin", "管理", "-"], ["li", "teller", "李", "li"]]
    database = AccessDatabase.open(tmp_path / "access.db")
    noted = [(note.action, note.subject, note.by.via) for _, note in Notes(database).pending()]
    database.close()
    assert noted == [
        ("account.added", "boss", "command"),
        ("account.added", "li", "command"),
        ("account.disabled", "li", "command"),
        ("account.enabled", "li", "command"),
        ("account.unlocked", "li", "command"),
        ("account.reset", "li", "command"),
    ]


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert users(tmp_path / "none", "list") == 1
    assert "no such data folder" in capsys.readouterr().err
