"""What pages of the documentation take for granted, made before their blocks run; and what cannot be run here.

A scene is a shell script: before the page, or before the block that begins with certain words.
"""

from __future__ import annotations

_LEDGER = """
export INBLUE_LEDGER=council.db
inblue init --origin example.org/votes
"""

_OPEN_VOTE = (
    _LEDGER
    + """
inblue draft circulate S/2026/900 --title "Peace operations" --simulated
inblue letter send opening --roster unsc-2026 --president LBR --programme-of-work
"""
)

_PLAYED = """
inblue play "$ROOT/examples/simulated.case.json" --ledger council.db
export INBLUE_LEDGER=council.db
"""

_AGAIN = """
cd "$(mktemp -d --tmpdir="$PWD")"
inblue init --origin example.org/council
mkdir -p safe && export SAFE=$PWD/safe
inblue key new registrar-2 --keys $SAFE/keys
inblue key enrol registrar-2 --public $SAFE/keys/registrar-2.pub --office registrar
inblue key new log-2 --keys $SAFE/keys
cp $SAFE/keys/log-2.pub council.db.keys/
inblue log-key announce log-2
"""
"""A ledger of its own, whose next keys are in the safe."""

_AUTHORITIES = """
for each in first second; do python "$ROOT/examples/authority.py" make $each $each > $each.source; done
jq '{format: "inblue-authority/1"} + .authority' first.source > first.json
jq -j '.authority.certificates[]' second.source > second.pem
jq -s '{format: "inblue-authorities/1", sources: .}' first.source second.source > authorities.json
"""

_WITNESSED = """
KEY=$(inblue key list --json | jq -r ".log_keys[0]")
"""

_AUDITED = (
    _LEDGER
    + """
inblue checkpoint > held.note
inblue draft circulate S/2026/900 --title "Peace operations" --simulated
inblue letter send opening --roster unsc-2026 --president LBR --programme-of-work
inblue vote cast FRA in_favour --signed
inblue export older.zip --include-open
inblue vote cast CHN in_favour --signed
inblue export newer.zip --include-open
inblue procedure show unsc-2020-253 --json > rules.json
unzip -p newer.zip inblue-bundle/data/claims.json > trust.json
"""
)

_A_DAY_LATER = """
export LD_PRELOAD="$CLOCK" FAKETIME=+1d
"""


def _at(moment: str) -> str:
    """From then on the clock shows so, and goes on."""
    return f"""
export LD_PRELOAD="$CLOCK" FAKETIME="$(printf %+d $(($(date -d {moment} +%s) - $(FAKETIME=+0 date +%s))))"
"""


_MAILS = """
PYTHONPATH="$ROOT/tests/support:$ROOT/tests" python - <<'PYTHON'
from pathlib import Path

from letters import Letter, message

Path("mails").mkdir()
for number, member in enumerate(("COL", "DNK")):
    Path(f"mails/{number}.eml").write_bytes(message(Letter(member, "in_favour", "en").lines()).as_bytes())
PYTHON
"""

_TOKEN = """
PYTHONPATH="$ROOT/tests/support" python - <<'PYTHON'
from pathlib import Path

from devices import make_tokens

make_tokens(Path("devices"), ["council"], {"council": (("registrar", b"r" * 32), ("log", b"l" * 32))}, pin="1234")
PYTHON
export SOFTHSM2_CONF=$PWD/devices/softhsm2.conf INBLUE_PIN=1234
"""

_AGENT = """
cd "$(mktemp -d --tmpdir="$PWD")"
mkdir ~/.ssh && ssh-keygen -q -t ed25519 -N "" -C registrar -f ~/.ssh/registrar
eval "$(ssh-agent -s)" && trap "kill $SSH_AGENT_PID" EXIT
"""

