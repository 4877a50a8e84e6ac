#!/bin/sh
# What `distcoord worker run` starts for each job: payload on stdin, result on stdout. worker.c says what jobs ask for,
# record.h what is written down: the claim only, since the command says how the attempt ended when this has.
read -r name script _
# The worker was killed before it had passed the payload on: nothing was done.
[ -n "$script" ] || exit 1
attempt=$DISTCOORD_ATTEMPT
while [ "$attempt" -gt 1 ] && [ ${#script} -gt 1 ]; do
    script=${script#?} attempt=$((attempt - 1))
done
letter=${script%"${script#?}"}
# Whoever kills the worker may have killed the clock first.
moment=$(date +%s%N) || exit 1
echo "c $moment $name $DISTCOORD_JOB_ID $DISTCOORD_FENCE $DISTCOORD_ATTEMPT 0" >>"$ACCOUNTING_LOG"
case $letter in
f | x) echo "asked to fail" >&2; exit 1 ;;
k) kill -KILL "$PPID" ;;
w) sleep 1.3 ;;
t) sleep 0.4 ;;
esac
printf '%s %s %s' "$ACCOUNTING_LABEL" "$DISTCOORD_FENCE" "$DISTCOORD_ATTEMPT"
