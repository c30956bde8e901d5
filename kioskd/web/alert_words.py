"""What leaves the page says of an alert, in the words that the page has."""

from __future__ import annotations

from kioskd.hall.events import AlertRaised
from kioskd.hall.state import State
from kioskd.web.language import Language, fill, texts
from kioskd.web.wording import alert_sentence, people


class AlertWords:
    """The sentences of one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def sentence(self, state: State, event: AlertRaised) -> str:
        """Return what a lead reads about an alert."""
        return alert_sentence(state, event.about, event.subject, event.params, self._language)

    def title(self, name: str, count: int, leads: tuple[str, ...]) -> str:
        """Return what stands over a message of ``count`` alerts; ``leads`` are on duty today."""
        said = {"hall": name, "count": count, "leads": people(leads, self._language)}
        return fill(texts(self._language).word["alert_sink.title"], said)

    def more(self, count: int) -> str:
        """Return that so many further alerts are on the page."""
        return fill(texts(self._language).word["alert_sink.more"], {"count": count})
