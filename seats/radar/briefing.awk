# Write the briefing: escalations first, then what waits, then one part a seat with its age; a part that is stale or missing says so
# and shows none of its old numbers. All values come in JSON spelling and go out in it, between double quotes.

BEGIN { FS = "\t"; nl = "\\n" }

{ value[$1] = $2 }

# reads/<seat>/... and mail/<n>/...: note which seats and messages there are, in their order.
$1 ~ /^reads\// { split($1, step, "/"); if (!(step[2] in known)) { known[step[2]] = 1; seat[++seats] = step[2] } }
$1 ~ /^mail\//  { split($1, step, "/"); if (step[2] + 1 > mails) mails = step[2] + 1 }

END {
	for (i = 1; i <= seats; i++) judge(seat[i])
	body = escalations() waiting() parts() letters()
	if (trouble) head = trouble " of " seats " parts stale or missing: " names
	else head = "All " seats " parts fresh"
	if (asked) head = head "; " asked " waiting for a yes"
	if (held) head = head "; " held " held"
	if (urgent) head = urgent " escalation" (urgent > 1 ? "s" : "") " first; " head
	printf "{\"headline\": \"%s\", \"as_of\": \"%s\", \"items\": [%s]%s, \"body\": \"%s\"}\n", \
		head, now, items, scorecard(), body
}

# Decide once what a part is: FRESH, STALE or MISSING; each that is not fresh becomes an item.
function judge(s,   at, old, why) {
	at = "reads/" s "/"
	old = age(value[at "age_s"])
	if (!has_state(at)) { mark[s] = "MISSING"; why = "no state was ever read" }
	else if (value[at "fresh"] != "true") { mark[s] = "STALE"; why = "no fresh state since " since(at) ", " old }
	else if (dead_source(at)) { mark[s] = "STALE"; why = "its own source stopped; data of " since(at) ", " old }
	else { mark[s] = "FRESH"; return }
	reason[s] = why
	trouble++
	names = names (names == "" ? "" : ", ") s
	items = items (items == "" ? "" : ", ") "{\"about\": \"seat:" s "\", \"kind\": \"" \
		(mark[s] == "STALE" ? "stale" : "missing") "\", \"because\": \"" why "\", \"confidence\": 1}"
}

function has_state(at,   path) {
	if ((at "state/headline") in value) return 1
	for (path in value) if (index(path, at "state/") == 1) return 1
	return 0
}

function dead_source(at,   i) {
	for (i = 0; (at "state/items/" i "/kind") in value; i++)
		if (value[at "state/items/" i "/kind"] == "stale-source") return 1
	return 0
}

function since(at) { return ((at "as_of") in value) ? value[at "as_of"] : "an unknown time" }

function age(s) {
	if (s == "") return "age unknown"
	if (s < 5400) return int(s / 60 + 0.5) " min old"
	if (s < 172800) return int(s / 3600 + 0.5) " h old"
	return int(s / 86400 + 0.5) " days old"
}

function escalations(   i, at, out) {
	for (i = 0; i < mails; i++) {
		at = "mail/" i "/"
		if (value[at "type"] != "ESCALATION") continue
		urgent++
		out = out "- " value[at "from"] ": " value[at "subject"] about(at) nl
	}
	return out == "" ? "" : "## Escalations" nl nl out nl
}

function about(at) { return ((at "about") in value) ? " (" value[at "about"] ")" : "" }

# Each action that the gate holds or that a person must decide, with the gate's own reason; what runs is no news.
function waiting(   i, at, n, out) {
	for (i = 1; i <= seats; i++)
		for (n = 0; ((at = "reads/" seat[i] "/waits/" n "/") "id") in value; n++) {
			if (value[at "status"] == "offered" || value[at "status"] == "running") continue
			if (value[at "status"] == "held") held++
			else asked++
			out = out "- " value[at "id"] " of " seat[i] ", " value[at "kind"] about(at) ", " state(at) ": " \
				value[at "reason"] nl
		}
	return out == "" ? "" : "## Waiting" nl nl out nl
}

function state(at) {
	if (value[at "status"] == "asked") return "waits for the yes of " value[at "person"]
	return value[at "status"] == "unknown" ? "may have happened or not" : value[at "status"]
}

function parts(   i, s, at, out) {
	for (i = 1; i <= seats; i++) {
		s = seat[i]
		at = "reads/" s "/"
		out = out "## " s ": " mark[s] nl nl
		if (mark[s] != "FRESH") out = out "**" mark[s] "**: " reason[s] ". Nothing of it is shown as current." nl nl
		else out = out value[at "state/headline"] nl nl entries(at) "_data of " since(at) ", " age(value[at "age_s"]) "_" nl nl
	}
	return out
}

# The first eight items of a state that are news: a green client is not.
function entries(at,   i, p, shown, more, out) {
	for (i = 0; ((p = at "state/items/" i "/") "about") in value; i++) {
		if (value[p "with/health"] == "green") continue
		if (++shown > 8) { more++; continue }
		out = out "- " value[p "about"] ", " value[p "kind"] ": " value[p "because"] nl
	}
	if (more) out = out "- and " more " more in its own state" nl
	return out == "" ? "" : out nl
}

function letters(   i, at, out) {
	for (i = 0; i < mails; i++) {
		at = "mail/" i "/"
		if (value[at "type"] == "ESCALATION") continue
		out = out "- " value[at "from"] ", " value[at "type"] ": " value[at "subject"] about(at) nl
	}
	return out == "" ? "" : "## Mail" nl nl out nl
}

# A briefing counts for the morning if it comes between 05:00 and 08:00; later ones give no value.
function scorecard(   hour) {
	hour = substr(now, 12, 2) + 0
	return (hour >= 5 && hour < 8) ? ", \"scorecard\": {\"briefing_by_0800\": 1}" : ""
}
