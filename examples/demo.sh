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

cat <<EOF

The ledger is $ledger, its keys are in $ledger.keys, the
passphrase is in $secret; $folder/evidence.zip verifies anywhere.
For a browser: $folder/report.html, the record, and
$folder/compendium.html, the letter with its annexes. To go on:

  export PATH=$bin:\$PATH INBLUE_LEDGER=$ledger
  inblue replay --step                        act by act, Enter goes on
  inblue replay --at 2020-03-29               what had happened by that evening
  inblue audit --json | less                  the same record, for programs
  inblue report --pdf -o report.pdf           the same record, for the archive
EOF
