#!/usr/bin/env bash
# gh, as far as the workflows' scripts use it, for their tests: answers from the files in $FAKE_GITHUB/answers, and notes what it was asked.
set -euo pipefail
if [[ $1 != api ]]; then
    echo "$*" >> "$FAKE_GITHUB/requests"
    exit 0
fi

shift
method=GET path='' fields=''
while (($#)); do
    case $1 in
        --method) method=$2; shift ;;
        --input) cat > "$FAKE_GITHUB/sent"; shift ;;
        -f) fields+=" $2"; shift ;;
        --paginate) ;;
        *) path=$1 ;;
    esac
    shift
done
echo "$method $path$fields" >> "$FAKE_GITHUB/requests"
answer=$FAKE_GITHUB/answers/$(tr -c 'A-Za-z0-9\n' _ <<< "$method $path")
[[ -f $answer ]] || { echo "gh: HTTP 404: $method $path" >&2; exit 1; }
cat "$answer"