SCENES: dict[str, dict[str, str]] = {
    "docs/how-to/auditor.md": {
        "": _AUDITED,
        "$ inblue export vote.zip": _A_DAY_LATER + "inblue vote close && inblue result announce --by LBR",
    },
    "docs/how-to/officer.md": {
        "$ inblue vote cast": """
echo "SIMULATED. Latvia votes in favour." > lva.pdf
""",
        "$ inblue inbox": _MAILS,
        "inblue vote close": """
for member in CHN COL COD DNK FRA GRC PAK PAN SOM GBR; do inblue vote cast $member in_favour --signed; done
"""
        + _A_DAY_LATER,
        "$ inblue import compendium": 'cp "$ROOT/examples/s-2020-268/as-printed/zh.txt" .',
    },
    "docs/how-to/delegation.md": {
        "": _LEDGER + 'echo "quorum none" > policy',
        "$ cd lva": "unset INBLUE_LEDGER",
        "$ inblue vote blank": """
export INBLUE_LEDGER=../council.db
inblue draft circulate S/2026/900 --simulated
inblue letter send opening --roster unsc-2026 --president LBR --programme-of-work
""",
        "$ inblue receipt check": "inblue export vote.zip --include-open",
    },
    "docs/how-to/embedder.md": {},
    "docs/case-files.md": {"": 'cp -r "$ROOT/examples" "$ROOT/cli" .'},
    "docs/compendium.md": {"": 'mkdir examples && cp -r "$ROOT/examples/s-2020-268" examples'},
    "docs/formats.md": {"": "inblue init council.db"},
    "docs/intake.md": {
        "inblue key new": _OPEN_VOTE,
        "inblue inbox mails": _MAILS,
        '{"format"': """
printf '{"format": "inblue-intake-rule/1", "read_as": ["pdf"], "usage": false}' > FILE
""",
    },
    "docs/operations.md": {
        "": """
export INBLUE_LEDGER=council.db SAFE=$PWD/safe
mkdir $SAFE
inblue init --origin example.org/council
""",
        "inblue authority adopt": _AUTHORITIES,
        "inblue timestamp": "export INBLUE_AUTHORITIES=authorities.json",
        "inblue witness init": "unset INBLUE_AUTHORITIES" + _WITNESSED,
        "inblue witness request": """
{ echo "log $KEY"; echo "witness delegation $(tail -1 w.txt | cut -d" " -f3)"; echo "quorum delegation"; } > policy.txt
export INBLUE_POLICY=policy.txt
""",
        "inblue witness begin-anew": "inblue checkpoint > note.txt; unset INBLUE_POLICY",
        "inblue draft circulate S/2026/12": "inblue draft circulate S/2026/12; inblue draft withdraw",
        "cp $SAFE/keys/log-2.pem": _AGAIN,
        "inblue log-key replace log-2 --cause loss": _AGAIN + "cp $SAFE/keys/log-2.pem council.db.keys/",
        "inblue log-key replace log-2 --cause compromise": _AGAIN + "cp $SAFE/keys/log-2.pem council.db.keys/",
        'K="--keys': _AGAIN + "OLD=$(inblue key list --json | jq -r .keys[0].key)",
        "inblue mend": _AGAIN,
        "inblue clock disown": """
inblue draft circulate S/2026/900 --simulated
inblue letter send opening --roster unsc-2026 --president LBR
inblue vote cast FRA in_favour
""",
        "inblue checkpoint": "mkdir files && export INBLUE_FILES=$PWD/files",
    },
    "docs/verifying.md": {
        "$ inblue checkpoint": """
inblue play "$ROOT/cli/demo/s-2020-268.case.json" --ledger council.db
inblue export vote.zip --ledger council.db
""",
        "$ unzip": "cd ..",
        "$ sed -n 6p data/entries.jsonl | jq -r .payload | base64 -d > payload.json": """
cd .. && python "$ROOT/examples/rehearsal.py" day >day.out
unzip -q day/rehearsal.zip -d day && cp day/*.receipt day/policy.txt day/trust.json day/inblue-bundle
cp "$(find day -name root.pem | grep first)" "$(find day -name int.pem | grep first)" day/inblue-bundle
cp cosigned.py included.py "$ROOT/examples/other_hands.py" day/inblue-bundle
cd day/inblue-bundle
""",
        "$ pip install": "cp other_hands.py policy.txt .. && cd ..",
    },
    "docs/letters.md": {
        "inblue letter draft opening": _at("2026-12-01T14:00:05-05:00")
        + _LEDGER
        + "inblue draft circulate S/2026/900 --simulated",
        "inblue letter draft ack": """
for member in LVA CHN COL COD DNK FRA GRC PAK PAN SOM; do inblue vote cast $member in_favour --signed; done
""",
        "inblue vote close": _at("2026-12-02T15:00:00-05:00"),
    },
    "docs/serve.md": {"": _OPEN_VOTE},
    "docs/signers.md": {"": _TOKEN, "ssh-add": _AGENT},
    "docs/tables.md": {
        "": _AUDITED
        + _A_DAY_LATER
        + """inblue vote close && inblue result announce --by LBR
inblue export --csv csv && inblue export --parquet parquet && mv csv/*.csv parquet/*.parquet .
"""
    },
    "docs/procedures.md": {
        "inblue procedure translate": """
cp "$ROOT/tests/whole/cases/k3-fraction.procedure.json" old.json
""",
        "$ inblue procedure new": """
printf 'member,position\nANNA,lgtm\nBEN,lgtm\nCHLOE,reject\nDAVID,\nEMMA,lgtm\nBEN,reject\n' > votes.csv
""",
    },
    "docs/bundle.md": {"unzip vote.zip": _OPEN_VOTE + "inblue export vote.zip --include-open"},
    "docs/how-to/operator.md": {
        "$ inblue checkpoint": """
mkdir backup
inblue draft circulate SIM/1 --simulated --ledger council.db
inblue draft withdraw --ledger council.db
"""
    },
}
"""By page: by how a block begins, what is made before it; with no words, before the page."""

