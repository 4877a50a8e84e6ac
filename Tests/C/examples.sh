#!/bin/bash
# Compiles each C example without a warning and runs it as its head comment says.
#
#   Tests/C/examples.sh FOLDER     FOLDER holds libdistcoord.so
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
library=$1
work=$(mktemp -d)
server=
finish() { [ -z "$server" ] || kill "$server" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"; }
trap finish EXIT
redis-server --port 0 --unixsocket "$work/redis.sock" --save '' --dir "$work" --loglevel warning > "$work/log" 2>&1 &
server=$!
for _ in $(seq 500); do redis-cli -s "$work/redis.sock" ping > /dev/null 2>&1 && break; sleep 0.01; done
export DISTCOORD_URL=unix://$work/redis.sock

passed=0 failed=0
ok() { echo "ok   $1"; passed=$((passed + 1)); }
bad() { echo "FAIL $1: $2"; failed=$((failed + 1)); }
for source in "$root"/bindings/c/examples/*.c; do
    name=$(basename "$source" .c)
    if gcc -std=c99 -Wall -Wextra -Wpedantic -Werror "-I$root/include" "$source" -o "$work/$name" \
        "-L$library" -ldistcoord "-Wl,-rpath,$library" 2> "$work/errors"; then
        ok "example_${name}_compiles"
    else
        bad "example_${name}_compiles" "$(cat "$work/errors")"
    fi
done
expect() { # NAME PATTERN COMMAND...
    local name=$1 pattern=$2 output; shift 2
    if output=$(timeout 30 "$@" 2>&1) && grep -Eq "$pattern" <<< "$output"; then ok "$name"; else bad "$name" "$output"; fi
}
expect example_lock '^holding the lock with fence [0-9]+$' "$work/lock"
expect example_rwlock '^reading what was written$' "$work/rwlock"
expect example_semaphore '^2 of 4 permits are in use$' "$work/semaphore" 2
expect example_several_locks '^holding all 2 with fence [0-9]+$' "$work/several_locks" alice bob
expect example_lingering '^acquired: 1000, granted by the server: [1-9]$' "$work/lingering"
expect example_election '^stood down$' "$work/election" 0
"$work/barrier" 2 > /dev/null 2>&1 &
expect example_barrier '^phase 2: all 2 are here' "$work/barrier" 2
"$work/queue_worker" 3 > /dev/null 2>&1 &
expect example_queue ': 3 words$' "$work/queue_push" "one two three" "four"
wait $! || bad example_queue_worker "the worker ended with $?"
expect example_batch_worker '^all 250 have ended, 2 failed$' "$work/batch_worker" 250
expect example_topic_reader '^reader: two words$' "$work/topic" one "two words"
expect example_topic_consumer '^consumer: three$' "$work/topic" three
expect example_state_changes '^change 1: colour is now blue$' "$work/state" colour blue
"$work/state" stop please > /dev/null 2>&1 || bad example_state_stop "it ended with $?"
expect example_state_follows '^colour = blue$' "$work/state"
expect example_breaker '^not called: the breaker is open$' "$work/breaker" 1
expect example_breaker_of_others '^not called: the breaker is open$' "$work/breaker" 0
expect example_limiter '^mail 5 to ann after [1-9][0-9]* ms$' "$work/limiter" ann 5
expect example_workflow '^12 tasks, sum of squares: 385$' "$work/workflow" 10
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
