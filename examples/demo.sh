#!/bin/sh
# What `make demo` runs: the written vote that adopted resolution 2518 (2020), from S/2020/268, into a new ledger.
# The passphrase is made for this run and kept beside the ledger, which no real registrar would do.
set -eu
bin=$1
here=$(dirname "$0")
folder=.demo
rm -rf "$folder"
mkdir -p "$folder"
ledger=$folder/council.db
secret=$folder/passphrase
(umask 077 && "$bin/python" -c 'import secrets; print(secrets.token_urlsafe(24))' >"$secret")

say() { printf '\n\033[1m$ inblue %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }
run() { say "$@"; "$bin/inblue" "$@"; }

export INBLUE_LEDGER=$ledger
run play "$here/s-2020-268.case.json" --passphrase-file "$secret"
run verify "$ledger"
run replay
run status
run audit
run compendium -o "$folder/compendium.html"
run export "$folder/evidence.zip" --vote S/2020/240
run verify "$folder/evidence.zip"
run report "$folder/evidence.zip" -o "$folder/report.html"

# A day that never was, with what the vote of 2020 lacked: members that sign, timestamp authorities, witnesses. Every
# command of it is shown with the hour at which it was run.
day=$folder/rehearsal
printf '\n'
"$bin/python" "$here/rehearsal.py" "$day"
run verify "$day/rehearsal.zip" --trust "$day/trust.json" --require witnessed --against "$day/bel.receipt"
run audit --ledger "$day/rehearsal.zip" --trust "$day/trust.json"
run report "$day/rehearsal.zip" --trust "$day/trust.json" -o "$folder/rehearsal.html"

cat <<EOF

The ledger is $ledger, its keys are in $ledger.keys, the
passphrase is in $secret; $folder/evidence.zip verifies anywhere.
Two pages for a browser: $folder/report.html, the vote of 2020, and
$folder/rehearsal.html, the day that never was. To go on:

  export PATH=$bin:\$PATH INBLUE_LEDGER=$ledger
  inblue replay --step                        act by act, Enter goes on
  inblue replay --at 2020-03-29               what is known of that evening
  inblue audit --json | less                  the same record, for programs
  inblue report --pdf -o report.pdf           the same record, for the archive
EOF
