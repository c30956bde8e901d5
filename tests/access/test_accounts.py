"""Accounts, sessions and the door: below the web, with a clock in the hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from kioskd.access.accounts import Account, Accounts
from kioskd.access.database import _STEPS, VERSION, AccessDatabase
from kioskd.access.errors import AccountRefusedError
from kioskd.access.notes import Notes
from kioskd.access.passwords import Passwords
from kioskd.access.roles import PERSONS, Role
from kioskd.access.sessions import Session, Sessions, csrf_of
from kioskd.access.sign_in import SignIn
from kioskd.access.tokens import TokenStore
from kioskd.hall.commands import By

BY = By("person", "boss", "admin", "page")
MINUTE = 60_000
GOOD = "Spring-Rain-7"


class Door:
    """A hall's access file with a quick hash and a clock that stands."""

    def __init__(self, path: Path) -> None:
        self.now = 1_773_000_000_000
        self.steady = 5.0
        self.path = path
        self.database = AccessDatabase.open(path)
        passwords = Passwords(memory_kib=64, time_cost=1)
        self.accounts = Accounts(self.database, passwords, wall=lambda: self.now)
        self.sessions = Sessions(
            self.database,
            idle_ms=15 * MINUTE,
            life_ms=12 * 60 * MINUTE,
            wall=lambda: self.now,
            monotonic=lambda: self.steady,
        )
        self.door = SignIn(self.accounts, self.sessions, passwords, wall=lambda: self.now)
        self.notes = Notes(self.database)

    def person(self, name: str = "li", role: Role = Role.TELLER, teller: str | None = "li") -> None:
        self.accounts.add(name, f"person {name}", role, teller=teller, by=BY, password=GOOD)

    def enter(self, name: str = "li", password: str = GOOD, address: str = "10.0.0.9") -> Session:
        session = self.sessions.find(self.door.open(name, password, address, None))
        assert session is not None
        return session

    def refused(self, name: str = "li", password: str = "wrong", address: str = "10.0.0.9") -> str:
        with pytest.raises(AccountRefusedError) as refused:
            self.door.open(name, password, address, None)
        return refused.value.code

    def actions(self) -> list[str]:
        return [note.action for _, note in self.notes.pending()]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    door = Door(tmp_path / "access.db")
    yield door
    door.database.close()


def code(refused: pytest.ExceptionInfo[AccountRefusedError]) -> str:
    return refused.value.code


def test_a_person_signs_in_and_is_who_the_account_says(door: Door) -> None:
    door.person()
    session = door.enter("  LI ")
    assert session.principal.id == "li"
    assert session.principal.role is Role.TELLER
    assert session.principal.teller == "li"
    assert session.principal.session == session.id
    assert not session.limited
    assert door.accounts.get("li").seen == door.now
    assert door.actions() == ["account.added", "account.signed_in"]


def test_nothing_secret_lies_in_the_file(door: Door) -> None:
    door.person()
    secret = door.door.open("li", GOOD, "a", None)
    one_time = door.accounts.reset("li", by=BY)
    raw = door.path.read_bytes()
    for hidden in (GOOD, secret, one_time, csrf_of(secret)):
        assert hidden.encode() not in raw
    assert door.sessions.find(csrf_of(secret)) is None


def test_five_wrong_tries_close_the_account_for_longer_each_time(door: Door) -> None:
    door.person()
    assert [door.refused(address=f"10.0.0.{n}") for n in range(4)] == ["sign_in_wrong"] * 4
    assert door.refused() == "sign_in_closed"
    assert door.refused(password=GOOD, address="10.9.9.9") == "sign_in_closed"
    assert door.accounts.get("li").closed_s == 60
    waits = []
    for _ in range(7):
        closed = door.accounts.get("li").closed_s
        waits.append(closed)
        door.now += closed * 1000 - 1
        assert door.refused(password=GOOD) == "sign_in_closed"
        door.now += 1
        assert door.refused(address=f"10.1.1.{closed}") == "sign_in_closed"
    assert waits == [60, 120, 240, 480, 960, 1800, 1800]


def test_an_address_is_closed_too_whatever_names_it_tries(door: Door) -> None:
    door.person()
    for n in range(4):
        assert door.refused(name=f"nobody{n}") == "sign_in_wrong"
    assert door.refused(name="nobody4") == "sign_in_closed"
    assert door.refused(password=GOOD) == "sign_in_closed"
    assert door.enter(address="10.0.0.10").principal.id == "li"
    # The right password of one account opens no way to try others.
    assert door.refused(password=GOOD) == "sign_in_closed"


def test_a_lead_lets_a_person_try_again_at_once(door: Door) -> None:
    door.person()
    for _ in range(5):
        door.refused()
    door.accounts.unlock("li", by=BY)
    assert door.enter().principal.id == "li"
    assert door.actions()[-2:] == ["account.unlocked", "account.signed_in"]


