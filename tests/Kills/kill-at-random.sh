#!/usr/bin/env bash
# Kills a table's run with SIGKILL at random moments, lets it go on each time, and compares the result with an undisturbed run, byte for byte;
# a table that is done before the last kill begins anew.
#   tests/Kills/kill-at-random.sh [KILLS=50] [TABLE=Table1] [more arguments of the build ...]
# Needs a built repository (./build.sh --target=Setup); works on two copies of it in a temporary folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
kills=${1:-50} target=${2:-Table1}
shift $(($# < 2 ? $# : 2))
arguments=("--target=$target" "$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

prepare() {
    mkdir -p "$work/$1/artifacts"
    cp -r experiments SafeTune.slnx "$work/$1/"
    cp -r artifacts/bin/Build/release "$work/$1/program"
}

# In a process group of its own, so that build and workers die together.
start() { (cd "$work/$1" && exec setsid dotnet program/Build.dll "${arguments[@]}" "${@:2}" >> log.txt 2>&1) & }

finish() { start "$@"; wait $! || { tail -n 5 "$work/$1/log.txt"; exit 1; }; }

compare() {
    for file in "$work"/undisturbed/results/*/*.csv; do
        [[ $file == *.runs.csv ]] || cmp "$file" "${file/undisturbed/killed}"
    done
}

prepare undisturbed
finish undisturbed --list
began=$SECONDS
finish undisturbed
whole=$((SECONDS - began))
echo "undisturbed: $whole s"

prepare killed
tables=1
for ((killed = 0; killed < kills;)); do
    # The first kills hit the generated data, which begins anew each time; the others find it made.
    ((killed != 3)) || mv -n "$work"/undisturbed/artifacts/world-? "$work/killed/artifacts/" 2> /dev/null || true
    start killed
    sleep "$(awk -v most="$whole" -v kills="$kills" -v seed="$RANDOM" 'BEGIN { srand(seed); print 1 + rand() * (4 * most / kills + 4) }')"
    kill -KILL -- -$! 2> /dev/null || true
    ended=0
    wait $! 2> /dev/null || ended=$?
    if ((ended == 137)); then
        killed=$((killed + 1))
    elif ((ended == 0)); then
        compare
        rm -rf "$work/killed/artifacts/runs" "$work/killed/results"
        tables=$((tables + 1))
    else
        echo "it does not go on after $killed kills"; tail -n 5 "$work/killed/log.txt"; exit 1
    fi
done
finish killed
compare
echo "equal after $killed kills in $tables tables, $SECONDS s"
