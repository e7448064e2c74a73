"""The outbox's one table."""

from __future__ import annotations

from django.db import models

_OPEN = models.Q(recorded__isnull=True, refused__isnull=True)


class Wish(models.Model):
    """What is to be recorded, and what came of it: the numbers of the acts in the vote, or why it was refused."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64, unique=True)  # 1 to 64 of [A-Za-z0-9._:-]
    vote = models.CharField(max_length=320)
    acts = models.JSONField()  # name and JSON of each, recorded together or not at all
    recorded = models.JSONField(null=True)
    refused = models.TextField(null=True)

    class Meta:
        """Those without an answer are looked for by it."""

        indexes = (
            models.Index(
                fields=["id"], name="wish_open", condition=models.Q(recorded__isnull=True, refused__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.vote}: {self.key}"
