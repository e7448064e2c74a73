"""The addresses of :mod:`django_host`: Django's admin, and the form."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from django import forms
from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import path
from django.utils.html import format_html
from outbox_django.outbox import want

import inblue


class ReplyForm(forms.Form):
    """What an officer reads on a letter."""

    vote = forms.CharField()
    member = forms.CharField()
    position = forms.ChoiceField(choices=[(each, each) for each in ("in_favour", "against", "abstention")])


@staff_member_required
def reply(request: HttpRequest) -> HttpResponse:
    """Want a reply, in the transaction of the request."""
    form = ReplyForm(request.POST or None)
    if form.is_valid():
        paper = inblue.Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
        cast = inblue.VoteCast(
            member=form.cleaned_data["member"], position=form.cleaned_data["position"], instrument=paper,
            received_at=datetime.now(UTC),
        )  # fmt: skip
        with transaction.atomic():
            want(form.cleaned_data["vote"], f"form-{secrets.token_hex(4)}", cast)
        return redirect("admin:outbox_django_wish_changelist")
    token = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))
    page = '<!doctype html><html lang="en"><title>A reply</title><form method="post">{}{}<button>Enter</button></form>'
    return HttpResponse(format_html(page, token, form.as_p()))


urlpatterns = [path("admin/", admin.site.urls), path("replies/", reply)]
