"""``manage.py perform_wishes``: run it from cron, or in a loop of your service manager."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

import inblue
from outbox_django.outbox import work


class Command(BaseCommand):
    """Performs wishes. Settings: ``INBLUE_LEDGER``, an address; ``INBLUE_SIGNERS``, which returns the signers."""

    help = "Record on the ledger what views have asked for."

    def handle(self, *_: Any, **__: Any) -> None:
        """Perform all wishes that are there now."""
        registrar, log = settings.INBLUE_SIGNERS()
        try:
            with inblue.Ledger.open(inblue.read_address(settings.INBLUE_LEDGER), log_signer=log) as ledger:
                self.stdout.write(f"{work(ledger, registrar)} answered")
        except inblue.InblueError as error:  # another run goes on with it
            raise CommandError(str(error)) from None
