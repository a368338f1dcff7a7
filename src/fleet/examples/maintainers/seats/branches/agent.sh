#!/bin/sh
# Branches, Branch Keeper: which branches are merged or stale, and a few offers to delete a merged one. POSIX sh, awk and git.
# Git prints one line a branch, awk judges them and writes the result. The brief comes in on stdin; of it only the answers
# of persons are read. Nothing is fetched, and nothing in the checkout is changed.
set -eu
export LC_ALL=C GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1 GIT_ALLOW_PROTOCOL=file
MOST=400 # branches that are compared with the one looked after; the oldest come first

fail() { printf 'branches: %s\n' "$1" >&2; exit 1; }

[ -n "${FLEET_ROOT:-}" ] || fail 'FLEET_ROOT is not set; this program is started by fleet'
[ -n "${FLEET_NOW:-}" ] || fail 'FLEET_NOW is not set; there is no other clock'
conf=$FLEET_ROOT/project.conf
[ -r "$conf" ] || fail 'project.conf is not there'
command -v git >/dev/null || fail 'there is no program git in PATH'

# The value of a key of project.conf, or what is usual. Spans become seconds.
value() { awk -F= -v key="$1" -v usual="$2" -f conf.awk "$conf" || fail "project.conf: $1 cannot be read"; }
span() { value "$1" "$2" | awk -f span.awk || fail "project.conf: $1 is a span as 14d or 6w"; }

checkout=$(value checkout .)
case $checkout in /*) ;; '~'*) checkout=$HOME${checkout#'~'} ;; *) checkout=$FLEET_ROOT/$checkout ;; esac
[ -d "$checkout" ] || fail "project.conf: checkout: there is no folder $checkout"
top=$(git -C "$checkout" rev-parse --show-toplevel 2>/dev/null) || fail "$checkout is in no git checkout; name one in project.conf"
in_top() { git -C "$top" --no-pager -c core.quotePath=false -c core.fsmonitor=false "$@"; }
is_commit() { in_top rev-parse --verify --quiet --end-of-options "$1^{commit}" >/dev/null; }

# The branch that is looked after: found as kit/project.py finds it.
base='' name=''
given=$(value branch '')
remote=$(in_top symbolic-ref --quiet refs/remotes/origin/HEAD || true)
current=$(in_top symbolic-ref --quiet HEAD || true)
for try in "$given" "${remote#refs/remotes/origin/}" main master trunk "${current#refs/heads/}"; do
	[ -n "$try" ] && [ -z "$base" ] || continue
	for ref in "refs/heads/$try" "refs/remotes/origin/$try"; do
		if [ -z "$base" ] && is_commit "$ref"; then base=$ref name=$try; fi
	done
	[ -z "$given" ] || [ -n "$base" ] || fail "project.conf: branch = $given: there is no such branch here"
done
if [ -z "$base" ]; then
	is_commit HEAD || fail "$top has no commit yet"
	base=HEAD
fi

# What a person said no to, or let lapse, is not offered again while the branch stays where it is.
mkdir -p work
touch work/declined
grep -a -o 'said no to your branch\.delete about branch:[a-z0-9._@+-]*\|(branch\.delete about branch:[a-z0-9._@+-]*) lapsed' |
	grep -o 'branch:[a-z0-9._@+-]*' >work/answers || true

# One line a branch: ref, commit, time, ahead and behind, hash of its name, author of its tip. No ref holds a blank or a tab.
form='%(refname)%09%(objectname)%09%(committerdate:unix)%09%(if)%(symref)%(then)link%(else)branch%(end)%09%(authorname)'
in_top for-each-ref --sort=committerdate --format="$form" refs/heads refs/remotes >work/refs || fail 'git cannot list the branches'
in_top for-each-ref --merged="$base" --format='%(objectname)' refs/heads refs/remotes >work/merged || fail 'git cannot tell what is merged'
in_top worktree list --porcelain >work/trees || : >work/trees
sed -n 's/^branch //p' work/trees >work/worktrees
seen=0
while IFS='	' read -r ref commit at kind author; do
	case $kind:$ref in link:* | "branch:$base" | "branch:refs/heads/$name" | "branch:refs/remotes/origin/$name") continue ;; esac
	seen=$((seen + 1))
	[ "$seen" -le "$MOST" ] || continue
	counts=$(in_top rev-list --left-right --count "$ref...$base" -- 2>/dev/null) || counts='? ?'
	short=${ref#refs/heads/}
	mark=$(printf %s "${short#refs/remotes/}" | git hash-object --stdin)
	# shellcheck disable=SC2086  # two numbers, to be split
	printf '%s\t%s\t%s\t%s %s\t%s\t%s\n' "$ref" "$commit" "$at" $counts "$mark" "$author"
done <work/refs >work/table
left=$((seen > MOST ? seen - MOST : 0))

shallow=$(in_top rev-parse --is-shallow-repository)
now=$(date -d "$FLEET_NOW" +%s) || fail "cannot tell the time from FLEET_NOW: $FLEET_NOW"
tip=$(in_top rev-parse "$base")
old=$(span branch_age 90d)
rest=$(span merged_age 14d)
# What is no UTF-8 cannot stand in a result; its bytes become question marks.
iconv -f UTF-8 -t UTF-8 work/table >work/table.utf8 2>/dev/null || tr '\200-\377' '?' <work/table >work/table.utf8
awk -v now="$now" -v iso="$FLEET_NOW" -v base="${name:-$tip}" -v tip="$tip" -v old="$old" -v rest="$rest" -v left="$left" \
	-v shallow="$shallow" -v keep="$(value keep_branches '')" -f branches.awk \
	work/answers work/declined work/merged work/worktrees work/table.utf8 || fail 'cannot write the result'
mv work/declined.new work/declined
