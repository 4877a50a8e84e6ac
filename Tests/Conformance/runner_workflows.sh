# shellcheck shell=bash disable=SC2154
# What the shell's conformance runner does with workflows, runs, their tasks and artifacts.

# A workflow is a folder with what has been said of it: a file for each group and each step, in order.
declare -A graphs=()
graph_folder() { # NAME: sets `graph` to it
    if [ -z "${graphs[$1]-}" ]; then
        graphs[$1]=$(mktemp -d "$work/graph-XXXXXX")
        : > "${graphs[$1]}/groups"; : > "${graphs[$1]}/steps"
    fi
    graph=${graphs[$1]}
}
graph_file() { # NAME: prints the pipeline file of a workflow
    graph_folder "$1"
    echo "name: \"$1\""
    if [ -s "$graph/groups" ]; then echo "groups:"; cat "$graph/groups"; fi
    echo "steps:"; cat "$graph/steps"
}
quoted_list() { # A,B: as a list of YAML
    local each out=()
    for each in ${1//,/ }; do out+=("\"$each\""); done
    (IFS=,; echo "[${out[*]}]")
}
node_policy() {
    local policy; policy=$(argument policy all)
    [ "$policy" != at_least ] || policy="at-least $(argument least)"
    echo "policy: ${policy/_/-}"
}

graph() {
    local graph node fields=() value pair language
    graph_folder "$name"
    node=$(argument as)
    value=$(argument needs); [ -z "$value" ] || fields+=("needs: $(quoted_list "$value")")
    value=$(argument group); [ -z "$value" ] || fields+=("group: \"$value\"")
    [ "$(argument always)" != yes ] || fields+=("always: true")
    case $verb in
        group)
            fields+=("$(node_policy)")
            (IFS=$'\n'; echo "  \"$node\": {$(paste -s -d , <<< "${fields[*]}")}") >> "$graph/groups"
            echo OK ;;
        task | map)
            language=$(argument language)
            # Steps of the shell have a command; the runner's workers do not look at it.
            if [ "$language" = shell ]; then fields+=('run: "true"')
            else
                fields+=("task: \"$(argument task "$node")\"")
                [ -z "$language" ] || fields+=("language: $language")
                value=$(argument arguments); [ -z "$value" ] || fields+=("arguments: $value")
            fi
            for pair in backoff=backoff timeout=timeout patience=capability-timeout; do
                value=$(argument "${pair%=*}"); [ -z "$value" ] || fields+=("${pair#*=}: ${value}ms")
            done
            value=$(argument attempts); [ -z "$value" ] || fields+=("retries: $((value - 1))")
            value=$(argument requires); [ -z "$value" ] || fields+=("requires: $(quoted_list "$value")")
            if [ "$verb" = map ]; then
                value=$(argument from); if [ -n "$value" ]; then value="\"$value\""; else value=$(argument items); fi
                fields+=("map: $value" "$(node_policy)")
            fi
            (IFS=$'\n'; echo "  \"$node\": {$(paste -s -d , <<< "${fields[*]}")}") >> "$graph/steps"
            echo OK ;;
        validate)
            graph_file "$name" > "$work/pipeline.yaml"
            distcoord run -f "$work/pipeline.yaml" --check > /dev/null 2>&1
            answer_of_exit $? | sed s/ERROR_CONFLICT/ERROR_INVALID_ARGUMENT/ ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

# ---------------------------------------------------------------- runs

