"""What ``kioskd install`` asks and understands, and what it has systemd do."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import tomlkit

from benchmarks.hubs import ROOT
from installer.libraries import NO_WHEEL, without
from kioskd.__main__ import main
from kioskd.commands.install import hub_address
from kioskd.install.layout import Layout
from kioskd.install.place import put_release, verify
from kioskd.install.services import Systemd
from tests.install.conftest import make_release

SYSTEMCTL = """#!/bin/sh
echo "$@" >>"{said}"
[ "$1" != get-default ] || echo graphical.target
"""


@pytest.fixture
def pc(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "pc")
    layout.units.mkdir(parents=True)
    layout.base.mkdir(parents=True)
    return layout


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What systemctl was told, a line each time."""
    folder, told = tmp_path / "bin", tmp_path / "said"
    folder.mkdir()
    (folder / "systemctl").write_text(SYSTEMCTL.format(said=told))
    (folder / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return told


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10.0.0.2", "http://10.0.0.2:8080"),
        (" hub-1.hall:9000 ", "http://hub-1.hall:9000"),
        ("https://hub:8443/", "https://hub:8443"),
        ("https://hub", "https://hub"),
        ("[fe80::1]:8080", "http://[fe80::1]:8080"),
        ("http://hub:0", ""),
        ("hub:99999", ""),
        ("ftp://hub", ""),
        ("hub/board", ""),
        ("主机", ""),
        ("two words", ""),
    ],
)
def test_an_address_as_people_write_it(written: str, meant: str) -> None:
    assert hub_address(written) == meant


