"""Where alerts go, as a settings file says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kioskd.settings import HallSettings, check, load
from tests.settings.small import HALL, write

SINKS = """
[[alert_sink]]
id = "duty"
about = ["bad_rating", "long_wait"]
quiet_from = "18:00"
quiet_until = "08:00"
[alert_sink.webhook]
url = "https://city.example/alerts"
secret_file = "alerts.secret"

[[alert_sink]]
id = "technicians"
about = ["device"]
language = "en"
[alert_sink.email]
host = "mail.example"
sender = "hall@example.cn"
to = ["tech@example.cn"]
"""


def test_sinks_are_read(tmp_path: Path) -> None:
    settings = load(write(tmp_path, hall_toml=HALL + SINKS))
    assert isinstance(settings, HallSettings)
    duty, technicians = settings.alert_sinks
    assert duty.webhook is not None
    assert (duty.about, duty.gather_s, duty.per_hour) == (("bad_rating", "long_wait"), 10.0, 12)
    assert technicians.email is not None
    assert (technicians.email.tls, technicians.email.port) == ("starttls", 587)


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        (
            SINKS.replace("[alert_sink.webhook]\n", "")
            .replace('url = "https://city.example/alerts"\n', "")
            .replace('secret_file = "alerts.secret"\n', ""),
            "sink.one_way",
            "alert_sink[0]",
        ),
        (SINKS.replace('quiet_until = "08:00"\n', ""), "sink.half_quiet", "alert_sink[0]"),
        (SINKS.replace('"long_wait"', '"long_wate"'), "sink.unknown_about", "alert_sink[0].about[1]"),
        (SINKS.replace('"technicians"', '"duty"'), "twice", "alert_sink[1].id"),
        (SINKS.replace("https://", "ftp://"), "url.web", "alert_sink[0].webhook.url"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, wrong: str, code: str, path: str) -> None:
    problems = check(write(tmp_path, hall_toml=HALL + wrong)).problems
    assert [(one.code, one.path) for one in problems] == [(code, path)]
