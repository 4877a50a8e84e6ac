#!/bin/bash
# The conformance runner of the `distcoord` command (DISTCOORD_COMMAND); README.md has the protocol.
#
# The command holds locks and leaderships for the length of a child, and hands jobs to one. The children here tell this
# script what they got, and then wait for a word from it: a line on a pipe.
set -u
url=$1 namespace=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$(dirname "$0")
# shellcheck source-path=SCRIPTDIR source=runner_meeting.sh
. "$here/runner_meeting.sh"
# shellcheck source-path=SCRIPTDIR source=runner_shared.sh
. "$here/runner_shared.sh"
# shellcheck source-path=SCRIPTDIR source=runner_workflows.sh
. "$here/runner_workflows.sh"
distcoord() { "$DISTCOORD_COMMAND" --url "$url" --namespace "$namespace" "$@"; }

decode() { local text=${1//\\/\\\\}; printf '%b' "${text//%/\\x}"; }
encode() { # standard input
    od -An -v -tu1 -w1 | while read -r byte; do
        if ((byte >= 33 && byte <= 126 && byte != 37)); then printf "\\x$(printf %02x "$byte")"
        else printf '%%%02X' "$byte"; fi
    done
}
argument() { # KEY MISSING: the argument of that key
    local word
    for word in "${words[@]}"; do
        if [[ $word == "$1="* ]]; then decode "${word#*=}"; return; fi
    done
    printf %s "${2-}"
}
wait_options() { # how long to wait, as options of the command
    local wait; wait=$(argument wait)
    case $wait in '' | -*) ;; 0) printf %s -n ;; *) printf %s "--wait ${wait}ms" ;; esac
}
answer_of_exit() { # STATUS [WHAT 1 MEANS]
    case $1 in
        0) echo OK ;; 1) echo "${2-NO}" ;; 64) echo ERROR_INVALID_ARGUMENT ;; 69) echo ERROR_UNREACHABLE ;;
        75) echo TIMED_OUT ;; 77) echo ERROR_NOT_PERMITTED ;; 78) echo ERROR_CONFLICT ;; 79) echo LOST ;;
        *) echo "UNKNOWN_EXIT_$1" ;;
    esac
}

# ---------------------------------------------------------------- children that hold something

# A held thing has a folder with two pipes: `told` for what it got, `word` for what it shall do.
declare -A holders=() folders=()
hold() { # KEY VARIABLE COMMAND...: starts the command with a child that tells VARIABLE and waits; prints nothing
    local key=$1 variable=$2 folder; shift 2
    folder=$(mktemp -d "$work/held-XXXXXX")
    mkfifo "$folder/told" "$folder/word"
    distcoord "$@" -- bash -c '
        printf "%s\n" "${!2}" > "$1/told"
        exec 5<> "$1/word"
        read -r -t 300 word <&5' hold "$folder" "$variable" 2> "$folder/errors" &
    holders[$key]=$! folders[$key]=$folder
    # Either the child tells its number, or the command ends without having started one.
    # A read that times out has taken what was there of the line.
    local part=; told=
    exec 3<> "$folder/told"
    until read -r -t 0.05 part <&3; do
        told+=$part
        kill -0 "${holders[$key]}" 2> /dev/null || { read -r -t 0.05 part <&3; break; }
    done
    told+=$part
    exec 3>&-
    if [ -z "$told" ]; then
        wait "${holders[$key]}"; ended=$?
        unset "holders[$key]"
    fi
}
let_go() { # KEY: lets the child end and waits for the command's exit status
    local key=$1
    if kill -0 "${holders[$key]}" 2> /dev/null; then
        # Opened for both, so that it does not block when the child has just been stopped.
        exec 4<> "${folders[$key]}/word"; echo end >&4
        wait "${holders[$key]}"; ended=$?
        exec 4>&-
    else
        wait "${holders[$key]}"; ended=$?
    fi
    unset "holders[$key]"
}
acquire() { # KIND VARIABLE KEY COMMAND...: answers an acquire or a campaign
    local key="$1 $name" variable=$2 number=$3; shift 3
    if [ -n "${holders[$key]-}" ]; then # the command has one handle per call: a second one waits as anybody does
        if distcoord "$@" -- true 2> /dev/null; then echo "UNEXPECTED"; else answer_of_exit $?; fi
        return
    fi
    hold "$key" "$variable" "$@"
    if [ -n "$told" ]; then echo "OK $number=$told"; else answer_of_exit "$ended"; fi
}

