"""What a technician types and reads."""

from __future__ import annotations

import argparse
import json
import string
from pathlib import Path

import apsw
import pytest

from kioskd.commands import journal as command
from kioskd.commands.journal_texts import texts
from kioskd.journal import Batch, NewEvent, Position, PrivateValue, StoredEvent
from kioskd.journal.export import human_line, json_line
from kioskd.journal.verify import Finding
from tests.journal.halls import WALL, event, issue, issued, opened


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    command.register(parser.add_subparsers())
    args = parser.parse_args(["journal", *map(str, words)])
    status: int = args.run(args)
    return status


@pytest.fixture
async def hall(tmp_path: Path) -> Path:
    folder = tmp_path / "hall"
    async with opened(folder) as journal:
        value = PrivateValue("ref-1", "g", None, b"13800000000")
        await journal.submit(Batch((event(1),), private=(value,))).durable
        text = '{"ticket":"t_1","windows":[1,2],"note":"综合业务"}'.encode()
        await journal.submit(Batch((NewEvent("ticket.called", 3, text, WALL, WALL),))).durable
        await journal.checkpoint("day_end")
        await issue(journal, 4)
    return folder


def test_every_text_is_in_both_languages_with_the_same_fields() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, (zh, en) in texts().items():
        assert fields(zh) == fields(en), key
        assert zh != en
    codes = [
        word
        for line in (Finding.__doc__ or "").split("``")
        for word in [line]
        if "_" in word and " " not in word
    ]
    assert len(codes) > 10
    assert set(codes) <= set(texts())


