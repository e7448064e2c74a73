"""The grammar of such documents in English. Text has one blank between words.

No English compendium was available: headings and signatures follow S/2020/273, and the English renderings of
S/2020/268.
"""

from __future__ import annotations

import re
from datetime import date

from .grammar import ByPhrases, Found, Phrases, Read, Wanted, a_day
from .members import member_called

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_DAY = rf"(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})"
_TONGUES = {"Arabic": "ar", "Chinese": "zh", "English": "en", "French": "fr", "Russian": "ru", "Spanish": "es"}
_MISSION = "of the Permanent Mission of "
_OFFICES = (
    ("Deputy Permanent Representative of ", " to the United Nations", "deputy_permanent_representative"),
    (f"Deputy Permanent Representative {_MISSION}", " to the United Nations", "deputy_permanent_representative"),
    ("Permanent Representative of ", " to the United Nations", "permanent_representative"),
    (f"Chargé d'affaires a.i. {_MISSION}", " to the United Nations", "charge_d_affaires"),
    (f"Chargé d'affaires {_MISSION}", " to the United Nations", "charge_d_affaires"),
    (f"Chargée d'affaires a.i. {_MISSION}", " to the United Nations", "charge_d_affaires"),
    (f"Chargée d'affaires {_MISSION}", " to the United Nations", "charge_d_affaires"),
    ("Permanent Mission of ", " to the United Nations", "permanent_mission"),
    ("Representative of ", " to the United Nations", "representative"),
    ("Special Envoy of ", " to the Security Council", "special_envoy"),
)
_RANKS = ("Ambassador Extraordinary and Plenipotentiary", "Ambassador")
_PRESIDENTS = frozenset({"President of the Security Council", "President of the General Assembly", "President"})
_ADDRESSEES = {
    "the Secretary-General and the Permanent Representatives of the members of the Security Council": (
        "secretary_general",
        "permanent_representatives_of_members",
    ),
    "the Permanent Representatives of the members of the Security Council": ("permanent_representatives_of_members",),
    "the Secretary-General and the Permanent Representatives of the States Members of the United Nations": (
        "secretary_general",
        "permanent_representatives_of_members",
    ),
    "the Permanent Representatives of the States Members of the United Nations": (
        "permanent_representatives_of_members",
    ),
    "the Director of the Security Council Affairs Division": ("director_scad",),
    "the Secretary-General of the Security Council": ("secretary_general_of_the_security_council",),
    "the President of the Security Council": ("president",),
    "the President of the General Assembly": ("president",),
    "the President": ("president",),
    "the Secretary-General": ("secretary_general",),
}
_FORMS = (("Letter", "letter"), ("Note verbale", "note_verbale"))
_SIGNED = (("(Signed)", True), ("(Not signed)", False), ("(Whether it is signed is not on record)", None))
_ADDRESSES = ("Mr. ", "Ms. ", "Mrs. ")
_NO_DATE = ", its date not on record"
_VOTES = r"\b(?:votes?|voted|casts? its vote|cast)"
_POSITIONS = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (rf"{_VOTES} in favou?r of\b", "in_favour"),
        (rf"{_VOTES} against\b", "against"),
        (r"\b(?:abstains|abstained|wishes to abstain|decided to abstain)\b", "abstention"),
    )
)
_DOUBTS = tuple(
    (re.compile(pattern, re.IGNORECASE), why)
    for pattern, why in (
        (
            rf"\b(?:not|cannot|never|unable to|refuses? to)\b[^.,;]{{0,60}}(?:{_VOTES} (?:in favou?r|against)|abstain)",
            "a negation is before them",
        ),
        (r"\b(?:if|unless|provided that|on condition)\b", "a condition is named"),
    )
)
_NONE_STATED = re.compile(r"\bdoes not (?:intend|plan|wish) to (?:explain its vote|give an explanation)", re.IGNORECASE)
_ENCLOSED = re.compile(r"\b(?:explanation|statement)\b[^.]{0,80}\b(?:enclosed|attached|annexed)\b", re.IGNORECASE)
_SAID = re.compile(r"\bexplanations? of vote|\bexplain\w* (?:its|our|the) vote", re.IGNORECASE)
_CO_SPONSORS = re.compile(
    r"\b(?:decided|wishes|agreed) to co-?sponsor\b|\bjoins? the (?:co-)?sponsors\b", re.IGNORECASE
)
_SYMBOL = r"[A-Z][A-Z0-9./]{0,60}/\d{1,6}"