# ---------------------------------------------------------------- requests

field() { # KEY: a number or text of one line of flat JSON on standard input
    sed -n 's/.*"'"$1"'" *: *"\{0,1\}\([^",}]*\).*/\1/p'
}

# Sets `wait` to the options of a request that say for how long to wait.
read_wait() {
    # shellcheck disable=SC2207
    wait=($(wait_options))
}
# Sets `timing` to the options of a request that say for how long to wait and for how long to hold.
read_timing() {
    local wait=()
    read_wait
    timing=("${wait[@]}" --lease "$(argument lease 10000)ms")
}
release() { # KIND: lets go what is held under the name
    if [ -z "${holders["$1 $name"]-}" ]; then echo NOT_HELD; return; fi
    let_go "$1 $name"; answer_of_exit "$ended"
}
state() { # KIND
    if [ -n "${holders["$1 $name"]-}" ]; then echo "OK state=held"; else echo "OK state=free"; fi
}
fields() { # JSON KEY=FIELD...: an answer with these keys
    local json=$1 pair; shift
    printf OK
    for pair in "$@"; do printf ' %s=%s' "${pair%=*}" "$(field "${pair#*=}" <<< "$json")"; done
    echo
}

# What goes on for as long as the session: a command that prints a line for each change.
declare -A streams=()
follow() { # KEY COMMAND...: starts it unless it runs
    local descriptor key=$1; shift
    if [ -n "${streams[$key]-}" ]; then return; fi
    exec {descriptor}< <(exec "$DISTCOORD_COMMAND" --url "$url" --namespace "$namespace" "$@" 2> /dev/null)
    streams[$key]=$descriptor
}
next_line() { # KEY: sets `line` to the next one; fails when none comes in time
    local wait options=(-r -u "${streams[$1]}")
    wait=$(argument wait)
    # One that is to be there already may have to be fetched by a command that has just been started.
    [ -z "$wait" ] || options+=(-t "$(awk -v wait="$wait" 'BEGIN { print (wait < 300 ? 300 : wait) / 1000 }')")
    IFS= read "${options[@]}" line
}

lock() {
    local options=() timing=() shown owner
    owner=$(argument owner)
    case $verb in
        acquire)
            read_timing
            options=(lock run "$name" "${timing[@]}")
            [ "$(argument fair)" != no ] || options+=(--unfair)
            acquire lock DISTCOORD_FENCE fence "${options[@]}" ;;
        leave)
            read_timing
            if shown=$(distcoord lock acquire "$name" --owner "$owner" "${timing[@]}" 2> /dev/null); then
                echo "OK fence=$shown"
            else answer_of_exit $?; fi ;;
        release)
            if [ -z "$owner" ]; then release lock; return; fi
            distcoord lock release "$name" --owner "$owner" 2> /dev/null; answer_of_exit $? NOT_HELD ;;
        state) state lock ;;
        break)
            options=(lock break "$name" -y)
            [ -z "$(argument fence)" ] || options+=(--fence "$(argument fence)")
            distcoord "${options[@]}" 2> /dev/null; answer_of_exit $? NOT_HELD ;;
        show)
            if shown=$(distcoord --json lock show "$name" 2> /dev/null); then
                fields "$shown" fence=fence waiting=waiting owner=owner
            else answer_of_exit $? EMPTY; fi ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

many() {
    local timing=() names=()
    case $verb in
        acquire)
            read_timing
            IFS=, read -r -a names <<< "$name"
            acquire many DISTCOORD_FENCE fence lock run "${names[@]}" "${timing[@]}" ;;
        release) release many ;;
        state) state many ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

