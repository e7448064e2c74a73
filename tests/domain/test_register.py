"""Who may act: keys and their offices at an instant, revocation, rotation, the presidency by month."""

from __future__ import annotations

from typing import Any

import pytest

from inblue.domain.errors import Malformed, Refused
from inblue.domain.instant import parse_instant
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.register import Reassigned, Register, check_reassigned, decide_register, evolve_register
from inblue.domain.register_acts import (
    AuthorityAdopted,
    AuthorityRetired,
    KeyEnrolled,
    KeyGrant,
    KeyRevoked,
    LedgerFounded,
    PresidencyAssigned,
    ProcedureAdopted,
    RegisterAct,
    RosterAdopted,
)
from inblue.domain.snapshot import Snapshot

FIRST, SECOND, THIRD, BELGIUM, NOBODY = (letter * 64 for letter in "abcde")
NOON = parse_instant("2020-03-27T12:00:00Z")


def grant(key: str, office: str = "registrar", **given: Any) -> KeyGrant:
    return KeyGrant(key=key, public_key="0" * 64, office=office, **given)


FOUNDED = LedgerFounded(origin="example.org/log", log_key="example.org/log+00000000+AA==", registrar=grant(FIRST))


def register(*acts: RegisterAct) -> Register:
    """A founded register after ``acts``, each decided."""
    made = Register()
    for act in (FOUNDED, *acts):
        made = evolve_register(made, decide_register(made, act, office="registrar"))
    return made


def may(held: Register, key: str, office: str = "registrar", at: str = "2020-03-27T12:00:00Z", **given: Any) -> bool:
    try:
        found = held.authority(key, office, parse_instant(at), **given)
    except Refused:
        return False
    return found.key == key and found.office == office


def test_the_founder_is_the_registrar_and_holds_no_other_office() -> None:
    held = register()
    assert may(held, FIRST)
    assert not may(held, FIRST, "president")
    assert not may(held, NOBODY)
    assert held.offices_of(FIRST) == ("registrar",)
    with pytest.raises(Malformed, match="founded by its registrar"):
        LedgerFounded.of({**FOUNDED.json_value(), "registrar": grant(FIRST, "president").json_value()}, where="x")


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2020-02-29T23:59:59.999999Z", False),
        ("2020-03-01T00:00:00Z", True),
        ("2020-03-31T23:59:59.999999Z", True),
        ("2020-04-01T00:00:00Z", False),
    ],
)
def test_a_key_holds_its_office_from_an_instant_until_before_another(at: str, holds: bool) -> None:
    march = {"valid_from": parse_instant("2020-03-01T00:00:00Z"), "valid_until": parse_instant("2020-04-01T00:00:00Z")}
    held = register(KeyEnrolled(grant=grant(SECOND, "president", **march)))
    assert may(held, SECOND, "president", at) == holds


def test_a_term_ends_after_it_begins() -> None:
    with pytest.raises(Malformed, match="valid_until must lie after valid_from"):
        KeyGrant.of({**grant(FIRST).json_value(), "valid_from": "2020-03-01T00:00:00Z",
                     "valid_until": "2020-03-01T00:00:00Z"}, where="grant")  # fmt: skip


def test_two_terms_of_one_key_are_each_its_own() -> None:
    terms = [("2020-03-01T00:00:00Z", "2020-04-01T00:00:00Z"), ("2021-03-01T00:00:00Z", "2021-04-01T00:00:00Z")]
    held = register(
        *(
            KeyEnrolled(grant=grant(SECOND, "president", valid_from=parse_instant(a), valid_until=parse_instant(b)))
            for a, b in terms
        )
    )
    held_at = [may(held, SECOND, "president", f"{year}-03-15T00:00:00Z") for year in (2020, 2021, 2022)]
    assert held_at == [True, True, False]


def test_a_revoked_key_acts_no_more_whenever_and_stays_known() -> None:
    held = register(KeyEnrolled(grant=grant(SECOND)), KeyRevoked(key=FIRST, reason="the laptop is gone"))
    with pytest.raises(Refused, match="revoked: the laptop is gone"):
        held.authority(FIRST, "registrar", NOON)
    assert may(held, SECOND)
    assert [each.key for each in held.grants] == [FIRST, SECOND]
    assert [each.key for each in held.in_force()] == [SECOND]
    assert held.offices_of(FIRST) == ()


