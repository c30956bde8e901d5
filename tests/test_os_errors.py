"""What the system refuses is said in words, whatever it was."""

from __future__ import annotations

import errno
import os

import pytest

from kioskd.os_errors import WORDS, class_of, explain, why


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_has_words_of_the_readers_language(number: int) -> None:
    error = OSError(number, os.strerror(number), "/data/journal.db")
    zh, en = explain(error, "zh"), explain(error, "en")
    assert zh.startswith("/data/journal.db：")
    assert en.startswith("/data/journal.db: ")
    assert os.strerror(number) not in zh
    if class_of(error) == "other":
        assert errno.errorcode[number] in zh
        assert errno.errorcode[number] in en


def test_the_ones_a_technician_meets() -> None:
    said = {name: why(OSError(getattr(errno, name), ""), "zh") for name in ("EACCES", "ENOSPC", "EADDRINUSE")}
    assert said == {"EACCES": "没有权限", "ENOSPC": "磁盘已满", "EADDRINUSE": "正被别的程序使用"}


def test_errors_without_a_number_have_words_too() -> None:
    assert why(TimeoutError(), "en") == "system error TimeoutError"
    assert all(zh != en for zh, en in WORDS.values())
