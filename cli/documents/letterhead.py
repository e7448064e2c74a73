"""How letters are headed and signed in documents of the United Nations: who writes to whom, when, in which office."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date

from ...domain.acts import LetterSent
from ...domain.inert import inert
from ...domain.phrase import Said
from ...domain.state import VoteState
from ..language.english import Language

COUNCIL = "United Nations Security Council"
ASSEMBLY = "United Nations General Assembly"
_RANKS = (Said.of("Ambassador Extraordinary and Plenipotentiary"), Said.of("Ambassador"))
"""Ranks that a record may name in English, for which every language has a word."""
COVER = ("secretary_general", "permanent_representatives_of_members")
"""To whom the letter of a compendium is addressed."""


class Letterhead:
    """Writes headings and signature blocks of one vote in one language, and leaves out what is not on record."""

    def __init__(self, state: VoteState, language: Language) -> None:
        self.body, self.names = state.procedure.body, state.procedure.names
        self.language, self.say = language, language.say

    def heading(
        self, form: str, dated: date | None, office: str | None, member: str | None, addressees: Sequence[str]
    ) -> str:
        """The heading of a paper that ``member`` sends, or that an ``office`` does."""
        values = {"form": self.language.word(form), "sender": self._sender(office, member)}
        day = None if dated is None else self.language.day_in_full(dated)
        to = self._addressed(addressees)
        match day, to:
            case None, None:
                said = self.say("{form} {sender}, its date not on record", **values)
            case None, str():
                said = self.say("{form} {sender} addressed {addressee}, its date not on record", addressee=to, **values)
            case str(), None:
                said = self.say("{form} dated {day} {sender}", day=day, **values)
            case _:
                assert day is not None and to is not None  # noqa: S101, PT018 - the cases before leave nothing else
                said = self.say("{form} dated {day} {sender} addressed {addressee}", day=day, addressee=to, **values)
        return said[:1].upper() + said[1:]

    def signature(
        self, name: str | None, rank: str | None, offices: Sequence[str], member: str | None, *, signed: bool | None
    ) -> list[str]:
        """The lines of a signature block."""
        if name is None:
            named = {
                True: self.say("(Signed)"),
                False: self.say("(Not signed)"),
                None: self.say("(Whether it is signed is not on record)"),
            }[signed]
        else:
            named = {
                True: self.say("(Signed) {name}", name=name),
                False: self.say("(Not signed) {name}", name=name),
                None: self.say("{name} (whether it is signed is not on record)", name=name),
            }[signed]
        held = [self.office(each, member) for each in offices]
        if self.language.code == "zh":
            return [*held, *([rank] if rank else []), named]
        return [named, *([rank] if rank else []), *held]

    def organization(self) -> tuple[str, str]:
        """The left side of a document's head: the organization and its organ, or else only the body."""
        match self.body:
            case "United Nations Security Council":
                return self.say("United Nations"), self.say("Security Council")
            case "United Nations General Assembly":
                return self.say("United Nations"), self.say("General Assembly")
        return "", self.language.written(self.body)

    def draft_of(self, sponsors: str) -> str:
        """The line above the text of a draft."""
        if self.body == COUNCIL:
            return self.say("{sponsors}: draft resolution", sponsors=sponsors)
        return self.say("{sponsors}: draft", sponsors=sponsors)

    def signed_letter(self, letter: LetterSent) -> list[str]:
        """The signature block of a letter; empty where nothing of it is on record."""
        name, rank = self.name(letter.signatory, letter.signatory_latin), self.rank(letter.rank, letter.rank_in_english)
        if name is None and not letter.offices and letter.signed is None:
            return []
        return self.signature(name, rank, letter.offices, letter.sender, signed=letter.signed)

    def name(self, printed: str | None, latin: str | None) -> str | None:
        """A name in letters that a reader of this language can read, and as printed if that differs."""
        if not printed or not latin or latin == printed or (self.language.code == "zh" and _is_chinese(printed)):
            return inert(printed or latin or "") or None
        return self.say("{latin} ({printed})", latin=latin, printed=printed)

    def rank(self, printed: str | None, english: str | None) -> str | None:
        """A rank as printed, if the reader can read that; otherwise in English, as far as that is known."""
        if not english or (printed and self.language.code == "zh" and _is_chinese(printed)):
            return inert(printed or "") or None
        return next((self.language.again(known) for known in _RANKS if known == english), inert(english))

    def office(self, office: str, member: str | None) -> str:
        """An office as a signature block has it."""
        if office == "president":
            return self.language.again(self._president())
        if member is None:
            return self.language.word(office)
        name = self.language.of_member(member, self.names)
        if self.body in {COUNCIL, ASSEMBLY}:
            match office:
                case "permanent_representative":
                    return self.say("Permanent Representative of {member} to the United Nations", member=name)
                case "deputy_permanent_representative":
                    return self.say("Deputy Permanent Representative of {member} to the United Nations", member=name)
                case "charge_d_affaires":
                    return self.say(
                        "Chargé d'affaires of the Permanent Mission of {member} to the United Nations", member=name
                    )
                case "representative":
                    return self.say("Representative of {member} to the United Nations", member=name)
                case "special_envoy":
                    return self.say("Special Envoy of {member} to the Security Council", member=name)
                case "permanent_mission":
                    return self.say("Permanent Mission of {member} to the United Nations", member=name)
        return self.say("{office}, {member}", office=self.language.word(office), member=name)

    def _sender(self, office: str | None, member: str | None) -> str:
        if office == "president":
            return self.language.again(self._from_president())
        if member is None:
            return self.say("from {office}", office=self.language.word(office)) if office else ""
        name = self.language.of_member(member, self.names)
        if self.body in {COUNCIL, ASSEMBLY}:
            match office:
                case "permanent_representative":
                    return self.say("from the Permanent Representative of {member} to the United Nations", member=name)
                case "deputy_permanent_representative":
                    return self.say(
                        "from the Deputy Permanent Representative of {member} to the United Nations", member=name
                    )
                case "charge_d_affaires":
                    return self.say(
                        "from the Chargé d'affaires of the Permanent Mission of {member} to the United Nations",
                        member=name,
                    )
                case "representative":
                    return self.say("from the Representative of {member} to the United Nations", member=name)
                case "special_envoy":
                    return self.say("from the Special Envoy of {member} to the Security Council", member=name)
                case "permanent_mission":
                    return self.say("from the Permanent Mission of {member} to the United Nations", member=name)
        if office is None:
            return self.say("from {member}", member=name)
        return self.say("from {member} ({office})", office=self.language.word(office), member=name)

    def _president(self) -> Said:
        match self.body:
            case "United Nations Security Council":
                return Said.of("President of the Security Council")
            case "United Nations General Assembly":
                return Said.of("President of the General Assembly")
            case _:
                return Said.of("President")

    def _from_president(self) -> Said:
        match self.body:
            case "United Nations Security Council":
                return Said.of("from the President of the Security Council")
            case "United Nations General Assembly":
                return Said.of("from the President of the General Assembly")
            case _:
                return Said.of("from the President")

    def _addressed(self, addressees: Sequence[str]) -> str | None:
        if tuple(addressees) == COVER and self.body == COUNCIL:
            return self.say(
                "to the Secretary-General and the Permanent Representatives of the members of the Security Council"
            )
        if tuple(addressees) == COVER and self.body == ASSEMBLY:
            return self.say(
                "to the Secretary-General and the Permanent Representatives of the States Members of the United Nations"
            )
        said = [self._to(each) for each in addressees]
        return self.language.join(said) if said else None

    def _to(self, addressee: str) -> str:
        match addressee, self.body:
            case "president", "United Nations Security Council":
                return self.say("to the President of the Security Council")
            case "president", "United Nations General Assembly":
                return self.say("to the President of the General Assembly")
            case "president", _:
                return self.say("to the President")
            case "permanent_representatives_of_members", "United Nations Security Council":
                return self.say("to the Permanent Representatives of the members of the Security Council")
            case "permanent_representatives_of_members", "United Nations General Assembly":
                return self.say("to the Permanent Representatives of the States Members of the United Nations")
            case "secretary_general", _:
                return self.say("to the Secretary-General")
            case "secretary_general_of_the_security_council", _:
                return self.say("to the Secretary-General of the Security Council")
            case "director_scad", _:
                return self.say("to the Director of the Security Council Affairs Division")
            case _:
                return self.say("to: {addressee}", addressee=self.language.word(addressee))


def _is_chinese(text: str) -> bool:
    return any(unicodedata.name(character, "").startswith("CJK ") for character in text)