# What the command says in JSON, on standard input, in the words of the protocol.
json_list() { # LIST FIRST SECOND [OFFSET]: "count=N LIST=FIRST:SECOND,..."; LIST is a key of an object, or what it is
    python3 -c '
import json, sys
name, first, second, offset = sys.argv[1:]
found = json.load(sys.stdin)
found = found[name if name != "tasks" else "steps"] if isinstance(found, dict) else found[int(offset):]
listed = ",".join("{}:{}".format(each[first], each[second]) for each in found)
print("count={} {}={}".format(len(found), name, listed))' "$1" "$2" "$3" "${4:-0}"
}
json_keys() { # [NAME]: " key=value" for each key of an object, or of the step of that name in it
    python3 -c '
import json, sys
from urllib.parse import quote
found = json.load(sys.stdin)
if len(sys.argv) > 1:
    found = next((step for step in found["steps"] if step["step"] == sys.argv[1]), None)
    if found is None:
        sys.exit(1)
if "event" in found:
    found.update(kind={"step": "task_ended"}.get(found["event"], found["event"]), task=found["step"])
for key, value in found.items():
    if isinstance(value, list) and not all(isinstance(each, str) for each in value):
        continue
    value = ",".join(value) if isinstance(value, list) else "" if value is None else str(value)
    print(" {}={}".format(key, quote(value, safe=str())), end="")
print()' "$@"
}

run_result() {
    local wait=() shown status task state
    task=$(argument task)
    read_wait
    shown=$(distcoord --json workflow result "$id" "$task" -Q "$name" "${wait[@]}" 2> /dev/null); status=$?
    if [ -z "$shown" ]; then answer_of_exit $status NOT_FOUND; return; fi
    state=$(field state <<< "$shown")
    if [ "$state" = completed ]; then
        echo "OK state=succeeded result=$(distcoord workflow result "$id" "$task" -Q "$name" 2> /dev/null | encode)"
    else
        echo "OK state=${state/dead/failed} result=$(field error <<< "$shown" | tr -d '\n' | encode)"
    fi
}

run() {
    local options=() shown status id wait
    id=$(argument id)
    case $verb in
        start)
            graph_file "$(argument workflow)" > "$work/pipeline.yaml"
            [ -z "$id" ] || options+=(--id "$id")
            [ "$(argument fail_fast)" != yes ] || options+=(--fail-fast)
            shown=$(distcoord workflow submit -Q "$name" -f "$work/pipeline.yaml" "${options[@]}" 2> "$work/errors")
            status=$?
            case $status in
                0) echo "OK id=$shown" ;;
                1) echo "EXISTS id=${shown:-$id}" ;;
                78) if grep -q 'pipeline.yaml' "$work/errors"; then echo ERROR_INVALID_ARGUMENT
                    else echo ERROR_CONFLICT; fi ;;
                *) answer_of_exit $status ;;
            esac ;;
        wait)
            # Watching ends with the run.
            wait=$(argument wait 300000); status=0
            timeout "$(awk -v ms="$wait" 'BEGIN { print ms / 1000 + 0.001 }')" "$DISTCOORD_COMMAND" --url "$url" \
                --namespace "$namespace" workflow watch "$id" -Q "$name" > /dev/null 2>&1 || status=$?
            shown=$(distcoord --json workflow show "$id" -Q "$name" 2> /dev/null) || { echo NOT_FOUND; return; }
            case $(json_keys <<< "$shown") in *state=succeeded* | *state=failed* | *state=cancelled*) status=0 ;; esac
            if [ $status -eq 124 ]; then printf TIMED_OUT; else printf OK; fi
            json_keys <<< "$shown" ;;
        tasks)
            shown=$(distcoord --json workflow show "$id" -Q "$name" 2> /dev/null) || { echo NOT_FOUND; return; }
            echo "OK $(json_list tasks step state <<< "$shown")" ;;
        node)
            shown=$(distcoord --json workflow show "$id" -Q "$name" 2> /dev/null) || { echo NOT_FOUND; return; }
            if shown=$(json_keys "$(argument task)" <<< "$shown"); then echo "OK$shown"; else echo NOT_FOUND; fi ;;
        result) run_result ;;
        pause | resume | delete | stop)
            [ -z "$(argument reason)" ] || options+=(--reason "$(argument reason)")
            [ "$(argument at_once)" != yes ] || options+=(--at-once)
            [ "$verb" != delete ] || options+=(-y)
            distcoord workflow "$verb" "$id" -Q "$name" "${options[@]}" > /dev/null 2> "$work/errors"; status=$?
            if grep -q 'not known' "$work/errors"; then echo NOT_FOUND
            elif [ $status -eq 1 ] && [ "$verb" = delete ]; then echo ERROR_CONFLICT
            else answer_of_exit $status EXPIRED; fi ;;
        list)
            status=$(argument offset 0)
            options=(--limit $(($(argument limit 100) + status)))
            shown=$(distcoord --json workflow list -Q "$name" "${options[@]}" 2> /dev/null) ||
                { answer_of_exit $?; return; }
            echo "OK $(json_list runs run state "$status" <<< "$shown")" ;;
        next)
            distcoord workflow show "$id" -Q "$name" > /dev/null 2>&1 || { echo NOT_FOUND; return; }
            follow "run $name $id" --json workflow watch "$id" -Q "$name"
            while next_line "run $name $id"; do
                shown=$(json_keys <<< "$line")
                if [[ "$shown " == *" kind=$(argument for)"* ]]; then echo "OK$shown"; return; fi
            done
            echo TIMED_OUT ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

