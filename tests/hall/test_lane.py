"""The sorted line behaves like a sorted list, whatever happens to it."""

from __future__ import annotations

from bisect import bisect_left
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from kioskd.hall import lane
from kioskd.hall.lane import Key, Lane

_KEYS = st.tuples(st.integers(0, 50), st.integers(0, 5), st.sampled_from("abc"))


@given(st.lists(st.tuples(st.booleans(), _KEYS), max_size=120))
def test_like_a_sorted_list(steps: list[tuple[bool, Key]]) -> None:
    with mock.patch.object(lane, "_BLOCK", 3):
        line, model = Lane(), list[Key]()
        for add, key in steps:
            if add and key not in model:
                line.add(key)
                model.append(key)
                model.sort()
            elif not add and key in model:
                line.remove(key)
                model.remove(key)
            assert len(line) == len(model)
            assert line.head() == (model[0] if model else None)
            assert line.rank(key) == bisect_left(model, key)
        assert list(line) == model
        for count in (0, 1, 3, 200):
            assert line.first(count) == model[:count]
