/*
 * A lock: clients that wait in line, grants by message, leases. What Sources/DistCoordCore/Locks/Lua does on the
 * server, and what the handles do with the answers.
 *
 * CLIENTS clients go through ROUNDS acquires each. Requests, replies and messages may be lost (LOSSES), a request that
 * the client has given up on may still be run later, a client's mailbox may be gone for a while (GAPS), one may die
 * (DEATHS), and any of them may be so slow that a lease ends under it (DELAYS): a holder that sleeps past its lease, a
 * grant that lies unread, an answer that comes too late. Each number bounds how often that happens in one run, so that
 * runs are finite but for waiters that ask again; in which order things happen is up to the verifier.
 *
 * Requests are run in the step that sends them: one that is slow on its way does what one does that is sent later.
 * Replies and messages lie around for as long as it pleases the verifier.
 *
 * Time. There are no clocks here. What a client takes for the end of its lease, its local deadline, is `over`, and it
 * holds the lock validly while it believes that it does and is not over. A lease first becomes over, and only then can
 * it end at the server: that the first comes before the second is what the arithmetic of Leases/Lease.swift is for (the
 * client counts from before the request was sent, less a margin). Being over is a matter of the clock and not of the
 * client, which may be asleep. A renewal that the server has agreed to, but whose reply is under way, has a later
 * deadline, `later_over`.
 *
 * BUG_* switches put mistakes in, which must be found: see run.
 */

#define N 3
#define NOBODY 3
#define NEVER_IN_LINE 255

#ifndef CLIENTS
#define CLIENTS 3
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifndef GAPS
#define GAPS 0
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef DELAYS
#define DELAYS 1
#endif

mtype = { idle, asking, sleeping, leaving, holding, letting_go, dead };
mtype = { none, held, in_line, done, extended, refused, acquire, release };
mtype = { is_free, runs, ended };

/* The server: the hash of exclusive_state.lua and the line. A client has one place in it; its token is its round. */
byte owner = NOBODY, owner_round, fence, last_number;
mtype lease = is_free;
byte place[N], place_round[N]; /* number on arrival, 0 for not in line; what the place was taken for */

/* Between: the reply to each client's request, that to its keeper's renewal, its mailbox, and a request it has given up
   on. */
mtype reply[N] = none, renewal[N] = none, late[N] = none;
byte reply_fence[N], reply_number[N], message[N], message_round[N], late_fence[N], late_round[N];
bool listens[N] = true;

/* Clients. */
mtype phase[N] = idle;
byte round[N], arrival[N], mine[N]; /* arrival: its number, once it knows it; mine: fence of the present grant */
bool believes[N], over[N], has_asked[N], has_renewed[N], later_over[N], saw_loss[N];

/* How much may still go wrong, and what the properties need. */
byte losses = LOSSES, gaps = GAPS, deaths = DEATHS, delays = DELAYS;
byte top;       /* highest fence under which anybody has held it validly */
bool passed[N]; /* was passed over for a reason: its grant was not heard, or lay there too long */

#define valid(i) (phase[i] == holding && believes[i] && !over[i])
#define waits(i) (phase[i] == asking || phase[i] == sleeping)
/* Whether the present grant, which is the server's to that client, is one that it has or may still take. */
#define concerns(i) (round[i] == owner_round && \
    (waits(i) || phase[i] == leaving || ((phase[i] == holding || phase[i] == letting_go) && mine[i] == fence)))
/* The client would not let it end. */
#define cares(i) (concerns(i) && phase[i] != letting_go && !(phase[i] == holding && !believes[i]))

/* ------------------------------------------------------------------ what must never happen */

#define nobody_else_holds(i) \
    assert(!((i) != 0 && valid(0)) && !((i) != 1 && valid(1)) && !((i) != 2 && valid(2)))

/* Nobody who came before and has been here all the while is passed over. */
#define is_before(j, number) (waits(j) && arrival[j] != 0 && arrival[j] < number && !passed[j])
#define in_order(i, number) \
    assert(!((i) != 0 && is_before(0, number)) && !((i) != 1 && is_before(1, number)) && \
        !((i) != 2 && is_before(2, number)))

#include "lock_server.pml"

/* ------------------------------------------------------------------ clients */

