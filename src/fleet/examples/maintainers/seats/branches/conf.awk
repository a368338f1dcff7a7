# Print the value of one key of project.conf, or what is usual where it is empty or left out.
/^[ \t]*#/ || !/=/ { next }
{
	name = $1
	gsub(/[ \t]/, "", name)
	if (name != key) next
	sub(/^[^=]*=[ \t]*/, "")
	sub(/[ \t\r]*$/, "")
	found = $0
}
END { print (found == "" ? usual : found) }
