#!/usr/bin/env bash
# Kills a small table's run before each of its changes to a file, one after the other, lets it go on, and compares the result with an undisturbed
# run, byte for byte.   tests/Kills/kill-at-writes.sh [EVERY=1: only every so many changes] [arguments of the build ...]
# Needs a built repository (./build.sh --target=Setup) and a C compiler; works in a temporary folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
every=${1:-1}
shift $(($# < 1 ? $# : 1))
arguments=(--target=Table1 --rows=lora,safe --columns=rte --jobs=1 "$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -shared -fPIC -O1 -o "$work/kill_at_write.so" tests/Kills/kill_at_write.c -ldl

prepare() {
    rm -rf "$work/run"
    mkdir -p "$work/run/artifacts"
    cp -r experiments SafeTune.slnx "$work/run/"
    ln -s "$work/world"/* "$work/run/artifacts/" 2> /dev/null || true
}

run() { (cd "$work/run" && env "$@" dotnet "$work/program/Build.dll" "${arguments[@]}" >> "$work/log.txt" 2>&1); }

cp -r artifacts/bin/Build/release "$work/program"
mkdir "$work/world"
prepare
run KILL_BELOW="$work/run" LD_PRELOAD="$work/kill_at_write.so" KILL_COUNT="$work/count"
# The generated data is the same in every run.
mv "$work/run/artifacts"/world-* "$work/world/"
cp "$work/run/results/smoke/table1.csv" "$work/undisturbed.csv"
changes=$(sort -n "$work/count" | tail -n 1)
echo "an undisturbed run changes files $changes times"
killed=0
for ((at = 1; at <= changes; at += every)); do
    prepare
    if run KILL_BELOW="$work/run" LD_PRELOAD="$work/kill_at_write.so" KILL_AT="$at"; then
        continue
    fi
    killed=$((killed + 1))
    run SAME=1 || { echo "change $at: the run does not go on"; tail -n 5 "$work/log.txt"; exit 1; }
    cmp "$work/undisturbed.csv" "$work/run/results/smoke/table1.csv" || { echo "change $at"; exit 1; }
done
echo "equal after each of $killed kills"
