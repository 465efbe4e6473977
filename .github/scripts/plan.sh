#!/usr/bin/env bash
# The legs of a reproduction (TABLE, SCALE, SEEDS, SHARDS), from the build's own list, as the step's output `matrix`. Each leg gets the name of its
# artifact (`rows`) and the run whose rows it goes on from (`resume`): the last one that has the artifact, unless that run finished.
set -euo pipefail
fail() { printf '::error::%s\n' "$1"; exit 2; }

# Not --seeds with nothing behind it: that is an error to the build.
./build.sh --target=Matrix --scale="$SCALE" --shards="$SHARDS" ${SEEDS:+"--seeds=$SEEDS"} | tee plan.log
legs=$(grep '^{"include":' plan.log | jq -c --arg table "$TABLE" '[.include[] | select($table == "All" or .target == $table)
    | .rows = "rows-\(.scale)-\(.target)-\(.shard | sub("/"; "-of-"))"]') || fail "The build printed no matrix."
[[ $legs != '[]' ]] || fail "$TABLE has no cells at scale $SCALE."

# By event and repository, since the workflow file of a pull request can name any branch and leave any artifact.
runs=$(gh api "repos/$GITHUB_REPOSITORY/actions/workflows/reproduce.yml/runs?status=completed&per_page=20" | jq -r --arg here "$GITHUB_REPOSITORY" --arg branch "$GITHUB_REF_NAME" '
    .workflow_runs[] | select((.event == "schedule" or .event == "workflow_dispatch") and .head_repository.full_name == $here and .head_branch == $branch)
    | "\(.id) \(.conclusion)"')
while read -r run conclusion; do
    [[ -n $run ]] || continue
    left=$(gh api --paginate "repos/$GITHUB_REPOSITORY/actions/runs/$run/artifacts?per_page=100" | jq -cs '[.[].artifacts[] | select(.expired | not) | .name]')
    # Newest first, so a leg's first answer stands.
    [[ $conclusion == success ]] && from="" || from=$run
    legs=$(jq -c --argjson left "$left" --arg from "$from" 'map(if .resume == null and (.rows | IN($left[])) then .resume = $from else . end)' <<< "$legs")
done <<< "$runs"
matrix=$(jq -c '{include: map(.resume //= "")}' <<< "$legs")
jq -r '.include[] | "\(.target) \(.shard): \(.cells) cells" + if .resume == "" then "" else ", going on from run \(.resume)" end' <<< "$matrix"
echo "matrix=$matrix" >> "$GITHUB_OUTPUT"