inline adopt(i)
{
    /* An old answer about an earlier grant for the same wait: the deadline of that one has passed. */
    if
    :: owner == i && owner_round == round[i] && fence != its_fence -> over[i] = true
    :: else
    fi;
    believes[i] = true;
    mine[i] = its_fence;
    phase[i] = holding;
    arrival[i] = 0;
    passed[i] = false;
    message[i] = 0;
    message_round[i] = 0;
    reply[i] = none;
    reply_fence[i] = 0;
    if
    :: !over[i] ->
        nobody_else_holds(i);
        assert(its_fence > top);
        top = its_fence
    :: else
    fi
}

/* What is left of a round; nothing but its number. */
inline forget(i, next_phase)
{
    phase[i] = next_phase;
    believes[i] = false;
    saw_loss[i] = false;
    has_asked[i] = false;
    mine[i] = 0;
    arrival[i] = 0;
    passed[i] = false;
    message[i] = 0;
    message_round[i] = 0;
    reply[i] = none;
    reply_fence[i] = 0;
    reply_number[i] = 0;
    renewal[i] = none
}

/* Clients are alike: they come for the first time in the order of their numbers. */
#define may_begin(i) (round[i] < ROUNDS && i < CLIENTS && (i == 0 || round[i - 1] > 0))

/* Sends a request that the client will give up on; the server may run it at any time. */
#define goes_astray(i, what) losses > 0 && late[i] == none -> \
    losses--; \
    late[i] = what; \
    late_round[i] = round[i]; \
    late_fence[i] = mine[i]

proctype Client(byte i)
{
end:
    do
    :: d_step {
        phase[i] == idle && may_begin(i) ->
        round[i]++;
        phase[i] = asking;
        run_acquire(i) }
    :: d_step {
        phase[i] == asking && reply[i] == held ->
        its_fence = reply_fence[i];
        adopt(i) }
    :: d_step {
        phase[i] == asking && reply[i] == in_line ->
        reply[i] = none;
        arrival[i] = reply_number[i];
        reply_number[i] = 0;
        phase[i] = sleeping }
    :: d_step {
        phase[i] == asking && reply[i] == none -> run_acquire(i) }
    :: d_step {
        phase[i] == asking && reply[i] == none && goes_astray(i, acquire) }

    /* A grant by message; void when its time has passed already, then it asks what became of it. */
    :: d_step {
        phase[i] == sleeping && message[i] && message_round[i] == round[i] && !over[i] ->
        its_fence = message[i];
        adopt(i) }
    :: d_step {
        phase[i] == sleeping && message[i] && (message_round[i] != round[i] || over[i]) ->
        message[i] = 0;
        message_round[i] = 0;
        phase[i] = asking }
#ifndef BUG_NO_RECHECK
    :: d_step {
        phase[i] == sleeping && !message[i] -> phase[i] = asking }
#endif
#ifndef PATIENT
    :: d_step {
        phase[i] == sleeping ->
        phase[i] = leaving;
        run_withdraw(i, false) }
    :: d_step {
        phase[i] == sleeping ->
        phase[i] = leaving;
        run_withdraw(i, true) }
#endif
    :: d_step {
        phase[i] == leaving && reply[i] == held ->
        its_fence = reply_fence[i];
        adopt(i) }
    :: d_step {
        phase[i] == leaving && reply[i] == done -> forget(i, idle) }
    /* The reply was lost: the background says it again, and gives back what may have been given. */
    :: d_step {
        phase[i] == leaving && reply[i] == none -> run_withdraw(i, true) }

    /* Holding. The keeper stretches the lease, which is short when the grant came by message; that once stands for all.
       */
    :: d_step {
        phase[i] == holding && believes[i] && renewal[i] == none && !has_asked[i] ->
        has_asked[i] = true;
        run_extend(i) }
    :: d_step {
        phase[i] == holding && believes[i] && renewal[i] == extended ->
        renewal[i] = none;
        if
#ifndef BUG_LOSS_IS_NOT_FINAL
        :: over[i] -> believes[i] = false
#endif
        :: else ->
            over[i] = later_over[i];
            has_renewed[i] = false;
            later_over[i] = false;
            if
            :: !over[i] ->
                nobody_else_holds(i);
                assert(!saw_loss[i])
            :: else
            fi
        fi }
    :: d_step {
        phase[i] == holding && believes[i] && renewal[i] == refused ->
        renewal[i] = none;
        believes[i] = false }
    /* Somebody looks at the state, and sees that it is lost. */
    :: d_step {
        phase[i] == holding && believes[i] && over[i] && !saw_loss[i] -> saw_loss[i] = true }
    :: d_step {
        phase[i] == holding && believes[i] ->
        believes[i] = false;
        saw_loss[i] = false;
        renewal[i] = none;
        phase[i] = letting_go;
        run_release(i, round[i], mine[i]);
        reply[i] = done }
    :: d_step {
        phase[i] == holding && !believes[i] -> forget(i, idle) }
    :: d_step {
        phase[i] == letting_go && reply[i] == done -> forget(i, idle) }
    :: d_step {
        phase[i] == letting_go && reply[i] == none ->
        run_release(i, round[i], mine[i]);
        reply[i] = done }
    :: d_step {
        phase[i] == letting_go && reply[i] == none && goes_astray(i, release) }

    :: d_step {
        deaths > 0 && (phase[i] == sleeping || phase[i] == holding || phase[i] == asking) ->
        deaths--;
        forget(i, dead) }
    od
}

