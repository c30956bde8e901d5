"""What goes in one message and when: bursts, an hour's limit, quiet hours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kioskd.alerts_out.box import HOUR_MS, MOST, Box, Notice, quiet_ms
from kioskd.alerts_out.settings import AlertSink, Webhook

HOOK = Webhook(url="http://127.0.0.1:1/")


def settings(**fields: object) -> AlertSink:
    return AlertSink(id="s", webhook=HOOK, **fields)  # type: ignore[arg-type]


def notice(alert: str, tier: int = 1) -> Notice:
    return Notice(
        id=f"1.{alert}", alert=alert, about="pause", subject="1", tier=tier, since="", sentence=alert
    )


def test_a_burst_is_one_message() -> None:
    box = Box(settings(gather_s=10))
    assert box.due(0) is None
    for at in range(0, 9000, 1000):
        box.put(notice(f"a{at}"), at)
    assert box.due(9000) == 10_000
    assert len(box.take(10_000).notices) == 9
    assert box.due(10_000) is None


def test_what_is_over_before_it_went_is_not_sent() -> None:
    box = Box(settings())
    box.put(notice("a"), 0)
    box.put(notice("b"), 0)
    box.over("a")
    assert [one.alert for one in box.take(10_000).notices] == ["b"]


def test_a_higher_tier_takes_the_place_of_the_lower() -> None:
    box = Box(settings())
    box.put(notice("a", 1), 0)
    box.put(notice("a", 2), 1)
    assert [one.tier for one in box.take(10_000).notices] == [2]


def test_of_too_many_the_number_is_told() -> None:
    box = Box(settings())
    for count in range(MOST + 7):
        box.put(notice(f"a{count}"), 0)
    bundle = box.take(10_000)
    assert (len(bundle.notices), bundle.more) == (MOST, 7)


@given(st.lists(st.integers(0, 20 * 60_000), max_size=80), st.integers(1, 5))
def test_never_more_messages_in_an_hour_than_allowed(gaps: list[int], per_hour: int) -> None:
    box = Box(settings(gather_s=1, per_hour=per_hour))
    now, sent, put, gone = 0, [], 0, 0
    for gap in gaps:
        end = now + gap
        while (due := box.due(now)) is not None and max(due, now) <= end:
            now = max(due, now)
            gone += len(box.take(now).notices)
            sent.append(now)
        now = end
        box.put(notice(f"a{put}"), now)
        put += 1
    while (due := box.due(now)) is not None:
        now = max(due, now)
        gone += len(box.take(now).notices)
        sent.append(now)
    assert gone == put, "held back is not lost"
    for at in sent:
        assert sum(at - HOUR_MS < other <= at for other in sent) <= per_hour


def test_quiet_hours_end_when_they_should_also_over_midnight() -> None:
    night = settings(quiet_from="18:00", quiet_until="08:00")
    assert quiet_ms(night, 17 * 60 + 59) == 0
    assert quiet_ms(night, 18 * 60) == 14 * HOUR_MS
    assert quiet_ms(night, 23 * 60) == 9 * HOUR_MS
    assert quiet_ms(night, 7 * 60 + 59) == 60_000
    assert quiet_ms(night, 8 * 60) == 0
    noon = settings(quiet_from="12:00", quiet_until="14:00")
    assert (quiet_ms(noon, 11 * 60), quiet_ms(noon, 13 * 60), quiet_ms(noon, 14 * 60)) == (0, HOUR_MS, 0)
    assert quiet_ms(settings(), 0) == 0
    box = Box(settings(gather_s=1))
    box.put(notice("a"), 0)
    assert box.due(5000, quiet_ms(noon, 13 * 60)) == 5000 + HOUR_MS
