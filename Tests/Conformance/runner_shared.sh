# shellcheck shell=bash disable=SC2154
# What the shell's conformance runner does with shared state, messages, breakers and limits.

state_life() { # MISSING: sets `options` to how long what is written lives
    local ttl; ttl=$(argument ttl "$1")
    case $ttl in keep) options=(--keep-ttl) ;; 0) options=() ;; *) options=(--ttl "${ttl}ms") ;; esac
}

# An entry as `state get` shows it; the value is printed apart, since JSON would hide its bytes.
shown_entry() { # JSON VALUE
    local expires=yes
    [ "$(field ttl_seconds <<< "$1")" != null ] || expires=no
    echo "OK kind=$(field kind <<< "$1") value=$2 length=$(field size <<< "$1") version=$(field version <<< "$1")" \
        "expires=$expires"
}

# The command pages by itself; a position here is the last key of the page before.
state_list() {
    local limit shown keys=() page=() after next=
    limit=$(argument limit 1000)
    if [ "$limit" -lt 1 ] || [ "$limit" -gt 1000 ]; then echo ERROR_INVALID_ARGUMENT; return; fi
    shown=$(distcoord state ls "$(argument prefix)" --scope "$name" 2> /dev/null) || { answer_of_exit $?; return; }
    [ -z "$shown" ] || mapfile -t keys <<< "$shown"
    after=$(argument after)
    for shown in "${keys[@]}"; do
        if [ -n "$after" ]; then
            [ "$shown" != "$after" ] || after=
        elif [ ${#page[@]} -lt "$limit" ]; then page+=("$(printf %s "$shown" | encode)")
        else next=${page[-1]}; break; fi
    done
    echo "OK count=${#page[@]} keys=$(IFS=,; echo "${page[*]}") next=$next"
}

shared() {
    local key options=() shown status version value
    key=$(argument key)
    case $verb in
        set)
            state_life 0
            version=$(argument version)
            if [ -z "$version" ]; then
                shown=$(argument value | distcoord state set "$key" - "${options[@]}" --scope "$name" 2> /dev/null)
                status=$?
            else
                shown=$(argument value |
                    distcoord state cas "$key" "$version" - "${options[@]}" --scope "$name" 2> "$work/errors")
                status=$?
            fi
            case $status in
                0) echo "OK version=$shown" ;;
                75)
                    shown=$(sed -n 's/.*it has version \([0-9]*\).*/\1/p' "$work/errors")
                    echo "CHANGED version=${shown:-0}" ;;
                *) answer_of_exit $status ;;
            esac ;;
        get)
            shown=$(distcoord --json state get "$key" --scope "$name" 2> /dev/null) ||
                { answer_of_exit $? NOT_FOUND; return; }
            value=$(distcoord state get "$key" --scope "$name" 2> /dev/null | encode)
            shown_entry "$shown" "$value" ;;
        delete)
            version=$(argument version); [ -z "$version" ] || options=(--if-version "$version")
            distcoord state del "$key" "${options[@]}" --scope "$name" 2> /dev/null; status=$?
            if [ $status -eq 75 ]; then echo CHANGED; else answer_of_exit $status NOT_FOUND; fi ;;
        expire)
            value=$(argument ttl)
            if [ "$value" = 0 ]; then value=never; else value=${value}ms; fi
            distcoord state expire "$key" "$value" --scope "$name" 2> /dev/null; answer_of_exit $? NOT_FOUND ;;
        add)
            [ "$(argument ttl keep)" = keep ] || options=(--ttl "$(argument ttl)ms")
            if shown=$(distcoord state add "$key" --by "$(argument by 1)" "${options[@]}" --scope "$name" 2> /dev/null)
            then echo "OK value=$shown"; else answer_of_exit $?; fi ;;
        append)
            [ "$(argument ttl keep)" = keep ] || options=(--ttl "$(argument ttl)ms")
            value=$(argument limit); [ -z "$value" ] || [ "$value" = 0 ] || options+=(--limit "$value")
            if shown=$(argument value | distcoord state append "$key" - "${options[@]}" --scope "$name" 2> /dev/null)
            then echo "OK count=$shown"; else answer_of_exit $?; fi ;;
        items)
            options=(--first "$(argument first 0)" --count "$(argument count 100)")
            shown=$(distcoord state items "$key" "${options[@]}" --scope "$name" 2> /dev/null) ||
                { answer_of_exit $? NOT_FOUND; return; }
            version=$(distcoord --json state get "$key" --scope "$name" 2> /dev/null | field version)
            value=$(while IFS= read -r line; do printf %s "$line" | encode; echo; done <<< "$shown" | paste -s -d ,)
            echo "OK count=$(grep -c . <<< "$shown") version=$version items=$value" ;;
        list) state_list ;;
        clear)
            if shown=$(distcoord state clear "$(argument prefix)" -y --scope "$name" 2> /dev/null)
            then echo "OK count=$shown"; else answer_of_exit $?; fi ;;
        watch | next)
            options=(--prefix "$(argument prefix)"); [ -z "$key" ] || options=("$key")
            follow "state $name ${options[*]}" --json state watch "${options[@]}" --scope "$name"
            if [ "$verb" = watch ]; then echo OK; return; fi
            next_line "state $name ${options[*]}" || { echo TIMED_OUT; return; }
            value=$(field value <<< "$line")
            fields "$line" key=key kind=kind length=size version=version |
                sed "s|\$| value=$(printf %s "${value/#null/}" | encode)|" ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

channel() {
    local shown
    case $verb in
        publish)
            if shown=$(argument payload | distcoord event publish "$name" - 2> /dev/null)
            then echo "OK receivers=$shown"; else answer_of_exit $?; fi ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

topic_position() { # sets `options` to where it begins
    local value
    value=$(argument after); [ -z "$value" ] || options+=(--after "$value")
    value=$(argument since)
    [ -z "$value" ] || options+=(--since "@$((value / 1000)).$(printf %03d $((value % 1000)))")
}
topic() {
    local options=() shown value group groups=()
    value=$(argument keep); [ -z "$value" ] || options+=(--max-messages "${value/#0/all}")
    value=$(argument age); [ -z "$value" ] || options+=(--max-age "${value}ms")
    case $verb in
        publish)
            if shown=$(argument payload | distcoord topic publish "$name" - "${options[@]}" 2> /dev/null)
            then echo "OK id=$shown"; else answer_of_exit $?; fi ;;
        publish_many)
            shown=$(for ((i = 0; i < $(argument count 0); i++)); do echo "$(argument prefix)$i"; done |
                distcoord topic publish "$name" --lines "${options[@]}" 2> /dev/null) || { answer_of_exit $?; return; }
            echo "OK count=$shown" ;;
        show)
            shown=$(distcoord --json topic show "$name" 2> /dev/null) || { answer_of_exit $? NOT_FOUND; return; }
            while read -r group; do
                groups+=("$(field group <<< "$group"):$(field waiting <<< "$group"):$(field held <<< "$group"):$(
                    field consumers <<< "$group")")
            done < <(tr '{' '\n' <<< "$shown" | grep '"group"')
            shown=${shown//null/}
            fields "${shown%%,\"groups\"*}" messages=messages published=published first=oldest last=newest |
                sed "s|\$| groups=$(IFS=,; echo "${groups[*]}")|" ;;
        seek)
            options=(); topic_position; [ ${#options[@]} -gt 0 ] || options=(--new)
            distcoord topic seek "$name" "$(argument group)" "${options[@]}" 2> /dev/null
            answer_of_exit $? NOT_FOUND ;;
        delete_group)
            distcoord topic delete-group "$name" "$(argument group)" -y 2> /dev/null; answer_of_exit $? NOT_FOUND ;;
        trim)
            if shown=$(distcoord topic trim "$name" --keep "$(argument to)" -y 2> /dev/null)
            then echo "OK dropped=$shown"; else answer_of_exit $?; fi ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

