"""A host's own database beside a ledger, with Django: an outbox, as an app to copy into ``INSTALLED_APPS``.

A ledger records for ever; a request's transaction may still be rolled back. So nothing is recorded inside it. A view
writes what it wants with :func:`.outbox.want`, in ``transaction.atomic()``; ``manage.py perform_wishes`` performs it
afterwards, under the wish's idempotency key, and stores the answer. Killed at whatever step, it does the same again,
and the ledger gives what it recorded the first time.
"""