def test_wrong_tries_are_forgotten(door: Door) -> None:
    door.person()
    for _ in range(4):
        door.refused()
    door.now += 15 * MINUTE
    assert door.refused() == "sign_in_wrong"
    door.enter()
    for _ in range(3):
        assert door.refused(address="10.0.0.77") == "sign_in_wrong", "a good sign-in forgets the account's"


def test_a_clock_put_back_closes_no_door_for_days(door: Door) -> None:
    door.person()
    for _ in range(5):
        door.refused()
    door.now -= 30 * 24 * 60 * MINUTE
    assert door.enter().principal.id == "li"


def test_who_is_unknown_takes_as_long_as_who_is_wrong(door: Door) -> None:
    """A hash is computed for a name that nobody has: no list of names can be had by the watch."""
    passwords = Passwords(memory_kib=64, time_cost=1)
    assert not passwords.verify(None, GOOD)
    kept = passwords.hash(GOOD)
    assert passwords.verify(kept, GOOD)
    assert not passwords.verify(kept, "x")
    assert passwords._nobody.startswith("$argon2id$")
    assert not passwords.verify("broken", GOOD)
    # Full-width characters of an input method are the same password.
    assert passwords.verify(kept, "Ｓpring-Rain-7")


def test_a_name_that_nobody_has_is_not_written_down(door: Door) -> None:
    door.refused(name="my-secret-1")
    (_, note) = door.notes.pending()[-1]
    assert (note.action, note.subject, note.params) == (
        "account.sign_in_failed",
        "",
        {"address": "10.0.0.9"},
    )


def test_a_one_time_password_opens_the_form_only(door: Door) -> None:
    secret = door.accounts.add("wang", "person", Role.LEAD, teller=None, by=BY)
    session = door.enter("wang", secret)
    assert session.must_change
    assert session.limited
    for weak in ("short-1", "alllowercase", "aaaaaaaaA1", "wang1234"):
        with pytest.raises(AccountRefusedError) as refused:
            door.door.change_password(session, secret, weak, "a")
        assert code(refused) == "password_weak", weak
    with pytest.raises(AccountRefusedError) as refused:
        door.door.change_password(session, secret, secret, "a")
    assert code(refused) == "password_same"
    fresh = door.sessions.find(door.door.change_password(session, secret, GOOD, "a"))
    assert fresh is not None
    assert not fresh.limited
    assert fresh.id != session.id
    assert len(door.sessions.living()) == 1
    assert door.refused("wang", secret) == "sign_in_wrong"


def test_another_password_ends_every_other_session(door: Door) -> None:
    door.person()
    first = door.door.open("li", GOOD, "a", None)
    second = door.sessions.find(door.door.open("li", GOOD, "b", None))
    assert second is not None
    door.door.change_password(second, GOOD, "Other-Word-9", "b")
    assert door.sessions.find(first) is None


def test_a_page_locks_when_nobody_is_there_and_stays_so(door: Door) -> None:
    door.person()
    secret = door.door.open("li", GOOD, "a", None)
    for _ in range(3):
        door.now += 14 * MINUTE
        session = door.sessions.find(secret)
        assert session is not None
        assert not session.locked
        door.sessions.touch(session)
    door.now += 15 * MINUTE
    session = door.sessions.find(secret)
    assert session is not None
    assert session.locked
    door.sessions.touch(session)
    door.sessions.reload()
    again = door.sessions.find(secret)
    assert again is not None
    assert again.locked, "only the password opens it"
    with pytest.raises(AccountRefusedError):
        door.door.unlock(again, "wrong", "a")
    door.door.unlock(again, GOOD, "a")
    opened = door.sessions.find(secret)
    assert opened is not None
    assert not opened.locked
    door.sessions.lock(opened)
    assert door.sessions.living() == {opened.id: True}


def test_a_session_ends_with_its_day_its_account_and_a_new_role(door: Door) -> None:
    door.person()
    door.person("boss", Role.ADMIN, None)
    old = door.door.open("li", GOOD, "a", None)
    session = door.sessions.find(old)
    assert session is not None
    for hour in range(12):
        door.now += 60 * MINUTE
        session.active = door.now
        assert (door.sessions.find(old) is None) is (hour == 11)
    door.sessions.flush()
    for end in (
        lambda: door.accounts.disable("li", by=BY),
        lambda: door.accounts.reset("li", by=BY),
    ):
        door.accounts.enable("li", by=BY)
        secret = door.door.open("li", GOOD, "a", None)
        end()
        door.sessions.reload()
        assert door.sessions.find(secret) is None
    door.person("zhao")
    secret = door.door.open("zhao", GOOD, "a", None)
    door.accounts.change("zhao", person="Zhao", role=Role.TELLER, teller="wang", by=BY)
    door.sessions.reload()
    assert door.sessions.find(secret) is None, "somebody else at the windows"


