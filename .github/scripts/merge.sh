#!/usr/bin/env bash
# Unites the legs' rows (legs/NAME/results/…) of TABLE at SCALE, holds them against what was verified, renders the report and leaves all of it in merged/.
# MEASURED is how the legs ended. The step's output `broken` is true when a complete run is out of a band or a claim fails; merged/issue.md says what.
set -euo pipefail
shopt -s nullglob
fail() { printf '::error::%s\n' "$1"; exit 2; }

folders=()
for leg in legs/*/; do
    found=("$leg"results/*/*.csv)
    ((${#found[@]} == 0)) || folders+=("${leg%/}")
done
((${#folders[@]})) || fail "No leg left a result."

code=0
./build.sh --target="$TABLE" --scale="$SCALE" --merge="$(IFS=,; printf '%s' "${folders[*]}")" || code=$?
((code == 0)) || fail "The rows could not be united."

# A GPU's results lie in a folder of its own.
mapfile -t results < <(for folder in legs/*/results/*/; do basename "$folder"; done | sort -u)
broken=false

# Runs a target that ends with 1 when something does not hold, and keeps what it said of that.
hold() {
    local code=0
    NO_COLOR=1 ./build.sh "$@" > held.log 2>&1 || code=$?
    cat held.log
    ((code <= 1)) || fail "$1 ended with $code."
    ((code == 0)) || {
        broken=true
        # A longer fence than any within.
        printf '### %s\n\n~~~~~~text\n%s\n~~~~~~\n\n' "$*" "$(sed 's/\x1b\[[0-9;]*m//g' held.log | head -c 12000)" >> found.md
    }
}

mkdir -p merged
for one in "${results[@]}"; do
    hold --target=Verify --scale="$one"
    hold --target=Report --scale="$one" --strict-claims
    cp -r "results/$one" merged/
    head -c 300000 "results/$one/REPORT.md" >> "$GITHUB_STEP_SUMMARY"
done

if [[ $MEASURED != success ]]; then
    echo "Not all cells are measured: the next run goes on from here, and judges then." | tee -a "$GITHUB_STEP_SUMMARY"
    broken=false
fi
if [[ $broken == true ]]; then
    { printf 'A band or a claim does not hold in [this run](%s), at commit %s.\n\n' "$RUN_URL" "$GITHUB_SHA"; head -c 60000 found.md; } > merged/issue.md
fi
echo "broken=$broken" >> "$GITHUB_OUTPUT"
