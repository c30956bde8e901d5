"""Files nobody could read are said to be so, with the line."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from kioskd.settings.files import LARGEST
from kioskd.settings.sentences import line
from tests.settings.small import HALL, found, write


def only(file: Path) -> tuple[str, dict[str, object]]:
    (problem,) = found(file)
    return problem.code, problem.params


def test_a_missing_file(tmp_path: Path) -> None:
    assert only(tmp_path / "hall.toml") == ("file.missing", {})


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    assert only(tmp_path)[0] == "file.not_a_file"


def test_an_endless_file_is_never_opened() -> None:
    assert only(Path("/dev/zero"))[0] == "file.not_a_file"


def test_a_pipe_without_a_writer_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hall.toml")
    assert only(tmp_path / "hall.toml")[0] == "file.not_a_file"


def test_a_huge_file(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    with file.open("wb") as stream:
        stream.truncate(LARGEST + 1)
    assert only(file)[0] == "file.too_big"


def test_gbk_from_an_old_editor(tmp_path: Path) -> None:
    file = write(tmp_path)
    file.write_bytes(HALL.encode("gbk"))
    line = HALL[: HALL.index("小厅")].count("\n") + 1
    assert only(file) == ("file.encoding", {"line": line})


def test_a_slip_in_toml_names_line_and_column(tmp_path: Path) -> None:
    code, params = only(write(tmp_path, hall_toml=HALL.replace('prefix = "B"', "prefix = B")))
    assert code == "file.syntax"
    assert params["line"] == HALL[: HALL.index('prefix = "B"')].count("\n") + 1


def test_a_file_that_ends_too_soon(tmp_path: Path) -> None:
    code, params = only(write(tmp_path, hall_toml=HALL + '\nlast = """'))
    assert code == "file.syntax"
    assert params["line"] == HALL.count("\n") + 2


def test_a_table_twice(tmp_path: Path) -> None:
    assert only(write(tmp_path, hall_toml=HALL + "\n[hall]\n"))[0] == "file.syntax"


def test_nested_beyond_reason(tmp_path: Path) -> None:
    assert only(write(tmp_path, hall_toml="a = " + "[" * 100_000))[0] == "file.value"


def test_a_number_of_ten_thousand_digits(tmp_path: Path) -> None:
    assert only(write(tmp_path, hall_toml="a = " + "9" * 10_000))[0] in {"file.value", "file.syntax"}


def test_a_date_that_does_not_exist(tmp_path: Path) -> None:
    assert only(write(tmp_path, hall_toml="a = 2026-02-31"))[0] in {"file.value", "file.syntax"}


def test_a_name_no_system_takes(tmp_path: Path) -> None:
    assert only(tmp_path / ("x" * 300))[0] == "file.unreadable"
    assert only(Path("hall\0.toml"))[0] in {"file.unreadable", "file.missing"}


LONG = "x" * 300
"""No file system has a name of this length."""


@pytest.mark.parametrize("name", ["round", LONG])
def test_a_path_that_may_not_be_followed(tmp_path: Path, name: str) -> None:
    (tmp_path / "round").symlink_to("round")
    why = {"why": "name_too_long" if name == LONG else "loop"}
    assert only(tmp_path / name) == ("file.unreadable", why)
    assert only(tmp_path / name / "hall.toml") == ("file.unreadable", why)
    for key, code in {
        'services = "services.toml"': "file.unreadable",
        'calendars = ["2026.toml"]': "file.unreadable",
        'profiles = "profiles"': "folder.unreadable",
    }.items():
        file = write(tmp_path, hall_toml=HALL.replace(key, re.sub('"[^"]*"', f'"{name}"', key)))
        problems = found(file)
        assert (code, why["why"]) in [(one.code, one.params.get("why")) for one in problems], key
        assert all(line(one, language) for one in problems for language in ("zh", "en"))


def test_recordings_that_cannot_be_looked_for(tmp_path: Path) -> None:
    (problem,) = found(write(tmp_path, hall_toml=f'recordings = "{LONG}"\n{HALL}'))
    assert (problem.path, problem.code) == ("recordings", "folder.unreadable")
