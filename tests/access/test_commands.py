from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from kioskd.access.pairing import Pairing
from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.commands import access


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    access.register(parser.add_subparsers(required=True))
    args = parser.parse_args(words)
    status = args.run(args)
    assert isinstance(status, int)
    return status


def test_a_token_from_first_to_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(tmp_path)
    assert run("token", "add", "--data", data, "teller", "柜台三", "--window", "3") == 0
    secret = capsys.readouterr().out.strip()
    store = TokenStore.open(tmp_path / FILE_NAME)
    principal = store.authenticate(secret)
    store.close()
    assert principal is not None
    assert (principal.role, principal.window) == (Role.TELLER, "3")

    assert run("token", "list", "--data", data) == 0
    listed = capsys.readouterr().out
    assert principal.id in listed
    assert secret not in listed

    assert run("token", "revoke", "--data", data, principal.id) == 0
    assert run("token", "revoke", "--data", data, principal.id) == 1


def test_a_pairing_code_from_the_command_line_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("pair", "--data", str(tmp_path), "window-3") == 0
    code = capsys.readouterr().out.strip()
    store = TokenStore.open(tmp_path / FILE_NAME)
    token, _ = Pairing(store).redeem(code)
    store.close()
    assert token.station == "window-3"


def test_a_missing_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pair", "--data", str(tmp_path / "none"), "window-3") == 1
    assert "no such data folder" in capsys.readouterr().err
