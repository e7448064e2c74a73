"""The command line: options in, text or JSON out. No rule and no proof lives here."""

GROUPS = {
    "Set up": {
        "demo": "Record a real vote, audit it, and open the page.",
        "setup": "Set up a folder for work: ledger, keys, project file.",
        "init": "Create a new ledger, with a registrar's key and a log's key.",
        "project": "Show the project file and the settings that apply here.",
        "doctor": "Say what is missing, unsafe or soon out of date.",
        "unlock": "Enter the passphrase once, for a working session.",
        "lock": "End the session: the agents forget the keys.",
        "help": "Explain a command and its options.",
        "completion": "Print the completion script for a shell.",
    },
    "Vote": {
        "draft": "Circulate, correct or withdraw a draft.",
        "vote": "Register a reply, close or annul a vote, list the votes.",
        "window": "Move the deadline, or suspend the window and resume it.",
        "seat": "Begin or end a seat while voting is open, where that is allowed.",
        "fact": "Record facts that a vote depends on, and list them.",
        "explanation": "File an explanation of vote.",
        "co-sponsorship": "Announce a co-sponsorship.",
        "reply": "Reject a reply that offends a clause.",
        "tally": "Circulate the tally.",
        "result": "Announce the result.",
        "entry": "Correct, void or disown an entry that is on record.",
        "play": "Record whole histories from case files.",
    },
    "Letters": {
        "letter": "Draft the letters of a vote, and record what was sent.",
        "inbox": "Record messages as they arrive, and review what they propose.",
        "receipt": "Acknowledge a reply; show and check a receipt.",
        "compendium": "Write the compendium of a vote, or a plain report.",
        "import": "Turn a printed compendium into a case file.",
    },
    "Record": {
        "status": "Show the roll call now.",
        "replay": "Replay a vote act by act, or show it at any moment.",
        "audit": "Show the record: a verdict on each reply, findings by clause.",
        "report": "Write the record of a vote as one HTML page that checks itself.",
    },
    "Evidence": {
        "verify": "Check that a ledger, bundle or published log is intact and whole.",
        "export": "Write a bundle that verifies by itself, or tables for analysts.",
        "diff": "Compare two ledgers or bundles of one log.",
        "checkpoint": "Print the log's latest signed checkpoint.",
        "timestamp": "Fetch the timestamps that the latest checkpoint lacks.",
        "witness": "Be a witness of logs, or ask witnesses to cosign this one.",
    },
    "Publish": {
        "publish": "Write the log as static files that anybody can audit.",
        "serve": "Serve votes, records and the log over HTTP, read-only.",
    },
    "Register": {
        "key": "Make, list, enrol, rotate and revoke keys; change a passphrase.",
        "log-key": "Announce and replace the key that signs checkpoints.",
        "presidency": "Record which member presides in a month.",
        "authority": "Adopt, list and retire timestamp authorities.",
        "clock": "Disown the time of an entry that a wrong clock gave.",
        "delegation": "Enrol a delegation: a request one way, a welcome back.",
    },
    "Procedures": {
        "procedure": "Write, check, compare, try, list and translate procedures.",
        "roster": "List, show and write rosters; find a member's id.",
        "schema": "Print the JSON Schema of a format.",
    },
    "Store": {
        "copy": "Copy a ledger to another store, such as from SQLite to PostgreSQL.",
        "mend": "Move out of a store what no signed head covers.",
        "resume": "Go on recording in a database that was promoted or restored.",
        "roles": "Print SQL that grants rights on a ledger in PostgreSQL.",
    },
}
"""Every command word by purpose, with its help in one line. The command is in ``commands/``, in a file of its name."""

COMMANDS = {word: said for group in GROUPS.values() for word, said in group.items()}
