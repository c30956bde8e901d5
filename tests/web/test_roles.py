"""Every route against every role, from the route table itself."""

from __future__ import annotations

import re

import pytest

from kioskd.access.roles import Role
from kioskd.web.route import Keep, Route, Summary
from kioskd.web.routes import ROUTES
from tests.web.conftest import Answer, Hall

EXAMPLES = {"ticket": "A001", "window": "1", "queue": "general", "service": "pension", "item": "1"}
LONG = {"followEvents", "linkStation", "linkStandby"}

MAY: dict[str, str] = {
    "issueTicket": "kiosk teller guide lead technician integrator admin",
    "getAppointment": "kiosk teller guide lead admin",
    "getRelease": "station",
    "getReleaseFile": "station",
    "listAppointments": "teller guide lead auditor admin",
    "getTicket": "*",
    "cancelTicket": "public kiosk teller guide lead integrator admin",
    "reprintTicket": "public kiosk teller guide lead technician integrator admin",
    "returnTicket": "public kiosk teller guide lead integrator admin",
    "rateTicket": "public kiosk station integrator",
    "decidePriority": "teller guide lead admin",
    "moveTicket": "guide lead admin",
    "voidTicket": "teller guide lead admin",
    "wakeTicket": "teller guide lead integrator admin",
    "changeServices": "teller guide lead integrator admin",
    "amendTicket": "teller lead integrator admin",
    "enterPaperRange": "guide lead admin",
    "settleJob": "teller guide lead technician admin",
    "listWindows": "*",
    "getWindow": "*",
    "getCounter": "teller lead admin",
    "getCurrent": "teller lead integrator admin",
    "getOwnDay": "teller lead admin",
    "listTellers": "teller guide lead technician auditor admin",
    "callNext": "teller lead admin",
    "callTicket": "teller lead admin",
    "recall": "teller lead admin",
    "start": "teller lead admin",
    "markNoShow": "teller lead admin",
    "hold": "teller lead admin",
    "transfer": "teller lead admin",
    "requeue": "teller lead admin",
    "finish": "teller lead admin",
    "evaluate": "teller lead integrator admin",
    "attachCase": "teller lead integrator admin",
    "askSignature": "teller lead admin",
    "dropSignature": "teller lead admin",
    "getSignature": "teller lead auditor admin",
    "listPages": "teller lead admin",
    "takePage": "teller lead admin",
    "readPage": "teller lead admin",
    "listNotices": "teller lead admin",
    "printNotice": "teller lead admin",
    "askDocumentPurge": "lead admin",
    "askPoorRatingErasure": "lead admin",
    "sendPage": "teller lead admin",
    "dropPages": "teller lead admin",
    "arrangePages": "teller lead admin",
    "turnPage": "teller lead admin",
    "getPage": "teller lead admin",
    "previewCamera": "teller lead admin",
    "listDocuments": "teller lead auditor admin",
    "getDocument": "teller lead auditor admin",
    "readDevice": "kiosk guide teller lead integrator admin",
    "pause": "teller lead admin",
    "resume": "teller lead admin",
    "moveSkills": "lead admin",
    "login": "teller lead admin",
    "logout": "teller lead admin",
    "getRoster": "teller guide lead auditor admin",
    "checkRoster": "lead admin",
    "setRoster": "lead admin",
    "listPoorRatings": "lead auditor admin",
    "getPoorRating": "lead auditor admin",
    "readPoorRatingWords": "lead auditor admin",
    "readPoorRatingContact": "lead admin",
    "movePoorRating": "lead admin",
    "listApprovals": "lead auditor admin",
    "askRatingVoid": "lead admin",
    "decideApproval": "lead admin",
    "withdrawApproval": "lead admin",
    "getOverview": "lead auditor admin",
    "getHall": "*",
    "listQueues": "*",
    "openQueue": "lead admin",
    "listServices": "*",
    "getService": "*",
    "listRatingOptions": "*",
    "listAlerts": "guide lead technician auditor admin",
    "acknowledgeAlert": "lead admin",
    "callLead": "teller guide lead admin",
    "setNotice": "lead admin",
    "setOrder": "lead admin",
    "setQuiet": "guide lead admin",
    "confirmDay": "lead technician admin",
    "closeDay": "lead admin",
    "followEvents": "*",
    "getDayFigures": "lead auditor integrator admin",
    "getRangeFigures": "teller lead auditor admin",
    "exportFiguresCsv": "lead auditor admin",
    "exportFiguresXlsx": "lead auditor admin",
    "getHeat": "lead auditor admin",
    "listAnomalies": "lead auditor admin",
    "listDayJournals": "lead auditor admin",
    "signDay": "lead admin",
    "figuresPage": "teller lead auditor admin",
    "listDevices": "kiosk guide lead technician auditor admin",
    "changeRoll": "kiosk teller guide lead technician admin",
    "judgeRoll": "kiosk teller guide lead technician admin",
    "newUnit": "lead technician admin",
    "rebindDevice": "guide lead technician admin",
    "testDevice": "kiosk lead technician admin",
    "getHub": "*",
    "fenceHub": "*",
    "pairStandby": "*",
    "linkStandby": "standby",
    "getSafety": "lead technician admin",
    "makeBackup": "technician admin",
    "getDiagnostics": "lead technician admin",
    "getStation": "lead technician admin",
    "getDeviceHistory": "lead technician admin",
    "getWindowPhoto": "face lead technician admin",
    "getTellerPhoto": "lead admin",
    "keepTellerPhoto": "lead admin",
    "removeTellerPhoto": "lead admin",
    "getSettings": "technician admin",
    "getSettingsVersion": "technician admin",
    "checkSettings": "technician admin",
    "applySettings": "technician admin",
    "settingsPage": "technician admin",
    "getSetup": "technician admin",
    "saveSetup": "technician admin",
    "forgetSetup": "technician admin",
    "getSetupTemplate": "technician admin",
    "takeSetupSheet": "technician admin",
    "findSetupDevices": "technician admin",
    "trySetupDevice": "technician admin",
    "listenSetupDevices": "technician admin",
    "checkSetup": "technician admin",
    "finishSetup": "technician admin",
    "setupPage": "technician admin",
    "readLog": "technician admin",
    "getBundle": "technician admin",
    "retryCentral": "technician admin",
    "renewCentralToken": "technician admin",
    "pairStation": "*",
    "linkStation": "station",
    "getFace": "face lead technician admin",
    "rateAtWindow": "face",
    "offerFace": "lead technician admin",
    "pairFace": "*",
    "getSession": "*",
    "signIn": "*",
    "signOut": "*",
    "lockPage": "*",
    "unlockPage": "*",
    "notePresence": "kiosk teller guide lead technician auditor integrator admin station face standby",
    "changePassword": "*",
    "listUsers": "lead admin",
    "addUser": "admin",
    "changeUser": "admin",
    "resetUser": "admin",
    "disableUser": "admin",
    "enableUser": "admin",
    "unlockUser": "lead admin",
    "listClosedAddresses": "lead admin",
    "openAddresses": "lead admin",
    "callPage": "teller lead admin",
    "stripPage": "teller lead admin",
    "overviewPage": "lead auditor admin",
    "diagnosticsPage": "lead technician admin",
    "poorRatingsPage": "lead auditor admin",
    "rosterPage": "teller guide lead auditor admin",
    "usersPage": "lead admin",
    "storyPage": "lead auditor admin",
    "findStories": "lead auditor admin",
    "getStory": "lead auditor admin",
    "guidePage": "guide lead admin",
    "homePage": "kiosk teller guide lead technician auditor integrator admin station face standby",
    "passwordPage": "*",
    "signInPage": "*",
    "getMetrics": "*",
    "getHealth": "*",
    "getReadiness": "*",
    "getOpenApi": "*",
}
"""Who may do what, written down a second time: a slip in the route table shows here."""


