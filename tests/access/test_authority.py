"""The hall's own certificates."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kioskd.__main__ import main
from kioskd.access.authority import RENEW_DAYS, Authority
from kioskd.access.errors import AccessError


def test_an_authority_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    assert authority.make(["hub.hall", "10.0.0.2", "::1"], "样例大厅") is True
    ca = authority.ca_file.read_bytes()
    assert authority.make(["hub.hall"]) is False
    assert authority.ca_file.read_bytes() == ca, "nobody must install it again"
    assert authority.names() == ["hub.hall"]
    for file in (authority.ca_key_file, authority.hub_key_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    context = ssl.create_default_context(cafile=str(authority.ca_file))
    assert len(context.get_ca_certs()) == 1


def test_it_is_renewed_in_time_for_the_same_names(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert authority.days_left(now) is None
    assert authority.renew_if_due(now) is False
    authority.make(["hub.hall", "10.0.0.2"], now=now)
    before = authority.hub_file.read_bytes()
    assert authority.renew_if_due(now + timedelta(days=730 - RENEW_DAYS - 1)) is False
    assert authority.hub_file.read_bytes() == before
    late = now + timedelta(days=730 - 5)
    assert authority.renew_if_due(late) is True
    assert authority.names() == ["hub.hall", "10.0.0.2"]
    assert authority.days_left(late) == 730


@pytest.mark.parametrize("name", ["", "a b", "https://hub", "hub/../x", "大厅", "x" * 70, "-;-"])
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(AccessError):
        Authority(tmp_path).make([name])
    with pytest.raises(AccessError):
        Authority(tmp_path).make([])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path)]
    assert main(["ca", "show", *data]) == 1
    assert main(["ca", "export", str(tmp_path / "x.crt"), *data]) == 1
    assert main(["ca", "make", "a b", *data]) == 1
    assert main(["ca", "make", "hub.hall", *data]) == 0
    assert main(["ca", "export", str(tmp_path / "x.crt"), *data]) == 0
    assert (tmp_path / "x.crt").read_bytes() == Authority(tmp_path).ca_file.read_bytes()
    assert main(["ca", "show", *data]) == 0
    said = capsys.readouterr()
    assert Authority(tmp_path).fingerprint() in said.out
    assert "PRIVATE" not in (tmp_path / "x.crt").read_text()
    assert main(["ca", "make", "hub", "--data", str(tmp_path / "none")]) == 1
