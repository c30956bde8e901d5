"""The hall's settings file as a page edits it: checked in words, applied, and every version comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from kioskd.settings import HallFileEditor, load
from kioskd.settings.places import line_of
from kioskd.settings.versions import KEPT, Versions, revision_of
from kioskd.settings.years import named_in
from kioskd.web.hall_file import Changed, Examined, FileLine, Prepared
from tests.settings.small import CONFIG, HALL, write

NOW = 1_773_000_000_000


def editor(tmp_path: Path) -> HallFileEditor:
    file = write(tmp_path)
    return HallFileEditor(file, tmp_path / "kept", load(file))


def applied(edit: HallFileEditor, text: str, by: str = "wu") -> int:
    prepared = edit.prepare(text, edit.present().revision, "zh")
    assert isinstance(prepared, Prepared), prepared
    return edit.apply(prepared, by).version


def test_what_is_wrong_is_said_with_its_line(tmp_path: Path) -> None:
    edit = editor(tmp_path)
    text = edit.present().text.replace('prefix = "B"', 'prefix = "I"').replace('skills = ["general"]', "", 1)
    found = edit.examine(text, "zh")
    (problem,) = found.problems
    assert problem.line is not None
    assert text.splitlines()[problem.line - 1] == 'prefix = "I"'
    assert "前缀" in problem.sentence
    assert (problem.path, problem.item, problem.file) == ("queue[1].prefix", "card", "")
    assert [(line.kind, line.text) for line in found.diff if line.kind != "same"][1:3] == [
        ("out", 'prefix = "B"'),
        ("in", 'prefix = "I"'),
    ]
    assert "prefix" in edit.examine(text, "en").problems[0].sentence
    refused = edit.prepare(text, edit.present().revision, "zh")
    assert isinstance(refused, Examined)
    assert edit.present().text != text


def test_syntax_is_told_with_its_line(tmp_path: Path) -> None:
    edit = editor(tmp_path)
    text = edit.present().text + '\n[[queue]\nid = "x"\n'
    (problem,) = edit.examine(text, "zh").problems
    assert problem.line == text.splitlines().index("[[queue]") + 1


def test_a_problem_in_another_file_is_told_as_such(tmp_path: Path) -> None:
    edit = editor(tmp_path)
    (tmp_path / "services.toml").write_text("nonsense = 1\n")
    (problem,) = edit.examine(edit.present().text + "\n# changed\n", "zh").problems
    assert (problem.file, problem.line) == ("services.toml", None)


def test_applied_and_brought_back(tmp_path: Path) -> None:
    edit = editor(tmp_path)
    first = edit.present()
    changed = first.text.replace("小厅", "大厅")
    assert edit.examine(changed, "zh").rules
    assert applied(edit, changed) == 2
    seen = edit.present()
    assert seen.text == changed
    assert [(one.number, one.by, one.current) for one in seen.versions] == [(2, "wu", True), (1, "", False)]
    assert edit.version(1) == first.text
    assert applied(edit, edit.version(1), "zheng") == 3
    assert load(tmp_path / "hall.toml").rules.name.zh == "小厅"
    with pytest.raises(KeyError):
        edit.version(9)


def test_what_a_hand_wrote_is_kept_before_it_is_replaced(tmp_path: Path) -> None:
    edit = editor(tmp_path)
    text = edit.present().text
    by_hand = text + "# noted at the desk\n"
    (tmp_path / "hall.toml").write_text(by_hand, "utf-8")
    prepared = edit.prepare(text.replace("小厅", "大厅"), revision_of(by_hand), "zh")
    assert isinstance(prepared, Prepared)
    edit.apply(prepared, "wu")
    assert by_hand in [edit.version(one.number) for one in edit.present().versions]


def test_what_waits_for_a_restart_is_named(tmp_path: Path) -> None:
    edit = editor(tmp_path)
    text = edit.present().text + '\n[web]\nport = 9999\n\n[[device]]\nid = "s"\ndriver = "speaker.pcm"\n'
    text += 'address = "tcp://127.0.0.1:9"\n'
    found = edit.examine(text, "zh")
    assert found.problems == ()
    assert (set(found.restart), found.rules) == ({"web", "station"}, False)
    applied(edit, text)
    assert set(edit.present().restart) == {"web", "station"}, "still waits after it was applied"


def test_nobody_overwrites_a_change_they_have_not_seen(tmp_path: Path) -> None:
    edit = editor(tmp_path)
    opened = edit.present()
    file = tmp_path / "hall.toml"
    file.write_text(opened.text.replace("小厅", "新厅"))
    refused = edit.prepare(opened.text.replace("小厅", "大厅"), opened.revision, "zh")
    assert isinstance(refused, Changed)
    assert [one.by for one in edit.present().versions] == ["", ""], "what was changed outside is kept too"
    assert isinstance(edit.prepare(edit.present().text, opened.revision, "zh"), Prepared), "a repeat is done"


def test_what_was_refused_leaves_nothing(tmp_path: Path) -> None:
    edit = editor(tmp_path)
    before = edit.present().text
    prepared = edit.prepare(before.replace("小厅", "大厅"), edit.present().revision, "zh")
    assert isinstance(prepared, Prepared)
    edit.discard(prepared)
    assert edit.present().text == before
    assert not list(tmp_path.glob("*.new"))


def test_windows_line_ends_are_no_change(tmp_path: Path) -> None:
    edit = editor(tmp_path)
    text = edit.present().text
    (tmp_path / "hall.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert edit.present().text == text
    assert edit.examine(text, "zh").diff == ()


def test_versions_do_not_pile_up_and_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    for number in range(KEPT + 5):
        versions.keep(f"text {number}", "wu", NOW)
    assert len(versions.all()) == KEPT
    assert versions.all()[-1].number == KEPT + 5
    assert len(list(tmp_path.glob("*.toml"))) == KEPT
    with (tmp_path / "index.jsonl").open("ab") as index:
        index.write(b'{"number":')
    assert versions.keep("more", "wu", NOW).number == KEPT + 6


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("hall.name", 'name = "the hall"'),
        ("queue[1].prefix", 'prefix = "second"'),
        ("queue[1]", "[[queue]]  # the second"),
        ("calendar.session[1].start", 'start = "b"'),
        ("calendar.session[0]", "[[calendar.session]]"),
        ("policy.rating.timeout_s", "timeout_s = 60"),
        ("top", "top = 1"),
    ],
)
def test_the_line_of_a_path(path: str, line: str) -> None:
    text = """top = 1
