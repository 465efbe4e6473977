#!/usr/bin/env bash
# Kills a table's run with SIGKILL at random moments, lets it go on each time, and compares the result with an undisturbed run, byte for byte.
#   tests/Kills/kill-at-random.sh [KILLS=50] [TABLE=Table1] [more arguments of the build ...]
# Needs a built repository (./build.sh --target=Setup); works on two copies of it in a temporary folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
kills=${1:-50} target=${2:-Table1}
shift $(($# < 2 ? $# : 2))
arguments=("--target=$target" "$@")
table=${target,,}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

prepare() {
    mkdir -p "$work/$1"
    cp -r experiments SafeTune.slnx "$work/$1/"
    cp -r artifacts/bin/Build/release "$work/$1/program"
}

# In a process group of its own, so that build and workers die together.
start() { (cd "$work/$1" && exec setsid dotnet program/Build.dll "${arguments[@]}" >> log.txt 2>&1) & }

prepare undisturbed
start undisturbed
began=$SECONDS
wait $! || true
whole=$((SECONDS - began))
echo "undisturbed: $whole s"

prepare killed
for ((i = 1; i <= kills; i++)); do
    start killed
    run=$!
    # Anywhere in the first fifth of the whole or so: early enough that the kills do not outlast the run.
    sleep "$(awk -v most="$whole" -v kills="$kills" -v seed="$RANDOM" 'BEGIN { srand(seed); print 1 + rand() * (4 * most / kills + 4) }')"
    if ! kill -0 $run 2> /dev/null; then
        echo "done after $((i - 1)) kills: the rest had nothing to kill"
        break
    fi
    kill -KILL -- -"$run" 2> /dev/null || true
    wait $run 2> /dev/null || true
done
start killed
wait $! || true
for file in "$table.csv" "$table.layers.csv"; do
    cmp "$work/undisturbed/results/smoke/$file" "$work/killed/results/smoke/$file" || exit 1
done
echo "equal after $((i - 1)) kills"
