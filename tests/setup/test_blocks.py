"""A settings file that is made to say something else keeps everything that did not change."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.hubs import ROOT
from kioskd.setup.blocks import rewritten
from kioskd.setup.draft import ARRAYS

SAMPLE = (ROOT / "config" / "sample" / "hall.toml").read_text("utf-8")
RAW = tomllib.loads(SAMPLE)


def arrays(raw: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    made = {}
    for name in ARRAYS.values():
        at: Any = copy.deepcopy(raw)
        for step in name.split("."):
            at = at.get(step, {})
        made[name] = at or []
    return made


def test_what_says_the_same_is_the_same_byte_for_byte() -> None:
    assert rewritten(SAMPLE, arrays(RAW), {"hall": RAW["hall"]}, {"services": RAW["services"]}) == SAMPLE


def test_a_changed_value_leaves_layout_and_comments_alone() -> None:
    wanted = arrays(RAW)
    wanted["queue"][0]["quota"] = 700
    made = rewritten(SAMPLE, wanted, {}, {})
    changed = [
        (old, new) for old, new in zip(SAMPLE.split("\n"), made.split("\n"), strict=True) if old != new
    ]
    assert changed == [
        ("quota = 900    # 每日限号 · tickets a day", "quota = 700    # 每日限号 · tickets a day")
    ]


def test_a_table_that_goes_takes_only_its_own_lines() -> None:
    wanted = arrays(RAW)
    del wanted["window"][0]
    made = rewritten(SAMPLE, wanted, {}, {})
    assert "# ---- 窗口 · windows ----" in made, "the section's heading is not the first window's"
    assert len(SAMPLE.split("\n")) - len(made.split("\n")) == 6
    assert [one["id"] for one in tomllib.loads(made)["window"]] == [str(n) for n in range(2, 13)]


def test_an_empty_section_keeps_its_heading() -> None:
    wanted = arrays(RAW) | {"teller": [], "roster": []}
    made = rewritten(SAMPLE, wanted, {}, {})
    assert "# ---- 柜员 · tellers" in made
    assert "teller" not in tomllib.loads(made)


def test_a_key_that_goes_and_a_table_that_comes() -> None:
    made = rewritten(SAMPLE, {}, {"hall": {"notice": None}, "web.tls": {"port": 8443}}, {})
    said = tomllib.loads(made)
    assert "notice" not in said["hall"]
    assert said["web"] == {**RAW["web"], "tls": {"port": 8443}}


def test_brackets_inside_a_value_are_no_table() -> None:
    text = 'note = """\n[[zone]]\n"""\nlist = [\n  ["a"],\n]\n\n[[zone]]\nid = "a"\n'
    made = rewritten(text, {"zone": [{"id": "b"}]}, {}, {})
    assert tomllib.loads(made) == {"note": "[[zone]]\n", "list": [["a"]], "zone": [{"id": "b"}]}


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected|Invalid|Unclosed"):
        rewritten("a = [", {}, {}, {})


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
values = st.one_of(
    texts, st.integers(-(2**40), 2**40), st.booleans(), st.lists(texts, max_size=3),
    st.dictionaries(texts, texts, max_size=2),
)  # fmt: skip
tables = st.lists(
    st.dictionaries(st.sampled_from(["name", "prefix", "zone", "quota", "skills"]), values, max_size=4),
    max_size=5,
).map(lambda rows: [{"id": f"i{n}", **row} for n, row in enumerate(rows)])


@given(tables, tables, st.randoms(use_true_random=False))
def test_it_says_what_was_wanted_whatever_it_said(
    first: list[dict[str, Any]], then: list[dict[str, Any]], random: Any
) -> None:
    made = rewritten(SAMPLE, {"window": first, "device": first}, {}, {})
    random.shuffle(then)
    again = rewritten(made, {"window": then}, {}, {})
    said = tomllib.loads(again)
    assert said.get("window", []) == then
    assert said.get("device", []) == first
    assert said["policy"] == RAW["policy"]