def test_it_asks_what_the_pc_is_and_where_its_hub_is(
    tmp_path: Path, pc: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stick = make_release(tmp_path / "stick", "2.0.0")
    answers = ["station，kiosk", "10.0.0.2", "ABCDE-FGHJK"]
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return answers[len(asked) - 1]

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    command = ["install", "--release", str(stick), "--root", str(pc.root)]
    assert main(command) == 0
    assert len(asked) == 3
    assert pc.chosen_roles() == ["station", "kiosk"]
    station = tomlkit.parse((pc.settings / "station.toml").read_text("utf-8")).unwrap()
    assert station["hub"] == {"url": "http://10.0.0.2:8080"}, "no certificate where there is no https"
    drop_in = pc.units / "kioskd-kiosk.service.d" / "hub.conf"
    assert "KIOSKD_HUB=http://10.0.0.2:8080\n" in drop_in.read_text("utf-8")
    # It knows now; only what is new would be asked about.
    assert main(command) == 0
    assert len(asked) == 3
    assert main([*command, "--hub", "nowhere at all"]) == 2
    assert "nowhere at all" in capsys.readouterr().err


def test_an_encrypted_hub_is_known_by_its_ca_whatever_this_pc_is(
    tmp_path: Path, pc: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    stick, ca = make_release(tmp_path / "stick", "2.0.0"), tmp_path / "kioskd-ca.crt"
    command = ["install", "--release", str(stick), "--root", str(pc.root), "--yes"]
    roles = ["--roles", "station,kiosk,board", "--hub", "https://10.0.0.2:8443"]
    assert main([*command, *roles, "--ca", str(ca)]) == 2
    assert str(ca) in capsys.readouterr().err
    ca.write_text("the hall's")
    station = pc.settings / "station.toml"
    trusted = 'Environment="KIOSKD_CA=--ca-file /etc/kioskd/hall-ca.pem"\n'
    drop_ins = [pc.units / f"kioskd-{role}.service.d" / "hub.conf" for role in ("kiosk", "board")]

    def known() -> list[bool]:
        text = tomlkit.parse(station.read_text("utf-8")).unwrap()
        return ["ca_file" in text["hub"], *(trusted in one.read_text("utf-8") for one in drop_ins)]

    assert main([*command, *roles, "--ca", str(ca)]) == 0
    held = pc.settings / "hall-ca.pem"
    assert held.read_text() == "the hall's"
    assert held.stat().st_mode & 0o777 == 0o644, "each program has a user of its own"
    assert known() == [True, True, True]
    # Without https there is nothing to trust; and what was given once need not be given again.
    assert main([*command, "--hub", "10.0.0.2"]) == 0
    assert known() == [False, False, False]
    assert main([*command, "--hub", "https://10.0.0.2:8443"]) == 0
    assert known() == [True, True, True]


def test_who_was_refused_at_first_comes_again_with_another_code(
    tmp_path: Path, pc: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Services:
        def __init__(self) -> None:
            self.started = 0

        def prepare(self) -> None: ...

        def enable(self, roles: Sequence[str]) -> None: ...

        def start(self, roles: Sequence[str]) -> None:
            self.started += 1

        def well(self, roles: Sequence[str], patience_s: float) -> str:
            return ""

    services, codes = Services(), list[str]()

    def pair(_layout: Layout, _roles: list[str], args: argparse.Namespace) -> bool:
        codes.append(args.code)
        return str(args.code) == "RIGHT"

    monkeypatch.setattr("kioskd.install.services.managed", lambda _layout: True)
    monkeypatch.setattr("kioskd.commands.install.systemd", lambda _layout: services)
    monkeypatch.setattr("kioskd.commands.install.own", lambda _layout: None)
    monkeypatch.setattr("kioskd.commands.install._pair", pair)
    stick = make_release(tmp_path / "stick", "2.0.0")
    command = ["install", "--release", str(stick), "--root", str(pc.root), "--yes"]
    command += ["--roles", "station", "--hub", "10.0.0.2", "--code"]
    assert main([*command, "WRONG"]) == 1
    assert not services.started
    assert main([*command, "RIGHT"]) == 0
    assert codes == ["WRONG", "RIGHT"]
    assert services.started == 1


def test_a_kiosk_that_is_one_no_longer_gives_the_pc_back(pc: Layout, said: Path) -> None:
    for unit in (ROOT / "systemd").glob("kioskd*.*"):
        (pc.units / unit.name).write_bytes(unit.read_bytes())
    system = Systemd(pc, "http://127.0.0.1:1/")
    system.enable(["hub", "kiosk"])
    first = said.read_text()
    assert "enable --quiet kioskd.service kioskd-kiosk.service\n" in first
    assert "set-default --quiet multi-user.target\n" in first
    assert "mask --quiet ctrl-alt-del.target\n" in first
    ended = re.search(r"^disable --now --quiet (.*)$", first, re.MULTILINE)
    assert ended
    assert not {"kioskd.service", "kioskd-kiosk.service", "kioskd-screen.service"} & set(ended[1].split())
    assert {"kioskd-standby.service", "kioskd-follow.timer"} <= set(ended[1].split())
    assert not re.search(r"(?m)^enable .*kioskd-follow", first), "a hub follows nobody"
    said.unlink()
    system.enable(["station"])
    assert "enable --quiet --now kioskd-follow.timer\n" in said.read_text(), "a window's PC follows its hub"
    system.enable(["hub", "kiosk"])
    said.unlink()
    system.retire()
    last = said.read_text().splitlines()
    assert set(last[0].split()) >= {"disable", "--now", "kioskd-follow.timer", "kioskd-screen.service"}
    assert last[1:] == ["unmask --quiet ctrl-alt-del.target", "set-default --quiet graphical.target"]


def test_a_packages_files_may_go_and_the_release_stays(pc: Layout) -> None:
    package = make_release(pc.package, "2.0.0")
    assert put_release(pc, package) == "2.0.0"
    mine, its = pc.release("2.0.0") / "bin" / "kioskd", package / "bin" / "kioskd"
    assert mine.samefile(its), "half a gigabyte is not there twice"
    (package / "new").write_text("the next release")
    (package / "new").replace(its)
    verify(pc.release("2.0.0"))


def test_what_has_no_wheel_is_of_the_same_version_by_its_source() -> None:
    pins = (ROOT / "constraints.txt").read_text("utf-8")
    for names in NO_WHEEL.values():
        left = without(pins, names)
        for name, source in names.items():
            wheel = re.search(rf"(?m)^{name}==(\S+)", pins)
            assert wheel
            assert re.search(rf"(?m)^{source.stem}=={wheel[1]} ", source.read_text("utf-8"))
            assert f"{name}==" not in left
        assert left.count("\n") < pins.count("\n")
        assert "aiohttp==" in left
        assert len(re.findall(r"(?m)^\S+==", left)) == len(re.findall(r"(?m)^\S+==", pins)) - len(names)
