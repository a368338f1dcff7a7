# Flatten a JSON object: one "path<TAB>value" line a value; keys and list places in the path are joined by "/".
# Records end at a double quote, so they alternate between what stands outside strings and what stands in them.
# Strings keep their JSON escapes. Exits 1 where brackets do not match or the text ends too early.

# A string past LONGEST is cut at a quote inside it: only bodies are so long, and no briefing quotes those.
BEGIN { RS = "\""; LONGEST = 4000; cut = 0; depth = 0; inside = 0; text = ""; word = ""; broken = 0; done = 0 }

{
	if (inside) {
		if (length(text) < LONGEST) text = text $0
		else cut = 1
		if (escaped($0)) { if (!cut) text = text "\""; next }
		cut = 0
		inside = 0
		take_string(text)
	} else {
		outside($0)
		inside = 1
		text = ""
	}
}

END {
	if (broken || depth != 0 || !done || tail()) exit 1
}

# A quote is escaped if an odd number of backslashes stands before it.
function escaped(part,   n) {
	n = 0
	while (substr(part, length(part) - n, 1) == "\\") n++
	return n % 2
}

# The text after the last string was read as outside text; "inside" is then set though nothing follows.
function tail() { return inside && text != "" }

function outside(part,   i, c) {
	for (i = 1; i <= length(part); i++) {
		c = substr(part, i, 1)
		if (c ~ /[ \t\r\n]/) { end_word(); continue }
		if (c == "{" || c == "[") open_one(c)
		else if (c == "}" || c == "]") close_one(c)
		else if (c == ",") { end_word(); if (kind[depth] == "[") key[depth]++; else want_key = 1 }
		else if (c == ":") want_key = 0
		else word = word c
	}
	end_word()
}

function open_one(c) {
	if (depth == 0 && (done || c != "{")) broken = 1
	depth++
	kind[depth] = c
	key[depth] = (c == "[") ? 0 : ""
	want_key = (c == "{")
}

function close_one(c) {
	end_word()
	if (depth < 1 || (c == "}") != (kind[depth] == "{")) { broken = 1; return }
	depth--
	if (depth == 0) done = 1
	want_key = 0
}

function take_string(value) {
	if (depth == 0) { broken = 1; return }
	if (kind[depth] == "{" && want_key) { key[depth] = value; return }
	emit(value)
}

function end_word() {
	if (word != "") { if (depth == 0) broken = 1; else if (word != "null") emit(word) }
	word = ""
}

function emit(value,   i, path) {
	path = key[1]
	for (i = 2; i <= depth; i++) path = path "/" key[i]
	gsub(/[\t\n]/, " ", value)
	print path "\t" value
}
