/*
 * Several locks at once (several_*.lua): three clients want two of three locks each, in a ring, which would deadlock
 * those that take one after the other; a fourth wants one of them alone. Each comes when it likes, once or not at all,
 * and DEATHS of them die while they wait or hold.
 *
 * What must hold: a lock is given only when nobody has it, whoever waits for several has all or none, and whoever waits
 * and lives is served, whatever the dead have left in the lines.
 *
 * Messages are not lost and leases of the living do not end: lock.pml is about that. Whoever is dead does not listen,
 * which the server finds out when it gives something to it, or when it looks.
 */

#define LOCKS 3
#define CLIENTS 4
#define NOBODY 4
#define ALONE 3 /* wants the first lock only */

#ifndef DEATHS
#define DEATHS 3
#endif

mtype = { away, waiting, holding, gone, dead };
mtype state[CLIENTS] = away;
byte number[CLIENTS], last_number; /* on arrival, one for all lines */
bool registered[CLIENTS];          /* dc:several:<token> */
byte owner[LOCKS] = NOBODY;
byte line[LOCKS];                  /* bits of those in line */
byte deaths = DEATHS;

#define wants(c, l) ((c) == ALONE -> (l) == 0 : (l) == (c) || (l) == ((c) + 1) % LOCKS)
#define is_in(c, l) (line[l] & (1 << (c)))
#define has_all(c) \
    ((!wants(c, 0) || owner[0] == (c)) && (!wants(c, 1) || owner[1] == (c)) && (!wants(c, 2) || owner[2] == (c)))
#define has_any(c) (owner[0] == (c) || owner[1] == (c) || owner[2] == (c))

/* Used within one step only. */
hidden byte first, candidate, place, other, asked, is_blocked, goes_on;

inline look_who_is_first(l)
{
    first = NOBODY;
    for (candidate : 0 .. CLIENTS - 1) {
        if
        :: is_in(candidate, l) && (first == NOBODY || number[candidate] < number[first]) -> first = candidate
        :: else
        fi
    }
}

inline leave(c, l)
{
    line[l] = line[l] & (255 - (1 << c))
}

/* Everything that it wants, or nothing. */
inline give_all(c)
{
    for (other : 0 .. LOCKS - 1) {
        if
        :: wants(c, other) ->
            assert(owner[other] == NOBODY);
            owner[other] = c;
            leave(c, other)
        :: else
        fi
    }
    registered[c] = false;
    if
    :: state[c] == waiting -> state[c] = holding
    :: else
    fi
}

/* Those whose messages nobody reads have it no longer than this step. */
inline take_back(c)
{
    for (other : 0 .. LOCKS - 1) {
        if
        :: owner[other] == c -> owner[other] = NOBODY
        :: else
        fi
    }
}

/* It is not its turn: not all that it wants is free, or it is not first in all lines. */
inline look_whether_blocked(c)
{
    is_blocked = false;
    for (other : 0 .. LOCKS - 1) {
        if
        :: wants(c, other) ->
            look_who_is_first(other);
            is_blocked = is_blocked || owner[other] != NOBODY || first != c
        :: else
        fi
    }
}

/* exclusive_grant.lua: gives a free lock to the first in line who lives. */
inline serve(l)
{
    goes_on = true;
    do
    :: goes_on ->
        look_who_is_first(l);
        asked = first;
        if
        :: asked == NOBODY -> goes_on = false
        :: asked == ALONE ->
            assert(owner[l] == NOBODY);
            give_all(ALONE);
            if
            :: state[ALONE] == dead -> take_back(ALONE)
            :: else -> goes_on = false
            fi
        :: asked != NOBODY && asked != ALONE && !registered[asked] -> leave(asked, l)
        :: asked != NOBODY && asked != ALONE && registered[asked] ->
            look_whether_blocked(asked);
            if
#ifndef BUG_TRUSTS_THE_DEAD
            :: is_blocked && state[asked] == dead ->
                registered[asked] = false;
                leave(asked, l)
            :: is_blocked && state[asked] != dead -> goes_on = false
#else
            :: is_blocked -> goes_on = false
#endif
            :: !is_blocked ->
                give_all(asked);
                if
                :: state[asked] == dead -> take_back(asked)
                :: else -> goes_on = false
                fi
            fi
        fi
    :: !goes_on -> break
    od
}

/* Asks, for the first time or again: those who are before it go first, if they live. */
inline ask(c)
{
    if
    :: number[c] == 0 ->
        last_number++;
        number[c] = last_number;
        registered[c] = (c != ALONE);
        for (other : 0 .. LOCKS - 1) {
            if
            :: wants(c, other) -> line[other] = line[other] | (1 << c)
            :: else
            fi
        }
    :: else
    fi;
    state[c] = waiting;
    for (place : 0 .. LOCKS - 1) {
        if
#ifdef BUG_SERVES_WHAT_IS_HELD
        :: wants(c, place) && state[c] == waiting -> serve(place)
#else
        :: wants(c, place) && state[c] == waiting && owner[place] == NOBODY -> serve(place)
#endif
        :: else
        fi
    }
}

inline release(c)
{
    for (place : 0 .. LOCKS - 1) {
        if
        :: owner[place] == c ->
            owner[place] = NOBODY;
            serve(place)
        :: else
        fi
    }
}

/* A step may not end with a loop, hence each `skip`. */
proctype Client(byte me)
{
end:
    do
    :: d_step { state[me] == away -> ask(me); skip }
    :: d_step { state[me] == away -> state[me] = gone }
    :: d_step { state[me] == waiting -> ask(me); skip }
    :: d_step {
        state[me] == holding ->
        assert(has_all(me));
        state[me] = gone;
        release(me);
        skip }
    :: d_step {
        deaths > 0 && (state[me] == waiting || state[me] == holding) ->
        deaths--;
        state[me] = dead }
    od
}

/* The leases of the dead end; whoever asks next is served. */
proctype Clock()
{
end:
    do
    :: d_step { state[0] == dead && has_any(0) -> take_back(0); skip }
    :: d_step { state[1] == dead && has_any(1) -> take_back(1); skip }
    :: d_step { state[2] == dead && has_any(2) -> take_back(2); skip }
    :: d_step { state[3] == dead && has_any(3) -> take_back(3); skip }
    od
}

init
{
    atomic {
        run Client(0);
        run Client(1);
        run Client(2);
        run Client(3);
        run Clock()
    }
}

#ifdef PATIENT
/* One of each kind; those of the ring are alike. */
#define is_served(c) ([] (state[c] == waiting -> <> (state[c] != waiting)))
ltl served { is_served(0) && is_served(ALONE) }
#endif