rw() {
    local timing=() shown status
    case $verb in
        read | write)
            read_timing
            if [ "$verb" = read ]; then timing+=(--shared); else timing+=(--exclusive); fi
            acquire rw DISTCOORD_FENCE fence lock run "$name" "${timing[@]}" ;;
        release) release rw ;;
        state) state rw ;;
        show)
            shown=$(distcoord --json lock show "$name" --shared 2> /dev/null); status=$?
            if [ $status -gt 1 ]; then answer_of_exit $status; return; fi
            fields "$shown" readers=readers writers=writers waiting=waiting ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

sem() {
    local timing=() shown status
    case $verb in
        acquire)
            read_timing
            acquire sem DISTCOORD_FENCE fence sem run "$name" -j "$(argument permits 1)" --count "$(argument count 1)" \
                "${timing[@]}" ;;
        release) release sem ;;
        state) state sem ;;
        resize) distcoord sem resize "$name" "$(argument to)" > /dev/null 2>&1; answer_of_exit $? ;;
        show)
            shown=$(distcoord --json sem show "$name" 2> /dev/null); status=$?
            if [ $status -gt 1 ]; then answer_of_exit $status; return; fi
            fields "$shown" permits=permits used=used waiting=waiting ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

holds() {
    local options=(--json lock list) shown hold held=()
    case $verb in
        list)
            [ "$(argument stale)" != yes ] || options+=(--stale)
            shown=$(distcoord "${options[@]}" 2> /dev/null) || { answer_of_exit $?; return; }
            while read -r hold; do
                held+=("$(field kind <<< "$hold"):$(field name <<< "$hold")")
            done < <(tr '{' '\n' <<< "$shown" | grep '"kind"')
            echo "OK count=${#held[@]} holds=$(IFS=,; echo "${held[*]}")" ;;
        break)
            distcoord lock break "$name" --kind "$(argument kind lock)" -y 2> /dev/null; answer_of_exit $? NOT_HELD ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

stats() {
    local options=(lock stats "$name" --kind "$(argument kind lock)") shown
    case $verb in
        reset) distcoord "${options[@]}" --reset > /dev/null 2>&1; answer_of_exit $? ;;
        read)
            shown=$(distcoord --json "${options[@]}" 2> /dev/null) || { answer_of_exit $?; return; }
            fields "$shown" acquired=acquired contended=contended timed_out=timed_out lost=lost released=released ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

election() {
    local options=() timing=() shown value
    case $verb in
        campaign)
            if [ -n "${holders["election $name"]-}" ]; then echo UNKNOWN_REQUEST; return; fi
            read_timing
            options=(election run "$name" "${timing[@]}")
            value=$(argument value); [ -z "$value" ] || options+=(--value "$value")
            acquire election DISTCOORD_TERM term "${options[@]}" ;;
        resign)
            if [ -z "${holders["election $name"]-}" ]; then echo NOT_HELD; return; fi
            let_go "election $name"; answer_of_exit "$ended" ;;
        leads)
            if [ -n "${holders["election $name"]-}" ]; then echo "OK leads=yes"; else echo "OK leads=no"; fi ;;
        leader)
            if shown=$(distcoord --json election leader "$name" 2> /dev/null); then
                echo "OK value=$(field value <<< "$shown" | tr -d '\n' | encode) term=$(field term <<< "$shown")" \
                    "candidates=$(field candidates <<< "$shown")"
            else answer_of_exit $? EMPTY; fi ;;
        evict)
            value=$(argument term); [ -z "$value" ] || options=(--term "$value")
            distcoord election evict "$name" "${options[@]}" -y 2> /dev/null; answer_of_exit $? NOT_HELD ;;
        follow)
            value=$(argument value)
            follow "election $name" --json election observe "$name"
            while next_line "election $name"; do
                if [ "$(field term <<< "$line")" = null ]; then
                    if [ -z "$value" ]; then echo OK; return; fi
                elif [ "$(field value <<< "$line")" = "$value" ]; then
                    echo "OK term=$(field term <<< "$line")"; return
                fi
            done
            echo TIMED_OUT ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

