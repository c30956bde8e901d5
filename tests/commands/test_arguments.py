"""What commands share: where a hall's data is when nobody says so."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import pytest

from kioskd.__main__ import COMMANDS, main
from kioskd.commands.arguments import default_data
from kioskd.install.layout import Layout


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def installed(root: Path) -> Layout:
    layout = Layout(root)
    layout.settings.mkdir(parents=True)
    layout.roles.write_text("hub\n")
    return layout


def test_on_an_installed_pc_the_data_is_where_its_units_have_it(
    tmp_path: Path, bare: pytest.MonkeyPatch
) -> None:
    bare.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    assert default_data(tmp_path) == tmp_path / "own" / "kioskd"
    assert default_data(installed(tmp_path).root) == tmp_path / "var/lib/kioskd"
    bare.setenv("STATE_DIRECTORY", "/srv/one:/srv/two")
    assert default_data(tmp_path) == Path("/srv/one"), "a unit's own folder goes before"


def every_command() -> dict[str, argparse.ArgumentParser]:
    found: dict[str, argparse.ArgumentParser] = {}

    def walk(name: str, parser: argparse.ArgumentParser) -> None:
        below = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
        for one in below:
            for word, inner in one.choices.items():
                walk(f"{name} {word}".strip(), inner)
        if not below:
            found[name] = parser

    top = argparse.ArgumentParser()
    choices = top.add_subparsers()
    for name in COMMANDS:
        importlib.import_module(f"kioskd.commands.{name}").register(choices)
    walk("", top)
    return found


def test_every_command_of_a_hall_takes_its_folder_alike(tmp_path: Path, bare: pytest.MonkeyPatch) -> None:
    bare.setenv("STATE_DIRECTORY", str(tmp_path))
    taken = {
        name: (action.default, action.required, action.help)
        for name, parser in every_command().items()
        if not name.startswith("central")
        for action in parser._actions
        if action.dest == "data"
    }
    assert {"run", "pair", "pair-standby", "pin", "journal verify", "ca show", "backup list"} <= set(taken)
    del taken["demo"]
    assert len(taken) > 20
    assert set(taken.values()) == {(tmp_path, False, "数据目录 · data folder (%(default)s)")}


@pytest.mark.parametrize(
    "words",
    [
        ["run", "hall.toml", "--data", ""],
        ["demo", "--data", " "],
        ["pair", "window-1", "--data="],
        ["journal", "verify", "--data", ""],
    ],
    ids=lambda words: words[0],
)
def test_a_folder_of_no_name_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "数据目录不能为空 · the data folder must be named" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["pair", "window-1"], ["pair-standby", "standby-1"], ["pin"], ["token", "list"]]
)
def test_a_folder_that_is_not_there_is_said_to_be_so(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    assert main([*words, "--data", str(gone)]) == 1
    assert capsys.readouterr().err == f"没有这个数据目录 · no such data folder: {gone}\n"
    assert not gone.exists()
