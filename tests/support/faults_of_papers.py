"""Vectors of acts whose paper was sent: the acknowledgement, the list of votes, the announcement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forge import Forge, Payload

from inblue.domain.acts import ReceiptAcknowledged
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated

SENT = b"The receipt of your letter is acknowledged.\n"
COUNTS = {"in_favour": 0, "against": 0, "abstention": 0}


def papers_sent() -> Iterator[tuple[str, str, str, bytes, list[int]]]:
    """Name, what, the sentence of docs/spec, the bundle, the checks that fail."""
    forge = Forge.of()
    about: dict[str, Any] = {"sha256": forge.file(SENT), "media_type": "text/plain"}
    forge.add(TallyCirculated(counts=COUNTS, **about))
    yield "paper-sent", "the list of votes as it was sent", "ENT-20", forge.bundle(derived=True), []
    acts: list[ReceiptAcknowledged | TallyCirculated | ResultAnnounced]
    acts = [ReceiptAcknowledged(member="CHN"), TallyCirculated(counts=COUNTS), ResultAnnounced()]
    for act, version in zip(acts, (2, 2, 4), strict=True):
        name = act.kind_name.replace("_", "-")
        kind = f"{name}@{version}"

        def higher(payload: Payload, kind: str = kind) -> None:
            payload["kind"] = kind
            payload["act"] |= {"sha256": None, "media_type": None}
            if kind.startswith("result"):
                payload["act"] |= {"by": None, "corrects": None}

        none = Forge.of().add(act, change=higher).bundle()
        yield f"paper-{name}-none", f"{kind} without a paper", "ENT-21", none, [2]

    def short(payload: Payload) -> None:
        payload["act"]["sha256"] = "0" * 63

    broken = Forge.of().add(ReceiptAcknowledged(member="CHN", **about), change=short)
    yield "paper-digest", "a digest of 63 digits", "ENT-25", broken.bundle(), [2]
    missing = Forge.of().add(ResultAnnounced(sha256="f" * 64, media_type="text/plain")).bundle()
    yield "paper-missing", "an announcement whose paper is not in the bundle", "BUN-13", missing, [9]
