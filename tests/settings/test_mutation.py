"""Whatever a file holds, checking it ends in problems or in settings, never in a crash."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kioskd.settings import HallSettings, check
from kioskd.settings.sentences import LANGUAGES, line
from tests.settings.small import CONFIG, FILES, write

NAMES = sorted(FILES)
SPLICES = [
    '"',
    "[",
    "]",
    "{",
    "}",
    "=",
    ".",
    "#",
    "''",
    "-1",
    "1e400",
    "nan",
    "true",
    "[[hall]]",
    "[queue]",
    "2026-01-01",
    "\\u0000",
    "id=1",
    "zone=[]",
    "[[device]]",
    "options=3",
]
SPLICES += ["\n", "\ufffd", "\x00", "\n[[device]]\n", "\nzone = []\n"]
VALUES = [
    "0",
    "-7",
    "3.5",
    "inf",
    "nan",
    "true",
    '""',
    '"x"',
    '"general"',
    '"1"',
    '"{x}"',
    "[]",
    "{}",
    "[[1]]",
    '["general"]',
    "[{}]",
    "{zh=1}",
    "2026-01-01",
    "12:00:00",
    '"24:00"',
    '"ＡＡ"',
    '"\\u2028"',
]
VALUES += ["0x" + "f" * 4000, '"' + "长" * 3000 + '"']


def outcome(folder: Path, texts: dict[str, str]) -> None:
    keyed = {name.rpartition("/")[2].replace(".", "_"): text for name, text in texts.items()}
    checked = check(write(folder, **keyed))
    assert (checked.settings is None) == bool(checked.problems)
    for problem in checked.problems:
        for language in LANGUAGES:
            assert line(problem, language)
    if isinstance(checked.settings, HallSettings):
        assert checked.settings.rules.queues


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_changed_value(data: Any) -> None:
    """Any value replaced by any other."""
    texts = dict(FILES)
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(NAMES))
        lines = texts[name].split("\n")
        index = data.draw(st.sampled_from([i for i, text in enumerate(lines) if " = " in text] or [0]))
        key, _, _ = lines[index].partition(" = ")
        lines[index] = f"{key} = {data.draw(st.sampled_from(VALUES))}"
        texts[name] = "\n".join(lines)
    with tempfile.TemporaryDirectory() as folder:
        outcome(Path(folder), texts)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_lines_lost_doubled_or_spliced(data: Any) -> None:
    """Any line gone or twice, any piece of text put anywhere."""
    texts = dict(FILES)
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(NAMES))
        lines = texts[name].split("\n")
        index = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["lose", "double", "splice"])):
            case "lose":
                del lines[index]
            case "double":
                lines.insert(index, lines[index])
            case _:
                at = data.draw(st.integers(0, len(lines[index])))
                piece = data.draw(st.sampled_from(SPLICES))
                lines[index] = lines[index][:at] + piece + lines[index][at:]
        texts[name] = "\n".join(lines) or "\n"
    with tempfile.TemporaryDirectory() as folder:
        outcome(Path(folder), texts)


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_a_changed_line_of_the_sample_hall(data: Any) -> None:
    """The full sample, with one line of one file changed."""
    name = data.draw(st.sampled_from(["hall.toml", "services.toml", "calendar-2026.toml"]))
    lines = (CONFIG / "sample" / name).read_text(encoding="utf-8").split("\n")
    index = data.draw(st.integers(0, len(lines) - 1))
    key, equals, _ = lines[index].partition(" = ")
    lines[index] = key + equals + data.draw(st.sampled_from(VALUES if equals else SPLICES))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "config"
        shutil.copytree(CONFIG, copy)
        (copy / "sample" / name).write_text("\n".join(lines), encoding="utf-8")
        checked = check(copy / "sample" / "hall.toml")
        assert (checked.settings is None) == bool(checked.problems)
        assert all(line(problem) for problem in checked.problems)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=200))
def test_any_bytes(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder))
        (Path(folder) / name).write_bytes(content)
        checked = check(file)
        assert all(line(problem) for problem in checked.problems)
