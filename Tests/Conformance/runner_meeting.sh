# shellcheck shell=bash disable=SC2154
# What the shell's conformance runner does with barriers, latches, events, double barriers and groups.

barrier() {
    local shown status options=() wait=() action
    case $verb in
        wait)
            options=(barrier wait "$name" --parties "$(argument parties 1)")
            action=$(argument action)
            if [ "$action" = ok ]; then options+=(--action 'echo acted'); fi
            if [ "$action" = fail ]; then options+=(--action 'echo acted; exit 1'); fi
            read_wait; options+=("${wait[@]}")
            shown=$(distcoord "${options[@]}" 2> "$work/errors"); status=$?
            if [ $status -eq 0 ]; then
                printf 'OK index=%s' "$shown"
                if [ -z "$action" ]; then echo; elif grep -q '^acted' "$work/errors"; then echo " acted=yes"
                else echo " acted=no"; fi
            elif [ $status -eq 75 ] && ! grep -q 'not all' "$work/errors"; then echo BROKEN
            else answer_of_exit $status; fi ;;
        abort | reset) distcoord barrier "$verb" "$name" 2> /dev/null; answer_of_exit $? ;;
        show)
            shown=$(distcoord --json barrier show "$name" 2> /dev/null); status=$?
            if [ $status -gt 1 ]; then answer_of_exit $status; return; fi
            if [ $status -eq 1 ]; then status=yes; else status=no; fi
            fields "$shown" waiting=waiting generation=generation | sed "s/\$/ broken=$status/" ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

# A session's handle keeps the count that it first got.
declare -A latch_counts=()
latch() {
    local options=() wait=() shown status count
    count=$(argument count "${latch_counts[$name]-}")
    latch_counts[$name]=$count
    [ -z "$count" ] || options=(--count "$count")
    case $verb in
        count_down)
            if shown=$(distcoord latch count-down "$name" "${options[@]}" --by "$(argument by 1)" 2> /dev/null); then
                echo "OK left=$shown"
            else answer_of_exit $? NOT_FOUND; fi ;;
        wait)
            read_wait
            distcoord latch wait "$name" "${options[@]}" "${wait[@]}" 2> "$work/errors"; status=$?
            if grep -q 'was reset' "$work/errors"; then echo BROKEN; else answer_of_exit $status; fi ;;
        count)
            shown=$(distcoord latch show "$name" "${options[@]}" 2> /dev/null); status=$?
            if [ -n "$shown" ]; then echo "OK left=$shown"; else answer_of_exit $status NOT_FOUND; fi ;;
        reset) distcoord latch reset "$name" --count "$(argument to "$count")" 2> /dev/null; answer_of_exit $? ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

event() {
    local wait=()
    case $verb in
        set | clear) distcoord event "$verb" "$name" 2> /dev/null; answer_of_exit $? ;;
        show)
            distcoord event show "$name" > /dev/null 2>&1
            case $? in 0) echo "OK set=yes" ;; 1) echo "OK set=no" ;; *) answer_of_exit $? ;; esac ;;
        wait) read_wait; distcoord event wait "$name" "${wait[@]}" 2> /dev/null; answer_of_exit $? ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

# What the end of the holder of a party means.
answer_of_party() { # STATUS
    if [ "$1" -eq 75 ] && grep -q 'broken' "${folders["double $name"]}/errors"; then echo BROKEN
    else answer_of_exit "$1"; fi
}
double() {
    local timing=() shown key="double $name"
    case $verb in
        enter)
            if [ -n "${holders[$key]-}" ]; then echo EXISTS; return; fi
            read_timing
            hold "$key" DISTCOORD_PARTY double-barrier run "$name" --parties "$(argument parties 1)" \
                --on-death "$(argument death break)" "${timing[@]}"
            if [ -n "$told" ]; then echo "OK index=$told"; else answer_of_party "$ended"; fi ;;
        leave)
            # How long it waits for the others was said when it entered.
            if [ -z "${holders[$key]-}" ]; then echo NOT_HELD; return; fi
            let_go "$key"; answer_of_party "$ended" ;;
        abort) distcoord double-barrier abort "$name" 2> /dev/null; answer_of_exit $? ;;
        state)
            if [ -z "${holders[$key]-}" ]; then echo "OK state=outside"
            elif kill -0 "${holders[$key]}" 2> /dev/null; then echo "OK state=inside"
            else echo "OK state=lost"; fi ;;
        show)
            shown=$(distcoord --json double-barrier show "$name" 2> /dev/null) || { answer_of_exit $?; return; }
            fields "$shown" inside=inside left=left parties=parties round=round ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

group() {
    local options=() shown member members=() value key="group $name"
    case $verb in
        join)
            if [ -n "${holders[$key]-}" ]; then echo OK; return; fi
            options=(--lease "$(argument lease 10000)ms")
            value=$(argument id); [ -z "$value" ] || options+=(--id "$value")
            value=$(argument value); [ -z "$value" ] || options+=(--value "$value")
            hold "$key" DISTCOORD_MEMBER_ID group join "$name" "${options[@]}"
            if [ -n "$told" ]; then echo OK; elif [ "$ended" -eq 75 ]; then echo EXISTS
            else answer_of_exit "$ended"; fi ;;
        leave) release group ;;
        state)
            if [ -z "${holders[$key]-}" ]; then echo "OK state=outside"
            elif kill -0 "${holders[$key]}" 2> /dev/null; then echo "OK state=joined"
            else echo "OK state=lost"; fi ;;
        list)
            shown=$(distcoord --json group list "$name" 2> /dev/null) || { answer_of_exit $?; return; }
            while read -r member; do
                members+=("$(field id <<< "$member"):$(field value <<< "$member")")
            done < <(tr '{' '\n' <<< "$shown" | grep '"id"')
            echo "OK count=${#members[@]} members=$(IFS=,; echo "${members[*]}")" ;;
        next)
            follow "$key" --json group watch "$name"
            next_line "$key" || { echo TIMED_OUT; return; }
            fields "$line" kind=change id=id value=value ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}