NOT_HERE: dict[tuple[str, str], str] = {
    ("docs/install.md", "pip"): "no wheel is published; make release-check installs one",
    ("docs/install.md", "uv"): "no wheel is published; make release-check installs one",
    ("docs/install.md", "make dist"): "tests/whole/test_release.py makes the parts of a release",
    ("docs/install.md", "podman"): "no registry of images can be reached; the page says what was tried",
    ("docs/release.md", "make"): "make dist is what a release is; tests/whole/test_release.py makes its parts",
    ("docs/release.md", "ssh-keygen"): "tests/whole/test_release.py checks the signature of a release",
    ("docs/release.md", "sha256sum"): "tests/whole/test_release.py checks the sums of a release",
    (
        "docs/verifying.md",
        "inblue verify broken.db",
    ): "of a ledger that somebody changed; tests/whole/test_tampering.py",
    ("docs/verifying.md", "pip install"): "those are installed with the other tools of the tests",
    (
        "docs/verifying.md",
        "tail -c +33",
    ): "of a mail with signatures; tests/ledger/observing/ makes them, and looks with the same programs",
    ("docs/verifying.md", "sha256sum mail.eml"): "as above",
    ("docs/verifying.md", "openssl cms"): "as above",
    ("docs/verifying.md", "dkimverify"): "as above",
    ("docs/operations.md", "inblue setup"): "it asks; tests/hosts/test_walk.py answers at a terminal",
    ("docs/operations.md", "SAFE="): "the disk of a safe, which is a folder here",
    ("docs/operations.md", "inblue witness serve"): "it goes on until it is stopped; tests/ledger/witness/ asks one",
    (
        "docs/operations.md",
        "inblue copy council.db 'postgresql",
    ): "no such server; tests/ledger/operations/test_copy.py copies to one",
    (
        "docs/operations.md",
        "export INBLUE_LEDGER='postgresql",
    ): "no such server; tests/ledger/stores/ founds ledgers in one",
    ("docs/operations.md", "inblue init"): "no such server; tests/ledger/stores/ founds ledgers in one",
    ("docs/operations.md", "inblue roles"): "no such server; tests/ledger/stores/ grants the roles in one",
    ("docs/operations.md", "pg_dump"): "no such server; tests/ledger/stores/ dumps and restores one",
    ("docs/operations.md", "inblue resume"): "a promoted server; tests/hosts/test_standbys.py promotes one",
    ("docs/growing.md", "inblue init 'postgresql:"): "tests/ledger/stores/ does so in a PostgreSQL of its own",
    ("docs/intake.md", "inblue inbox review"): "a person confirms; tests/cli/commands/ types the answers at a terminal",
    ("docs/intake.md", "inblue inbox observe"): "it asks DNS, which the tests do not have",
    ("docs/serve.md", "inblue serve"): "it goes on until it is stopped; tests/hosts/test_serve_in_browser.py",
    ("docs/serve.md", "inblue verify http"): "no service answers; tests/cli/serve/ verifies what is served",
    (
        "docs/tiles.md",
        "inblue",
    ): "a web server and a bucket are needed; tests/hosts/test_bucket.py and tests/ledger/operations/",
    ("docs/how-to/operator.md", "pip install"): "tests/whole/test_wheel.py builds the wheel and installs it",
}
"""By page and how a command begins: why it is not run."""

BEFORE_PYTHON = {
    "docs/hosts.md": """
import inblue

class Once:  # what is there now: without wait, following goes on for ever
    def follow(self, after):
        return ledger_there.follow(after=after, wait=0)

signer = inblue.Ed25519Signer.generate()
ledger_there = inblue.Ledger.create(None, signer=signer, log_signer=inblue.Ed25519Signer.generate())
ledger, cursor, seen = Once(), None, []
deal_with, keep = lambda *given: seen.append(given), seen.append
""",
    "docs/tables.md": "import duckdb, pandas",
    "docs/languages.md": """
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from inblue import built_in_procedure
from inblue.cli.language.choose import language
from inblue.domain.instant import Span
from inblue.domain.phrase import Said

lang, procedure, zone = language("fr", strict=True), built_in_procedure("unsc-2020-253"), ZoneInfo("UTC")
at, late, length, n, items = datetime(2026, 3, 1, 14, 0, tzinfo=UTC), timedelta(hours=1), timedelta(hours=2), 3, ["a"]
day, span, members, number = date(2026, 3, 1), Span(at, at), ["VCT"], 14
clause = next(iter(procedure.clauses))

class finding:
    text = Said.of("received {by} after the window closed", by=late)
""",
    "docs/signers.md": """
import os

import inblue

os.environ["SOFTHSM2_CONF"] = "devices/softhsm2.conf"
pin = b"1234"
""",
}
"""By page: what its Python takes for granted."""