TWICE = {
    "saveSetup",
    "forgetSetup",
    "takeSetupSheet",
    "trySetupDevice",
    "listenSetupDevices",
    "checkSetup",
    "finishSetup",
    "signOut",
    "applySettings",
    "checkSettings",
    "keepTellerPhoto",
    "removeTellerPhoto",
    "lockPage",
    "unlockPage",
    "checkRoster",
    "notePresence",
    "changeUser",
    "disableUser",
    "enableUser",
    "unlockUser",
    "openAddresses",
}
"""What is done twice is done."""

SECRET = {"signIn", "changePassword", "addUser", "resetUser"}
"""What answers with a secret, which is never kept for a repeat."""


def test_the_table_says_what_was_meant() -> None:
    meant = {
        name: set(Role) if roles == "*" else {Role(role) for role in roles.split()}
        for name, roles in MAY.items()
    }
    assert {route.name: set(route.roles) for route in ROUTES} == meant


def test_names_and_paths_are_there_once() -> None:
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_a_route_without_roles_cannot_exist() -> None:
    with pytest.raises(ValueError, match="roles"):
        Route(
            name="open",
            method="GET",
            path="/open",
            roles=frozenset(),
            handler=ROUTES[0].handler,
            summary=Summary("", ""),
            answers={},
        )
    with pytest.raises(ValueError, match="key"):
        Route(
            name="kept",
            method="GET",
            path="/kept",
            roles=frozenset({Role.ADMIN}),
            handler=ROUTES[0].handler,
            summary=Summary("", ""),
            answers={},
            keep=Keep.DAYS_2,
        )


