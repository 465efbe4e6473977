#!/usr/bin/env bash
# take-results.sh FOLDER: the CSV files of the artifact `regression` of the run RUN_ID, as FOLDER/base/*.csv and FOLDER/head/*.csv.
# The artifact is a stranger's. Nothing is unpacked: an entry with exactly the expected name is read and written to a file that we name; anything
# else refuses the whole. Sets the step's output `found`; a run that left no artifact is not an error.
set -euo pipefail
to=$1
most_files=20 most_bytes=5000000

refuse() { printf '::error::The artifact is refused: %s.\n' "$1"; exit 2; }

found=$(gh api "repos/$GITHUB_REPOSITORY/actions/runs/$RUN_ID/artifacts?name=regression" | jq -r '[.artifacts[] | select(.expired | not)][0] // empty | "\(.id) \(.size_in_bytes)"')
if [[ -z $found ]]; then
    echo "::notice::The run left no artifact 'regression', so there is nothing to post; its log says why."
    echo "found=false" >> "$GITHUB_OUTPUT"
    exit 0
fi

read -r id bytes <<< "$found"
((bytes <= most_bytes)) || refuse "it has $bytes bytes, more than $most_bytes"
zip=$(mktemp)
trap 'rm -f "$zip"' EXIT
gh api "repos/$GITHUB_REPOSITORY/actions/artifacts/$id/zip" > "$zip"
names=$(unzip -Z1 "$zip" 2> /dev/null) || refuse "it is empty or no zip file"
mapfile -t names <<< "$names"
((${#names[@]} <= most_files)) || refuse "it has ${#names[@]} files, more than $most_files"
[[ -z $(printf '%s\n' "${names[@]}" | sort | uniq -d) ]] || refuse "it has a file twice"
# Permissions start with the kind of file.
! unzip -Z -s "$zip" | grep -qE '^[^-d][-rwxsStT]{9} ' || refuse "it has something other than plain files"
for name in "${names[@]}"; do
    [[ $name =~ ^(base|head)/([a-z0-9]+(\.[a-z0-9]+)*\.csv)?$ ]] || refuse "it has a file that is not base/NAME.csv or head/NAME.csv"
done

rm -rf "$to"
mkdir -p "$to/base" "$to/head"
for name in "${names[@]}"; do
    [[ $name != */ ]] || continue
    unpacked=0
    unzip -p "$zip" "$name" 2> /dev/null | head -c $((most_bytes + 1)) > "$to/$name" || unpacked=$?
    (($(stat -c %s "$to/$name") <= most_bytes)) || refuse "$name has more than $most_bytes bytes"
    ((unpacked == 0)) || refuse "$name is damaged"
done
for side in base head; do
    compgen -G "$to/$side/*.csv" > /dev/null || refuse "there are no results in $side/"
done
echo "found=true" >> "$GITHUB_OUTPUT"
