"""What people wrote goes when the hall's settings say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from kioskd.hall.moment import Moment
from kioskd.hub.privacy import CONTACT_GROUP, DAY_MS, Privacy, PrivacySettings
from kioskd.journal.journal import Journal
from kioskd.settings import SettingsError, load
from tests.settings.small import write

NOW = Moment(at=1_000, wall=1_773_000_000_000)


async def test_each_kind_is_kept_as_long_as_the_hall_says(tmp_path: Path) -> None:
    (tmp_path / "settings").mkdir()
    file = write(tmp_path / "settings")
    with file.open("a", encoding="utf-8") as out:
        out.write("\n[privacy]\ncomment_days = 90\ncontact_days = 45\nnote_days = 30\n")
    journal = await Journal.open(tmp_path / "data", now_wall=NOW.wall, boot="boot")
    privacy = Privacy(journal, load(file).privacy)
    said = privacy.said(1, "等了很久", "13800000000", NOW)
    _, note = privacy.staff_note("已回电", NOW)
    due = {value.key_group: value.purge_at for value in (*said.private, note)}
    assert due == {
        "comment": NOW.at + 90 * DAY_MS,
        CONTACT_GROUP: NOW.at + 45 * DAY_MS,
        "staff_note": NOW.at + 30 * DAY_MS,
    }
    assert privacy.said(5, None, "13800000000", NOW).contact is None, "a number is wanted for a 差评 only"
    await journal.close()


def test_unset_it_is_a_year_and_half_of_one(tmp_path: Path) -> None:
    assert load(write(tmp_path)).privacy == PrivacySettings(comment_days=365, contact_days=180, note_days=365)


@pytest.mark.parametrize(
    "line", ["contact_days = 29", "note_days = 3651", 'comment_days = "long"', "days = 90"]
)
def test_a_period_that_is_none_is_found(tmp_path: Path, line: str) -> None:
    file = write(tmp_path)
    with file.open("a", encoding="utf-8") as out:
        out.write(f"\n[privacy]\n{line}\n")
    with pytest.raises(SettingsError) as found:
        load(file)
    assert [problem.path.partition(".")[0] for problem in found.value.problems] == ["privacy"]