def test_every_post_carries_a_key_but_where_a_repeat_harms_nobody() -> None:
    without = {route.name for route in ROUTES if route.method == "POST" and not route.keyed}
    pairing = {"pairStation", "pairFace", "offerFace", "pairStandby"}
    assert without == {*pairing, "fenceHub", "makeBackup", *TWICE, *SECRET}
    assert {route.name for route in ROUTES if route.keep is Keep.DAYS_30} == {"rateTicket", "rateAtWindow"}


async def test_every_route_with_every_role(hall: Hall) -> None:
    for route in ROUTES:
        path = re.sub(r"{(\w+)}", lambda match: EXAMPLES.get(match[1], "x"), route.path)
        for role in Role:
            if role in route.roles and route.name in LONG:
                continue
            answer = await (hall.get(path, role) if route.method == "GET" else hall.post(path, {}, role))
            if route.refuse is not None:
                check_page(route, role, answer)
            elif role in route.roles:
                assert answer.code not in ("token_missing", "not_allowed"), (route.name, role)
                assert answer.status < 500, (route.name, role, answer.raw)
            elif role is Role.PUBLIC:
                assert (answer.status, answer.code) == (401, "token_missing"), route.name
                assert answer.headers["WWW-Authenticate"] == "Bearer"
            else:
                assert (answer.status, answer.code) == (403, "not_allowed"), (route.name, role)


def check_page(route: Route, role: Role, answer: Answer) -> None:
    """A page is shown, or leads to where one signs in, or says why not."""
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';"), route.name
    if role in route.roles:
        assert (answer.status, answer.url) == (200, route.path), (route.name, role)
    elif role is Role.PUBLIC:
        assert answer.url == f"/sign-in?next={route.path}", route.name
    else:
        assert (answer.status, answer.url) == (403, route.path), (route.name, role)
        assert "没有权限" in answer.raw.decode()


async def test_a_token_that_is_none_is_refused_everywhere(hall: Hall) -> None:
    for authorization in ("Bearer nope", "Bearer", "Basic abc", "", "Bearer \u00e9"):
        answer = await hall.get("hall", Role.PUBLIC, Authorization=authorization)
        assert (answer.status, answer.code) == (401, "token_unknown"), authorization


async def test_a_revoked_token_is_refused(hall: Hall) -> None:
    token, secret = hall.site.tokens.add(Role.LEAD, "gone")
    hall.tokens[Role.LEAD] = secret
    assert (await hall.get("alerts", Role.LEAD)).status == 200
    hall.site.tokens.revoke(token.id)
    assert (await hall.get("alerts", Role.LEAD)).status == 401


async def test_a_cookie_only_looks(hall: Hall) -> None:
    cookie = f"kioskd_read={hall.tokens[Role.LEAD]}"
    assert (await hall.get("alerts", Role.PUBLIC, Cookie=cookie)).status == 200
    assert (await hall.post("notice", {"zh": "x"}, Role.PUBLIC, Cookie=cookie)).status == 401
    assert (await hall.get("hall", Role.PUBLIC, Cookie="kioskd_read=old")).status == 200


async def test_pages_of_other_sites_may_not_call(hall: Hall) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        answer = await hall.get("hall", Role.PUBLIC, Origin=origin)
        assert (answer.status, answer.code) == (403, "origin_refused")
    assert (await hall.get("hall", Role.PUBLIC, Origin=hall.url)).status == 200
