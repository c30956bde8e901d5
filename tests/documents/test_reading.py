"""Writing on pages, read by a program of its own; here a stand-in for the recogniser, in a real process."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from kioskd.access.roles import Role
from kioskd.documents import reader
from kioskd.documents.reading import Reading
from kioskd.documents.settings import DocumentSettings
from kioskd.documents.workers import WorkerError
from tests.documents.conftest import photo, send, serve
from tests.web.conftest import Time, running

ENGINE = """
import os
class RapidOCR:
    def __call__(self, page):
        if page == b"die":
            os._exit(3)
        if page == b"no picture":
            raise ValueError("no picture")
        print("libraries talk")
        return [
            [[[300, 11], [400, 11], [400, 30], [300, 30]], "right", 0.9],
            [[[10, 50], [90, 50], [90, 70], [10, 70]], str(page[:2] == b"\\xff\\xd8"), 0.9],
            [[[10, 10], [90, 10], [90, 30], [10, 30]], "left", 0.9],
        ], None
"""


@pytest.fixture
def python(tmp_path: Path) -> str:
    """An interpreter that has the stand-in."""
    library = tmp_path / "library"
    library.mkdir()
    (library / "rapidocr_onnxruntime.py").write_text(ENGINE)
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={library} exec {sys.executable} "$@"\n')
    script.chmod(0o755)
    return str(script)


async def test_lines_from_the_top_down_each_from_the_left(python: str) -> None:
    reading = Reading(python)
    try:
        assert await reading.read(b"\xff\xd8") == ("left  right", "True")
        with pytest.raises(WorkerError):
            await reading.read(b"no picture")
        assert await reading.read(b"other") == ("left  right", "False")
        with pytest.raises(WorkerError):
            await reading.read(b"die")
        assert await reading.read(b"other") == ("left  right", "False")
    finally:
        await reading.close()


async def test_it_goes_when_nobody_needs_it(python: str) -> None:
    reading = Reading(python, idle_s=0.01)
    try:
        await reading.read(b"one")
        async with asyncio.timeout(30):
            while reading._process is not None:  # noqa: ASYNC110 - a process ends
                await asyncio.sleep(0.01)
        assert await reading.read(b"two") == ("left  right", "False")
    finally:
        await reading.close()


async def test_an_interpreter_that_is_not_there() -> None:
    reading = Reading("/nowhere/python")
    with pytest.raises(WorkerError):
        await reading.read(b"one")
    await reading.close()


async def test_through_the_api(tmp_path: Path, python: str) -> None:
    settings = DocumentSettings(free_mib=0, ocr_python=python)
    async with running(tmp_path, Time(), documents=settings) as hall:
        await serve(hall)
        page = (await send(hall, photo(3))).json
        assert (await hall.get("windows/1/pages", Role.TELLER)).json["reader"] is True
        answer = await hall.get(f"windows/1/pages/{page['id']}/text", Role.TELLER)
        assert answer.json == {"lines": ["left  right", "True"]}
        unknown = await hall.get(f"windows/1/pages/p_{'0' * 32}/text", Role.TELLER)
        assert unknown.code == "unknown_page"


async def test_where_none_is_installed(tmp_path: Path) -> None:
    async with running(tmp_path, Time()) as hall:
        await serve(hall)
        page = (await send(hall, photo(3))).json
        assert "reader" not in (await hall.get("windows/1/pages", Role.TELLER)).json
        answer = await hall.get(f"windows/1/pages/{page['id']}/text", Role.TELLER)
        assert answer.code == "no_reader"


def test_nothing_on_a_page() -> None:
    assert reader.lines([]) == []
