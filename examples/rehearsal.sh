#!/bin/sh
# `make demo` runs this after `inblue demo`: an invented day, with what the vote of 2020 lacked: members that sign, timestamp
# authorities and witnesses. It shows every command with the hour at which it was run.
set -eu
bin=$1
here=$(dirname "$0")
folder=.demo
day=$folder/rehearsal
rm -rf "$day" "$folder/rehearsal.html"
mkdir -p "$folder"

say() { printf '\n\033[1m$ inblue %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }
run() { say "$@"; "$bin/inblue" "$@"; }

printf '\nA rehearsal: one simulated day, from the draft to the announcement.\n\n'
"$bin/python" "$here/rehearsal.py" "$day"
run verify "$day/rehearsal.zip" --trust "$day/trust.json" --require witnessed --against "$day/bel.receipt"
run audit --ledger "$day/rehearsal.zip" --trust "$day/trust.json"
run report "$day/rehearsal.zip" --trust "$day/trust.json" -o "$folder/rehearsal.html"
printf '\nEverything is in %s, and the page is %s/rehearsal.html.\n' "$day" "$folder"