/* ------------------------------------------------------------------ time, and what goes wrong */

/* Ends the lease of the present owner: first its local deadline, then at the server. */
proctype Clock()
{
end:
    do
    :: d_step {
        lease == runs && concerns(owner) && !over[owner] && (!cares(owner) || delays > 0) ->
        delays = (cares(owner) -> delays - 1 : delays);
        over[owner] = true }
    :: d_step {
        lease == runs && concerns(owner) && over[owner] && has_renewed[owner] && !later_over[owner] &&
            (!cares(owner) || delays > 0) ->
        delays = (cares(owner) -> delays - 1 : delays);
        later_over[owner] = true }
    :: d_step {
        lease == runs && (!concerns(owner)
#ifdef BUG_LATE_DEADLINE
            || delays > 0 || !cares(owner)
#endif
            || (over[owner] && (!has_renewed[owner] || later_over[owner]))) ->
        lease = ended;
        passed[owner] = (concerns(owner) && waits(owner) -> true : passed[owner]) }
    od
}

proctype Faults(byte i)
{
end:
    do
    :: d_step {
        losses > 0 && reply[i] != none ->
        losses--;
        reply[i] = none;
        reply_fence[i] = 0;
        reply_number[i] = 0 }
    :: d_step {
        losses > 0 && renewal[i] == extended ->
        losses--;
        renewal[i] = none }
    :: d_step {
        losses > 0 && message[i] ->
        losses--;
        message[i] = 0;
        message_round[i] = 0 }
    /* The mailbox is gone; whatever is in it as well. When it is back, every waiter asks again (it may do so at any
       time). */
    :: d_step {
        listens[i] && (gaps > 0 || phase[i] == dead) ->
        gaps = (phase[i] == dead -> gaps : gaps - 1);
        listens[i] = false;
        message[i] = 0;
        message_round[i] = 0 }
    :: d_step {
        !listens[i] && phase[i] != dead -> listens[i] = true }
    /* What was given up on runs after all, and nobody reads the answer. It does not disturb the place of a later round.
       */
    :: d_step {
        late[i] == release ->
        late[i] = none;
        run_release(i, late_round[i], late_fence[i]);
        late_fence[i] = 0;
        late_round[i] = 0 }
    :: d_step {
        late[i] == acquire ->
        late[i] = none;
        look_who_is_first();
        if
        :: lease != runs && first == NOBODY ->
            its_round = late_round[i];
            its_number = NEVER_IN_LINE;
            give(i)
        :: !(lease != runs && first == NOBODY) && place[i] == 0 && !(owner == i && owner_round == late_round[i]) ->
            last_number++;
            place[i] = last_number;
            place_round[i] = late_round[i];
            if
            :: lease != runs -> serve(NOBODY)
            :: else
            fi
        :: else
        fi;
        late_fence[i] = 0;
        late_round[i] = 0 }
    od
}

init
{
    atomic {
        run Client(0);
        run Client(1);
        run Client(2);
        run Clock();
        run Faults(0);
        run Faults(1);
        run Faults(2)
    }
}

#ifdef PATIENT
/* Whoever waits has it in the end, unless it dies. */
ltl served { [] (waits(0) -> <> (!waits(0))) }
#endif
