"""Visits Django's admin of examples/outbox_django with Django's own client, and prints what came back, as JSON.

python admin_visits.py LEDGER
"""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings

URLS = sys.modules[__name__]
APPS = ["admin", "auth", "contenttypes", "sessions", "messages"]
MIDDLEWARE = ["sessions.middleware.SessionMiddleware", "auth.middleware.AuthenticationMiddleware"]
CONTEXT = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"]
ENGINE = "django.template.backends.django.DjangoTemplates"


def begin(ledger: str) -> None:
    """Set Django up with a database in memory."""
    processors = [*CONTEXT, "django.contrib.messages.context_processors.messages"]
    settings.configure(
        SECRET_KEY="x", USE_TZ=True, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"], INBLUE_LEDGER=ledger,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[*(f"django.contrib.{each}" for each in APPS), "outbox_django"],
        MIDDLEWARE=[*(f"django.contrib.{each}" for each in [*MIDDLEWARE, "messages.middleware.MessageMiddleware"])],
        TEMPLATES=[{"BACKEND": ENGINE, "APP_DIRS": True, "OPTIONS": {"context_processors": processors}}],
    )  # fmt: skip
    django.setup()


def main(ledger: str) -> None:
    """Visit each page as an administrator, a clerk who may view wishes, one who may not, and without a login."""
    begin(ledger)
    from django.contrib import admin
    from django.contrib.auth.models import Permission, User
    from django.core.management import call_command
    from django.test import Client
    from django.urls import path
    from outbox_django.models import Wish

    URLS.urlpatterns = [path("admin/", admin.site.urls)]  # type: ignore[attr-defined]
    call_command("migrate", verbosity=0)
    Wish.objects.create(key="mail-1", vote="S/2026/1", acts=[], recorded=[2])
    wish = Wish.objects.create(key="mail-2", vote="S/2026/1", acts=[], refused="<b>no</b> seat")
    User.objects.create_superuser("root", password="x")
    for name in ("clerk", "visitor"):
        User.objects.create_user(name, password="x", is_staff=True)
    User.objects.get(username="clerk").user_permissions.add(Permission.objects.get(codename="view_wish"))
    home = "/admin/outbox_django/wish/"
    pages = ["", "votes/", "votes/S/2026/1/", "votes/S/2026/9/", f"{wish.pk}/change/"]
    found: dict[str, dict[str, object]] = {}
    for who in ("root", "clerk", "visitor", "nobody"):
        client = Client()
        if who != "nobody":
            client.login(username=who, password="x")
        got = {page: client.get(home + page) for page in pages}
        written = [
            client.post(home + page, {"key": "z"}).status_code for page in ("add/", "votes/", f"{wish.pk}/change/")
        ]
        written += [client.post(f"{home}{wish.pk}/delete/", {"post": "yes"}).status_code]
        found[who] = {
            "statuses": {page: answer.status_code for page, answer in got.items()},
            "shown": {page: answer.content.decode() for page, answer in got.items()},
            "written": written,
        }
    print(json.dumps({"visits": found, "wishes": Wish.objects.count()}))


if __name__ == "__main__":
    main(sys.argv[1])
