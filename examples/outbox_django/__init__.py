"""An outbox with Django, for a host with its own database: an app to copy into ``INSTALLED_APPS``.

A ledger records for ever, but a request's transaction may be rolled back. So a view does not record inside it. It
writes a wish with :func:`.outbox.want`, in ``transaction.atomic()``; ``manage.py perform_wishes`` later records it
under the wish's idempotency key and stores the answer. If that is killed at any step, it starts again, and the ledger
returns what it recorded the first time.
"""
