"""Votes in Django's admin: the wishes, and each vote as the ledger has it. Nothing can be changed here.

Settings: ``INBLUE_LEDGER``, an address. Votes are at ``admin/outbox_django/wish/votes/``, for all who may view wishes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

import inblue

from .models import Wish


@cache
def ledger() -> inblue.Ledger:
    """The ledger, opened for reading when the first request of a process asks: after the fork."""
    return inblue.Ledger.open(settings.INBLUE_LEDGER, read_only=True)


@admin.register(Wish)
class WishAdmin(admin.ModelAdmin):
    """Wishes with their answers, and the votes beside them; read-only."""

    list_display = ("key", "vote", "recorded", "refused")
    list_filter = (("refused", admin.EmptyFieldListFilter), ("recorded", admin.EmptyFieldListFilter))
    search_fields = ("key", "vote")
    change_list_template = "outbox_django/wishes.html"

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody: views write wishes."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Wish | None = None) -> bool:  # noqa: ARG002
        """Nobody: a wish is written once, and answered by the worker."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Wish | None = None) -> bool:  # noqa: ARG002
        """Nobody: a wish says why something is on record."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The URLs of every model, and those of votes, which are not rows of this database."""
        seen = self.admin_site.admin_view
        mine = [
            path("votes/", seen(self.votes), name="outbox_django_votes"),
            path("votes/<path:name>/", seen(self.vote), name="outbox_django_vote"),
        ]
        return [*mine, *super().get_urls()]

    def votes(self, request: HttpRequest) -> HttpResponse:
        """Every vote with its present state, latest first."""
        self._refuse_others(request)
        now = datetime.now(UTC)
        states = (ledger().vote(name) for name in reversed(ledger().votes()))
        rows = [{"name": state.name, **inblue.status_json(inblue.roll_call(state, now))} for state in states]
        return self._shown(request, "votes.html", title="Votes", votes=rows)

    def vote(self, request: HttpRequest, name: str) -> HttpResponse:
        """The roll call of a vote."""
        self._refuse_others(request)
        try:
            state = ledger().vote(name)
        except inblue.NotFound as error:
            raise Http404(str(error)) from None
        status = inblue.status_json(inblue.roll_call(state, datetime.now(UTC)))
        wishes = Wish.objects.filter(vote=state.name).order_by("id")
        return self._shown(request, "vote.html", title=state.name, status=status, wishes=wishes)

    def _refuse_others(self, request: HttpRequest) -> None:
        if request.method not in {"GET", "HEAD"} or not self.has_view_permission(request):
            raise PermissionDenied

    def _shown(self, request: HttpRequest, template: str, **about: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **about}
        return TemplateResponse(request, f"outbox_django/{template}", context)
