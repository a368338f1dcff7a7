#!/bin/sh
# Radar, Chief of Staff: one briefing from the states and the mail in the brief. POSIX sh and awk, nothing else.
# awk flattens the brief's JSON into "path<TAB>value" lines and writes the result; strings stay in their JSON
# spelling from end to end, so what a peer wrote is quoted and never interpreted.
set -eu
export LC_ALL=C

fail() { printf 'radar: %s\n' "$1" >&2; exit 1; }

[ -n "${FLEET_BRIEF:-}" ] || fail 'FLEET_BRIEF is not set; this program is started by fleet'
[ -r "$FLEET_BRIEF" ] || fail "cannot read the brief $FLEET_BRIEF"
[ -n "${FLEET_NOW:-}" ] || fail 'FLEET_NOW is not set; there is no other clock'

flat=$(awk -f flatten.awk "$FLEET_BRIEF") || fail 'the brief is not JSON'
printf '%s\n' "$flat" | awk -v now="$FLEET_NOW" -f briefing.awk || fail 'cannot write the briefing'
