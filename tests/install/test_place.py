"""Releases, units and settings in their places; what a stick broke on the way; what stays after all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.hubs import ROOT
from kioskd.commands.install import ROLE_NAMES
from kioskd.commands.releases_texts import _ADVICE, _FINDINGS, finding
from kioskd.install.layout import ROLES, Layout
from kioskd.install.machine import look
from kioskd.install.place import ReleaseError, put_release, put_settings, put_system_files, remove, verify
from kioskd.install.switch import point
from kioskd.settings import HallSettings, check
from tests.install.conftest import make_release


@pytest.fixture
def bare(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "pc")


def test_a_release_is_copied_whole_or_not_at_all(tmp_path: Path, bare: Layout) -> None:
    stick = make_release(tmp_path / "stick", "2.0.0")
    assert put_release(bare, stick) == "2.0.0"
    assert bare.versions() == ["2.0.0"]
    verify(bare.release("2.0.0"))
    (stick / "bin" / "kioskd").write_text("spoilt", "utf-8")
    (stick / "VERSION").write_text("2.1.0\n")
    with pytest.raises(ReleaseError, match="damaged"):
        put_release(bare, stick)
    assert bare.versions() == ["2.0.0"]


def test_a_copy_that_goes_wrong_takes_nobodys_place(
    tmp_path: Path, bare: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = make_release(tmp_path / "stick", "2.0.0")
    put_release(bare, stick)
    copy = shutil.copy2

    def spoiling(source: str, target: str, **more: bool) -> str:
        made = copy(source, target, **more)
        if Path(made).name == "kioskd":
            Path(made).write_bytes(b"half")
        return made

    monkeypatch.setattr("kioskd.install.place.shutil.copy2", spoiling)
    with pytest.raises(ReleaseError, match="damaged"):
        put_release(bare, stick)
    assert [folder.name for folder in bare.releases.iterdir()] == ["2.0.0"]
    verify(bare.release("2.0.0"))
    # Nor does what a power cut left of a copy, and the next copy takes it away.
    left = bare.releases / ".2.0.0.new"
    shutil.copytree(bare.release("2.0.0"), left)
    assert bare.versions() == ["2.0.0"]
    monkeypatch.undo()
    put_release(bare, stick)
    assert not left.exists()


def test_settings_are_given_once_and_are_then_the_halls(tmp_path: Path, bare: Layout) -> None:
    stick = make_release(tmp_path / "stick", "2.0.0")
    new = put_settings(bare, stick, ["hub", "station"])
    hall = bare.settings / "hall.toml"
    assert hall not in new, "a hub without one is set up on its pages"
    assert {bare.settings / "station.toml", bare.settings / "evaluation-options.toml"} <= set(new)
    # What a hall's file names beside it is there.
    text = (ROOT / "config" / "sample" / "hall.toml").read_text("utf-8").replace('"../', '"')
    hall.write_text(text, "utf-8")
    checked = check(hall)
    assert isinstance(checked.settings, HallSettings), checked.problems
    hall.write_text("# ours\n" + hall.read_text("utf-8"), "utf-8")
    assert put_settings(bare, stick, ["hub"]) == []
    assert hall.read_text("utf-8").startswith("# ours\n")
    assert bare.chosen_roles() == ["hub"]


def test_all_goes_but_what_is_the_halls(tmp_path: Path, bare: Layout) -> None:
    stick = make_release(tmp_path / "stick", "2.0.0")
    put_release(bare, stick)
    put_system_files(bare, stick, ["hub", "kiosk"])
    put_settings(bare, stick, ["hub"])
    point(bare, "2.0.0")
    bare.data.mkdir(parents=True)
    (bare.data / "journal.db").write_bytes(b"years of a hall")
    assert (bare.base / "bin" / "kioskd").exists()
    for unit in ROLES.values():
        assert (bare.units / unit).exists(), unit
    assert remove(bare) == [bare.settings, bare.data]
    assert not bare.base.exists()
    left = [
        place
        for name in ("systemd", "udev", "sysusers.d", "X11")
        for place in (bare.root / "etc" / name).rglob("*")
    ]
    assert not [place for place in left if place.is_file()]
    assert (bare.data / "journal.db").read_bytes() == b"years of a hall"


def test_what_a_pc_lacks_is_said_with_what_to_do(bare: Layout) -> None:
    bare.root.mkdir()
    found = look(bare, ROLE_NAMES, "2.17", 0, 0, ("no-such-browser",))
    assert {one.code for one in found} == set(_FINDINGS) == set(_ADVICE)
    for one in found:
        assert finding(one)
        assert one.code == "persists" or one.level != "stop" or one.code == "disk"
    assert next(one for one in found if one.code == "browser").level == "warning"
    old = look(bare, ["hub"], "9.99", 0, 0, ())
    assert next(one for one in old if one.code == "libc").level == "stop"
    early = look(bare, ["hub"], "2.17", 1 << 40, 0, ())
    assert next(one for one in early if one.code == "clock").level == "warning"


def test_a_library_the_system_lacks_is_named_before_anything_fails_for_it(
    bare: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare.root.mkdir()
    found = {one.code: one for one in look(bare, ["hub"], "2.17", 0, 0, ())}
    assert found["libraries"].level == "good"
    assert "voice" not in found
    monkeypatch.setattr("kioskd.install.machine.LIBRARIES", ("libz.so.1", "libstdc++.so.99"))
    monkeypatch.setattr("kioskd.install.machine.VOICE_LIBRARIES", ("libglib-9.so.0",))
    found = {one.code: one for one in look(bare, ["kiosk"], "2.17", 0, 0, ())}
    assert (found["libraries"].level, found["voice"].level) == ("stop", "warning")
    said = finding(found["libraries"]).split("\n", 1)[1]
    assert "缺 libstdc++.so.99" in said
    assert "not there: libstdc++.so.99" in said
    assert "libglib-9.so.0" in finding(found["voice"])