def number(said: str) -> int | None:
    """A Roman number up to 199 in the usual form, or a figure."""
    if said.isdecimal():
        return int(said) if len(said) < 4 else None
    value, above = 0, 0
    for letter in reversed(said):
        here = _ROMAN.get(letter, 1_000)
        value += here if here >= above else -here
        above = max(above, here)
    return value if 0 < value < 200 and roman(value) == said else None


def day(said: str) -> date | None:
    """A date that is the whole text."""
    hit = re.fullmatch(_DAY, said)
    return None if hit is None else a_day(int(hit[3]), _MONTHS.index(hit[2]) + 1, int(hit[1]))


_OUTCOMES = {"adopted": "adopted", "not adopted": "not_adopted"}
_COVER = (
    Wanted(re.compile(r"\bresolution (?P<resolution>\d{1,4} \((?:19|20)\d\d\))"), {"resolution": str}),
    Wanted(re.compile(r'\bitem entitled [“"](?P<agenda_item>[^”"\[\]]{1,200})[”"]'), {"agenda_item": str}),
    Wanted(
        re.compile(rf"\bwas (?P<outcome>adopted|not adopted) on (?P<announced>{_DAY})"),
        {
            "announced": day,
            "outcome": _OUTCOMES.get,
        },
    ),
    Wanted(
        re.compile(
            rf"\bwas (?P<outcome>adopted|not adopted)(?: as resolution [^.]{{1,60}})?\. "
            rf"The result was announced on: (?P<announced>{_DAY})"
        ),
        {"announced": day, "outcome": _OUTCOMES.get},
    ),
    Wanted(
        re.compile(
            rf"\bletter dated (?P<procedure_dated>{_DAY}) from the President of the Security Council "
            rf"\((?P<procedure>{_SYMBOL})\)"
        ),
        {"procedure_dated": day, "procedure": str},
    ),
    Wanted(
        re.compile(
            rf"\bletter from the President of the Security Council dated (?P<procedure_dated>{_DAY}) "
            rf"\((?P<procedure>{_SYMBOL})\)"
        ),
        {"procedure_dated": day, "procedure": str},
    ),
    Wanted(re.compile(rf"\bdraft resolution contained in document (?P<draft>{_SYMBOL})"), {"draft": str}),
)
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_STEPS = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def roman(value: int) -> str:
    """A number up to 199 in Roman numerals."""
    said = ""
    for step, letters in _STEPS:
        said += letters * (value // step)
        value %= step
    return said


_PHRASES = Phrases(
    positions=_POSITIONS,
    doubts=_DOUBTS,
    none_stated=_NONE_STATED,
    enclosed=_ENCLOSED,
    explains=_SAID,
    co_sponsors=_CO_SPONSORS,
    cover=_COVER,
    draft=re.compile(r"([^:]{1,300}): draft(?: resolution)?"),
    comma=", ",
    both=" and ",
)


class English(ByPhrases):
    """See :class:`.grammar.Grammar`."""

    language = "en"
    blanks = True
    name_first = True
    phrases = _PHRASES
    end_of_document = frozenset({"From the record"})

    def annex(self, line: str) -> int | None:
        """As in the protocol."""
        hit = re.fullmatch(r"Annex(?: ([IVXLC]{1,10}|\d{1,3}))?", line)
        return None if hit is None else number(hit[1]) if hit[1] else 1

    def is_enclosure(self, line: str) -> bool:
        """As in the protocol."""
        return re.fullmatch(r"Enclosure(?: (?:[IVX]{1,5}|\d{1,2}))?", line) is not None

    def original(self, line: str) -> tuple[str, ...] | None:
        """As in the protocol."""
        hit = re.fullmatch(r"\[?Original ?: ([^\]]{1,80})\]?", line)
        named = [] if hit is None else re.split(", | and ", hit[1])
        return tuple(_TONGUES[each] for each in named) if named and all(each in _TONGUES for each in named) else None

    def heading(self, text: str) -> Read | None:
        """As in the protocol."""
        text = text.removesuffix(_NO_DATE)
        form = next(((start, name) for start, name in _FORMS if text.startswith(f"{start} ")), None)
        if form is None:
            return None
        at = len(form[0])
        found: Read = {"form": Found(form[1], 0, at)}
        if hit := re.match(rf" dated ({_DAY})(?= )", text[at : at + 40]):
            dated = day(hit[1])
            if dated is None:
                return None
            found["dated"] = Found(dated, at + hit.start(1), at + hit.end(1))
            at += hit.end()
        if not text.startswith(" from ", at):
            return None
        start = at + len(" from ")
        to = text.find(" addressed to ", start)
        end = len(text) if to < 0 else to
        if to >= 0:
            to += len(" addressed to ")
            addressees = _ADDRESSEES.get(text[to:])
            if addressees is None:
                return None
            found |= {f"a{n}": Found(each, to, len(text)) for n, each in enumerate(addressees)}
        sender = text[start:end]
        held = self.office(sender.removeprefix("the "))
        if held is None:
            member = member_called(sender, "en")
            held = None if member is None else {"member": Found(member, 0, len(sender))}
        if held is None or (to < 0 and "dated" not in found):
            return None
        return found | {name: each._replace(start=start, end=end) for name, each in held.items()}

    def speaker(self, text: str) -> Read | None:
        """As in the protocol."""
        if text.startswith("Statement of "):
            member = member_called(text.removeprefix("Statement of "), "en")
            return None if member is None else {"member": Found(member, len("Statement of "), len(text))}
        at = len("Statement by ")
        if not text.startswith("Statement by ") or text.count(", ") > 8:
            return None
        for hit in re.finditer(", ", text):
            for name, held in (
                ((at, hit.start()), (hit.end(), len(text))),
                ((hit.end(), len(text)), (at, hit.start())),
            ):
                start = held[0] + (4 if text.startswith("the ", held[0]) else 0)
                office = self.office(text[start : held[1]])
                if office is None:
                    continue
                found: Read = {key: Found(each.value, start, held[1]) for key, each in office.items()}
                address = next((each for each in _ADDRESSES if text.startswith(each, name[0])), "")
                if address:
                    found["form_of_address"] = Found(address.strip(), name[0], name[0] + len(address) - 1)
                return found | {"speaker": Found("", name[0] + len(address), name[1])}
        return None

    def signed(self, text: str) -> Read | None:
        """As in the protocol."""
        for start, value in (
            ("(Signed)", True),
            ("(Not signed)", False),
            ("(Whether it is signed is not on record)", None),
        ):
            if text.startswith(start):
                found: Read = {} if value is None else {"signed": Found(value, 0, len(start))}
                return found | ({"signatory": Found("", len(start), len(text))} if text[len(start) :].strip() else {})
        unknown = " (whether it is signed is not on record)"
        return {"signatory": Found("", 0, len(text) - len(unknown))} if text.endswith(unknown) else None

    def rank(self, text: str) -> str | None:
        """As in the protocol."""
        return text if text in _RANKS else None

    def office(self, text: str) -> Read | None:
        """As in the protocol."""
        if text in _PRESIDENTS:
            return {"office": Found("president", 0, len(text))}
        for before, after, office in _OFFICES:
            if text.startswith(before) and text.endswith(after) and len(text) > len(before) + len(after):
                start, end = len(before), len(text) - len(after)
                member = member_called(text[start:end], "en")
                if member is not None:
                    return {"office": Found(office, 0, len(text)), "member": Found(member, start, end)}
        return None

    day = staticmethod(day)