async def test_verifying_an_honest_journal(hall: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", "--data", hall) == 0
    output = capsys.readouterr().out
    assert "共 4 条记录，1 个纪元，1 个签名检查点，最后位置 1.4。" in output
    assert "未发现改动。" in output
    assert "到位置 1.3（第 1 个检查点" in output
    assert "其后 1 条记录" in output
    assert run("verify", "--data", hall, "--lang", "en") == 0
    assert "Up to position 1.3 (checkpoint 1, signed" in capsys.readouterr().out


async def test_verifying_a_changed_journal(hall: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connection = apsw.Connection(str(hall / "journal.db"))
    connection.execute("UPDATE event SET at = 0 WHERE seq = 2")
    connection.close()
    assert run("verify", "--data", hall) == 1
    output = capsys.readouterr().out
    assert "位置 1.2 的记录被改动" in output
    assert "第一处有问题的位置：1.2。" in output
    assert "任何部分都不能证明未被改动" in output
    assert run("verify", "--data", hall, "--lang", "en") == 1
    assert "the event at 1.2 was changed" in capsys.readouterr().out


async def test_verifying_a_backup_elsewhere_with_the_public_key(
    hall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", "--data", hall) == 0
    public = capsys.readouterr().out.rsplit("：", 1)[1].strip()
    assert run("backup", "--data", hall, tmp_path / "copy.db") == 0
    assert "到位置 1.4" in capsys.readouterr().out
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    file = ("--file", tmp_path / "copy.db")
    assert run("verify", "--data", elsewhere, *file) == 1
    assert "未知的密钥" in capsys.readouterr().out
    assert run("verify", "--data", elsewhere, *file, "--public-key", public) == 0
    assert "没有密钥文件" in capsys.readouterr().out
    for wrong in ("xyz", public[:-2], "", public + "00"):
        assert run("verify", "--data", elsewhere, *file, "--public-key", public, "--public-key", wrong) == 2
    assert "64 位十六进制" in capsys.readouterr().err


async def test_exporting_lines_of_json(
    hall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.jsonl"
    assert run("export", "--data", hall, "--output", output, "--after", "1.1") == 0
    raw = output.read_bytes()
    lines = [json.loads(line) for line in raw.splitlines()]
    assert [line["position"] for line in lines] == ["1.2", "1.3", "1.4"]
    assert lines[1]["body"] == {"ticket": "t_1", "windows": [1, 2], "note": "综合业务"}
    assert lines[1]["kind"] == "ticket.called"
    assert len(lines[1]["chain"]) == 64
    assert b"13800000000" not in raw
    assert run("export", "--data", hall, "--output", output) == 1  # never overwritten
    assert output.read_bytes() == raw
    assert capsys.readouterr().err == f"{output} 已存在，未覆盖。\n"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (
            ["--kind", "ticket.caled"],
            2,
            ("没有“ticket.caled”这种记录；是不是“ticket.called”？", "did you mean 'ticket.called'?"),
        ),
        (["--kind", "ticket.called", "--kind", "q"], 2, ("没有“q”这种记录。", "no event of the kind 'q'.")),
        (
            ["--after", "1.3", "--until", "1.2"],
            2,
            ("两者之间没有记录", "--after 1.3 lies behind --until 1.2"),
        ),
        (["--after", "2.1"], 1, ("日志到 1.4 为止，2.1 之后没有记录。", "The journal ends at 1.4")),
        (
            ["--after", "1.4", "--until", "1.9"],
            0,
            ("日志到 1.4 为止，还没有 1.9。", "The journal ends at 1.4"),
        ),
        (["--after", "1.4"], 0, ("", "")),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
async def test_an_export_that_would_hold_nothing_says_why(
    hall: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    status: int,
    said: tuple[str, str],
) -> None:
    for language, sentence in zip(("zh", "en"), said, strict=True):
        output = tmp_path / f"out.{language}"
        assert run("export", "--data", hall, "--output", output, "--lang", language, *words) == status
        error = capsys.readouterr().err
        assert sentence in error
        assert bool(sentence) == bool(error)
        assert output.exists() == (status == 0)


async def test_exporting_for_people_and_in_part(
    hall: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run("export", "--data", hall, "--human", "--kind", "ticket.called", "--until", "1.3") == 0
    (line,) = capfdbinary.readouterr().out.decode().splitlines()
    assert "1.3  ticket.called" in line
    assert line.endswith("ticket=t_1 windows=[1,2] note=综合业务")
    assert run("export", "--data", hall, "--after", "one") == 2


async def test_exporting_a_body_that_is_no_json(hall: Path, tmp_path: Path) -> None:
    connection = apsw.Connection(str(hall / "journal.db"))
    connection.execute("UPDATE event SET body = x'ff0a' WHERE seq = 2")
    connection.execute("UPDATE event SET body = CAST('{\n}' AS BLOB) WHERE seq = 3")
    connection.close()
    output = tmp_path / "out.jsonl"
    assert run("export", "--data", hall, "--output", output) == 0
    lines = [json.loads(line) for line in output.read_bytes().splitlines()]
    assert [line.get("body_hex") for line in lines] == [None, "ff0a", "7b0a7d", None]
    assert run("export", "--data", hall, "--human", "--output", tmp_path / "out.txt") == 0


async def test_restoring(hall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "backups").mkdir()
    assert run("backup", "--data", hall, tmp_path / "backups") == 0
    (copy,) = (tmp_path / "backups").iterdir()
    async with opened(hall) as journal:
        await issue(journal, 5)
        capsys.readouterr()
        assert run("restore", "--data", hall, copy) == 1
        assert "请先停止大厅服务" in capsys.readouterr().err
    assert run("restore", "--data", hall, copy) == 0
    output = capsys.readouterr().out
    assert "新纪元从 2.1 开始" in output
    assert "备份之后的记录（到 1.5）不在其中" in output
    assert "before-restore-" in output
    assert issued(hall)[-1] == 4
    async with opened(hall) as journal:
        assert journal.head == Position(2, 1)
        assert journal.opened.behind is not None
    assert run("verify", "--data", hall) == 0


async def test_restoring_on_another_machine_asks_for_the_key(
    hall: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, other = tmp_path / "copy.db", tmp_path / "other"
    assert run("backup", "--data", hall, copy) == 0
    assert run("restore", "--data", other, copy) == 0
    assert f"请先把另行保管的密钥文件放到 {other / 'journal.key'}" in capsys.readouterr().out
    (other / "journal.key").write_bytes((hall / "journal.key").read_bytes())
    async with opened(other):
        pass
    assert run("verify", "--data", other) == 0
    assert run("restore", "--data", hall, copy) == 0
    assert "密钥文件放到" not in capsys.readouterr().out


@pytest.mark.parametrize("action", [["verify"], ["export"], ["backup", "x.db"], ["restore", "x.db"]])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_folder_without_a_journal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], action: list[str], language: str
) -> None:
    assert run(*action, "--data", tmp_path / "nothing", "--lang", language) == 1
    assert (
        "这里没有可用的日志" if language == "zh" else "There is no journal here"
    ) in capsys.readouterr().err


def test_the_code_on_a_slip_is_not_for_readers_of_an_export() -> None:
    body = b'{"kind":"ticket.issued","ticket":"t_1","code":"c_1Abc9Def","number":"A001"}'
    stored = StoredEvent(Position(1, 2), "id", "ticket.issued", 1, 0, 0, "boot", body, bytes(32))
    line = human_line(stored)
    assert "c_…" in line
    assert "1Abc9Def" not in line
    assert b"c_1Abc9Def" in json_line(stored)