artifact() {
    local where=(--run "$(argument id)" -Q "$name") shown status
    case $verb in
        publish)
            argument content > "$work/artifact"
            distcoord artifact publish "$work/artifact" --name "$(argument as)" "${where[@]}" > /dev/null 2>&1
            answer_of_exit $? NOT_FOUND ;;
        fetch)
            distcoord artifact fetch "$(argument as)" --to "$work/fetched" "${where[@]}" > /dev/null 2>&1; status=$?
            if [ $status -ne 0 ]; then answer_of_exit $status NOT_FOUND; return; fi
            echo "OK length=$(stat -c %s "$work/fetched") content=$(head -c 1000 "$work/fetched" | encode)" ;;
        list)
            shown=$(distcoord --json artifact list "${where[@]}" 2> /dev/null) || { answer_of_exit $?; return; }
            echo "OK $(json_list artifacts name bytes <<< "$shown")" \
                "sha256=$(tr '{' '\n' <<< "$shown" | grep -m 1 sha256 | field sha256)" ;;
        *) echo UNKNOWN_REQUEST ;;
    esac
}

# ---------------------------------------------------------------- tasks

# The command hands a task to a child, which here tells what it got and then does what the request says. It stays a
# child until its worker has been told to take no other task.
task() {
    local folder worker wait has capabilities=lang:shell part=
    [ "$verb" = work ] || { echo UNKNOWN_REQUEST; return; }
    has=$(argument has); [ -z "$has" ] || capabilities+=,$has
    folder=$(mktemp -d "$work/task-XXXXXX")
    mkfifo "$folder/told" "$folder/word"
    argument result > "$folder/result"; argument message > "$folder/message"
    argument do complete > "$folder/do"
    export -f encode
    # Not by the function: signals are for the command itself.
    "$DISTCOORD_COMMAND" --url "$url" --namespace "$namespace" worker run "$name" --capabilities "$capabilities" -q \
        --lease "$(argument lease 30000)ms" -- bash "$here/runner_task.sh" "$folder" 2> "$folder/errors" &
    worker=$!
    wait=$(argument wait); [ "${wait:-0}" != 0 ] || wait=300
    told=
    exec 3<> "$folder/told"
    if IFS= read -r -t "$(awk -v ms="$wait" 'BEGIN { print ms / 1000 }')" told <&3; then
        kill -TERM "$worker"
        exec 4<> "$folder/word"; echo go >&4
    else
        kill -TERM "$worker"
        # It may have got one in this moment; then that counts.
        if IFS= read -r -t 0.3 told <&3; then exec 4<> "$folder/word"; echo go >&4; fi
    fi
    wait "$worker"
    exec 3>&- 4>&-
    echo "${told:-NONE}"
}
