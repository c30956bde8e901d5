"""What the city's office may ask of a hall about a 差评."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kioskd.hall.commands import MovePoorRating
from kioskd.sync.messages import Order
from kioskd.sync.orders import CENTRAL, UnreadableOrderError, wish


def order(**body: Any) -> Order:
    return Order(1, "o1", "poor_rating.move", msgspec.Raw(msgspec.json.encode(body)))


def test_a_step_of_the_office_is_one_of_the_halls_own() -> None:
    asked = wish(order(rating="t_1.1", step="appeal", person="wu", version=2, ground="unfounded"))
    assert asked == MovePoorRating(
        by=CENTRAL, rating="t_1.1", step="appeal", person="central:wu", version=2, ground="unfounded"
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"rating": "t_1.1", "step": "verify"}, {"rating": "t_1.1", "step": "verify", "person": ""}],
)
def test_a_step_without_a_person_cannot_be_read(body: dict[str, str]) -> None:
    with pytest.raises(UnreadableOrderError):
        wish(order(**body))
