#!/bin/sh
printf '%s\n' 'radar is here; no briefing yet'
