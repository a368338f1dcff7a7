#!/bin/sh
# A seat in a shell script: the brief comes in on stdin, as Markdown; what is printed is the result.
# The keys between the dashes are optional, and so are the dashes: plain text is a result too.
set -eu

letters=$(grep -c '^## m-' || true)       # each message in the brief has a heading with its id
echo "greeting at $FLEET_NOW, $letters letters" >&2    # stderr is the log: fleet tail --kind log

cat <<RESULT
---
headline: Good day from $FLEET_SEAT, $letters letters read
as_of: $FLEET_NOW
scorecard: {greetings: 1}
---
It is $FLEET_NOW. I am $FLEET_SEAT and this is turn $FLEET_TURN.
Change seats/greeter/greet.sh and wake me again: fleet wake greeter --wait
RESULT
