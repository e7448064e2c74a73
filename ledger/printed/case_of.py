"""Makes a case file from a printed compendium: each field with its place, and a list of what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...domain.errors import Malformed
from ...domain.roster import shipped_names
from .english import roman
from .grammar import Grammar
from .masthead import Masthead, read_masthead, symbols_in
from .papers import PrintedPaper, Value, placed, read_paper, span_of
from .place import Flow, Line, read_lines, without_furniture
from .result import Choices, Draft, Place, ReadCompendium, Unread
from .sections import Section, grammar_of, paragraphs, sections_of

_MASTHEAD_LINES = 24
_PROCEDURE, _SYMBOL_OF_PROCEDURE = "unsc-2020-253", "S/2020/253"
_ON_BLOCK = ("signatory", "rank", "rank_in_english", "signed")
_AS_SUGGESTED = Choices()


def case_of(text: str, where: str, choices: Choices = _AS_SUGGESTED) -> ReadCompendium:
    """Read a compendium.

    Raises:
        Malformed: it is not one, or too large: no annex, two annexes of one number, no symbol of the draft, no letter
        that puts it to the vote.
    """
    lines = without_furniture(read_lines(text, where))
    grammar = grammar_of(lines, where)
    return _Reading(where, grammar, choices).read(sections_of(lines, grammar, where))


class _Reading:
    def __init__(self, where: str, grammar: Grammar, choices: Choices) -> None:
        self.where, self.grammar, self.choices = where, grammar, choices
        self.version, self.blanks = grammar.language, grammar.blanks
        self.unread: list[Unread] = []
        self.assumed: list[tuple[str, str]] = []
        self.files: dict[str, bytes] = {}
        self.symbol, self.folder, self.original = "", "compendium", ""
        self.said: dict[str, Value] = {}

    def read(self, sections: Sequence[Section]) -> ReadCompendium:
        cover = read_paper(sections[0].lines, self.grammar, before=_MASTHEAD_LINES)
        head = self._masthead(cover)
        self.said = self._cover_words(cover)
        self._numbers([each.number for each in sections[1:]])
        annexes = sorted(sections[1:], key=lambda each: each.number)
        papers = [(each, read_paper(each.lines, self.grammar)) for each in annexes]
        opens = next((pair for pair in papers if _puts_to_the_vote(pair[1])), None)
        if opens is None:
            raise Malformed(f"{self.where}: no annex is a letter of the President that puts a draft to the vote")
        draft, opening = self._draft(opens[0]), self._opening(*opens)
        replies: list[Draft] = []
        statements: list[Draft] = []
        for section, paper in papers:
            if section is opens[0]:
                continue
            if paper.heading is None:
                self._not(section, "", "its heading is not that of a letter, a note or a statement")
            elif "member" not in paper.heading:
                self._not(section, "", "its heading names no member that sends it")
            elif paper.is_statement:
                statements += self._statement(section, paper)
            else:
                replies.append(self._reply(section, paper, draft.value["symbol"]))
        letter = self._cover(cover, head, opening)
        acts = [*self._procedure_letter(), opening, *replies, *self._result(), *statements, letter]
        return self._whole(draft, opening, letter, acts)

    # The parts

    def _masthead(self, cover: PrintedPaper) -> Masthead:
        head = read_masthead(cover.left if cover.heading is not None else (), self.grammar)
        if (symbol := head.fields.get("symbol")) is not None:
            self.symbol = str(symbol.value)
            self.folder = self.symbol.lower().replace("/", "-").replace(".", "-")
        version, original = (head.fields.get(name) for name in ("version", "original"))
        if version is not None and version.value != self.version:
            why = "the masthead names another than the titles of the annexes are in"
            self.unread.append(Unread("the language of the document", why, version.span))
        self.original = "" if original is None else str(original.value)
        self._lines("the masthead", head.left)
        return head

    def _cover_words(self, cover: PrintedPaper) -> dict[str, Value]:
        if cover.heading is None:
            self.unread.append(Unread("the covering letter", "no heading of a letter before the first annex", None))
            return {}
        flow = Flow(cover.body, blanks=self.blanks)
        read = self.grammar.cover(flow.text)
        said = placed(read, flow)
        if (item := read.get("agenda_item")) is not None:  # as it is printed
            said["agenda_item"] = Value(flow.raw(item.start, item.end), said["agenda_item"].span)
        for name in ("resolution", "outcome", "procedure"):
            if name not in said:
                why = "the covering letter says it in no words that are known"
                self.unread.append(Unread(name, why, span_of(cover.body)))
        return said

    def _numbers(self, numbers: Sequence[int]) -> None:
        if list(numbers) != sorted(numbers):
            why = "they do not come in the order of their numbers; they are read in it"
            self.unread.append(Unread("the order of the annexes", why, None))
        if missing := sorted(set(range(1, max(numbers) + 1)) - set(numbers)):
            self.unread.append(Unread("annexes", f"there is none numbered {', '.join(map(roman, missing))}", None))

    def _draft(self, section: Section) -> Draft:
        question = self.choices.question
        act = Draft({"symbol": None, "question": question})
        self.assumed.append(("draft.question", f"{question}: nothing in the document says what kind of question it is"))
        written = [line for line in section.enclosed if line.text.strip()]
        at = next((n for n, line in enumerate(written[:_MASTHEAD_LINES]) if self._sponsors(line) is not None), 0)
        head = read_masthead(written[:at], self.grammar)
        act.put("symbol", head.fields.get("symbol") or self.said.get("draft"))
        if act.value["symbol"] is None:
            raise Malformed(f"{self.where}: no symbol of the draft, in what is enclosed or in the covering letter")
        act.put("dated", head.fields.get("day"))
        act.put_all(("original", "provisional"), head.fields)
        self._lines("the masthead of the draft", head.left)
        if not written:
            why = "it is not enclosed with the letter that puts it to the vote"
            self.unread.append(Unread("the text of the draft", why, None))
            return act
        sponsors = self._sponsors(written[at])
        if sponsors is None:
            self.unread.append(Unread("draft.sponsors", "no line says whose draft it is", written[0].span))
        else:
            act.put("sponsors", Value(list(sponsors), written[at].span))
        path = f"{self.folder}/annex-{section.number:02}-enclosure.{self.version}.txt"
        self.files[path] = _text(paragraphs(written[at:], blanks=self.blanks))
        act.value |= {"languages": [self.version], "files": {self.version: path}}
        act.value["source"] = self._source(section, written, ", enclosure")
        return act

    def _sponsors(self, line: Line) -> tuple[str, ...] | None:
        return self.grammar.sponsors(Flow([line], blanks=self.blanks).text)

    def _opening(self, section: Section, paper: PrintedPaper) -> Draft:
        act = self._letter(paper, "opening")
        act.value |= {"file": self._keep(paper, f"annex-{section.number:02}")}
        act.value["source"] = self._source(section, section.lines)
        self._lines(_annex(section), paper.left)
        return act

    def _letter(self, paper: PrintedPaper, kind: str) -> Draft:
        act, head = Draft({"act": "letter_sent", "kind": kind}), paper.heading or {}
        act.put("dated", head.get("dated"))
        act.put("sender", paper.block.get("member"))
        act.put_all(_ON_BLOCK, paper.block)
        if paper.offices:
            act.put("offices", Value([each.value for each in paper.offices], paper.offices[0].span))
        if addressees := _addressees(head):
            act.put("addressees", Value([each.value for each in addressees], addressees[0].span))
        if not paper.block:
            self.unread.append(Unread(f"{kind} letter: signature", "no signature block was found", span_of(paper.body)))
        self._languages(act, paper, "")
        return act

    def _reply(self, section: Section, paper: PrintedPaper, symbol: str) -> Draft:
        head, block = paper.heading or {}, paper.block
        act = Draft({"act": "vote_cast", "member": None, "position": None, "instrument": {}})
        act.put("member", head["member"])
        act.put_all(("form", "dated"), head, "instrument.")
        office = paper.offices[0] if paper.offices else None
        act.put("instrument.office", office)
        if (printed := head.get("office")) is not None and (office is None or office.value != printed.value):
            act.put("instrument.office_in_heading", printed)
        act.put_all(_ON_BLOCK, block, "instrument.")
        act.put("instrument.addressee", next(iter(_addressees(head)), None))
        self._languages(act, paper, "instrument.")
        if not block:
            self._not(section, ": signature", "no signature block was found; whether it is signed stays unknown")
        elif "member" in block and block["member"].value != act.value["member"]:
            self._not(section, ": member", "the heading and the signature block name two members")
        self._words(act, section, paper, symbol)
        act.value["file"] = self._keep(paper, f"annex-{section.number:02}")
        act.value["source"] = self._source(section, section.lines)
        self._lines(_annex(section), paper.left)
        return act

    def _words(self, act: Draft, section: Section, paper: PrintedPaper, symbol: str) -> None:
        """The position that a reply takes, and what it says about an explanation."""
        flow = Flow(paper.body, blanks=self.blanks)
        found, why = self.grammar.position(flow.text)
        others = symbols_in(flow.text) - {symbol, _SYMBOL_OF_PROCEDURE}
        if others and symbol not in flow.text:
            why = f"it names {min(others)}, and not {symbol}"
        if found is None or why:
            act.value["says"] = "not_on_record"
            self._not(section, ": position", why)
        else:
            act.put("position", Value(found.value, flow.span(found.start, found.end)))
        said = self.grammar.explanation(flow.text)
        if said is None:
            self._not(section, ": explanation", "it speaks of one in no words that are known")
        elif said.value != "silent":
            act.put("explanation", Value(said.value, flow.span(said.start, said.end)))

    def _statement(self, section: Section, paper: PrintedPaper) -> list[Draft]:
        act = Draft({"act": "explanation_filed", "member": None})
        act.put_all(("member", "speaker", "form_of_address", "office"), paper.heading or {})
        if paper.original is not None:
            act.put("languages", Value(list(paper.original[0]), paper.original[1]))
        if self.version not in act.value.get("languages", (self.original,)):
            act.value["translation"] = self.version
        source = self._source(section, section.lines)
        act.value |= {"file": self._keep(paper, f"annex-{section.number:02}"), "source": source}
        self._lines(_annex(section), paper.left)
        flow = Flow(paper.body, blanks=self.blanks)
        joins = self.grammar.co_sponsors(flow.text)
        if joins is None:
            return [act]
        other = Draft({"act": "co_sponsorship_announced", "member": None})
        other.put("member", Value(act.value["member"], flow.span(joins.start, joins.end)))
        other.value["source"] = source
        return [act, other]

    def _procedure_letter(self) -> list[Draft]:
        if "procedure" not in self.said:
            return []
        act = Draft({"act": "letter_sent", "kind": "procedure"})
        act.put("symbol", self.said["procedure"])
        act.put("dated", self.said.get("procedure_dated"))
        act.value["source"] = f"{self.symbol or self.where}, covering letter; the letter itself is not annexed"
        return [act]

    def _result(self) -> list[Draft]:
        act = Draft({"act": "result_announced"})
        act.put("announced_at", self.said.get("announced"))
        act.put("outcome", self.said.get("outcome"))
        if act.value.get("outcome", "adopted") == "adopted":
            act.put("resolution", self.said.get("resolution"))
        if len(act.value) == 1:
            return []
        act.value["source"] = f"{self.symbol or self.where}, covering letter"
        if "announced_at" in act.value:
            why = "the day that the letter gives for the outcome; it does not mention the announcement"
            self.assumed.append(("announced_at", why))
        return [act]

    def _cover(self, cover: PrintedPaper, head: Masthead, opening: Draft) -> Draft:
        act = self._letter(cover, "compendium")
        act.put("symbol", head.fields.get("symbol"))
        act.put("distributed", head.fields.get("day"))
        act.put("distribution", head.fields.get("distribution"))
        act.put("language", head.fields.get("original"))
        act.put("agenda_item", self.said.get("agenda_item"))
        names = act.value.get("signatory"), opening.value.get("signatory")
        if "sender" in opening.value and names[0] is not None and names[0] == names[1]:
            act.value.setdefault("sender", opening.value["sender"])
        if cover.heading is not None:
            act.value["file"] = self._keep(cover, "letter")
        act.value["source"] = f"{self.symbol or self.where}, masthead and covering letter"
        return act

    # Shared parts

    def _languages(self, act: Draft, paper: PrintedPaper, within: str) -> None:
        """The original language, if the annex is marked with one; the attached text is then a translation."""
        target: dict[str, Any] = act.value["instrument"] if within else act.value
        own = paper.original
        if own is not None and len(own[0]) == 1:
            act.put(f"{within}language", Value(own[0][0], own[1]))
        elif own is not None:
            self.unread.append(Unread("an original language", "a letter has one, and two are named", own[1]))
        if target.get("language", self.original) != self.version:
            target["translation"] = self.version

    def _keep(self, paper: PrintedPaper, name: str) -> str:
        """Attach the text: its heading, its paragraphs, its signature block."""
        path = f"{self.folder}/{name}.{self.version}.txt"
        headed = (" " if self.blanks else "").join(" ".join(line.text.split()) for line in paper.headed)
        signed = [" ".join(line.text.split()) for line in paper.signed]
        self.files[path] = _text([headed, *paragraphs(paper.body, blanks=self.blanks), *signed])
        return path

    def _source(self, section: Section, lines: Iterable[Line], more: str = "") -> str:
        span = span_of(list(lines))
        at = f" ({span.said()})" if span is not None else ""
        return f"{self.symbol or self.where}, {_annex(section)}{more}{at}"

    def _lines(self, what: str, left: Iterable[Line]) -> None:
        self.unread += [Unread(what, "a line that nothing could be made of", line.span) for line in left]

    def _not(self, section: Section, what: str, why: str) -> None:
        self.unread.append(Unread(f"{_annex(section)}{what}", why, span_of(section.lines)))

    def _whole(self, draft: Draft, opening: Draft, letter: Draft, acts: Sequence[Draft]) -> ReadCompendium:
        cited = self.said.get("procedure")
        procedure = self.choices.procedure or _PROCEDURE
        if self.choices.procedure is None and (cited is None or cited.value != _SYMBOL_OF_PROCEDURE):
            self.assumed.append(("procedure", f"{procedure}: the document cites no letter that it is known by"))
        roster = self.choices.roster
        if roster is None:
            days = (each.value.get("dated") for each in (opening, draft, letter))
            roster = f"unsc-{next((each for each in days if each), '')[:4]}"
            if roster not in shipped_names("rosters"):
                raise Malformed(f"{self.where}: whose seats these are is not known; name a roster")
            self.assumed.append(("roster", f"{roster}: the Council of that year; the document lists no members"))
        notes = [
            f"Read by inblue from {self.symbol or self.where}.",
            f"{self.folder}.import.json has the place of each field, and what could not be read.",
            "What the document does not say is not here.",
            *(f"Not in the document: {name} ({why})." for name, why in self.assumed),
        ]
        case = {
            "format": "inblue-case/1",
            "procedure": procedure,
            "times": "documented",
            "roster": roster,
            "president": opening.value.get("sender"),
            "notes": notes,
            "draft": draft.value,
            "acts": [act.value for act in acts],
        }
        within = [("draft", draft), *((f"acts.{number}", act) for number, act in enumerate(acts))]
        places = tuple(Place(f"{at}.{path}", value, span) for at, act in within for path, value, span in act.places)
        return ReadCompendium(self.folder, case, self.files, places, tuple(self.unread), tuple(self.assumed))


def _puts_to_the_vote(paper: PrintedPaper) -> bool:
    """Whether it is a letter of the President to the members."""
    head = {} if paper.heading is None else {name: each.value for name, each in paper.heading.items()}
    to = head.get("a0"), head.get("a1")
    return head.get("office") == "president" and to == ("permanent_representatives_of_members", None)


def _addressees(head: dict[str, Value]) -> list[Value]:
    return [head[name] for name in ("a0", "a1") if name in head]


def _annex(section: Section) -> str:
    return f"annex {roman(section.number)}"


def _text(said: Iterable[str]) -> bytes:
    return ("\n\n".join(each for each in said if each) + "\n").encode()
