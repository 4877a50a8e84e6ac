#!/bin/sh
# The word count's member in shell: candidate, worker and reducer. worker.py says what each member does.
#
#   worker.sh             the member
#   worker.sh lead        what it does while it leads
#   worker.sh count       what it does with a job: payload on stdin, result on stdout
#   worker.sh report FILE what it does under the lock
set -eu
LC_ALL=C
export LC_ALL

announce() {
    echo "$DEMO_NAME $*" >>"$DEMO_EVENTS"
}

chunks=$(ls "$DEMO_CHUNKS")
chunk_count=$(echo "$chunks" | wc -l)

# jobs STATE: how many jobs are in it, from the queue's JSON.
jobs() {
    distcoord --json queue show words | tr ',{}' '\n' | sed -n "s/^ *\"$1\" *: *\([0-9][0-9]*\) *\$/\1/p"
}

lead() {
    pushed=0
    if [ $(($(jobs waiting) + $(jobs delayed) + $(jobs active) + $(jobs completed))) -lt "$chunk_count" ]; then
        for chunk in $chunks; do
            # An id that is known already is the next leader's normal case, not a failure.
            if distcoord queue push words --task count --id "$chunk" - <"$DEMO_CHUNKS/$chunk" >/dev/null 2>&1; then
                pushed=$((pushed + 1))
            fi
        done
    fi
    announce leads "$DISTCOORD_TERM" "$pushed"
}

count() {
    announce claims "$DISTCOORD_JOB_ID" "$DISTCOORD_ATTEMPT"
    [ -z "${DEMO_STALL:-}" ] || sleep 3600
    sleep "$DEMO_PACE"
    result=$(tr 'A-Z' 'a-z' | tr -cs 'a-z' '\n' | sed '/^$/d' | sort | uniq -c |
        awk -v by="$DEMO_NAME" -v attempt="$DISTCOORD_ATTEMPT" '
            BEGIN { printf "{\"by\":\"%s\",\"attempt\":%d,\"words\":{", by, attempt }
            { printf "%s\"%s\":%d", (NR > 1 ? "," : ""), $2, $1 }
            END { print "}}" }')
    printf '%s' "$result"
    announce completes "$DISTCOORD_JOB_ID" "$(
        echo "${result#*words}" | tr -cs '0-9' '\n' | awk '{ n += $1 } END { print n + 0 }'
    )"
}

# The words of this part out of all results, one "word count" a line.
reduce() {
    for chunk in $chunks; do
        distcoord job wait "$chunk" --queue words --timeout 10
        echo
    done | sed 's/.*"words":{//' | tr -d '{}"' | tr ',' '\n' | tr ':' ' ' |
        awk -v part="$DEMO_PART" -v parts="$DEMO_PARTS" '
            BEGIN { for (i = 0; i < 26; i++) place[substr("abcdefghijklmnopqrstuvwxyz", i + 1, 1)] = i }
            NF == 2 && place[substr($1, 1, 1)] % parts == part { total[$1] += $2 }
            END { for (word in total) print word, total[word] }'
}

report() {
    read -r fence total <"$DEMO_REPORT"
    if [ "$fence" -ge "$DISTCOORD_FENCE" ]; then
        echo "$DEMO_NAME: the report was written under fence $fence, mine is $DISTCOORD_FENCE" >&2
        exit 79
    fi
    mine=$(awk '{ n += $2 } END { print n + 0 }' "$1")
    {
        echo "$DISTCOORD_FENCE $((total + mine))"
        sed 1d "$DEMO_REPORT"
        cat "$1"
    } >"$1.report"
    cat "$1.report" >"$DEMO_REPORT"
    announce reports "$DISTCOORD_FENCE" "$(wc -l <"$1")"
}

case ${1:-} in
lead) lead ;;
count) count ;;
report) report "$2" ;;
'')
    distcoord barrier wait start --parties "$DEMO_MEMBERS" --timeout 30s
    distcoord election run splitter -- "$0" lead
    while [ "$(jobs completed)" -lt "$chunk_count" ]; do
        distcoord worker run words --burst --lease "${DEMO_LEASE}s" -- "$0" count
        sleep 0.1
    done
    distcoord barrier wait counted --parties $((DEMO_PARTS + 1)) --timeout 30s
    mine=$(mktemp "$DEMO_SCRATCH/share.XXXXXX")
    reduce >"$mine"
    distcoord lock report -- "$0" report "$mine"
    ;;
*)
    echo "usage: $0 [lead|count|report FILE]" >&2
    exit 64
    ;;
esac