# Sets `options` to those of the command for what a request says of a job.
read_job() {
    local pair value
    options=(--attempts "$(argument attempts 4)" --priority "$(argument priority 0)")
    options+=(--backoff "$(argument backoff 1000)ms" --result-ttl "$(argument ttl 600000)ms")
    for pair in task=task type=content-type key=key needs=requires pool=pool worker=worker; do
        value=$(argument "${pair%=*}"); [ -z "$value" ] || options+=("--${pair#*=}" "$value")
    done
    value=$(argument header); [ -z "$value" ] || options+=(--header "${value/:/=}")
    value=$(argument timeout); [ -z "$value" ] || options+=(--timeout "${value}ms")
    value=$(argument patience); [ -z "$value" ] || options+=(--requires-timeout "${value}ms")
}

queue_push() {
    local options=() pair value shown status
    read_job
    options+=(--delay "$(argument delay 0)ms")
    for pair in id=id unique=unique mode=unique-mode policy=on-failure batch=batch; do
        value=$(argument "${pair%=*}"); [ -z "$value" ] || options+=("--${pair#*=}" "$value")
    done
    value=$(argument after); [ -z "$value" ] || options+=(--after "${value//,/$'\n'}")
    shown=$(argument payload | distcoord queue push "$name" - "${options[@]}" 2> "$work/errors"); status=$?
    if [ $status -eq 0 ]; then echo "OK id=$shown"
    elif [ $status -eq 1 ] && [ -n "$shown" ]; then echo "EXISTS id=$shown"
    elif [ $status -eq 1 ] && grep -q 'is known already' "$work/errors"; then echo "EXISTS id=$(argument id)"
    else answer_of_exit $status NOT_FOUND; fi
}

queue_result() {
    local key options=() wait=() shown status
    key=$(argument id)
    read_wait
    options=(--json job wait "$key" --queue "$name" "${wait[@]}")
    shown=$(distcoord "${options[@]}" 2> "$work/errors"); status=$?
    if [ -n "$shown" ]; then
        if [ "$(field state <<< "$shown")" = completed ]; then
            echo "OK state=completed result=$(distcoord job wait "$key" --queue "$name" 2> /dev/null | encode)"
        else
            echo "OK state=$(field state <<< "$shown") result=$(field error <<< "$shown" | tr -d '\n' | encode)" \
                "error=$(field error_type <<< "$shown" | tr -d '\n' | encode)"
        fi
    elif grep -q 'not known' "$work/errors"; then echo NOT_FOUND
    elif grep -q 'no longer kept' "$work/errors"; then echo EXPIRED
    else answer_of_exit $status; fi
}

