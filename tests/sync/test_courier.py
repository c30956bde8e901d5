"""What an answer means to a hall whose log is in a later epoch than the place it asked from."""

from __future__ import annotations

import msgspec
import pytest

from kioskd.journal.records import EpochOpen, Parent
from kioskd.sync.courier import Courier, Standing
from kioskd.sync.messages import NotTaken, Why, Witness
from tests.sync.world import Log


def two_epochs() -> Log:
    log = Log()
    log.append(EpochOpen.KIND, msgspec.json.encode(EpochOpen("first", None, "n1")), 1, 1)
    last = log.append("noted", b"{}", 1, 2)
    parent = Parent(1, 2, last.chain.hex())
    log.append(EpochOpen.KIND, msgspec.json.encode(EpochOpen("behind_guard", parent, "n2")), 2, 1)
    log.append("noted", b"{}", 2, 2)
    return log


def test_a_hall_that_asks_from_before_its_own_epoch_goes_on_at_once() -> None:
    """Put back and restarted, it knows an older place only: that once passed for another hall's log."""
    courier = Courier(two_epochs(), Witness("c1", 1, 2))
    number, push = courier.next()
    assert (push.epoch, push.first) == (1, 2)
    assert courier.heard(number, NotTaken(Why.FENCED, "c1", 2, 2))
    assert courier.standing is Standing.UNKNOWN
    _, push = courier.next()
    assert (push.epoch, push.first, len(push.events)) == (2, 2, 1)


@pytest.mark.parametrize("why", [Why.FENCED, Why.DIVERGED])
def test_a_hall_that_has_nothing_of_a_later_epoch_is_superseded(why: Why) -> None:
    courier = Courier(two_epochs(), Witness("c1", 2, 2))
    number, _ = courier.next()
    courier.heard(number, NotTaken(why, "c1", 3, 2))
    assert courier.standing is Standing.FENCED


def test_a_hall_whose_own_epoch_differs_needs_a_person() -> None:
    courier = Courier(two_epochs(), Witness("c1", 2, 2))
    number, _ = courier.next()
    courier.heard(number, NotTaken(Why.DIVERGED, "c1", 2, 2))
    assert courier.standing is Standing.DIVERGED
