#!/usr/bin/env bash
# Starts the page of a decision and lists it: docs/adr/new.sh "What was decided"
set -euo pipefail
cd "$(dirname "$0")"

title=$1
pages=([0-9]*.md)
last=${pages[-1]%%-*}
number=$((10#$last + 1))
words=$(tr '[:upper:]' '[:lower:]' <<< "$title" | tr -cs 'a-z0-9\n' '-')
words=${words#-}
page=$(printf '%04d-%s.md' "$number" "${words%-}")

text=$(< template.md)
text=${text/NUMBER/"$number"}
printf '%s\n' "${text/TITLE/"$title"}" > "$page"
printf '%s\n' "- [$number. $title]($page)" >> README.md
echo "docs/adr/$page"
