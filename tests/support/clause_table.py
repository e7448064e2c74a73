"""The tables in docs/clauses.md: each clause, its source, the rule that rests on it, what comes of it, and its test.

``make clauses`` writes it from the procedures that are shipped and from the tables here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from paths import ROOT

from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.procedure_rules import Clause2
from inblue.domain.roster import shipped_names

PAGE = ROOT / "docs" / "clauses.md"
SHIPPED = shipped_names("procedures")
_BASIS = {"text": "", "practice": "practice", "not_found": "not found"}


class Judged(NamedTuple):
    """The results of a rule: kinds of ``findings``, a ``refusal``, or something else; and tests of them."""

    tests: tuple[str, ...]
    findings: tuple[str, ...] = ()
    refusal: bool = False
    else_: str = ""


def _by(*tests: str, findings: str = "", refusal: bool = False, else_: str = "") -> Judged:
    return Judged(tests, tuple(findings.split()), refusal, else_)


_CANNOT_COUNT = "test_a_reply_that_cannot_count_is_recorded_and_rejected"
_FLAW = "test_each_flaw_of_a_paper_is_one_finding"
_REAL = "test_the_real_case_raises_exactly_what_its_annexes_show"
_OPEN_ENDS = (
    "test_voting_is_not_closed_before_the_minimum_and_its_close_is_never_typed",
    "test_it_is_said_where_an_earlier_end_would_have_given_another_outcome",
    "test_what_is_entered_after_the_close_is_documented_and_said_though_it_came_before",
)
_LETTERS = "test_no_outcome_letter_and_no_compendium_letter_once_the_result_is_announced"
_SHIPPED = "test_who_offends_a_rule_is_told_its_clause"
JUDGED: dict[str, Judged] = {
    "withdrawal": _by("test_a_draft_may_be_withdrawn_before_the_opening_and_not_after", refusal=True),
    "opening": _by(
        "test_voting_opens_once",
        "test_replies_without_an_opening_are_raised_with_it",
        "test_a_window_that_opened_before_the_draft_was_circulated_is_a_finding",
        findings="no_opening opened_before_circulation",
        refusal=True,
    ),
    "validity": _by(
        "test_outside_validity_is_an_opening_on_a_day_outside_the_known_period", findings="outside_validity"
    ),
    "presider": _by(
        "test_a_letter_is_judged_at_the_date_that_it_bears",
        "test_presider_unnamed_says_which_acts_nobody_is_named_for",
        "test_the_months_next_president_announces_and_the_last_one_does_not",
        findings="presider_other presider_unnamed",
        refusal=True,
    ),
    "notice": _by(_REAL, findings="no_notice"),
    "window": _by(
        "test_the_deadline_is_never_typed_nor_moved",
        "test_a_moved_deadline_is_the_first_thing_that_is_said",
        _REAL,
        "test_a_printed_deadline_is_the_deadline_and_is_compared_once",
        *_OPEN_ENDS,
        findings="deadline_moved deadline_printed opening_time_unknown close_implied end_chosen end_matters"
        " entered_after_close closed_undecided",
        refusal=True,
    ),
    "window.counting": _by(
        "test_where_the_counting_places_a_reply_elsewhere_a_finding_says_so",
        "test_a_counting_that_the_procedure_does_not_have_is_refused_with_the_clause",
        findings="counted_otherwise",
        refusal=True,
    ),
    "window.at_close": _by(
        "test_at_the_last_instant_the_setting_that_decides_is_named", findings="at_the_last_instant"
    ),
    "window.extension": _by("test_a_deadline_is_extended_by_its_own_clause", findings="deadline_moved", refusal=True),
    "window.suspension": _by(
        "test_a_suspension_moves_the_end_by_as_long_as_it_lasted",
        "test_a_suspension_entered_late_is_flagged",
        findings="window_suspended suspension_entered_late",
        refusal=True,
    ),
    "late": _by(_CANNOT_COUNT, "test_how_late_or_early_is_said", findings="late"),
    "early": _by(_CANNOT_COUNT, "test_how_late_or_early_is_said", findings="early"),
    "off_roster": _by(
        _CANNOT_COUNT,
        "test_who_opens_a_vote_lists_the_seats_of_that_day",
        "test_advisory_seats_are_on_record_and_in_no_base",
        findings="off_roster seat_not_in_force advisory",
        refusal=True,
    ),
    "electorate": _by(
        "test_the_instant_that_the_procedure_names_fixes_who_votes",
        "test_what_becomes_of_a_reply_whose_seat_ends_before_the_close_is_for_the_procedure",
        "test_where_the_instant_is_not_certain_it_is_said_and_never_silent",
        findings="former_seat seat_undetermined outcome_rests_on_seats",
    ),
    "electorate.changes": _by(
        "test_a_seat_ends_by_act_and_another_begins",
        "test_a_change_of_seats_needs_a_clause_a_paper_and_a_seat",
        findings="electorate_changed outcome_rests_on_seats",
        refusal=True,
    ),
    "seats": _by(
        "test_no_vote_is_opened_with_a_roster_that_contradicts_the_procedure",
        "test_in_a_documented_history_such_a_roster_is_a_finding",
        findings="roster_contradicts",
        refusal=True,
    ),
    "choice": _by(_CANNOT_COUNT, findings="choice"),
    "second_reply": _by(
        "test_the_first_reply_counts_and_the_second_is_kept",
        "test_the_reply_that_arrived_first_counts_though_another_was_typed_before_it",
        "test_an_undetermined_order_is_said_beside_the_outcome_where_it_matters",
        findings="second_reply order_of_entry order_undetermined",
    ),
    "recording": _by(
        "test_entering_a_reply_long_after_it_came_is_raised_at_the_first_microsecond",
        "test_an_opening_entered_late_is_raised",
        findings="entered_late opening_entered_late",
    ),
    "after_announcement": _by(
        "test_a_reply_entered_after_the_announcement_does_not_count_though_it_came_in_time",
        findings="after_announcement",
    ),
    "transmission": _by(else_="kept for the reader, not judged"),
    "form": _by(_FLAW, findings="form"),
    "signature": _by(_FLAW, findings="signature"),
    "office": _by(_FLAW, findings="office"),
    "addressee": _by(_FLAW, findings="addressee"),
    "dated": _by(_FLAW, _REAL, findings="dated"),
    "acknowledgement": _by(_REAL, findings="not_acknowledged"),
    "silence": _by(
        "test_a_silent_member_is_absent_and_the_text_is_adopted_without_it",
        "test_a_seat_that_no_source_names_is_not_on_record_and_never_absent",
        "test_silence_is_consent_until_one_objects",
        findings="not_on_record",
        else_="the tally",
    ),
    "statements": _by(
        "test_statements_are_due_three_hours_after_the_close", _REAL, findings="statement_late statement_time_unknown"
    ),
    "statements_of_others": _by(
        "test_statement_of_other_is_one_of_a_state_without_a_seat",
        "test_a_statement_of_a_state_without_a_seat_is_headed_as_one",
        findings="statement_of_other",
    ),
    "tally_circulation": _by(
        _REAL,
        "test_a_tally_that_the_replies_do_not_come_to_is_raised_once",
        "test_a_documented_tally_or_result_against_the_replies_is_raised",
        findings="tally_not_circulated tally_differs tally_overtaken",
    ),
    "announcement": _by(
        "test_the_result_is_due_twelve_hours_after_the_close",
        _REAL,
        "test_nothing_is_announced_before_the_close_twice_or_otherwise_than_decided",
        "test_an_announcement_is_corrected_by_a_later_one_that_names_it",
        findings="announced_late announcement_time_unknown announcement_corrected",
        refusal=True,
    ),
    "formulas": _by("test_the_councils_words_are_in_every_output", else_="the outcome's words"),
    "resolution": _by("test_a_number_of_another_form_is_refused_and_what_is_right_is_shown", refusal=True),
    "outcome_letter": _by(_LETTERS, findings="no_outcome_letter"),
    "compendium_letter": _by(_LETTERS, findings="no_compendium_letter"),
    "annulment": _by(
        "test_a_vote_is_annulled_before_the_close_with_its_paper_and_can_be_put_again",
        findings="annulled",
        refusal=True,
    ),
    "reply_withdrawal": _by(
        "test_where_no_rule_was_found_the_first_counts_and_the_withdrawal_is_flagged",
        "test_after_a_withdrawal_the_next_reply_is_the_first",
        findings="withdrawn reply_withdrawal",
    ),
    "dissociation": _by("test_a_dissociation_has_the_effect_of_its_clause_where_there_is_one", findings="dissociation"),
    "on_behalf": _by("test_a_vote_on_behalf_has_the_effect_of_its_clause", findings="on_behalf"),
    "corrections": _by(
        "test_what_may_not_be_corrected",
        "test_a_forged_mail_is_voided_and_the_true_letter_that_came_second_counts",
        "test_a_drafts_particulars_are_corrected_until_voting_is_open",
        findings="voided seat_voided draft_corrected",
        refusal=True,
    ),
    "recorders": _by("test_an_office_records_only_what_the_procedure_lets_it", refusal=True),
    "decision": _by(
        "test_an_undetermined_order_is_said_beside_the_outcome_where_it_matters",
        "test_a_correction_within_the_lag_is_of_the_close_and_still_overtakes_what_was_announced",
        findings="outcome_open announcement_overtaken after_decision",
        refusal=True,
    ),
    "decision.": _by(
        "test_the_published_result_follows_from_the_published_votes",
        "test_every_position_of_the_permanent_five_with_every_number_in_favour_of_the_ten",
        else_="the tally, with its reason",
    ),
    "decision.unbroken_silence": _by("test_silence_is_consent_until_one_objects", else_="the tally, with its reason"),
    "facts.": _by(
        "test_a_fact_that_forbids_is_asked_for_before_the_act",
        "test_a_fact_that_flags_is_found_missing_once_it_was_due",
        "test_a_fact_that_came_about_too_late_is_one",
        "test_a_fact_with_an_unknown_time_does_not_prove_that_it_came_in_time",
        findings="fact_missing fact_unknown fact_late fact_time_unknown",
        refusal=True,
    ),
    "positions.": _by(
        "test_a_reply_that_lacks_the_reasons_that_its_position_needs_does_not_count",
        "test_a_hold_lapses_into_consent",
        "test_whether_it_has_lapsed_is_unknown_where_its_arrival_is",
        findings="reasons effective_at lapsed lapse_undetermined",
    ),
    "question_kinds.": _by(_SHIPPED, refusal=True),
    "groups.": _by(_SHIPPED, else_="the tally, among the group"),
    "outcomes.": _by(_SHIPPED, else_="the outcome's words"),
    "readings.": _by("test_rests_on_reading_exactly_where_adoption_does", findings="rests_on_reading"),
}
"""By the name of the rule; of conditions and readings, by what their names begin with."""

WITHOUT_RULE = frozenset(
    {
        *(
            "forbidden_act",
            "groundless_rejection",
            "rejection_overtaken",
            "unsaid_by_the_source",
        ),  # of whichever clause it is
        *("one_paper", "one_paper_two_positions"),  # of the rule on votes on behalf of others, where there is one
        *(
            "conditional",
            "corrected",
            "enclosure_missing",
            "explanation_missing",
            "explanation_unannounced",
            "by_the_president",
        ),
        *("president_sponsors", "clock_stepped_back", "sent_after_received"),  # these offend no clause
        *("clock_disproved", "clock_unchecked", "disowned", "look_alike"),  # nor do these, which are of the ledger
    }
)
"""Kinds of findings that rest on no rule of their own."""


def kinds_in_the_code() -> set[str]:
    """Every kind of finding that the domain can raise, as its calls name them."""
    named = {"Finding", "Offending", "offends", "note", "_too_late"}
    found = set()
    for path in sorted((ROOT / "domain").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in named and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def tests_there_are() -> dict[str, str]:
    """The file of each test, from ``tests/`` on, by the test's name."""
    return {
        node.name: path.relative_to(ROOT / "tests").as_posix()
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def judged_by(rule: str) -> Judged:
    """The results of the rule of that name."""
    return JUDGED[rule] if rule in JUDGED else JUDGED[f"{rule.partition('.')[0]}."]


def table(procedure: Procedure) -> str:
    """The table of one procedure, in Markdown: a line for each rule that rests on a clause, or for the clause alone."""
    there, rows = tests_there_are(), [("clause", "source", "rule", "finding or refusal", "test"), ("---",) * 5]
    for clause in procedure.clauses:
        basis = _BASIS[clause.basis]
        source = clause.source if basis in clause.source else f"{clause.source} ({basis})"
        rules = [name for name, rule in procedure.rules() if rule.clause == clause.id]
        for name in rules:
            judged = judged_by(name)
            raised = [f"`{kind}`" for kind in judged.findings]
            comes = ", ".join([*raised, *(["refusal"] if judged.refusal else []), *filter(None, [judged.else_])])
            tests = "; ".join(f"`{there[test]}::{test}`" for test in judged.tests)
            rows.append((f"`{clause.id}`", source, f"`{name}`", comes, tests))
        if not rules and isinstance(clause, Clause2):
            rows.append((f"`{clause.id}`", source, "none", f"noted, not judged: {clause.unjudged}", ""))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def written(page: str) -> str:
    """The page with its tables as they should be."""
    for name in SHIPPED:
        begin, end = f"<!-- clauses of {name}: make clauses -->\n", "<!-- end -->\n"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}\n{table(built_in_procedure(name))}\n{end}{after}"
    return page


def _faults() -> Iterator[str]:
    raised = [kind for judged in JUDGED.values() for kind in judged.findings]
    yield from (f"{kind}: no rule of the table raises it" for kind in kinds_in_the_code() - {*raised} - WITHOUT_RULE)
    yield from (f"{kind}: nothing in the domain raises it" for kind in {*raised, *WITHOUT_RULE} - kinds_in_the_code())
    there = tests_there_are()
    named = {test for each in JUDGED.values() for test in each.tests}
    yield from (f"{test}: there is no such test" for test in named - set(there))


def faults() -> list[str]:
    """What is wrong in :data:`JUDGED`: kinds that are never raised or have no rule, tests that do not exist."""
    return sorted(_faults())


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
