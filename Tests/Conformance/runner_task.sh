#!/bin/bash
# The child that a worker of the shell's conformance runner gives a task to; see `task` in runner_workflows.sh.
#
#   runner_task.sh FOLDER     what it got goes to FOLDER/told; FOLDER/do says how the task is to end
#
# The runner hands on its function `encode`.
set -u
folder=$1
inputs=()
for need in "${DISTCOORD_INPUTS:-/nowhere}"/*; do
    one=$(basename "$need")
    if [ -f "$need" ]; then inputs+=("$one:$one:succeeded:$(encode < "$need")"); fi
    [ -d "$need" ] || continue
    # Of a group or a map: named after its members, or by their numbers.
    empty=yes
    for member in "$need"/*; do
        [ -f "$member" ] || continue
        empty=no task=$(basename "$member")
        case $task in *[!0-9]*) ;; *) task="$one[$((10#$task))]" ;; esac
        inputs+=("$one*:$task:succeeded:$(encode < "$member")")
    done
    [ $empty = no ] || inputs+=("$one*:::")
done
printf 'OK run=%s name=%s task=%s arguments=%s item=%s index=%s attempt=%s inputs=%s\n' "${DISTCOORD_RUN-}" \
    "${DISTCOORD_STEP-}" "$DISTCOORD_TASK" "$(encode)" "$(printf %s "${DISTCOORD_ITEM-}" | encode)" \
    "${DISTCOORD_INDEX:--1}" "$DISTCOORD_ATTEMPT" "$(IFS=,; echo "${inputs[*]-}")" > "$folder/told"
exec 5<> "$folder/word"
read -r -t 300 word <&5
case $(cat "$folder/do") in
    complete) cat "$folder/result" ;;
    fail) cat "$folder/message" >&2; exit 1 ;;
esac
