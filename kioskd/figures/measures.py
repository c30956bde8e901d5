"""What a day is measured by: the parts of a hall's rules that its figures depend on."""

from __future__ import annotations

import msgspec

from kioskd.hall.rules import Audit, Rules


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """Small enough to be kept with every day, so that a day counted again years later is the same.

    Times are milliseconds; ``promises`` by service, ``queue_zones`` and ``window_zones`` by their ids.
    """

    utc_offset_min: int = 0
    wait_target_ms: int = 0
    service_target_ms: int = 0
    promises: dict[str, int] = {}
    queue_zones: dict[str, str] = {}
    window_zones: dict[str, str] = {}
    audit: Audit = Audit()

    @classmethod
    def of(cls, rules: Rules) -> Measures:
        """Return what figures need of a hall's rules."""
        return cls(
            utc_offset_min=rules.utc_offset_min,
            wait_target_ms=rules.policy.alerts.long_wait_min * 60_000,
            service_target_ms=rules.policy.alerts.long_service_min * 60_000,
            promises={
                service.code: service.promise.minutes * 60_000
                for service in rules.services
                if service.promise is not None and service.promise.minutes is not None
            },
            queue_zones={queue.id: queue.zone for queue in rules.queues},
            window_zones={window.id: window.zone for window in rules.windows},
            audit=rules.policy.audit,
        )

    def target_ms(self, services: tuple[str, ...]) -> int:
        """Return how long these services together may take."""
        promised = [self.promises[code] for code in services if code in self.promises]
        return sum(promised) if promised else self.service_target_ms
