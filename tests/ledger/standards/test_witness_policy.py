"""Policies (C2SP tlog-policy): what one says, and everything that is refused, with the line."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import MlDsaSigner
from paths import ROOT

from inblue.domain.errors import Malformed
from inblue.ledger.standards.cosignature import CosignatureVerifier, MlDsaVerifier
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.note import Verifier
from inblue.ledger.standards.witness_policy import MAX_BYTES, Policy, parse_policy, read_policy


def public(number: int) -> bytes:
    return Ed25519Signer.from_seed(number.to_bytes(32, "big")).public_key


def witness(number: int, name: str | None = None) -> str:
    return str(CosignatureVerifier(name or f"example.org/w{number}", public(number)))


DOCS = ROOT / "docs"
LOG = str(Verifier("example.org/log", public(0)))
A, B, C = (witness(number) for number in (1, 2, 3))
ML_DSA = str(MlDsaSigner(b"m" * 32, "example.org/m").verifier)

REFUSED = {
    "a line of something else": ("quorum none\nwitnesses 3", 2, "no statement 'witnesses'"),
    "a statement in capitals": ("Quorum none", 1, "no statement 'Quorum'"),
    "a comment after a statement": (f"witness a {A} # the first\nquorum a", 1, "witness <name> <vkey>"),
    "a comment after an address": (f"witness a {A} https://a.example.org/ # the first\nquorum a", 1, "witness <name>"),
    "a carriage return": ("quorum none\r\n", 1, "cannot stand here"),
    "a form feed": ("quorum\x0cnone", 1, "cannot stand here"),
    "a NUL": ("quorum none\x00", 1, "cannot stand here"),
    "a DEL": ("# \x7f\nquorum none", 1, "cannot stand here"),
    "a log's key as a witness": (f"witness a {Verifier('example.org/a', public(1))}\nquorum a", 1, "not a cosigner's"),
    "a witness's key as a log": (f"log {A}\nquorum none", 1, "not an Ed25519 key"),
    "a key whose id is another's": (f"witness a {A.replace('example.org', 'example.net')}\nquorum a", 1, "its id"),
    "a key twice under two names": (
        f"witness a {A}\nwitness b {witness(1, 'example.org/other')}\nquorum a",
        2,
        "stands in an earlier line",
    ),
    "a log twice": (f"log {LOG}\nlog {LOG} https://log.example.org/\nquorum none", 2, "stands in an earlier line"),
    "the log's own key as a witness": (f"log {LOG}\nwitness a {witness(0)}\nquorum a", 2, "stands in an earlier line"),
    "an ML-DSA key twice": (f"log {ML_DSA}\nwitness a {ML_DSA}\nquorum a", 2, "stands in an earlier line"),
    "a name twice": (f"witness a {A}\nwitness a {B}\nquorum a", 2, "reserved, or taken"),
    "a group with a witness's name": (f"witness a {A}\ngroup a any a\nquorum a", 2, "reserved, or taken"),
    "a witness called none": (f"witness none {A}\nquorum none", 1, "reserved, or taken"),
    "a group called none": (f"witness a {A}\ngroup none any a\nquorum none", 2, "reserved, or taken"),
    "none in a group": (f"witness a {A}\ngroup g any a none\nquorum g", 2, "no earlier witness"),
    "itself in a group": (f"witness a {A}\ngroup g any a g\nquorum g", 2, "no earlier witness"),
    "a later name": (f"group g any a\nwitness a {A}\nquorum g", 1, "no earlier witness"),
    "a member twice": (f"witness a {A}\ngroup g all a a\nquorum g", 2, "a member of a group already"),
    "a member of two groups": (f"witness a {A}\ngroup g all a\ngroup h all a\nquorum h", 3, "of a group already"),
    "a group of nobody": ("group g all\nquorum none", 1, "group <name> all|any|<k>"),
    "none of one": (f"witness a {A}\ngroup g 0 a\nquorum g", 2, "cannot be asked for"),
    "two of one": (f"witness a {A}\ngroup g 2 a\nquorum g", 2, "cannot be asked for"),
    "a number with a zero in front": (f"witness a {A}\ngroup g 01 a\nquorum g", 2, "cannot be asked for"),
    "a number of another script": (f"witness a {A}\ngroup g \u0661 a\nquorum g", 2, "cannot be asked for"),
    "a signed number": (f"witness a {A}\ngroup g +1 a\nquorum g", 2, "cannot be asked for"),
    "two quorums": ("quorum none\nquorum none", 2, "exactly one line"),
    "a quorum of nobody known": ("quorum a", 1, "no earlier witness"),
    "a quorum of two": (f"witness a {A}\nwitness b {B}\nquorum a b", 3, "exactly one line"),
    "a quorum before its witness": (f"quorum a\nwitness a {A}", 1, "no earlier witness"),
    "a quorum of another spelling": (f"witness K {A}\nquorum \u212a", 2, "no earlier witness"),
}


@pytest.mark.parametrize(("text", "line", "why"), REFUSED.values(), ids=REFUSED)
def test_a_policy_is_refused_for_its_own_reason_and_the_line_is_named(text: str, line: int, why: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_policy(text)
    assert str(refused.value).startswith(f"policy, line {line}: ")
    assert why in str(refused.value)


@pytest.mark.parametrize("text", ["", "# nobody\n", f"witness a {A}\n"])
def test_a_policy_without_a_quorum_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="no quorum line"):
        parse_policy(text)


@pytest.mark.parametrize("text", ["\n" * 1001 + "quorum none", "# " + "é" * 250_000 + "\nquorum none"])
def test_a_policy_without_end_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="more than 150,000 bytes or 1,000 lines"):
        parse_policy(text)


def test_a_policy_says_who_counts() -> None:
    text = f"\t# who counts\n\nlog\t{LOG}  https://log.example.org/ \nwitness a {A} https://a.example.org\nquorum  a"
    policy = parse_policy(text)
    assert [str(key) for key in policy.logs] == [LOG]
    (one,) = policy.witnesses
    assert (one.name, str(one.key), one.url, policy.quorum) == ("a", A, "https://a.example.org", "a")


@pytest.mark.parametrize("name", ["none", "all", "any"])
def test_words_that_mean_how_many_are_not_names(name: str) -> None:
    for text in (f"witness {name} {A}\nquorum none", f"witness a {A}\ngroup {name} 1 a\nquorum a"):
        with pytest.raises(Malformed, match="is reserved"):
            parse_policy(text)


@pytest.mark.parametrize(
    "unseen",
    ["\x80", "\x85", "\x9b31m", "\xad", "\u200b", "\u202e", "\u2028", "\u2066", "\u3164", "\ufeff", "\U000e0041"],
)
def test_no_name_key_or_address_holds_what_is_not_seen_or_acts_on_a_terminal(unseen: str) -> None:
    for text in (
        f"witness o{unseen}ne {A}\nquorum none",
        f"witness one {A} https://one.example/{unseen}\nquorum none",
        f"witness one {A}\ngroup g{unseen} 1 one\nquorum none",
        f"log {LOG} https://log.example/{unseen}\nquorum none",
    ):
        with pytest.raises(Malformed, match=r"a character that|name: U\+"):
            parse_policy(text)
    parse_policy("# a comment is shown to nobody\u200b\nquorum none")


def test_a_policy_has_as_many_bytes_as_the_documents_say(tmp_path: Path) -> None:
    (number,) = re.findall(r"At most ([0-9,]+) bytes and 1,000 lines", (DOCS / "formats.md").read_text())
    assert number == f"{MAX_BYTES:,}"
    assert f"tlog-policy, at most {number} bytes" in (DOCS / "bundle.md").read_text()
    ends = "\nquorum none"
    whole = "#" * (MAX_BYTES - len(ends)) + ends
    (tmp_path / "p").write_text(whole)
    assert read_policy(tmp_path / "p") == parse_policy(whole)
    (tmp_path / "p").write_text("#" + whole)
    with pytest.raises(Malformed, match="more than 150,000 bytes"):
        parse_policy("#" + whole)
    with pytest.raises(Malformed, match="more than 150,000 bytes"):
        read_policy(tmp_path / "p")


def test_a_policy_that_is_not_a_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p")
    with pytest.raises(Malformed, match="a regular file is needed"):
        read_policy(tmp_path / "p")


@pytest.mark.parametrize("name", ["2", "quorum", "é", "K", "witness1.example/w+1"])
def test_any_other_name_may_be_given(name: str) -> None:
    policy = parse_policy(f"witness {name} {A}\ngroup group 1 {name}\nquorum group")
    assert policy.met([name])


@pytest.mark.parametrize("name", ["o\u009b31m", "o\u202ene", "o\u200bne", "\u043ene"])
def test_a_name_that_reads_like_another_is_refused(name: str) -> None:
    with pytest.raises(Malformed, match=r"policy, line 1: name: U\+[0-9A-F]{4}"):
        parse_policy(f"witness {name} {A}\nquorum none\n")


def test_witnesses_of_both_types_count() -> None:
    policy = parse_policy(f"witness a {A}\nwitness m {ML_DSA}\ngroup g all a m\nquorum g")
    assert isinstance(policy.witnesses[1].key, MlDsaVerifier)
    assert [policy.met(names) for names in (["a"], ["m"], ["a", "m"])] == [False, False, True]


def test_a_groups_own_name_counts_for_nothing() -> None:
    policy = parse_policy(f"witness a {A}\nwitness b {B}\ngroup g all a b\nquorum g")
    assert not policy.met(["g"])
    assert not policy.met(["a", "nobody", "quorum"])


def test_groups_as_deep_as_a_policy_is_long_are_counted() -> None:
    nested = "".join(f"group g{number + 1} all g{number}\n" for number in range(990))
    policy = parse_policy(f"witness g0 {A}\n{nested}quorum g990")
    assert policy.met(["g0"])
    assert not policy.met([])


def test_32_of_each_are_read() -> None:
    logs = "".join(f"log {Verifier(f'example.org/log{n}', public(n))}\n" for n in range(32))
    witnesses = "".join(f"witness w{n} {witness(n + 100)}\n" for n in range(32))
    groups = "".join(f"group g{n} any w{n}\n" for n in range(32))
    policy = parse_policy(logs + witnesses + groups + "quorum g31")
    assert (len(policy.logs), len(policy.witnesses), len(policy.groups)) == (32, 32, 32)


def test_32_of_each_are_read_also_where_all_keys_are_of_ml_dsa() -> None:
    def key(number: int) -> str:
        return str(MlDsaVerifier(f"log.example.org/2026h{number}", number.to_bytes(1312, "big")))

    lines = [f"log {key(n)} https://log.example.org/2026h{n}/" for n in range(32)]
    lines += [f"witness w{n} {key(n + 32)} https://witness.example.org/w{n}/" for n in range(32)]
    lines += [f"group g{n} any w{n}" for n in range(32)]
    policy = parse_policy("\n".join([*lines, "quorum g31"]))
    assert (len(policy.logs), len(policy.witnesses), len(policy.groups)) == (32, 32, 32)


def test_a_file_is_read_and_a_fault_in_it_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "policy"
    path.write_text(f"witness a {A}\nquorum a\n")
    assert read_policy(path) == parse_policy(path.read_text())
    for raw, why in ((b"quorum \xff", "not UTF-8"), (b"quorum a", "policy, line 1")):
        path.write_bytes(raw)
        with pytest.raises(Malformed, match=why) as refused:
            read_policy(path)
        assert str(refused.value).startswith(str(path))
    with pytest.raises(Malformed, match="No such file"):
        read_policy(tmp_path / "nothing")


@st.composite
def policies(draw: st.DrawFn) -> tuple[str, Policy]:
    """A policy, and what it says."""
    number = draw(st.integers(0, 6))
    named = [(f"w{each}", witness(each + 1)) for each in range(number)]
    free = [name for name, _ in named]
    groups: dict[str, tuple[int, tuple[str, ...]]] = {}
    lines = [f"witness {name} {vkey}" for name, vkey in named]
    for each in range(draw(st.integers(0, 4)) if free else 0):
        if not free:
            break
        members = tuple(draw(st.lists(st.sampled_from(free), min_size=1, unique=True)))
        needed = draw(st.integers(1, len(members)))
        words = {len(members): "all", 1: "any"}
        how = draw(st.sampled_from([str(needed), words.get(needed, str(needed))]))
        groups[f"g{each}"] = (needed, members)
        free = [*(name for name in free if name not in members), f"g{each}"]
        lines.append(f"group g{each} {how} {' '.join(members)}")
    quorum = draw(st.sampled_from([None, *(name for name, _ in named), *groups]))
    lines.append(f"quorum {quorum or 'none'}")
    blanks = draw(st.lists(st.sampled_from(["", "  # a comment", "\t"]), max_size=3))
    text = "\n".join([*blanks, *(line.replace(" ", draw(st.sampled_from([" ", "\t ", "  "]))) for line in lines)])
    read = parse_policy("quorum none" if not named else "\n".join([*lines[:number], "quorum none"]))
    return text, Policy((), read.witnesses, groups, quorum)


@pytest.mark.long
@settings(deadline=None)  # whether a key is a weak one is found out in Python
@given(policies())
def test_a_policy_is_read_as_it_was_meant(drawn: tuple[str, Policy]) -> None:
    text, meant = drawn
    assert parse_policy(text) == meant


def counted(policy: Policy, name: str, cosigned: set[str]) -> bool:
    """As the text of the specification defines it: by the members' members."""
    if name not in policy.groups:
        return name in cosigned
    needed, members = policy.groups[name]
    return sum(counted(policy, member, cosigned) for member in members) >= needed


@settings(deadline=None)  # whether a key is a weak one is found out in Python
@given(policies(), st.sets(st.sampled_from([f"w{n}" for n in range(6)])))
def test_enough_is_what_the_groups_say(drawn: tuple[str, Policy], cosigned: set[str]) -> None:
    _, policy = drawn
    known = cosigned & {each.name for each in policy.witnesses}
    assert policy.met(cosigned) is (policy.quorum is None or counted(policy, policy.quorum, known))
