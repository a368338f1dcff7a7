# Write the briefing: what needs a person first (escalations, what waits), then parts that are stale or missing with their
# age and none of their old numbers, then each fresh part: its headline and its first items. Radar's own last state is
# not a part: it says which escalations nobody has answered yet.
# All values come in JSON spelling and go out in it, between double quotes.

BEGIN { FS = "\t"; nl = "\\n"; TOP = 3; seats = 0; mails = 0 }

{ value[$1] = $2 }

# reads/<seat>/... and mail/<n>/...: note which seats and messages there are, in their order.
$1 ~ /^reads\//  { split($1, step, "/"); if (step[2] != "radar" && !(step[2] in known)) { known[step[2]] = 1; seat[++seats] = step[2] } }
$1 ~ /^mail\//   { split($1, step, "/"); if (step[2] + 1 > mails) mails = step[2] + 1 }

END {
	for (i = 1; i <= seats; i++) judge(seat[i])
	body = escalations() waiting() troubles() parts() letters()
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
	if (!has_state(at)) { mark[s] = "MISSING"; why = "no state to read" ((at "note") in value ? ": " value[at "note"] : "") }
	else if (value[at "fresh"] != "true") { mark[s] = "STALE"; why = "no fresh state" ((at "as_of") in value ? " since " value[at "as_of"] ", " old : "; " dated(at)) }
	else if (dead_source(at)) { mark[s] = "STALE"; why = "its own source stopped; " dated(at) }
	else { mark[s] = "FRESH"; return }
	reason[s] = why
	trouble++
	names = names (names == "" ? "" : ", ") s
	item("seat:" s, mark[s] == "STALE" ? "stale" : "missing", why, "")
}

function item(of, kind, because, more) {
	items = items (items == "" ? "" : ", ") "{\"about\": \"" of "\", \"kind\": \"" kind "\", \"because\": \"" because \
		"\", \"confidence\": 1" more "}"
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

# How old a part is: from the time its data is of, else from when it was published.
function dated(at,   published) {
	if ((at "as_of") in value) return "data of " value[at "as_of"] ", " age(value[at "age_s"])
	published = age(value[at "age_s"])
	sub(/ old$/, " ago", published)
	return "no time of data given, published " published
}

function age(s) {
	if (s == "") return "age unknown"
	if (s < 5400) return int(s / 60 + 0.5) " min old"
	if (s < 172800) return int(s / 3600 + 0.5) " h old"
	return int(s / 86400 + 0.5) " days old"
}

# Escalations that came now, after those from before that no mail has answered. Each becomes an item, which is how the
# next turn knows of it.
function escalations(   i, at, out) {
	for (i = 0; i < mails; i++) answered[value["mail/" i "/reply_to"]] = 1
	for (i = 0; ((at = "reads/radar/state/items/" i "/") "about") in value; i++)
		if (value[at "kind"] == "escalation" && !(value[at "with/message"] in answered))
			out = out escalation(value[at "with/message"], value[at "with/from"], value[at "because"], \
				value[at "with/subject"], value[at "with/sent"])
	for (i = 0; i < mails; i++) {
		at = "mail/" i "/"
		if (value[at "type"] == "ESCALATION")
			out = out escalation(value[at "id"], value[at "from"], value[at "subject"], subject(at), value[at "sent"])
	}
	if (out == "") return ""
	return "## Escalations" nl nl out nl "Each stays here until it is answered: fleet inbox send radar --reply-to ID -m TEXT" nl nl
}

function escalation(id, from, text, of, sent) {
	if (id != "" && id in shown_first) return ""
	shown_first[id] = 1
	urgent++
	if (id != "")
		item("seat:" from, "escalation", text, ", \"with\": {\"message\": \"" id "\", \"from\": \"" from "\", \"subject\": \"" \
			of "\", \"sent\": \"" sent "\"}")
	return "- " from ": " text (of == "" ? "" : " (" of ")") (id == "" ? "" : ", " id " since " sent) nl
}

# What a message or action is about; several subjects come as a list.
function subject(at,   i, out) {
	if ((at "about") in value) return value[at "about"]
	for (i = 0; (at "about/" i) in value; i++) out = out (i ? ", " : "") value[at "about/" i]
	return out
}

function about(at,   s) { s = subject(at); return s == "" ? "" : " (" s ")" }

# Each action that a person must decide or that the gate holds, with the gate's own reason; what runs is no news.
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

function troubles(   i, s, out) {
	for (i = 1; i <= seats; i++) {
		s = seat[i]
		if (mark[s] != "FRESH") out = out "- " s ": **" mark[s] "**, " reason[s] nl
	}
	return out == "" ? "" : "## Stale or missing" nl nl out nl "Nothing of these is shown as current." nl nl
}

function parts(   i, s, at, out) {
	for (i = 1; i <= seats; i++) {
		s = seat[i]
		at = "reads/" s "/"
		if (mark[s] == "FRESH")
			out = out "- **" s "**: " value[at "state/headline"] " _(" dated(at) ")_" nl \
				entries(at)
	}
	return out == "" ? "" : "## Fresh" nl nl out nl "Fresh is what its seat still vouches for; whether a turn failed since is not told here: fleet status." nl nl
}

# The first items of a state that are news, and all rows that Tally left empty, by name. What a person need not see
# again is no news: sums, values that were moved, green clients, mail that was only read.
function entries(at,   i, p, k, shown, more, empty, out) {
	for (i = 0; ((p = at "state/items/" i "/") "about") in value; i++) {
		k = value[p "kind"]
		if (k ~ /^(total|value|read|junk)$/ || value[p "with/health"] == "green") continue
		if (k == "empty") { empty = empty (empty == "" ? "" : ", ") substr(value[p "about"], 8); continue }
		if (++shown > TOP) { more++; continue }
		out = out "  - " value[p "about"] ", " k ": " value[p "because"] nl
	}
	if (more) out = out "  - and " more " more in its own state" nl
	return (empty == "" ? "" : "  - empty rows: " empty nl) out
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
