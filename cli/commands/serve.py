"""``inblue serve``: votes, records and the log over HTTP, read-only."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import click

from ..desk.desk import ledger_address, open_ledger
from ..desk.options import FILE, ledger_option, trust_option
from ..desk.output import echo


@click.command()
@ledger_option
@trust_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 picks a free one.",
)
@click.option("--with-files", is_flag=True, help="Also serve the papers and texts that were attached.")
@click.option("--include-open", is_flag=True, help="Show open votes to clients that send the token of --token-file.")
@click.option("--token-file", type=FILE, help="A file of mode 600 with the token (openssl rand -hex 32).")
def serve(
    ledger: str | None,
    trust: Path | None,
    host: str,
    port: int,
    with_files: bool,
    include_open: bool,
    token_file: Path | None,
) -> None:
    """Serve votes, records and the log over HTTP, read-only.

    It is for auditors, dashboards and other tools: docs/serve.md lists the routes, and the service describes itself at
    /openapi.json. The ledger is opened read-only; others can go on recording in it.

    Of an open vote only the symbol and the deadline are shown, and the log is shown up to the first entry of that vote.
    With --include-open, a client that sends the token of --token-file (Authorization: Bearer) sees everything; others
    do not.
    """
    from ...ledger.evidence.trust import read_trust
    from ...ledger.witness.listening import Limits, Listening
    from ..serve.app import web_app
    from ..serve.bearer import Bearer
    from ..serve.watching import watched

    if include_open is not (token_file is not None):
        raise click.UsageError(
            "--include-open and --token-file go together: open votes are shown only to clients with the token"
        )
    bearer = Bearer.read(token_file) if token_file is not None else None
    known = read_trust(trust) if trust is not None else None
    with open_ledger(ledger_address(ledger), read_only=True) as book:
        book.log_keys()  # refuse what is not a ledger now, not at each request
        app = web_app(book, with_files=with_files, include_open=bearer, trust=known)
        try:
            server = Listening(app, host, port, Limits(), extra="serve")
        except OSError as error:
            raise click.UsageError(f"{host}:{port}: {error.strerror}") from None
        with server, watched(app):
            echo(f"serving at {server.url}")
            sys.stdout.flush()
            with suppress(KeyboardInterrupt):  # by a signal it may also just return
                server.serve_forever()
            echo("stopped")
