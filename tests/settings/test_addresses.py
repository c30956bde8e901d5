"""An address is changed in a settings file as a careful person would: nothing else is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kioskd.settings import AddressFile, load_station
from kioskd.settings.addresses import Rebinding

TEXT = """\
# 3 号窗口的电脑 · the PC of window 3
id = "pc-3"

[hub]
url = "https://hub.hall:8443"   # 主机 · the hub

# 叫号器，贴着蓝标签
[[device]]
id = "keypad-3"
driver = "call_pad.ff68"
address = "serial:///dev/serial/by-path/a?baudrate=9600"  # 左边的口
unit = 3
window = "3"

[[device]]
id     = "sign-3"          # 同一条线 · same line
driver = "caller_display.onbon_bx"
address = 'serial:///dev/serial/by-path/a?baudrate=9600'
unit = 13
window = "3"

[[device]]
id = "pad-3"
driver = "rating_pad.hid"
address = "evdev:///dev/input/by-path/b-event-kbd"
window = "3"
"""
OLD = "serial:///dev/serial/by-path/a?baudrate=9600"
NEW = "serial:///dev/serial/by-path/z?baudrate=9600"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "station.toml"
    file.write_text(TEXT, "utf-8")
    file.chmod(0o640)
    return file


def addresses(file: Path) -> list[str]:
    return [device.address for device in load_station(file).devices]


def test_only_the_address_changes(file: Path) -> None:
    AddressFile(file).rebind(OLD, NEW)
    assert file.read_text("utf-8") == TEXT.replace("by-path/a?", "by-path/z?").replace(
        f"'{NEW}'", f'"{NEW}"'
    ), "comments, order and blanks stay"
    assert addresses(file) == [NEW, NEW, "evdev:///dev/input/by-path/b-event-kbd"]
    assert file.stat().st_mode & 0o777 == 0o640
    (backup,) = file.parent.glob("station.toml.before-*")
    assert backup.read_text("utf-8") == TEXT
    assert not list(file.parent.glob("*.new")) + list(file.parent.glob("*.part"))


def test_it_is_taken_back_even_from_a_file_edited_since(file: Path) -> None:
    book = AddressFile(file)
    book.rebind(OLD, NEW)
    edited = file.read_text("utf-8").replace("unit = 13", "unit = 14")
    file.write_text(edited, "utf-8")
    assert AddressFile(file).undo(NEW) == OLD
    assert addresses(file)[:2] == [OLD, OLD]
    assert "unit = 14" in file.read_text("utf-8")
    assert list(book.history()) == []
    with pytest.raises(ValueError, match="was not rebound"):
        book.undo(OLD)


def test_what_was_done_is_noted_and_half_a_note_does_no_harm(file: Path) -> None:
    book = AddressFile(file)
    book.rebind(OLD, NEW)
    book.rebind(NEW, OLD.replace("/a?", "/y?"))
    notes = file.with_name("station.toml.rebound")
    notes.write_bytes(notes.read_bytes() + b'{"at": "2026-')
    first, second = book.history()
    assert isinstance(first, Rebinding)
    assert (first.old, first.new, first.devices) == (OLD, NEW, ("keypad-3", "sign-3"))
    assert book.undo(second.new) == NEW
    assert book.undo(NEW) == OLD
    assert len(list(file.parent.glob("station.toml.before-*"))) == 1, "the first copy of the day is kept"


@pytest.mark.parametrize("new", ["rubbish", "tcp://10.0.0.1"])
def test_a_file_that_would_no_longer_be_valid_is_not_written(file: Path, new: str) -> None:
    with pytest.raises(ValueError, match="no longer be valid"):
        AddressFile(file).rebind(OLD, new)
    assert file.read_text("utf-8") == TEXT
    assert not list(AddressFile(file).history())


def test_what_is_not_there_cannot_be_changed(file: Path) -> None:
    with pytest.raises(ValueError, match="no device is at"):
        AddressFile(file).rebind("serial:///dev/ttyS9", NEW)
    assert file.read_text("utf-8") == TEXT


def test_a_crash_while_writing_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="Input/output"):
        AddressFile(file).rebind(OLD, NEW)
    assert file.read_text("utf-8") == TEXT


def test_a_link_stays_a_link(file: Path) -> None:
    link = file.parent / "hall.toml"
    link.symlink_to(file.name)
    AddressFile(link).rebind(OLD, NEW)
    assert link.is_symlink()
    assert addresses(file)[0] == NEW
