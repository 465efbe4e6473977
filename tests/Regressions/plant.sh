#!/usr/bin/env bash
# Plants regressions in the code and in result files, one after the other, and requires that --target=Regression ends with 3 and names each of them,
# and that it ends with 0 for an unchanged tree.   tests/Regressions/plant.sh [COMMENTS: folder that keeps each comment]
# Needs a built repository (./build.sh --target=Setup); works on a clone of its HEAD in a temporary folder. About a quarter of an hour.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p "${1:-artifacts/regressions}"
comments=$(realpath "${1:-artifacts/regressions}") patches=$PWD/tests/Regressions
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q --shared . "$work/tree"
mkdir "$work/tree/artifacts"
cp -r artifacts/{bin,obj,stack.props} "$work/tree/artifacts/"
cd "$work/tree"
results=results/smoke

build() { dotnet build build/Build.csproj -c Release -v quiet -nologo > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }

target() { NO_COLOR=1 dotnet artifacts/bin/Build/release/Build.dll "--target=$1" "${@:2}" > "$work/log" 2>&1; }

# The committed bands stay: without them nothing says how far a training loss scatters.
measure() {
    find $results -type f ! -name '*.bands.csv' -delete
    rm -rf artifacts/runs
    target Table1 --rows=lora,safe --columns=rte,mrpc --seeds=1 || { cat "$work/log"; exit 1; }
}

failed=0
# expect NAME CODE PATTERN: how the comparison with the baseline must end, and what must stand in its comment.
expect() {
    local name=$1 code=$2 pattern=$3 found=0
    target Regression --baseline="$work/baseline" --output="$comments/$name.md" || found=$?
    if ((found == code)) && grep -qE "$pattern" "$comments/$name.md"; then
        echo "ok: $name: $(sed -n 2p "$comments/$name.md")"
    else
        echo "NOT CAUGHT: $name: exit code $found for $code, or no line with '$pattern': $comments/$name.md"
        failed=1
    fi
}

# in_results NAME PATTERN SED: one edit of the results.
in_results() {
    cp $results/table1.csv "$work/table1.csv"
    sed -i -E "$3" $results/table1.csv
    ! cmp -s $results/table1.csv "$work/table1.csv" || { echo "$1 changes nothing"; exit 1; }
    expect "$1" 3 "$2"
    cp "$work/table1.csv" $results/table1.csv
}

build
measure
cp -r $results "$work/baseline"
for again in 1 2 3 4 5; do
    measure
    expect "unchanged-$again" 0 '^\*\*No regression: [0-9]+ same\*\*'
done

in_results row-deleted 'missing.*`mrpc`.*`f1`' '/,lora,mrpc,1,f1,/d'
in_results value-not-a-number 'missing.*`f1`.*not a finite number' 's/(,lora,mrpc,1,f1),[^,]*/\1,NaN/'
cp "$work/baseline/table1.csv" "$work/table1.csv"
sed -i -E 's/(,lora,mrpc,1,f1),[^,]*/\1,99/' "$work/baseline/table1.csv"
expect baseline-edited 3 'worse.*`mrpc`.*`f1` \| 99 '
cp "$work/table1.csv" "$work/baseline/table1.csv"

cp $results/table1.csv $results/table1.verified.csv
target Verify --scale=smoke || true
sed -i -E 's/(,lora,mrpc,1,f1),[^,]*/\1,99/' $results/table1.verified.csv
found=0
target Verify --scale=smoke || found=$?
if ((found == 1)) && grep -qE 'worse: lora on mrpc, seed 1 .*: f1 was 99' "$work/log"; then echo "ok: verified-edited: $(grep -m 1 worse: "$work/log")"; else cat "$work/log"; failed=1; fi

# plant NAME PATTERN: one patch of the code.
plant() {
    git apply "$patches/$1.patch"
    build
    measure
    expect "$1" 3 "$2"
    git checkout -q src
}

plant dropout-doubled 'worse.*`train_loss`'
plant block-leaks 'worse.*`lora`.*`memory_before_bytes`.*exact'
plant optimizer-remembers 'worse.*`lora\+safe`.*`memory_after_bytes`.*exact'
exit $failed