def test_signing_out_ends_it(door: Door) -> None:
    door.person()
    secret = door.door.open("li", GOOD, "a", None)
    session = door.sessions.find(secret)
    assert session is not None
    door.door.close(session)
    assert door.sessions.find(secret) is None
    assert door.actions()[-1] == "account.signed_out"


def test_signing_in_again_ends_what_the_browser_had(door: Door) -> None:
    door.person()
    secret = door.door.open("li", GOOD, "a", None)
    fresh = door.door.open("li", GOOD, "a", door.sessions.find(secret))
    assert fresh != secret
    assert door.sessions.find(secret) is None


def test_activity_outlives_a_restart(door: Door) -> None:
    door.person()
    secret = door.door.open("li", GOOD, "a", None)
    session = door.sessions.find(secret)
    assert session is not None
    door.now += 10 * MINUTE
    door.sessions.touch(session)
    door.sessions.flush()
    door.now += 10 * MINUTE
    again = Sessions(
        door.database, idle_ms=15 * MINUTE, life_ms=12 * 60 * MINUTE, wall=lambda: door.now
    ).find(secret)
    assert again is not None
    assert not again.locked


def test_what_another_process_does_is_noticed_within_a_second(door: Door, tmp_path: Path) -> None:
    door.person()
    secret = door.door.open("li", GOOD, "a", None)
    assert door.sessions.find(secret) is not None
    other = AccessDatabase.open(tmp_path / "access.db")
    Accounts(other, Passwords(memory_kib=64, time_cost=1)).disable("li", by=BY)
    other.close()
    door.steady += 1.0
    assert door.sessions.find(secret) is None


def test_the_last_admin_stays(door: Door) -> None:
    door.person("boss", Role.ADMIN, None)
    for leave in (
        lambda: door.accounts.disable("boss", by=BY),
        lambda: door.accounts.change("boss", person="b", role=Role.LEAD, teller=None, by=BY),
    ):
        with pytest.raises(AccountRefusedError) as refused:
            leave()
        assert code(refused) == "last_admin"
    door.person("other", Role.ADMIN, None)
    door.accounts.disable("boss", by=BY)
    assert door.refused("boss", GOOD) == "account_disabled"
    assert door.refused("boss", "x") == "sign_in_wrong", "told only to who knows the password"


@pytest.mark.parametrize("name", ["", "x", "a b", "li/../x", "<b>", "teller-0123abcd", "a" * 40, "李", "-a"])
def test_names_that_no_account_may_have(door: Door, name: str) -> None:
    with pytest.raises(AccountRefusedError) as refused:
        door.accounts.add(name, "x", Role.TELLER, teller=None, by=BY)
    assert code(refused) == "account_name_invalid"


def test_roles_that_no_person_has(door: Door) -> None:
    for role in set(Role) - PERSONS:
        with pytest.raises(AccountRefusedError) as refused:
            door.accounts.add("robot", "x", role, teller=None, by=BY)
        assert code(refused) == "account_role_invalid"
    door.person()
    with pytest.raises(AccountRefusedError) as refused:
        door.accounts.add("LI", "x", Role.TELLER, teller=None, by=BY)
    assert code(refused) == "account_name_taken"
    for work in (door.accounts.get, lambda name: door.accounts.unlock(name, by=BY)):
        with pytest.raises(AccountRefusedError) as refused:
            work("nobody")
        assert code(refused) == "unknown_account"


def test_a_change_that_fails_leaves_no_note(door: Door) -> None:
    with pytest.raises(AccountRefusedError):
        door.accounts.enable("nobody", by=BY)
    assert door.actions() == []


def test_a_new_hall_begins_with_one_admin(door: Door) -> None:
    secret = door.accounts.first_admin()
    assert secret is not None
    assert door.enter("admin", secret).must_change
    assert door.accounts.first_admin() is None
    assert [(one.name, one.role) for one in door.accounts.all()] == [("admin", Role.ADMIN)]


def test_notes_leave_when_they_are_done(door: Door) -> None:
    door.person()
    door.enter()
    ids = [name for name, _ in door.notes.pending()]
    door.notes.done(ids[:1])
    assert [name for name, _ in door.notes.pending()] == ids[1:]


def test_a_file_of_the_release_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = apsw.Connection(str(path))
    old.execute(_STEPS[0])
    old.pragma("user_version", 1)
    old.execute(
        "INSERT INTO token(id, hash, role, label, created) VALUES('lead-1', x'00', 'lead', 'kept', 1)"
    )
    old.close()
    store = TokenStore.open(path)
    try:
        assert [token.label for token in store.tokens()] == ["kept"]
        Accounts(store.database, Passwords(memory_kib=64, time_cost=1)).add(
            "li", "x", Role.LEAD, teller=None, by=BY
        )
        assert store.database.data_version() is not None
    finally:
        store.close()
    with_version = apsw.Connection(str(path))
    assert with_version.pragma("user_version") == VERSION
    with_version.close()


def test_an_account_tells_nothing_secret(door: Door) -> None:
    assert not {"hash", "password"} & set(Account.__struct_fields__)
