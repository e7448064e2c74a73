"""The command line: options in, text or JSON out. No rule and no proof lives here."""

COMMANDS = {
    "init": ("found", "Found a new ledger, with a registrar's key and a log's key."),
    "play": ("found", "Record a whole history from a case file."),
    "status": ("audit", "Show the roll call now."),
    "replay": ("audit", "Replay a vote act by act, or show it at any moment."),
    "audit": ("audit", "Show the record: a verdict on each reply, findings by clause."),
    "verify": ("audit", "Check that a ledger is intact and complete."),
    "draft": ("acts", "Circulate or withdraw a draft."),
    "letter": ("acts", "Send a letter: procedure, opening, outcome, compendium."),
    "vote": ("acts", "Register a reply, close the voting, list the votes."),
    "receipt": ("acts", "Acknowledge a reply."),
    "reply": ("acts", "Reject a reply, for a clause."),
    "explanation": ("acts", "File an explanation of vote."),
    "co-sponsorship": ("acts", "Announce a co-sponsorship."),
    "window": ("acts", "Move the deadline, where the procedure allows it."),
    "tally": ("acts", "Circulate the tally."),
    "result": ("acts", "Announce the result."),
    "entry": ("acts", "Correct a clerical error."),
    "key": ("keys", "Make, list, enrol, rotate and revoke keys."),
    "presidency": ("keys", "Say which member presides in a month."),
    "procedure": ("reference", "List and show procedures."),
    "schema": ("reference", "Print the JSON Schema of a format."),
    "completion": ("reference", "Print the completion script for a shell."),
}
"""Every command: its module, and its help in one line."""
