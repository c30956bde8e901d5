"""From a draft to files and back, whatever happens between two of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kioskd.__main__ import main
from kioskd.access.accounts import Accounts
from kioskd.access.passwords import Passwords
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.settings import HallSettings, check
from kioskd.setup.blank import adopt, blank_data, blank_settings
from kioskd.setup.draft import move_services, tidy
from kioskd.setup.files import fresh, made, present
from kioskd.setup.place import LIST, commit, finish, stage
from kioskd.setup.sheets import EXAMPLES, take
from kioskd.setup.trials import drivers, settings_of
from kioskd.setup.wizard import Wizard
from kioskd.web.language import Language

pytestmark = pytest.mark.on_disk


def write(folder: Path, done: dict[str, str]) -> None:
    for name, text in done.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def test_a_new_hall_and_again_without_a_change(tmp_path: Path) -> None:
    hall = tmp_path / "hall.toml"
    draft = fresh()
    draft.hall["name"] = {"zh": "试验大厅", "en": "Try"}
    draft.guide = {"phone": "0000-12333"}
    draft.network = True
    draft.windows = [
        {"id": "1", "zone": "hall", "equipped": [queue["id"] for queue in draft.queues], "skills": []}
    ]
    write(tmp_path, made(draft, hall))
    assert check(hall).problems == ()
    text = hall.read_text("utf-8")
    assert "# 每日限号 · tickets a day" in text, "comments of the sample explain a new hall too"
    assert "样例大厅" not in text
    assert "0000-12333" in (tmp_path / "services.toml").read_text("utf-8")
    # A hand's own words outlive the pages.
    hall.write_text(text.replace("# ---- 窗口", "# 我们自己的话\n# ---- 窗口"), "utf-8")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.toml")}
    write(tmp_path, made(present(hall), hall))
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.toml")} == before


@pytest.mark.parametrize("template", [False, True])
def test_a_halls_own_services_are_all_that_is_asked_for(tmp_path: Path, template: bool) -> None:
    """A table with codes and names only is enough to begin; a hall at work has what its files ask for."""
    hall = tmp_path / "hall.toml"
    draft = fresh()
    draft.hall["name"] = {"zh": "试验大厅", "en": "Try"}
    draft.windows = [
        {"id": "1", "zone": "hall", "equipped": [queue["id"] for queue in draft.queues], "skills": []}
    ]
    short = [["编码", "事项", "类别"], ["X1", "退休申领", "A"], ["X2", "社保卡申领", "A"]]
    queue = draft.queues[0]["name"]["zh"]
    long = [[cell.replace("综合业务", queue) for cell in row] for row in EXAMPLES["services"]]
    taken = take("services", long if template else short, draft)
    assert taken.faults == ()
    draft.services = list(taken.tables)
    write(tmp_path, made(draft, hall))
    checked = check(hall)
    assert isinstance(checked.settings, HallSettings), checked.problems
    guides = {service.code: service.guide for service in checked.settings.rules.services}
    assert set(guides) == {row[0] for row in (long if template else short)[1:]}
    assert all(("basis" in guide) == template and "hours" in guide for guide in guides.values())
    # Taken again without its guide, a service keeps what was known of it; a new one is asked for its own.
    again = present(hall)
    rows = long if template else short
    names = [["编码", "事项", "类别"], *([code, name, "A"] for code, name in (row[:2] for row in rows[1:]))]
    again.services = list(take("services", names, again).tables)
    assert all(("guide" in service) == template for service in again.services)
    again.services = list(take("services", [*names, ["X9", "新事项", "A"]], again).tables)
    write(tmp_path, made(again, hall))
    assert {problem.code for problem in check(hall).problems} == ({"guide.missing"} if template else set())


def test_what_is_gone_is_gone_everywhere() -> None:
    draft = fresh()
    draft.windows = [{"id": "1", "zone": "hall", "equipped": ["general", "card"], "skills": ["card"]}]
    draft.tellers = [{"id": "t1", "name": "甲", "staff_no": "1", "skills": ["card", "general"]}]
    draft.roster = [{"window": "1", "teller": "t1"}, {"window": "2", "teller": "t1"}]
    draft.queues = [queue for queue in draft.queues if queue["id"] != "card"]
    move_services(draft, {"card": "general", "special": ""})
    tidy(draft)
    assert draft.windows[0]["equipped"] == ["general"]
    assert draft.windows[0]["skills"] == []
    assert draft.tellers[0]["skills"] == ["general"]
    assert draft.roster == [{"window": "1", "teller": "t1"}]
    assert not {"card", "special"} & {service["queue"] for service in draft.services}


def test_a_hall_without_a_name_or_window_is_not_written(tmp_path: Path) -> None:
    wizard = Wizard(tmp_path / "hall.toml", tmp_path / "data", begin=True)
    found = wizard.check(Language.ZH)
    assert {"windows"} <= {problem.step for problem in found.problems}
    assert any("没有窗口能办“综合业务”" in problem.sentence for problem in found.problems)
    assert [problem.sentence for problem in found.problems if problem.path == "window"] == ["还没有窗口"]
    empty: dict[str, Any] = {"zones": [], "queues": [], "sessions": []}
    assert wizard.save(wizard.view().revision, empty, "windows") is not None
    for language, said in (
        (Language.ZH, {"还没有区域", "还没有取号类别", "还没有窗口", "还没有办公时间"}),
        (
            Language.EN,
            {"zone yet", "queue yet", "window yet", "opening hours yet"},
        ),
    ):
        told = [problem.sentence for problem in wizard.check(language).problems]
        assert all(any(one in sentence for sentence in told) for one in said), language
        assert not any("“window”" in one or "'window'" in one for one in told), "a key is a file's word"
    assert wizard.rules() is None
    with pytest.raises(ValueError, match="problems"):
        wizard.write("admin")
    assert not (tmp_path / "hall.toml").exists()


def test_options_that_cannot_be_are_told_with_what_to_change(tmp_path: Path) -> None:
    wizard = Wizard(tmp_path / "hall.toml", tmp_path / "data", begin=True)
    sign = {"id": "sign", "driver": "caller_display.cx_h", "address": "udp://10.0.0.6:8453"}
    device = {**sign, "options": {"first_partition": 15, "rows": 2}}
    assert wizard.save(wizard.view().revision, {"devices": [device]}, "devices") is not None
    why = "从分区 15 起的 2 行超过了最后一个分区 15：请改小 first_partition 或 rows"
    (told,) = (problem for problem in wizard.check(Language.ZH).problems if problem.step == "devices")
    assert (told.path, told.item, told.sentence) == ("device[0].options", "sign", f"值不可用：{why}")
    assert settings_of(device, Language.ZH) == told.sentence
    said = settings_of(device, Language.EN)
    assert isinstance(said, str)
    assert said.startswith("cannot be used: 2 rows from partition 15 on go beyond the last partition, 15")


def test_two_pages_do_not_overwrite_each_other(tmp_path: Path) -> None:
    wizard = Wizard(tmp_path / "hall.toml", tmp_path / "data", begin=True)
    draft = wizard.view()
    first = wizard.save(draft.revision, {"guide": {"phone": "1"}}, "hall")
    assert first is not None
    assert wizard.save(draft.revision, {"guide": {"phone": "2"}}, "hall") is None
    left = Wizard(tmp_path / "hall.toml", tmp_path / "data", begin=True).view()
    assert (left.left, left.step, left.guide) == (True, "hall", {"phone": "1"})
    assert not wizard.forget().left


def test_power_gone_between_two_files(tmp_path: Path) -> None:
    staged, target = tmp_path / "staged", tmp_path / "etc"
    target.mkdir()
    (target / "a.toml").write_text("old", "utf-8")
    stage(staged, {"a.toml": "new", "b/c.toml": "new"})
    assert not finish(staged), "what was only staged is not put anywhere"
    assert (target / "a.toml").read_text() == "old"
    commit(staged, target, ("a.toml",))
    assert (target / "a.toml").read_text() == "new"
    # Cut off after it was decided, before the second file.
    stage(staged, {"a.toml": "newer", "b/c.toml": "newer"})
    (target / "b").mkdir()
    (target / "b" / "c.toml").mkdir()
    with pytest.raises(OSError, match=r"c\.toml"):
        commit(staged, target, ("a.toml", "b/c.toml"))
    (target / "b" / "c.toml").rmdir()
    assert (staged / LIST).exists()
    assert finish(staged)
    assert (target / "b" / "c.toml").read_text() == "newer"
    assert not finish(staged)


def test_the_first_administrator_stays_and_nobody_is_replaced(tmp_path: Path) -> None:
    settings = blank_settings()
    assert not any(queue.on_kiosk for queue in settings.rules.queues)
    for name, here in (("first", ["admin"]), ("second", ["admin"])):
        store = TokenStore.open(blank_data(tmp_path) / FILE_NAME)
        Accounts(store.database, Passwords()).first_admin()
        store.close()
        if name == "second":
            before = (tmp_path / FILE_NAME).read_bytes()
        adopt(tmp_path)
        known = TokenStore.open(tmp_path / FILE_NAME)
        assert [one.name for one in Accounts(known.database, Passwords()).all()] == here
        known.close()
    assert (tmp_path / FILE_NAME).read_bytes() == before
    assert not (tmp_path / "setup" / "hall").exists()


def test_a_hall_that_lost_its_settings_is_not_set_up_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "journal.db").write_bytes(b"years of a hall")
    assert main(["run", str(tmp_path), "--data", str(data)]) == 1
    assert "hall.toml: 找不到这个文件" in capsys.readouterr().err
    assert not (data / "setup").exists()


def test_a_drivers_own_profile_is_offered_first() -> None:
    first = {driver.name: driver.profiles[0] for driver in drivers() if driver.profiles}
    assert first["caller_display.pinganlihe"] == "pinganlihe-window"
    assert first["card_reader.stx"] == "id-card-stx"
    assert first["call_pad.hid"] == "hid-keypad-numeric"
