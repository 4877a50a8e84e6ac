/*
 * The server of lock.pml: its scripts, each run in one step. Names of files are those in
 * Sources/DistCoordCore/Locks/Lua.
 */

/* Used within one step only. */
hidden byte its_round, its_number, its_fence, first;

/* exclusive_give.lua */
inline give(i)
{
    in_order(i, its_number);
    owner = i;
    owner_round = its_round;
#ifndef BUG_SAME_FENCE
    fence++;
#endif
    lease = runs;
    if
    :: concerns(i) ->
        over[i] = false;
        has_renewed[i] = false;
        later_over[i] = false
    :: else
    fi
}

inline look_who_is_first()
{
    first = NOBODY;
    if
    :: place[0] -> first = 0
    :: else
    fi;
    if
    :: place[1] && (first == NOBODY || place[1] < place[first]) -> first = 1
    :: else
    fi;
    if
    :: place[2] && (first == NOBODY || place[2] < place[first]) -> first = 2
    :: else
    fi
}

/* exclusive_grant.lua: to the first in line whose client listens; `present` does for certain. */
inline serve(present)
{
    do
    :: true ->
        look_who_is_first();
        if
        :: first == NOBODY ->
            lease = is_free;
            break
        :: else ->
            its_round = place_round[first];
            its_number = place[first];
            place[first] = 0;
            place_round[first] = 0;
            give(first);
            if
            :: first == present -> break
            :: first != present && listens[first] ->
                message[first] = fence;
                message_round[first] = its_round;
                break
            :: else -> passed[first] = true
            fi
        fi
    od;
    first = NOBODY
}

inline answer(i, what)
{
    reply[i] = what;
    if
    :: what == held -> reply_fence[i] = fence
    :: else -> reply_fence[i] = 0
    fi
}

/* exclusive_acquire.lua */
inline run_acquire(i)
{
    look_who_is_first();
    if
#ifdef BUG_BARGE
    :: lease != runs ->
#else
    :: lease != runs && first == NOBODY ->
#endif
        place[i] = 0;
        place_round[i] = 0;
        its_round = round[i];
        its_number = (arrival[i] -> arrival[i] : NEVER_IN_LINE);
        give(i);
        answer(i, held)
    :: lease == runs && owner == i && owner_round == round[i] ->
        /* Its deadline is counted anew, from this request. */
        over[i] = false;
        answer(i, held)
    :: else ->
        if
        :: place[i] == 0 || place_round[i] != round[i] ->
            place_round[i] = round[i];
            if
            :: arrival[i] -> place[i] = arrival[i]
            :: else ->
                last_number++;
                place[i] = last_number
            fi
        :: else
        fi;
        its_number = place[i];
        reply_number[i] = its_number;
        if
        :: lease != runs -> serve(i)
        :: else
        fi;
        if
        :: owner == i && owner_round == round[i] && lease == runs ->
            reply_number[i] = 0;
            answer(i, held)
        :: else -> answer(i, in_line)
        fi
    fi
}

/* exclusive_withdraw.lua */
inline run_withdraw(i, gives_back)
{
    if
    :: place[i] && place_round[i] == round[i] ->
        place[i] = 0;
        place_round[i] = 0;
        if
        :: lease != runs -> serve(NOBODY)
        :: else
        fi;
        answer(i, done)
    :: !(place[i] && place_round[i] == round[i]) && owner == i && owner_round == round[i] && lease == runs ->
        if
        :: gives_back ->
            serve(NOBODY);
            answer(i, done)
        :: else ->
            over[i] = false;
            answer(i, held)
        fi
    :: else -> answer(i, done)
    fi
}

/* exclusive_release.lua: said again, it does nothing, and answers the same as long as nobody else has had it. */
inline run_release(i, of_round, of_fence)
{
    if
#ifdef BUG_RELEASE_ANY
    :: lease != is_free -> serve(NOBODY)
#else
    :: owner == i && owner_round == of_round && fence == of_fence && lease != is_free -> serve(NOBODY)
#endif
    :: else
    fi
}

/* exclusive_extend.lua */
inline run_extend(i)
{
    if
    :: owner == i && owner_round == round[i] && fence == mine[i] && lease == runs ->
        renewal[i] = extended;
        has_renewed[i] = true;
        later_over[i] = false
    :: else -> renewal[i] = refused
    fi
}