# Options that a session gives when it first uses a name.
declare -A breaker_options=() limit_options=()
read_breaker() { # sets `options`
    local pair value
    for pair in sampling=sampling recovery=recovery trial_timeout=trial-timeout; do
        value=$(argument "${pair%=*}"); [ -z "$value" ] || options+=("--${pair#*=}" "${value}ms")
    done
    for pair in threshold trials fallback; do
        value=$(argument "$pair"); [ -z "$value" ] || options+=("--$pair" "$value")
    done
    [ -n "${breaker_options[$name]-}" ] || breaker_options[$name]=${options[*]}
    # shellcheck disable=SC2206
    options=(${breaker_options[$name]})
}
breaker_state() { field state <<< "$1" | tr - _; }
breaker() {
    local options=() shown status value
    case $verb in
        call)
            read_breaker
            if [ "$(argument outcome)" = success ]; then shown=true; else shown=false; fi
            distcoord breaker run "$name" "${options[@]}" -- "$shown" 2> "$work/errors"; status=$?
            if grep -q 'was not run' "$work/errors"; then echo REJECTED
            elif [ $status -le 1 ]; then echo OK
            else answer_of_exit $status; fi ;;
        show)
            shown=$(distcoord --json breaker show "$name" 2> /dev/null); status=$?
            if [ $status -gt 1 ]; then answer_of_exit $status; return; fi
            # Nobody knows how long one stays open that is forced to be.
            value=$(milliseconds_of retry_after_seconds); [ "$(field state <<< "$shown")" != forced-open ] || value=-1
            fields "$shown" failures=failures succeeded=succeeded failed=failed rejected=rejected opened=opened \
                trials=trials | sed "s/\$/ state=$(breaker_state "$shown") retry=$value/" ;;
        watch)
            follow "breaker $name" --json breaker watch "$name"
            while next_line "breaker $name"; do
                if [ "$(breaker_state "$line")" = "$(argument for)" ]; then
                    fields "$line" failures=failures opened=opened | sed "s/\$/ state=$(breaker_state "$line")/"
                    return
                fi
            done
            echo TIMED_OUT ;;
        force)
            if [ "$(argument to)" = open ]; then shown=open; else shown=close; fi
            distcoord breaker "$shown" "$name" 2> /dev/null; answer_of_exit $? ;;
        reset) distcoord breaker reset "$name" 2> /dev/null; answer_of_exit $? ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

