# Judge the branches and write the result. Files in this order: answers, declined, merged, worktrees, and the table of branches.
# A branch is merged if all of its commits are in the one looked after, stale if nobody committed to it for too long.

BEGIN { FS = "\t"; nl = "\\n"; OFFERS = 3; MOST = 60; split(keep, kept, /[ \t]+/) }

FNR == 1 { file = FILENAME; sub(/.*\//, "", file) }
file == "answers" { answered[$0] = 1; next }
file == "declined" { split($0, at, " "); declined[at[1]] = at[2]; next }
file == "merged" { merged[$0] = 1; next }
file == "worktrees" { used[$0] = 1; next }

{
	ref = $1; commit = $2; age = now - $3; counts = $4; mark = $5; author = $6
	local = (ref ~ /^refs\/heads\//)
	name = ref
	sub(/^refs\/(heads|remotes)\//, "", name)
	all++
	if (commit in merged) note("merged")
	else if (age > old) note("stale")
	if (age > old) stale++
	if (local && (commit in merged)) offer()
}

END {
	head = all + left ? all + left (all + left == 1 ? " branch" : " branches") " beside " short(base) : "No branch beside " short(base)
	if (all + left) head = head ": " (0 + number["merged"]) " merged, " (0 + number["stale"]) " stale"
	if (left) head = head "; " left " not compared"
	body = sprintf("Compared with `%s` at %s. Stale: no commit for %d days.%s", text(base), substr(tip, 1, 10), old / 86400, nl)
	if (left) body = body "The " left " newest branches were left out." nl
	if (shallow == "true") body = body "The checkout is shallow, so what is merged cannot be told for sure; nothing is offered." nl
	body = body "A branch that was squashed or rebased into the other does not count as merged. Nothing was fetched: of other repositories this is what was known at the last fetch." nl nl
	body = body part("merged", "Merged") part("stale", "Stale, with commits of their own") remote_commands()
	if (left == 0) card = sprintf(", \"scorecard\": {\"stale_branches\": %d}", stale)
	printf "{\"headline\": \"%s\", \"as_of\": \"%s\", \"items\": [%s], \"actions\": [%s]%s, \"body\": \"%s\"}\n", \
		text(head), iso, items, actions, card, body
	for (about in declined) print about, declined[about] >"work/declined.new"
	printf "" >>"work/declined.new"
}

# Add a branch to one kind: an item, and a line of the page.
function note(kind,   because, split_counts, at) {
	number[kind]++
	split(counts, split_counts, /[ \t]+/)
	because = kind == "merged" ? "all of its commits are in " base : split_counts[1] (split_counts[1] == 1 ? " commit" : " commits") " of its own"
	because = because ", last commit " days(age) " ago"
	if (number[kind] <= MOST) {
		items = items (items == "" ? "" : ", ") "{\"about\": \"" subject(name, mark) "\", \"kind\": \"" kind "\", \"because\": \"" \
			text(because) "\", \"confidence\": 1, \"with\": {\"branch\": \"" text(name) "\", \"commit\": \"" commit \
			"\", \"ahead\": " number_or_null(split_counts[1]) ", \"behind\": " number_or_null(split_counts[2]) ", \"author\": \"" text(author) "\"}}"
		rows[kind] = rows[kind] "- `" text(name) "`: " text(because) nl
	}
	at = index(name, "/")
	if (!local && kind == "merged" && age > rest && !is_kept(substr(name, at + 1)) && ++remotes <= MOST) {
		pushes = pushes "git push " quoted(substr(name, 1, at - 1)) " --delete " quoted(substr(name, at + 1)) nl
	}
}

# Offer to delete a merged local branch that has rested, is nobody's work place, is not kept, and was not said no to.
function offer(   about) {
	about = subject(name, mark)
	if (about in answered) declined[about] = commit
	if (declined[about] == commit) return
	delete declined[about]
	if (offers >= OFFERS || age <= rest || commit == tip || (ref in used) || is_kept(name) || shallow == "true") return
	if (name ~ /[^!-~]|[?]/) return # what may have lost bytes on the way is not deleted by name
	offers++
	actions = actions (actions == "" ? "" : ", ") "{\"kind\": \"branch.delete\", \"about\": \"" about \
		"\", \"with\": {\"branch\": \"" text(name) "\", \"commit\": \"" commit "\"}, \"because\": \"all of its commits are in " \
		text(base) ", the last one " days(age) " old\"}"
}

# The subject of a name: kit/turn.py makes the same one.
function subject(name, mark,   plain) {
	plain = tolower(name)
	gsub(/[^a-z0-9._@+-]+/, "-", plain)
	sub(/^[-._@+]+/, "", plain)
	sub(/[-._@+]+$/, "", plain)
	plain = substr(plain, 1, 100)
	if (plain == name) return "branch:" plain
	return "branch:" (plain == "" ? "x" : plain) "." substr(mark, 1, 6)
}

function is_kept(name,   i, pattern) {
	for (i in kept) {
		pattern = kept[i]
		if (pattern == "") continue
		gsub(/[.+^$(){}|\\]/, "\\\\&", pattern)
		gsub(/\*/, ".*", pattern)
		gsub(/\?/, ".", pattern)
		if (name ~ ("^(" pattern ")$")) return 1
	}
	return 0
}

function part(kind, title,   more) {
	if (!number[kind]) return ""
	if (number[kind] > MOST) more = "- and " (number[kind] - MOST) " more" nl
	return "## " title nl nl rows[kind] more nl
}

function remote_commands() {
	if (pushes == "") return ""
	return "## Merged elsewhere, yours to delete" nl nl "```sh" nl pushes "```" nl
}

function number_or_null(s) { return s ~ /^[0-9]+$/ ? s : "null" }
function short(name) { return name ~ /^[0-9a-f]{40}$/ ? substr(name, 1, 10) : name }
function days(s) { return s < 172800 ? int(s / 3600) " h" : int(s / 86400) " days" }
function quoted(s) { gsub(/'/, "'\\\\''", s); return "'" text(s) "'" }

# A text inside of JSON.
function text(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	gsub(/[\001-\037\177]/, " ", s)
	return s
}
