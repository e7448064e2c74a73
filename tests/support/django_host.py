"""A host with examples/outbox_django: settings for Django's own commands, and a form by which an officer wants a reply.

DJANGO_SETTINGS_MODULE=django_host; DATABASE, INBLUE_LEDGER, INBLUE_KEYS and INBLUE_PASSPHRASE are in the environment.
"""

from __future__ import annotations

import os
import secrets

import inblue

SECRET_KEY = os.environ.get("SECRET_KEY", secrets.token_hex(32))
USE_TZ, ALLOWED_HOSTS, STATIC_URL, LANGUAGE_CODE = True, ["127.0.0.1"], "static/", "en"
ROOT_URLCONF = "django_host_urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}}
INSTALLED_APPS = [
    *(f"django.contrib.{each}" for each in ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")),
    "outbox_django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
_PROCESSORS = ("template.context_processors.request", "contrib.auth.context_processors.auth")
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                *(f"django.{each}" for each in _PROCESSORS),
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
INBLUE_LEDGER = os.environ["INBLUE_LEDGER"]


def INBLUE_SIGNERS() -> tuple[inblue.Signer, inblue.Signer]:  # noqa: N802 - a setting
    """The keys that the worker records with."""
    keys = inblue.KeyStore(os.environ["INBLUE_KEYS"])
    passphrase = os.environ["INBLUE_PASSPHRASE"].encode()
    return keys.open("registrar", passphrase), keys.open("log", passphrase)
