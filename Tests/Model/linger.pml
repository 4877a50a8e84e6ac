/*
 * A lock whose grant stays with the client after a release (Locks/LingeringLock.swift): two threads share a handle that
 * lingers and use it for ever, a third party waits for the same lock. Of the server there is what lock.pml has verified
 * in full: a line, an owner, a fence; messages of grants are not lost here, recalls are (LOSSES times).
 *
 * What must hold: the waiter gets the lock, be the recall lost and however busy the threads are; nobody takes the lock
 * again locally after the recall has reached the client; and at no time do two have it.
 *
 * Recalls come from whoever asks while a grant that lingers is out, and again each time it asks. With the end of the
 * time for which it lingers (LINGER_ENDS) the keeper gives the grant back as well; without, recalls alone must do.
 */

#define WAITER 2
#define NOBODY 3
#define FENCES 8

#ifndef LOSSES
#define LOSSES 1
#endif

/* The server. Those in line, in order; fences are told apart, so they may begin anew. */
chan line = [3] of { byte };
byte owner = NOBODY, fence;

/* On their way: grants, and the recall: a fence, 0 for none. */
byte granted[3], recall;
byte losses = LOSSES;

/* The client that lingers; all of this is behind one lock. */
byte mine, mine_by, recalled;
bool lingers, in_use;

/* How many have it at present. */
byte holders;

inline next_fence()
{
    fence = (fence == FENCES -> 1 : fence + 1)
}

inline serve()
{
    if
    :: len(line) > 0 ->
        line?owner;
        next_fence();
        granted[owner] = fence
    :: else -> owner = NOBODY
    fi
}

/* A holder that lingers is asked to let go. */
inline ask_for_it()
{
    if
    :: owner == 0 || owner == 1 -> recall = fence
    :: else
    fi
}

inline acquire(who)
{
    if
    :: owner == NOBODY ->
        owner = who;
        next_fence();
        granted[who] = fence
    :: else ->
        line!who;
        ask_for_it()
    fi
}

inline release(who, of_fence)
{
    if
    :: owner == who && fence == of_fence -> serve()
    :: else
    fi
}

inline enter()
{
    holders++;
    assert(holders == 1)
}

proctype Thread(byte me)
{
    byte had, had_by;
    do
    /* Without a round trip, as long as nobody else has asked for it. */
    :: d_step {
#ifdef BUG_IGNORES_RECALL
        lingers ->
#else
        lingers && recalled != mine ->
#endif
        assert(recalled != mine);
        lingers = false;
        in_use = true;
        enter() }
        goto uses
    :: d_step {
#ifdef BUG_IGNORES_RECALL
        !lingers ->
#else
        !(lingers && recalled != mine) ->
#endif
        acquire(me) }
        do
        :: d_step {
            granted[me] ->
            mine = granted[me];
            mine_by = me;
            granted[me] = 0;
            lingers = false;
            in_use = true;
            enter() }
            break
        /* Asks again, now and then. */
        :: d_step { !granted[me] && owner != me && recall == 0 -> ask_for_it() }
        od;
uses:
        skip;
        d_step {
            holders--;
            in_use = false;
            if
#ifdef BUG_IGNORES_RECALL
            :: true -> lingers = true
#else
            :: recalled != mine -> lingers = true
            :: else ->
                had = mine;
                had_by = mine_by
#endif
            fi
        };
        if
        :: d_step { had -> release(had_by, had); had = 0; had_by = 0 }
        :: !had
        fi
    od
}

/* The thread that reads messages: gives back what is not in use, and leaves the rest to the next release. */
proctype Reader()
{
    byte had, had_by;
end:
    do
    :: d_step {
        recall != 0 ->
        recalled = recall;
        recall = 0;
#ifdef BUG_TAKES_WHAT_IS_IN_USE
        if
        :: mine == recalled ->
#else
        if
        :: mine == recalled && lingers ->
#endif
            lingers = false;
            had = mine;
            had_by = mine_by
        :: else
        fi }
        if
        :: d_step {
            had ->
            release(had_by, had);
            had = 0;
            had_by = 0 }
        :: !had
        fi
#ifdef LINGER_ENDS
    :: d_step {
        lingers ->
#ifndef BUG_SAYS_SO_LATE
        lingers = false;
#endif
        had = mine;
        had_by = mine_by }
        d_step {
            lingers = false;
            release(had_by, had);
            had = 0;
            had_by = 0 }
#endif
    :: d_step {
        losses > 0 && recall != 0 ->
        losses--;
        recall = 0 }
    od
}

proctype Waiter()
{
    d_step { acquire(WAITER) };
    do
    :: d_step {
        granted[WAITER] ->
        granted[WAITER] = 0;
        enter() }
        break
    :: d_step { !granted[WAITER] && owner != WAITER && recall == 0 -> ask_for_it() }
    od;
    skip;
    d_step {
        holders--;
        release(WAITER, fence) };
served:
    skip
}

init
{
    atomic {
        run Thread(0);
        run Thread(1);
        run Reader();
        run Waiter()
    }
}

#ifdef PATIENT
ltl gets_it { <> (Waiter@served) }
#endif
