#!/usr/bin/env bash
# What a leg leaves, however it ended, into rows/: its tables to be merged, and its finished cells for a later run to go on from.
set -euo pipefail
shopt -s nullglob
mkdir -p rows
for file in results/"$SCALE"/*.csv results/"$SCALE"-*/*.csv; do
    # Not the files that results are held against.
    [[ $file == *.verified.csv || $file == *.bands.csv ]] || install -D -m 644 "$file" "rows/$file"
done
for file in artifacts/runs/*/*.csv artifacts/runs/*/cell.json; do
    install -D -m 644 "$file" "rows/${file#artifacts/}"
done
echo "$(find rows -name row.csv | wc -l) cells kept."