milliseconds_of() { # FIELD: of `shown`, which tells seconds; 0 for null
    field "$1" <<< "$shown" | sed 's/null/0/' | awk '{ printf "%d", $1 * 1000 + 0.5 }'
}
read_limit() { # sets `whose` to the options of a key, `limiter` to these and those of the limiter
    local value options
    if [ -z "${limit_options[$name]-}" ]; then
        options=(--limit "$(argument limit 10)/$(argument per 1000)ms")
        if [ "$(argument algorithm)" = window ]; then options+=(--algorithm sliding-window); fi
        value=$(argument burst); [ -z "$value" ] || options+=(--burst "$value")
        limit_options[$name]=${options[*]}
    fi
    value=$(argument key); [ -z "$value" ] || whose=(--key "$value")
    # shellcheck disable=SC2206
    limiter=(${limit_options[$name]} "${whose[@]}")
}
limit() {
    local limiter=() whose=() wait=() shown status
    read_limit
    case $verb in
        acquire)
            read_wait
            shown=$(distcoord --json limit acquire "$name" "${limiter[@]}" --permits "$(argument permits 1)" \
                "${wait[@]}" 2> /dev/null); status=$?
            if [ -z "$shown" ]; then answer_of_exit $status; return; fi
            echo "$(answer_of_exit $status) wait=$(milliseconds_of wait_seconds)" ;;
        show)
            shown=$(distcoord --json limit show "$name" "${limiter[@]}" 2> /dev/null); status=$?
            if [ $status -gt 1 ]; then answer_of_exit $status; return; fi
            echo "OK available=$(field available <<< "$shown") wait=$(milliseconds_of next_after_seconds)" ;;
        reset)
            distcoord limit reset "$name" "${whose[@]}" 2> /dev/null; answer_of_exit $? ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}
