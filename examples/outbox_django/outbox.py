"""What a view calls, and what the worker does."""

from __future__ import annotations

import inblue

from .models import Wish

ACTS = {each.__name__: each for each in (inblue.VoteCast, inblue.ReceiptAcknowledged, inblue.ExplanationFiled)}
"""The acts that this host records; put yours here."""


def want(vote: str, key: str, *acts: inblue.Act) -> None:
    """Add a wish to record ``acts``, in the current transaction. ``key`` is for this wish alone."""
    if not all(isinstance(act, tuple(ACTS.values())) for act in acts):
        raise inblue.Malformed(f"{key}: an act that this host does not record; it is not in ACTS")
    Wish.objects.create(key=key, vote=vote, acts=[[type(act).__name__, act.json_value()] for act in acts])


def work(ledger: inblue.Ledger, signer: inblue.Signer) -> int:
    """Perform the wishes without an answer, oldest first; return how many got one.

    ``Busy``, ``Broken`` and ``SignerFailed`` stop it and leave the wish as it was: call it again later.
    """
    done = 0
    unanswered = Wish.objects.filter(recorded__isnull=True, refused__isnull=True).order_by("id")
    while (wish := unanswered.first()) is not None:
        try:
            acts = [ACTS[name].of(value, where=f"wish {wish.key}") for name, value in wish.acts]
            recorded = ledger.perform(wish.vote, *acts, signer=signer, idempotency_key=wish.key)
            wish.recorded = [each.number for each in recorded]
        except (inblue.Refused, inblue.Malformed, inblue.NotFound) as refusal:
            wish.refused = str(refusal)
        wish.save(update_fields=["recorded", "refused"])
        done += 1
    return done