# What belongs to the queue, and its jobs as others see them.
queue_from_outside() {
    local shown id state options=() wait=()
    id=$(argument id)
    case $verb in
        pause | resume) distcoord queue "$verb" "$name" > /dev/null 2>&1; answer_of_exit $? ;;
        limit_keys) distcoord queue limit "$name" --key-limit "$(argument to)" > /dev/null 2>&1; answer_of_exit $? ;;
        list)
            shown=$(distcoord --json job list "$name" --state "$(argument state waiting)" 2> /dev/null) ||
                { answer_of_exit $?; return; }
            shown=$(tr '{' '\n' <<< "$shown" | grep '"queue"' | field id | paste -s -d ,)
            echo "OK count=$(tr ',' '\n' <<< "$shown" | grep -c .) ids=$shown" ;;
        inspect)
            shown=$(distcoord --json job show "$id" --queue "$name" 2> /dev/null) ||
                { answer_of_exit $? NOT_FOUND; return; }
            fields "$shown" state=state task=task priority=priority attempt=attempt unique=unique key=key batch=batch \
                waits_for=waits_for ;;
        cancel)
            distcoord job cancel "$id" --queue "$name" --reason "$(argument reason)" > /dev/null 2> "$work/errors"
            case $? in
                0) if grep -q 'runs' "$work/errors"; then echo "OK runs=yes"; else echo "OK runs=no"; fi ;;
                *) if grep -q 'ended already' "$work/errors"; then echo EXPIRED; else echo NOT_FOUND; fi ;;
            esac ;;
        promote) distcoord job promote "$id" --queue "$name" > /dev/null 2>&1; answer_of_exit $? NOT_FOUND ;;
        purge)
            state=$(argument state dead)
            shown=$(distcoord queue purge "$name" --state "${state/completed/ended}" -y 2> /dev/null) ||
                { answer_of_exit $?; return; }
            echo "OK count=$shown" ;;
        batch_seal) distcoord batch seal "$name" "$id" > /dev/null 2>&1; answer_of_exit $? ;;
        batch_wait)
            read_wait
            distcoord batch wait "$name" "$id" "${wait[@]}" --progress none > /dev/null 2> "$work/errors"
            if grep -q 'not known' "$work/errors"; then echo NOT_FOUND; return; fi
            if grep -q 'not done' "$work/errors"; then printf TIMED_OUT; else printf OK; fi
            shown=$(distcoord --json batch show "$name" "$id" 2> /dev/null)
            shown=${shown//true/yes}
            fields "${shown//false/no}" total=total completed=completed failed=failed cancelled=cancelled \
                sealed=sealed | sed 's/^OK//' ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

queue_schedule() {
    local options=() shown every
    case $verb in
        schedule)
            if [ -n "$(argument cron)" ]; then options=(--cron "$(argument cron)" --tz "$(argument zone UTC)")
            else options=(--every "$(argument every 0)ms"); fi
            argument payload | distcoord schedule set "$(argument as)" "$name" - "${options[@]}" > /dev/null 2>&1
            answer_of_exit $? ;;
        schedule_remove)
            distcoord schedule remove "$(argument as)" "$name" > /dev/null 2>&1; answer_of_exit $? NOT_FOUND ;;
        schedules)
            shown=$(distcoord --json schedule list "$name" 2> /dev/null) || { answer_of_exit $?; return; }
            every=$(field every_seconds <<< "$shown")
            echo "OK count=$(tr '{' '\n' <<< "$shown" | grep -c '"name"') name=$(field name <<< "$shown")" \
                "every=$(awk -v seconds="${every/null/0}" 'BEGIN { print seconds * 1000 }')" \
                "cron=$(field cron <<< "$shown" | sed s/null// | tr -d '\n' | encode)" ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

queue() {
    local shown key
    case $verb in
        push) queue_push ;;
        result) queue_result ;;
        push_many)
            shown=$(for ((i = 0; i < $(argument count 0); i++)); do echo "$(argument prefix)$i"; done |
                distcoord queue push "$name" --lines 2> /dev/null) || { answer_of_exit $?; return; }
            echo "OK count=$(wc -l <<< "$shown" | tr -d ' ')" ;;
        counts)
            shown=$(distcoord --json queue show "$name" 2> /dev/null) || { answer_of_exit $?; return; }
            printf OK
            for key in waiting delayed active dead completed failed claimers blocked unserved cancelled; do
                printf ' %s=%s' "$key" "$(field "$key" <<< "$shown")"
            done
            echo ;;
        schedule*) queue_schedule ;;
        *) queue_from_outside ;;
    esac
}

while IFS= read -r line; do
    # shellcheck disable=SC2206
    set -f; words=($line); set +f
    [ ${#words[@]} -gt 0 ] || continue
    verb=${words[0]#*.}
    name=; [ ${#words[@]} -lt 2 ] || name=$(decode "${words[1]}")
    case ${words[0]} in
        lock.*) lock ;; many.*) many ;; rw.*) rw ;; sem.*) sem ;; holds.*) holds ;; stats.*) stats ;;
        election.*) election ;; barrier.*) barrier ;; latch.*) latch ;; event.*) event ;; double.*) double ;;
        group.*) group ;; state.*) shared ;; channel.*) channel ;; topic.*) topic ;; breaker.*) breaker ;;
        limit.*) limit ;; queue.*) queue ;; wf.*) graph ;; run.*) run ;; artifact.*) artifact ;; task.*) task ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
done
