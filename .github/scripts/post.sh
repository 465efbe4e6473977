#!/usr/bin/env bash
# Posts a Markdown file once, and from then on updates what it posted, which it knows again by a hidden marker.
#   post.sh comment FILE        on the open pull request into BASE_BRANCH whose head is HEAD_BRANCH of HEAD_REPOSITORY at HEAD_SHA
#   post.sh issue FILE TITLE    as an issue
set -euo pipefail
kind=$1 file=$2 title=${3:-}
repository=repos/$GITHUB_REPOSITORY

# GitHub's limit is 65,536 characters.
(($(wc -m < "$file") <= 65000)) || { echo "::error::$file is too long to be posted."; exit 2; }

# Anyone can write the marker: only what a workflow wrote is ours. Pages come as arrays one after the other.
ours() { jq -rs --arg marker "$1" '[add[]? | select(.user.login == "github-actions[bot]" and .pull_request == null and (.body // "" | contains($marker)))][0] // empty | .'"$2"; }

# The request's body: the file, with its marker in front when it lacks it.
body() { jq -Rs --arg marker "$1" --arg title "$title" '{body: (if contains($marker) then . else "\($marker)\n\(.)" end)} + if $title == "" then {} else {$title} end' "$file"; }

send() { gh api --method "$1" "$2" --input - | jq -r .html_url; }

case $kind in
    comment)
        marker='<!-- safetune-regression -->'
        number=$(gh api --method GET "$repository/pulls" -f state=open -f base="$BASE_BRANCH" -f head="${HEAD_REPOSITORY%%/*}:$HEAD_BRANCH" |
            jq -r --arg sha "$HEAD_SHA" --arg from "$HEAD_REPOSITORY" '[.[] | select(.head.sha == $sha and .head.repo.full_name == $from)][0] // empty | .number')
        if [[ -z $number ]]; then
            echo "::notice::No open pull request has $HEAD_SHA as its head any more, so nothing is posted."
            exit 0
        fi
        comment=$(gh api --paginate "$repository/issues/$number/comments?per_page=100" | ours "$marker" id)
        if [[ -n $comment ]]; then
            body "$marker" | send PATCH "$repository/issues/comments/$comment"
        else
            body "$marker" | send POST "$repository/issues/$number/comments"
        fi
        ;;
    issue)
        marker='<!-- safetune-reproduction -->'
        number=$(gh api --paginate "$repository/issues?state=open&per_page=100" | ours "$marker" number)
        if [[ -n $number ]]; then
            body "$marker" | send PATCH "$repository/issues/$number"
        else
            body "$marker" | send POST "$repository/issues"
        fi
        ;;
    *)
        echo "::error::post.sh takes comment or issue, not '$kind'."
        exit 2
        ;;
esac
