"""The outbox's one table."""

from __future__ import annotations

from django.db import models

_OPEN = models.Q(recorded__isnull=True, refused__isnull=True)


class Wish(models.Model):
    """Acts to record, and the answer: the numbers of the acts in the vote, or why they were refused."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64, unique=True)  # 1 to 64 of [A-Za-z0-9._:-]
    vote = models.CharField(max_length=320)
    acts = models.JSONField()  # name and JSON of each, recorded together or not at all
    recorded = models.JSONField(null=True)
    refused = models.TextField(null=True)

    class Meta:
        """An index for finding wishes without an answer."""

        indexes = (
            models.Index(
                fields=["id"], name="wish_open", condition=models.Q(recorded__isnull=True, refused__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.vote}: {self.key}"
