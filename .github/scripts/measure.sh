#!/usr/bin/env bash
# One leg: the cells of TARGET, SCALE, SHARD and SEEDS that the rows in earlier/ lack.
set -euo pipefail

# Without a driver torch would go on, on the CPU.
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv

# The committed rows are another machine's, and would pass for this leg's. That they are gone is no change of the code.
git ls-files -z "results/$SCALE" "results/$SCALE-*" | xargs -0r git update-index --skip-worktree
rm -rf "results/$SCALE" results/"$SCALE"-*
if [[ -d earlier/runs ]]; then
    mkdir -p artifacts/runs
    cp -r earlier/runs/. artifacts/runs/
fi

code=0
./build.sh --target="$TARGET" --scale="$SCALE" --shard="$SHARD" ${SEEDS:+"--seeds=$SEEDS"} || code=$?
# 1: a cell failed, and its row says so.
((code == 0 || code == 1)) || exit "$code"
