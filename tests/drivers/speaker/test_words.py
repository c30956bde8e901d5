"""A sentence is split into recordings, as few as possible, and what lacks is named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.speaker.words import pieces, units, unsaid


def recorded(*texts: str) -> set[tuple[str, ...]]:
    return {units(text) for text in texts}


def names(text: str, *texts: str) -> list[str] | None:
    found = pieces(text, recorded(*texts))
    return None if found is None else ["".join(piece) for piece in found]


def test_hanzi_stand_alone_and_words_stay_whole() -> None:
    assert units("请 A 零，到3号") == ("请", "a", "零", "到", "3", "号")
    assert units("please-go-to Window!") == ("please", "go", "to", "window")
    assert units(" ，。") == ()


def test_the_longest_recordings_are_taken() -> None:
    assert names("请三号窗口办理", "请", "三", "号", "窗", "口", "办", "理", "号窗口办理") == [
        "请",
        "三",
        "号窗口办理",
    ]
    assert names("二十三", "二", "十", "三", "二十", "十三", "二十三") == ["二十三"]
    assert names("二十三", "二", "三", "二十", "十三") == ["二十", "三"]


def test_a_long_recording_that_leads_nowhere_is_not_taken() -> None:
    assert names("甲乙丙丁", "甲乙丙", "甲", "乙丙丁") == ["甲", "乙丙丁"]


def test_what_lacks_is_named_once() -> None:
    assert pieces("请甲到乙到", recorded("请", "到")) is None
    assert unsaid("请甲到乙甲到", recorded("请", "到")) == ("甲", "乙")
    assert unsaid("请到", recorded("请", "到")) == ()
    assert pieces("请", set()) is None
    assert unsaid("请", set()) == ("请",)


@given(st.text("甲乙丙 ab", max_size=12), st.sets(st.text("甲乙丙ab", min_size=1, max_size=3), max_size=8))
def test_pieces_put_together_are_the_text(text: str, texts: set[str]) -> None:
    have = {units(one) for one in texts} - {()}
    found = pieces(text, have)
    if found is None:
        return
    assert tuple(unit for piece in found for unit in piece) == units(text)
    assert all(piece in have for piece in found)
    assert not unsaid(text, have)
