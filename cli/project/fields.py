"""The fields of a project file, the variable that overrides each, and how its value is written."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

FORMAT = "inblue-project/1"

Kind: TypeAlias = Literal["text", "address", "path", "name_or_path", "flag", "texts"]


class Field(NamedTuple):
    """A field. One that is ``of_the_ledger`` is ignored when a command names another ledger."""

    kind: Kind
    variable: str | None
    said: str
    of_the_ledger: bool = False


FIELDS = {
    "ledger": Field("address", "INBLUE_LEDGER", "the ledger: an SQLite file, or postgresql://... without a password"),
    "files": Field("path", "INBLUE_FILES", "the folder of its files, if not FILE.files", True),
    "keys": Field("path", "INBLUE_KEYS", "the folder of private keys, if not FILE.keys", True),
    "key": Field("text", "INBLUE_KEY", "the name of the officer's key, or where it is", True),
    "office": Field("text", None, "the office that the officer acts for, if the key has several", True),
    "intake_key": Field("text", "INBLUE_INTAKE_KEY", "the name of the key that records arriving mail", True),
    "intake_rule": Field("path", "INBLUE_INTAKE_RULE", "the rule on what mail may be recorded without a person"),
    "procedure": Field("name_or_path", None, "the procedure of the body's votes"),
    "roster": Field("name_or_path", None, "the roster for an opening letter"),
    "vote": Field("text", "INBLUE_VOTE", "the vote to use when none is named", True),
    "simulated": Field("flag", None, "true: every draft is a rehearsal; false: a real vote", True),
    "authorities": Field("path", "INBLUE_AUTHORITIES", "the timestamp authorities to ask"),
    "policy": Field("path", "INBLUE_POLICY", "the witnesses to ask", True),
    "language": Field("text", "INBLUE_LANG", "ar, zh, en, fr, ru or es"),
    "mail_hosts": Field("texts", None, "your own mail hosts, whose lines on arriving mail are trusted"),
}
"""The fields, in the order in which they are written."""
