"""What may be done to a ledger in PostgreSQL, and by whom: SQL for its owner to run.

Three roles, each with what it needs and no more. The **owner** made the ledger (inblue init) and need not be used
again. A **writer** reads, adds entries by the owner's function, and the log's nodes, and moves the head forward; it has
neither UPDATE, DELETE, TRUNCATE nor MAINTAIN on anything that is recorded, and no INSERT on the entries. A **reader**
reads: enough to verify, audit and export.
"""

from __future__ import annotations

from ...domain.errors import Malformed

WRITER, READER = "inblue_writer", "inblue_reader"

_SQL = """\
-- Who may do what to the ledger in the schema {schema}. Run it as the ledger's owner, who must be allowed to create
-- roles, or have the two made beforehand. They cannot log in: grant them to the users who may.
BEGIN;
{make_writer}
{make_reader}
REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
GRANT USAGE ON SCHEMA {schema} TO {writer}, {reader};
GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {writer}, {reader};
GRANT EXECUTE ON FUNCTION {schema}.es_insert_events_text, {schema}.inblue_insert, {schema}.inblue_cover TO {writer};
GRANT INSERT ON {schema}.inblue_node, {schema}.inblue_head, {schema}.inblue_stamp, {schema}.inblue_cosignature,
  {schema}.inblue_tracking TO {writer};
-- The head and the cursor are the only rows that change; a trigger holds the head to moving forward.
GRANT UPDATE (size, position, note) ON {schema}.inblue_head TO {writer};
GRANT UPDATE (notification_id) ON {schema}.inblue_tracking TO {writer};
COMMIT;
"""

_MAKE = """\
DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"""


def roles_sql(schema: str, *, writer: str = WRITER, reader: str = READER) -> str:
    """The SQL that makes the roles ``writer`` and ``reader`` of the ledger in ``schema``, if need be, and grants.

    Raises:
        Malformed: what cannot be a role's name, or one name for both.
    """
    if writer == reader:
        raise Malformed("the writer and the reader need a role each")
    return _SQL.format(
        schema=_quoted(schema),
        writer=_quoted(writer),
        reader=_quoted(reader),
        make_writer=_MAKE.format(role=_quoted(writer)),
        make_reader=_MAKE.format(role=_quoted(reader)),
    )


def _quoted(name: str) -> str:
    if not 1 <= len(name.encode()) <= 63 or "\0" in name or "$" in name or not name.isprintable():
        raise Malformed(f"{name[:80]!a} cannot be the name of a role")
    return '"' + name.replace('"', '""') + '"'
