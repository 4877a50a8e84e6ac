/*
 * What workers write down, as record.h does it; workflows/records.py reads the same lines, worker.py writes them too.
 *
 *   w CLIENT                                                     first: the identity of the process's client
 *   c MOMENT RUN TASK ROUND ATTEMPT FENCE                        after a claim
 *   b MOMENT RUN TASK ROUND ATTEMPT FENCE HOW                    before saying how the attempt ended
 *   a MOMENT RUN TASK ROUND ATTEMPT FENCE HOW STATUS             after that
 */
#ifndef LEDGER_H
#define LEDGER_H

#define RECORD_NAMESPACE "graphs"
#include "../../Accounting/programs/record.h"

__attribute__((unused)) static void note_job(
    const char *kind, const distcoord_job *job, const char *how, const char *status) {
    record("%s %lld %s %s %d %d %llu%s%s%s%s", kind, moment(), distcoord_task_run(job), distcoord_task_name(job),
        distcoord_task_round(job), distcoord_job_attempt(job), (unsigned long long)distcoord_job_fence(job),
        *how ? " " : "", how, *status ? " " : "", status);
}

#endif