def test_a_revoked_key_is_not_enrolled_again() -> None:
    held = register(KeyEnrolled(grant=grant(SECOND)), KeyRevoked(key=SECOND, reason="x"))
    with pytest.raises(Refused, match="enrol a new one"):
        decide_register(held, KeyEnrolled(grant=grant(SECOND, "president")), office="registrar")


def test_the_last_registrar_stays_until_a_successor_is_enrolled() -> None:
    revoke = KeyRevoked(key=FIRST, reason="rotation")
    held = register(KeyEnrolled(grant=grant(SECOND, "president")))
    with pytest.raises(Refused, match="last key of the registrar"):
        decide_register(held, revoke, office="registrar")
    held = register(KeyEnrolled(grant=grant(THIRD), replaces=FIRST), revoke)
    assert (may(held, THIRD), may(held, FIRST)) == (True, False)


def test_a_rotation_replaces_a_key_that_there_is() -> None:
    with pytest.raises(Refused, match="to be replaced, is not enrolled"):
        register(KeyEnrolled(grant=grant(SECOND), replaces=NOBODY))


def test_a_delegations_key_acts_for_its_member_only() -> None:
    held = register(KeyEnrolled(grant=grant(BELGIUM, "permanent_representative", member="BEL")))
    assert may(held, BELGIUM, "permanent_representative", member="BEL")
    assert not may(held, BELGIUM, "permanent_representative", member="FRA")
    assert not may(held, BELGIUM, "registrar", member="BEL")
    assert may(held, FIRST, member="FRA")
    with pytest.raises(Refused, match="acts for BEL, not for FRA"):
        held.authority(BELGIUM, "permanent_representative", NOON, member="FRA")


@pytest.mark.parametrize(
    "act",
    [
        KeyEnrolled(grant=grant(NOBODY)),
        KeyRevoked(key=FIRST, reason="x"),
        ProcedureAdopted(id="p", sha256="0" * 64),
        RosterAdopted(name="r", sha256="0" * 64),
        PresidencyAssigned(body="b", member="CHN", month="2020-03"),
    ],
)
def test_only_the_registrar_keeps_the_register_and_only_once_it_is_founded(act: RegisterAct) -> None:
    with pytest.raises(Refused, match="only the registrar"):
        decide_register(register(), act, office="president")
    with pytest.raises(Refused, match="not founded yet"):
        decide_register(Register(), act, office="registrar")


def test_what_is_founded_or_revoked_or_missing_is_not_so_again() -> None:
    for held, act, says in (
        (register(), FOUNDED, "founded already"),
        (register(), KeyRevoked(key=NOBODY, reason="x"), "is not enrolled"),
        (
            register(KeyEnrolled(grant=grant(SECOND)), KeyRevoked(key=SECOND, reason="x")),
            KeyRevoked(key=SECOND, reason="x"),
            "revoked already",
        ),
    ):
        with pytest.raises(Refused, match=says):
            decide_register(held, act, office="registrar")


@pytest.mark.parametrize(
    ("at", "president"),
    [
        ("2020-03-01T04:59:59Z", None),
        ("2020-03-01T05:00:00Z", "CHN"),
        ("2020-04-01T03:59:59.999999Z", "CHN"),
        ("2020-04-01T04:00:00Z", "DOM"),
        ("2020-05-01T04:00:00Z", None),
        ("2021-03-15T12:00:00Z", None),
    ],
)
def test_the_presidency_changes_at_midnight_of_the_procedures_zone(at: str, president: str | None) -> None:
    council = built_in_procedure("unsc-2020-253")
    held = register(
        PresidencyAssigned(body=council.body, member="CHN", month="2020-03"),
        PresidencyAssigned(body=council.body, member="DOM", month="2020-04"),
    )
    assert held.president(council, parse_instant(at)) == president
    assert held.president(built_in_procedure("unga-74-544"), parse_instant(at)) is None
    kiritimati = Procedure.of({**council.json_value(), "zone": "Pacific/Kiritimati"}, where="test")
    assert held.president(kiritimati, parse_instant("2020-03-31T10:00:00Z")) == "DOM"


@pytest.mark.parametrize("month", ["2020-13", "2020-00", "2020-3", "March", "2020-03-01"])
def test_a_month_is_a_month(month: str) -> None:
    with pytest.raises(Malformed, match="month"):
        PresidencyAssigned.of({"body": "b", "member": "CHN", "month": month}, where="presidency")