[hall]
name = "the hall"
[[queue]]
prefix = "first"
[[queue]]  # the second
# prefix = "no"
prefix = "second"
[calendar]
[[calendar.session]]
start = "a"
[[calendar.session]]
start = "b"
[policy.rating]
timeout_s = 60
"""
    number = line_of(text, path)
    assert number is not None
    assert text.splitlines()[number - 1] == line


def test_a_path_that_lies_nowhere_has_no_line() -> None:
    assert line_of("a = 1\n", "queue[3].prefix") is None
    assert line_of("[hall]\n", "hall.name") == 1, "what is missing belongs under its table"


def test_the_catalogue_is_edited_as_the_hall_is(tmp_path: Path) -> None:
    hall = editor(tmp_path)
    lines = {line.file: line for line in hall.present().files}
    assert lines["services"].own
    assert lines["services"].name == "services.toml"
    edit = hall.of("services")
    text = edit.present().text
    wrong = text.replace('queue = "general"', 'queue = "nowhere"', 1)
    (problem,) = edit.examine(wrong, "zh").problems
    assert problem.file == ""
    assert wrong.splitlines()[(problem.line or 0) - 1] == 'queue = "nowhere"'
    assert (tmp_path / "services.toml").read_text("utf-8") == text, "nothing was changed by looking"
    assert applied(edit, text + "\n# 备注\n") == 2
    assert edit.version(1) == text
    assert [one.number for one in hall.present().versions] == [1], "each file has versions of its own"
    with pytest.raises(KeyError):
        hall.of("../hall")


def test_a_file_from_elsewhere_is_only_seen(tmp_path: Path) -> None:
    (tmp_path / "hall").mkdir()
    (tmp_path / "shared").mkdir()
    file = write(tmp_path / "hall")
    (tmp_path / "hall" / "services.toml").rename(tmp_path / "shared" / "services.toml")
    file.write_text(file.read_text("utf-8").replace('"services.toml"', '"../shared/services.toml"'), "utf-8")
    edit = HallFileEditor(file, tmp_path / "kept", load(file)).of("services")
    assert not edit.own
    assert "service" in edit.present().text
    assert edit.present().versions == ()


def of_a_new_year(hall: HallFileEditor) -> FileLine:
    (line,) = [line for line in hall.present().files if line.new]
    return line


def test_a_calendar_is_made_and_named_at_once(tmp_path: Path) -> None:
    hall = editor(tmp_path)
    line = of_a_new_year(hall)
    assert (line.kind, line.own, line.name) == ("calendar", True, f"{line.year}.toml")
    edit = hall.of(line.file)
    seen = edit.present()
    assert seen.versions == ()
    (problem,) = edit.examine(seen.text + "\n", "zh").problems
    assert problem.path == "holidays", "an empty year would silence the reminder of a missing one"
    assert seen.text.splitlines()[(problem.line or 0) - 1].startswith("holidays")
    filled = seen.text.replace("元旦 · New Year\n", f'元旦 · New Year\n    "{line.year}-01-01",\n')
    good = edit.examine(filled, "zh")
    assert (good.problems, good.rules) == ((), True)
    assert not (tmp_path / line.name).exists(), "nothing was changed by looking"
    prepared = edit.prepare(filled, seen.revision, "zh")
    assert isinstance(prepared, Prepared)
    edit.discard(prepared)
    assert not list(tmp_path.glob("*.new"))
    assert applied(edit, filled) == 1
    years = {year.year: year for year in load(tmp_path / "hall.toml").rules.calendar.years}
    assert years[line.year].holidays == (f"{line.year}-01-01",)
    assert [one.by for one in hall.present().versions] == ["wu", ""]
    made = next(one for one in hall.present().files if one.file == line.file)
    assert not made.new
    assert hall.of(line.file).present().text == filled


def test_nobody_makes_a_calendar_that_somebody_else_has_made(tmp_path: Path) -> None:
    hall = editor(tmp_path)
    line = of_a_new_year(hall)
    edit = hall.of(line.file)
    seen = edit.present()
    (tmp_path / line.name).write_text(f'year = {line.year}\nholidays = ["{line.year}-05-01"]\n')
    assert isinstance(edit.prepare(seen.text, seen.revision, "zh"), Changed)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('calendars = ["2026.toml"]', 'calendars = ["2026.toml", "x.toml"]'),
        ("calendars = []", 'calendars = ["x.toml"]'),
        (
            'calendars = [\n    "2026.toml",  # 今年\n]',
            'calendars = [\n    "2026.toml",  # 今年\n    "x.toml",\n]',
        ),
        ('calendars = [\n    "2026.toml"\n]', 'calendars = [\n    "2026.toml",\n    "x.toml"\n]'),
        ('calendars = ["a]b.toml"] # ]', 'calendars = ["a]b.toml", "x.toml"] # ]'),
        ("", 'calendars = ["x.toml"]'),
    ],
)
def test_a_calendar_is_named_and_all_else_stays(before: str, after: str) -> None:
    text = '# 大厅\n{}\nservices = "s.toml"  # 目录\n\n[hall]\nid = "h"\ncalendars = ["not this"]\n'
    if not before:
        text = text.replace("{}\n", "")
        after = text.replace("services", f"{after}\nservices")
        assert named_in(text, "x.toml") == after
        return
    assert named_in(text.format(before), "x.toml") == text.format(after)


def test_the_station_of_this_pc_is_edited_too(tmp_path: Path) -> None:
    hall = editor(tmp_path)
    assert all(line.kind != "station" for line in hall.present().files)
    station = (CONFIG / "sample" / "station.toml").read_text("utf-8").replace("../profiles", "profiles")
    station = station[: station.index("[[device]]")]
    (tmp_path / "station.toml").write_text(station, "utf-8")
    (tmp_path / "hall.toml").write_text("what is wrong with the hall is no business of the station\n")
    edit = hall.of("station")
    seen = edit.present()
    assert (seen.text, seen.restart, seen.files[-1].kind) == (station, (), "station")
    (problem,) = edit.examine(station.replace("https://", "ftp://"), "zh").problems
    assert (problem.path, problem.file) == ("hub.url", "")
    (problem,) = edit.examine(HALL, "zh").problems
    assert "station.toml" in problem.sentence
    text = station.replace("60.0", "90.0")
    found = edit.examine(text, "zh")
    assert (found.problems, found.rules, found.restart) == ((), False, ("own_station",))
    prepared = edit.prepare(text, seen.revision, "zh")
    assert isinstance(prepared, Prepared)
    assert prepared.rules is None, "the hall's rules are left alone"
    assert edit.apply(prepared, "wu").version == 2
    assert (tmp_path / "station.toml").read_text("utf-8") == text
    after = edit.present()
    assert (after.restart, [one.by for one in after.versions]) == ((), ["wu", ""])


def test_a_station_that_is_wrong_is_shown_to_be_mended(tmp_path: Path) -> None:
    hall = editor(tmp_path)
    (tmp_path / "station.toml").write_text("id = 7\n", "utf-8")
    seen = hall.of("station").present()
    assert (seen.text, seen.name, seen.restart) == ("id = 7\n", "station.toml", ())
    assert hall.of("station").examine(seen.text + "\n", "zh").problems
