# Turn a span as 14d into seconds; exits 1 where it is none.
{
	n = $0
	unit = substr(n, length(n))
	sub(/.$/, "", n)
	seconds["s"] = 1; seconds["m"] = 60; seconds["h"] = 3600; seconds["d"] = 86400; seconds["w"] = 604800
	if (n !~ /^[0-9]+$/ || !(unit in seconds)) exit 1
	print n * seconds[unit]
}
