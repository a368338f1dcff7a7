# Says what lies in its folder for this minute of the day.
clock=${FLEET_NOW#*T}; minute=${clock%:*[-+]*}
[ -e "${minute%%:*}${minute#*:}" ] || { echo "nothing new, $minute"; exit 0; }
. "./${minute%%:*}${minute#*:}"