def test_the_latest_adoption_of_a_name_holds() -> None:
    held = register(
        ProcedureAdopted(id="p", sha256="1" * 64),
        ProcedureAdopted(id="p", sha256="2" * 64),
        RosterAdopted(name="r", sha256="3" * 64),
    )
    assert (dict(held.procedures), dict(held.rosters)) == ({"p": "2" * 64}, {"r": "3" * 64})


def test_an_authority_is_adopted_by_name_replaced_and_retired() -> None:
    def adopted(name: str, digit: str) -> AuthorityAdopted:
        return AuthorityAdopted(name=name, sha256=digit * 64)

    held = register(adopted("two", "2"), adopted("one", "1"), adopted("two", "3"))
    assert list(held.authorities.items()) == [("one", "1" * 64), ("two", "3" * 64)]
    retired = AuthorityRetired(name="one", reason="its key was lost")
    after = evolve_register(held, decide_register(held, retired, office="registrar"))
    assert list(after.authorities) == ["two"]
    for office, act, says in (
        ("registrar", AuthorityRetired(name="none", reason="x"), "none is not adopted"),
        ("president", retired, "only the registrar"),
    ):
        with pytest.raises(Refused, match=says):
            decide_register(held, act, office=office)


def test_no_more_authorities_are_adopted_than_an_entry_names_tokens_of() -> None:
    held = register(*(AuthorityAdopted(name=f"a{n}", sha256="1" * 64) for n in range(20)))
    again = AuthorityAdopted(name="a7", sha256="2" * 64)
    assert decide_register(held, again, office="registrar") is again
    with pytest.raises(Refused, match="20 authorities are adopted"):
        decide_register(held, AuthorityAdopted(name="more", sha256="1" * 64), office="registrar")


def test_a_snapshot_of_the_first_version_keeps_its_bytes_and_has_no_field_of_the_second() -> None:
    roster = {"format": "inblue-roster/1", "name": "one", "members": [{"member": "BEL"}]}
    value: dict[str, Any] = {
        "format": "inblue-snapshot/1",
        "procedure": "0" * 64,
        "roster": roster,
        "keys": [],
        "president": None,
    }
    first = Snapshot.of(value, where="s")
    assert first.authorities == ()
    assert "authorities" not in first.json_value()
    assert Snapshot.read(first.canonical(), where="s") == first
    with pytest.raises(Malformed, match=r"authorities: inblue-snapshot/1 has no such field"):
        Snapshot.of({**value, "authorities": []}, where="s")
    pins = {"zone": {"name": "UTC", "sha256": "2" * 64}, "counting": "elapsed", "authorities": ["1" * 64]}
    second = Snapshot.of({**value, "format": "inblue-snapshot/2", **pins}, where="s")
    assert second.json_value()["authorities"] == ["1" * 64]


def test_a_month_goes_to_another_member_only_with_a_reason_and_the_first_stays_in_view() -> None:
    june = PresidencyAssigned(body="UN", member="FRA", month="2020-06")
    held = register(june)
    other = PresidencyAssigned(body="UN", member="DEU", month="2020-06")
    with pytest.raises(Refused, match="FRA is assigned to 2020-06 already; give a reason to assign DEU to it"):
        check_reassigned(held, other)
    with pytest.raises(Refused, match="FRA is assigned to 2020-06 already"):
        check_reassigned(held, june)
    check_reassigned(held, PresidencyAssigned(body="Another", member="DEU", month="2020-06"))
    mended = PresidencyAssigned(body="UN", member="DEU", month="2020-06", reason="mistyped")
    check_reassigned(held, mended)
    held = evolve_register(held, mended)
    assert held.presidencies == {("UN", "2020-06"): "DEU"}
    assert held.reassigned == (Reassigned("FRA", mended),)


def test_what_was_assigned_again_without_a_reason_is_read_as_ever() -> None:
    acts = [PresidencyAssigned(body="UN", member=member, month="2020-06") for member in ("FRA", "DEU")]
    held = register(*acts)
    assert held.reassigned == (Reassigned("FRA", acts[1]),)
    assert acts[1].kind_and_version() == "presidency-assigned@1"
    assert "reason" not in acts[1].json_value()
