"""An outbox with SQLAlchemy, for a host with its own database. Copy it, and put your own tables beside ``Wish``.

A ledger records for ever, but a host's transaction may be rolled back. So the host does not record inside it. It
writes a wish into its own table, ``wish``, in its own transaction, with an idempotency key. A worker later records the
wish under that key and stores the answer. If the worker is killed at any step, it starts again, and the ledger returns
what it recorded the first time. Each committed wish is recorded once, and a wish that was rolled back never is.

    with Session(engine) as session, session.begin():
        session.add(Mail(...))                                      # the host's own
        want(session, "S/2026/900", "mail-<message-id>", cast, receipt)
    work(engine, ledger, signer)                                    # in another process, or a cron job

Any number of workers may run at once. The acts carry the host's times, so a wish that waits longer than the procedure
allows is reported as entered late, which it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Engine, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import inblue

ACTS = {each.__name__: each for each in (inblue.VoteCast, inblue.ReceiptAcknowledged, inblue.ExplanationFiled)}
"""The acts that this host records; put yours here."""


class Base(DeclarativeBase):
    """The host's tables."""


class Wish(Base):
    """Acts to record, and the answer: the numbers of the acts in the vote, or why they were refused."""

    __tablename__ = "wish"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # 1 to 64 of [A-Za-z0-9._:-]
    vote: Mapped[str] = mapped_column(String(320))
    acts: Mapped[list[list[Any]]] = mapped_column(JSON)  # name and JSON of each, recorded together or not at all
    recorded: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    refused: Mapped[str | None] = mapped_column(String(4000))


def want(session: Session, vote: str, key: str, *acts: inblue.Act) -> None:
    """Add a wish to record ``acts``, in the transaction of ``session``. ``key`` is for this wish alone."""
    if not all(isinstance(act, tuple(ACTS.values())) for act in acts):
        raise inblue.Malformed(f"{key}: an act that this host does not record; it is not in ACTS")
    session.add(Wish(key=key, vote=vote, acts=[[type(act).__name__, act.json_value()] for act in acts]))


def work(engine: Engine, ledger: inblue.Ledger, signer: inblue.Signer) -> int:
    """Perform the wishes without an answer, oldest first; return how many got one.

    ``Busy``, ``Broken`` and ``SignerFailed`` stop it and leave the wish as it was: call it again later.
    """
    done = 0
    while (wish := _next(engine)) is not None:
        recorded, refused = _perform(ledger, signer, wish.vote, wish.key, wish.acts)
        with Session(engine) as session, session.begin():
            kept = session.get_one(Wish, wish.id)
            kept.recorded, kept.refused = recorded, refused
        done += 1
    return done


def _next(engine: Engine) -> Wish | None:
    unanswered = select(Wish).where(Wish.recorded.is_(None), Wish.refused.is_(None)).order_by(Wish.id).limit(1)
    with Session(engine, expire_on_commit=False) as session:
        return session.scalars(unanswered).first()


def _perform(
    ledger: inblue.Ledger, signer: inblue.Signer, vote: str, key: str, acts: Sequence[Sequence[Any]]
) -> tuple[list[int] | None, str | None]:
    try:
        read = [ACTS[name].of(value, where=f"wish {key}") for name, value in acts]
        done = ledger.perform(vote, *read, signer=signer, idempotency_key=key)
    except (inblue.Refused, inblue.Malformed, inblue.NotFound) as refusal:
        return None, str(refusal)
    return [each.number for each in done], None


def tables(url: str) -> Engine:
    """The host's database, with its tables in it."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    return engine
