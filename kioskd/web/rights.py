"""The groups of roles that routes and pages name."""

from __future__ import annotations

from kioskd.access.roles import Role

EVERYBODY = frozenset(Role)
ADMINS = frozenset({Role.ADMIN})
SETTING = frozenset({Role.TECHNICIAN, Role.ADMIN})
LEADING = frozenset({Role.LEAD, Role.ADMIN})
REVIEWING = LEADING | {Role.AUDITOR}
SERVING = LEADING | {Role.TELLER}
HELPING = SERVING | {Role.GUIDE}
ISSUING = HELPING | {Role.KIOSK, Role.INTEGRATOR}
LOADING_PAPER = HELPING | {Role.KIOSK, Role.TECHNICIAN}
WATCHING = REVIEWING | {Role.GUIDE, Role.TECHNICIAN}
