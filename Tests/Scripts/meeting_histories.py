"""Random histories of barriers and double barriers, against a model of what must be true."""

from __future__ import annotations

import random

from meeting_tools import BARRIER, DOUBLE


def barrier_history(meeting, seed: int) -> None:
    """Parties arrive, ask again, give up; answers and messages get lost. No generation is released with fewer or more
    than its parties, or twice; in the end nobody waits for ever."""
    dice = random.Random(seed)
    parties = dice.randint(1, 4)
    mailbox = meeting.mailbox("a")
    number = 0
    waiting: dict[str, int] = {}  # token -> generation
    acting = None
    released: dict[int, dict[int, str]] = {}

    def came(token: str, index: int, generation: int) -> None:
        places = released.setdefault(generation, {})
        assert 0 <= index < parties and places.get(index, token) == token, (token, index, generation)
        places[index] = token
        waiting.pop(token, None)

    def heed(token: str, answer) -> None:
        nonlocal acting
        if answer[0] == 0:
            waiting[token] = answer[1]
        elif answer[0] == 1:
            came(token, answer[1], answer[2])
        elif answer[0] == 2:
            waiting.pop(token, None)
        elif answer[0] == 4:
            acting = token
            waiting[token] = answer[2]

    def hear() -> None:
        while True:
            message = mailbox.next(0.002)
            if message is None:
                return
            words = message.split()
            token = "a:" + words[0]
            if words[1] == "1" and token in waiting and dice.random() < 0.7:  # the others are lost
                came(token, int(words[2]), int(words[3]))
            elif words[1] == "2" and dice.random() < 0.7:
                waiting.pop(token, None)

    for _ in range(60):
        chance = dice.random()
        idle = [token for token in waiting if token != acting]
        if acting and chance < 0.3:
            token, acting = acting, None
            heed(token, meeting.finish(token, dice.random() < 0.8))
            if dice.random() < 0.2:
                heed(token, meeting.finish(token))
        elif chance < 0.6:
            number += 1
            token = f"a:{number}"
            answer = meeting.arrive(token, parties, -1, dice.random() < 0.5)
            if answer[0] != 4 and dice.random() < 0.2:  # that answer is lost, and it asks again
                answer = meeting.arrive(token, parties, -1)
            heed(token, answer)
        elif chance < 0.8 and idle:
            token = dice.choice(idle)
            heed(token, meeting.arrive(token, parties, waiting[token], dice.random() < 0.5))
        elif chance < 0.88 and idle:
            token = dice.choice(idle)
            answer = meeting.give_up(token, waiting.pop(token))
            if answer[0] == 1:
                came(token, answer[1], answer[2])
        elif chance < 0.95:
            meeting.once("barrier_break", BARRIER, dice.randrange(2))
        hear()
    if acting:
        heed(acting, meeting.finish(acting))
    meeting.once("barrier_break", BARRIER, 1)
    for token, generation in list(waiting.items()):
        answer = meeting.arrive(token, parties, generation)
        assert answer[0] in (1, 2), (token, generation, answer)
        heed(token, answer)
    # Who was not heard of is in none: an index was told once, and a whole generation was told whole.
    whole = meeting.redis("ZRANGE", BARRIER[2], 0, -1, "WITHSCORES")
    counted: dict[int, int] = {}
    for score in whole[1::2]:
        counted[int(float(score)) >> 20] = counted.get(int(float(score)) >> 20, 0) + 1
    assert set(counted.values()) <= {parties}, counted
    assert set(released) <= set(counted)


def double_history(meeting, seed: int, shrinks: bool) -> None:
    """Parties enter, leave, give up, die. All come in together; nobody is told that all have left while one is
    inside."""
    dice = random.Random(seed)
    parties = dice.randint(1, 4)
    _mailbox = meeting.mailbox("a")
    number = 0
    entering: dict[str, list[int]] = {}  # party -> number on arrival, known round
    inside: dict[str, tuple[int, int]] = {}  # party -> number on arrival, round
    leaving: dict[str, int] = {}  # party -> round
    dead: set[str] = set()
    members: dict[int, set[str]] = {}

    def settle(party: str, answer) -> None:
        if answer[0] == 0:
            entering[party][1] = answer[1]
        elif answer[0] == 1:
            arrival = entering.pop(party)[0]
            inside[party] = (arrival, answer[2])
            places = members.setdefault(answer[2], set())
            places.add(party)
            assert len(places) <= parties
        else:
            entering.pop(party)

    for _ in range(80):
        chance = dice.random()
        if chance < 0.4:
            number += 1
            party = f"a:{number}"
            answer = meeting.enter(party, parties, 60000, shrinks)
            if isinstance(answer, int):
                assert meeting.enter(party, parties, 60000, shrinks)[:2] == [1, str(answer).encode()] \
                    or meeting.round(parties)[0] == 0
                entering[party] = [answer, -1]
                settle(party, meeting.wait("enter", party, f"w:{number}"))
            else:
                assert answer == [0, 0, 0, 0, 0] and meeting.round(parties)[0] + meeting.round(parties)[1] > 0
        elif chance < 0.6 and entering:
            party = dice.choice(list(entering))
            settle(party, meeting.wait("enter", party, "w:0", entering[party][1]))
        elif chance < 0.66 and entering:
            party = dice.choice(list(entering))
            answer = meeting.wait("enter", party, "w:0", entering[party][1], True)
            if answer[0] == 0:
                entering.pop(party)
            else:
                settle(party, answer)
        elif chance < 0.85 and inside:
            party = dice.choice(list(inside))
            arrival, of = inside.pop(party)
            assert meeting.leave(party, arrival) == 1
            leaving[party] = of
        elif chance < 0.95 and leaving:
            party = dice.choice(list(leaving))
            of = leaving.pop(party)
            answer = meeting.wait("leave", party, "w:0", of)
            present = meeting.round(parties)
            if answer[0] == 0:
                leaving[party] = of
                assert present[3] == of and present[0] > 0
            elif answer[0] == 1:
                assert present[3] > of and not [p for p, (_, r) in inside.items() if r == of and p not in dead]
        elif chance < 0.97 and (inside or entering):
            # One dies: its lease is over, which a test need not wait for.
            party = dice.choice(list(inside) + list(entering))
            before = meeting.round(parties)
            if meeting.redis("ZADD", DOUBLE + ":m", "XX", "CH", "1", party) == 1:
                dead.add(party)
                inside.pop(party, None)
                entering.pop(party, None)
                after = meeting.round(parties)
                assert after[3] == before[3] + 1 or shrinks, (before, after)
        elif chance > 0.98:
            meeting.once("double_abort", DOUBLE)
    for party in list(entering):
        settle(party, meeting.wait("enter", party, "w:0", entering[party][1], True))
        entering.pop(party, None)
    for party, (arrival, _) in inside.items():
        assert meeting.leave(party, arrival) == 1
    inside.clear()
    present = meeting.round(parties)
    assert present[0] == 0 and present[1] == 0, present
    left_over = [key for key in meeting.redis("KEYS", DOUBLE + ":*") if b":o:" not in key]
    assert left_over == [], left_over
