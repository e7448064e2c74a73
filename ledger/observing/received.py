"""``Received`` lines (RFC 5321, section 4.4): parsed strictly, and which ones the receiver's own hosts added.

Every host adds its line at the top. So a sender cannot forge the lines added by the receiver's own hosts: an unbroken
run from the top, in which each host says that it got the message from the next one. The name that a sending host gives
is its claim; the address seen by the receiving host is not.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from ...domain.errors import Malformed
from ...domain.mail_observation import MAX_HOPS, Hop
from .header import Field, said, unfolded
from .mail_date import read_date

MAX_BYTES = 8_000
"""The most bytes of a line; longer ones are not parsed."""

_CLAUSES = ("from", "by", "via", "with", "id", "for")
_PIECE = re.compile(r"([^ \t();\"]+|\"(?:[^\"\\]|\\.)*\")|(;)|[ \t]+")
_IN_COMMENT = re.compile(r"[()]|\\.|[^()\\]+")
_MAX_DEPTH = 8
_DOMAIN = re.compile(r"[0-9a-z_](?:[0-9a-z_.-]{0,252}[0-9a-z_])?")
_LITERAL = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})\]", re.IGNORECASE)
_SEEN = re.compile(r"(?:[0-9A-Za-z_.-]{1,255} )?\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})\]", re.IGNORECASE)


class Clause(NamedTuple):
    """A clause of a line: its words, and the comments after each word, without parentheses."""

    words: list[str]
    comments: list[str]


def read_hop(field: Field) -> Hop:
    """Parse a line; whether an own host added it is decided elsewhere.

    Raises:
        Malformed: it is not of the form that RFC 5321 gives it.
    """
    if len(field.value) > MAX_BYTES:
        raise Malformed(f"it has over {MAX_BYTES:,} bytes")
    clauses, date = _clauses(unfolded(field.value))
    if "by" not in clauses:
        raise Malformed("it does not say which host added it")
    by = host_of(_one(clauses["by"]))
    if by is None:
        raise Malformed("it does not name the host that added it")
    came, protocol = clauses.get("from"), clauses.get("with")
    return Hop(
        own=False,
        by=by,
        called=said(_one(came).encode()) if came else None,
        seen=_seen(came) if came else None,
        protocol=said(" ".join(protocol.words).encode(), most=100) if protocol else None,
        at=read_date(date),
    )


def read_hops(fields: Sequence[Field], own_hosts: Collection[str]) -> tuple[Hop, ...]:
    """Each line as a hop, topmost first, at most :data:`MAX_HOPS`; and which of them ``own_hosts`` added."""
    hops: list[Hop] = []
    in_run = bool(own_hosts)
    for field in fields[:MAX_HOPS]:
        try:
            hop = read_hop(field)
        except Malformed as error:
            in_run = False
            hops.append(Hop(own=False, not_read=f"{error}: {said(field.value, most=200) or 'nothing'}"[:300].strip()))
            continue
        own = in_run and hop.by in own_hosts
        hops.append(hop.model_copy(update={"own": own}))
        in_run = own and _from_own(hop, own_hosts)
    return tuple(hops)


def arrived(hops: Sequence[Hop]) -> int | None:
    """The place of the hop at which a message reached the receiver's own hosts; None if none is theirs."""
    own = [place for place, hop in enumerate(hops) if hop.own]
    return own[-1] if own else None


def own_hosts(named: Iterable[str]) -> tuple[str, ...]:
    """The names and addresses of own hosts, normalized, in order, each once.

    Raises:
        Malformed: one is neither a host's name nor an address.
    """
    found: list[str] = []
    for each in named:
        host = host_of(each)
        if host is None:
            raise Malformed(f"own host: {each[:80]!r} is neither the name nor the address of a host")
        found.append(host)
    return tuple(sorted(set(found)))


def host_of(text: str) -> str | None:
    """A normalized host name or address: lower case, no trailing dot; None if it is neither."""
    literal = _LITERAL.fullmatch(text)
    address = _address(literal[1] if literal else text)
    if address is not None or literal is not None:
        return address
    name = text.lower().removesuffix(".")
    return name if _DOMAIN.fullmatch(name) and ".." not in name else None


def _from_own(hop: Hop, own_hosts: Collection[str]) -> bool:
    """Whether an own host that added ``hop`` says that it got the message from another own host, or from itself.

    It must say so by the address that it saw, or by LMTP, which is not used between organizations, from a host that it
    knows by name.
    """
    if hop.seen is not None:
        return hop.seen in own_hosts or ipaddress.ip_address(hop.seen).is_loopback
    by_lmtp = hop.protocol is not None and hop.protocol.upper() in {"LMTP", "LMTPS", "LMTPA", "LMTPSA"}
    return by_lmtp and hop.called is not None and host_of(hop.called) in own_hosts


def _seen(came: Clause) -> str | None:
    """The address seen by the receiving host: TCP-info, alone and canonical, so that no name can pass for it."""
    with_address = [comment for comment in came.comments if "[" in comment]
    found = _SEEN.fullmatch(with_address[0]) if len(with_address) == 1 else None
    return _address(found[1]) if found else None


def _address(text: str) -> str | None:
    try:
        return ipaddress.ip_address(text).compressed
    except ValueError:
        return None


def _one(clause: Clause) -> str:
    if len(clause.words) != 1:
        raise Malformed("it names a host in more than one word")
    return clause.words[0]


def _clauses(text: str) -> tuple[dict[str, Clause], str]:
    """The clauses by their names, and the date."""
    clauses: dict[str, Clause] = {}
    current: Clause | None = None
    date: list[str] | None = None
    for kind, piece in _tokens(text):
        if kind == "comment":
            if current is not None and date is None:
                current.comments.append(piece)
        elif kind == ";":
            if date is not None:
                raise Malformed("it has a second semicolon")
            date = []
        elif date is not None:
            date.append(piece)
        elif piece.lower() in _CLAUSES and (current is None or current.words):
            name = piece.lower()
            if name in clauses:
                raise Malformed(f"it says {name} twice")
            current = clauses[name] = Clause([], [])
        elif current is None:
            raise Malformed("it begins with none of its clauses")
        else:
            current.words.append(piece)
    if date is None:
        raise Malformed("it has no hour")
    if any(not clause.words for clause in clauses.values()):
        raise Malformed("a clause of it says nothing")
    return clauses, " ".join(date)


def _tokens(text: str) -> Iterable[tuple[str, str]]:
    """Words, comments and semicolons, in one pass; a quoted string is part of the word that it is in."""
    word, at = "", 0
    while at < len(text):
        if text[at] == "(":
            if word:
                yield "word", word
                word = ""
            end = _end_of_comment(text, at)
            yield "comment", " ".join(text[at + 1 : end - 1].split())
            at = end
            continue
        found = _PIECE.match(text, at)
        if found is None:
            raise Malformed("a parenthesis or a quotation mark of it has no other")
        at = found.end()
        if found[1]:
            word += found[1]
            continue
        if word:
            yield "word", word
            word = ""
        if found[2]:
            yield ";", found[2]
    if word:
        yield "word", word


def _end_of_comment(text: str, start: int) -> int:
    """The end of the comment that begins at ``start``; others may be nested in it."""
    depth, at = 0, start
    while at < len(text):
        found = _IN_COMMENT.match(text, at)
        if found is None:
            break
        at = found.end()
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth > _MAX_DEPTH:
            raise Malformed("comments of it are nested too deep")
        if depth == 0:
            return at
    raise Malformed("a comment of it has no end")
