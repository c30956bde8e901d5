"""Pages on disk: sealed, whole, found again after a kill, refused clearly when there is no room or key."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kioskd.documents.keys import KeyMissingError, load_key
from kioskd.documents.sealing import Method, PageKey, SealError
from kioskd.documents.spool import Spool, SpoolError
from tests.documents.conftest import photo

NAMES = [f"p_{n:032x}" for n in range(10)]
KEY = PageKey(b"k" * 32)


def spool(folder: Path, *, quota: int = 1 << 30, method: Method = Method.AES, key: PageKey = KEY) -> Spool:
    opened = Spool(folder, key, method, quota=quota, reserve=0)
    opened.open()
    return opened


@given(st.binary(max_size=300), st.sampled_from(list(Method)), st.integers(0, 10_000))
def test_what_was_sealed_opens_and_what_was_changed_does_not(data: bytes, method: Method, at: int) -> None:
    sealed = KEY.seal(method, NAMES[0], data)
    assert KEY.open(NAMES[0], sealed) == data
    assert len(data) < 8 or data not in sealed
    with pytest.raises(SealError):
        KEY.open(NAMES[1], sealed)
    changed = bytearray(sealed)
    changed[at % len(sealed)] ^= 0x10
    with pytest.raises(SealError):
        KEY.open(NAMES[0], bytes(changed))
    with pytest.raises(SealError):
        PageKey(b"o" * 32).open(NAMES[0], sealed)


@pytest.mark.parametrize("method", list(Method))
def test_nothing_of_the_picture_is_on_disk(tmp_path: Path, method: Method) -> None:
    own, data = spool(tmp_path, method=method), photo(3)
    own.put(NAMES[0], data)
    (file,) = tmp_path.iterdir()
    kept = file.read_bytes()
    assert not any(data[n : n + 12] in kept for n in range(0, len(data) - 12, 97))
    assert file.stat().st_mode & 0o777 == 0o600
    assert spool(tmp_path).get(NAMES[0]) == data


def test_no_room_is_said_and_harms_nothing(tmp_path: Path) -> None:
    own = spool(tmp_path, quota=10_000)
    own.put(NAMES[0], b"x" * 6_000)
    with pytest.raises(SpoolError) as caught:
        own.put(NAMES[1], b"y" * 6_000)
    assert caught.value.code == "spool_full"
    assert own.names() == {NAMES[0]}
    own.remove((NAMES[0],))
    own.put(NAMES[1], b"y" * 6_000)


def test_a_full_disk_leaves_no_half_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = spool(tmp_path)
    real = os.write

    def full(file: int, data: bytes) -> int:
        if len(data) > 50:
            return real(file, data[:40])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kioskd.documents.spool.os.write", full)
    with pytest.raises(SpoolError) as caught:
        own.put(NAMES[0], b"z" * 100)
    assert caught.value.code == "spool_full"
    assert list(tmp_path.iterdir()) == []


def test_another_key_is_told_from_damage(tmp_path: Path) -> None:
    spool(tmp_path).put(NAMES[0], b"page")
    with pytest.raises(SpoolError) as caught:
        spool(tmp_path, key=PageKey(b"o" * 32)).get(NAMES[0])
    assert caught.value.code == "key_wrong"
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(SpoolError) as caught:
        spool(tmp_path).get(NAMES[0])
    assert caught.value.code == "page_broken"


def test_where_the_key_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = load_key(tmp_path, "", may_make=True)
    assert (tmp_path / "documents.key").stat().st_mode & 0o777 == 0o600
    assert load_key(tmp_path, "", may_make=False).name == made.name
    (tmp_path / "documents.key").unlink()
    with pytest.raises(KeyMissingError):
        load_key(tmp_path, "", may_make=False)
    with pytest.raises(KeyMissingError):
        load_key(tmp_path, "elsewhere.key", may_make=True)
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "kioskd-documents-key").write_text("ab" * 32)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert load_key(tmp_path, "", may_make=False).name == PageKey(b"\xab" * 32).name


WRITER = textwrap.dedent("""
    import os, sys
    from pathlib import Path
    from kioskd.documents import spool as module
    from kioskd.documents.sealing import Method, PageKey

    def counted(real):
        def call(*args, **kwargs):
            global count
            count += 1
            if count == deadly:
                os.kill(os.getpid(), 9)
            return real(*args, **kwargs)
        return call

    def work(folder):
        for name in ("open", "write", "fsync", "close"):
            setattr(module.os, name, counted(getattr(os, name)))
        Path.rename, Path.unlink = counted(Path.rename), counted(Path.unlink)
        own = module.Spool(folder, PageKey(b"k" * 32), Method.AES, quota=1 << 30, reserve=0)
        own.open()
        for n in range(2):
            own.put(f"p_{n:032x}", b"SECRET PICTURE " * 2000)
            print("kept", n, flush=True)
        print("goes", 0, flush=True)
        own.remove(("p_" + "0" * 32,))

    PageKey(b"k" * 32).seal(Method.AES, "p_0", b"")  # loads what else every child would load anew
    for deadly in range(1, 100):
        count = 0
        print("child", deadly, flush=True)
        if not os.fork():
            work(Path(sys.argv[1]) / str(deadly))
            os._exit(0)
        if os.waitstatus_to_exitcode(os.wait()[1]) == 0:
            break
""")


def test_killed_at_every_call(tmp_path: Path) -> None:
    """What was said to be kept is there, nothing on disk is plain, what is half done goes at the start."""
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path)], capture_output=True, text=True, timeout=120, check=True
    )
    said: dict[str, dict[str, set[int]]] = {}
    for word, number in (line.split() for line in done.stdout.splitlines()):
        if word == "child":
            child = said[number] = {"kept": set(), "goes": set()}
        else:
            child[word].add(int(number))
    assert len(said) > 20, "two pages written and one removed are so many calls at least"
    assert said[str(len(said))] == {"kept": {0, 1}, "goes": {0}}, "the last one lived"
    for number, child in said.items():
        folder = tmp_path / number
        for file in folder.iterdir() if folder.exists() else ():
            assert b"SECRET" not in file.read_bytes()
        again = spool(folder)
        assert not list(folder.glob("*.part"))
        assert {NAMES[n] for n in child["kept"] - child["goes"]} <= again.names()
        for name in again.names():
            assert again.get(name) == b"SECRET PICTURE " * 2000
    assert spool(tmp_path / str(len(said))).names() == {NAMES[1]}
