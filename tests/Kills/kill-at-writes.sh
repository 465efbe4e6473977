#!/usr/bin/env bash
# Kills a small table's run at each of its changes to a file, one after the other, lets it go on, and compares the result with an undisturbed
# run, byte for byte.   tests/Kills/kill-at-writes.sh [EVERY=1: only every so many changes] [arguments of the build instead of those below ...]
# Needs a built repository (./build.sh --target=Setup) and a C compiler; works in a temporary folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
every=${1:-1}
shift $(($# < 1 ? $# : 1))
# Three checkpoints, of which the first makes room, and a block that freezes between them.
(($# > 0)) || set -- --target=Table1 --rows=safe --columns=cola --epochs=3 --max-train=96
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -shared -fPIC -O1 -o "$work/kill_at_write.so" tests/Kills/kill_at_write.c -ldl
mkdir -p "$work/run"
cp -r experiments SafeTune.slnx "$work/run/"
cp -r artifacts/bin/Build/release "$work/run/program"

# From nothing but the generated data, which is the same in every run.
fresh() { rm -rf "$work/run/artifacts/runs" "$work/run/results"; }

run() { (cd "$work/run" && env "$@" dotnet program/Build.dll --jobs=1 "${arguments[@]}" >> "$work/log.txt" 2>&1); }

watched() { run KILL_BELOW="$work/run" LD_PRELOAD="$work/kill_at_write.so" "$@"; }

fail() { echo "change $at: $1"; tail -n 5 "$work/log.txt"; exit 1; }

arguments=("$@")
run PLAIN=1
fresh
watched KILL_COUNT="$work/count"
cp -r "$work/run/results" "$work/undisturbed"
changes=$(sort -n "$work/count" | tail -n 1)
echo "an undisturbed run changes files $changes times"
killed=0
for ((at = 1; at <= changes; at += every)); do
    fresh
    ended=0
    watched KILL_AT="$at" || ended=$?
    ((ended == 137)) || fail "not killed, but ended with $ended"
    killed=$((killed + 1))
    run PLAIN=1 || fail "the run does not go on"
    for file in "$work"/undisturbed/*/table*.csv; do
        [[ $file == *.runs.csv ]] || cmp "$file" "${file/undisturbed/run\/results}" || fail "another result"
    done
done
echo "equal after each of $killed kills, in $SECONDS s"
