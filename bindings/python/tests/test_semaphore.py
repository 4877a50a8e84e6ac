"""Semaphores as their contract says."""

from __future__ import annotations

import threading

import pytest
from support import KEPT, Child, Server, eventually, in_thread

import distcoord


def test_as_many_as_there_are_permits(client: distcoord.Client, other: distcoord.Client) -> None:
    here, there = client.semaphore("x", 3), other.semaphore("x", 3)
    assert here.inspect().used == 0
    assert here.acquire() is True and here.acquire(False) is True and there.acquire(timeout=1) is True
    assert here.inspect() == (3, 3, 0)
    assert here.acquire(blocking=False) is False
    assert there.acquire(timeout=0.05) is False
    there.release()
    assert here.acquire(timeout=0) is True
    here.release(3)
    assert here.inspect() == (3, 0, 0)


def test_over_release(client: distcoord.Client, other: distcoord.Client) -> None:
    with other.semaphore("x", 2):
        plain, bounded = client.semaphore("x", 2), client.bounded_semaphore("x", 2)
        assert isinstance(bounded, distcoord.Semaphore)
        with pytest.raises(distcoord.NotOwner) as caught:
            plain.release()
        assert isinstance(caught.value, RuntimeError) and caught.value.name == "x"
        with pytest.raises(ValueError) as over:
            bounded.release()
        assert isinstance(over.value, distcoord.OverRelease) and isinstance(over.value, distcoord.DistcoordError)
        bounded.acquire()
        with pytest.raises(ValueError):
            bounded.release(2)
        assert bounded.inspect().used == 2
        bounded.release()
        assert plain.inspect().used == 1


def test_with(client: distcoord.Client, other: distcoord.Client) -> None:
    semaphore = client.semaphore("x", 1, timeout=0.1)
    with semaphore as permit:
        assert permit.owned() and permit.count == 1 and permit.fence > 0 and permit.name == "x"
        assert semaphore.permits == (permit,)
        with pytest.raises(distcoord.LockTimeout) as caught:
            with other.semaphore("x", 1, timeout=0.1):
                pytest.fail("entered")
        assert isinstance(caught.value, TimeoutError)
    assert semaphore.permits == () and semaphore.inspect().used == 0
    with pytest.raises(KeyError):
        with semaphore:
            raise KeyError
    assert semaphore.inspect().used == 0


def test_a_permit_released_and_taken_within_the_block(client: distcoord.Client) -> None:
    semaphore = client.semaphore("x", 2)
    with semaphore:
        semaphore.release()
        assert semaphore.acquire(timeout=0)
    assert semaphore.inspect().used == 0
    with pytest.raises(distcoord.NotOwner):
        with semaphore:
            semaphore.release()


def test_several_permits_at_once(client: distcoord.Client, other: distcoord.Client) -> None:
    semaphore = client.semaphore("x", 5)
    assert semaphore.acquire(count=3) and semaphore.acquire(count=2)
    assert semaphore.inspect().used == 5
    assert semaphore.acquire(timeout=0, count=1) is False
    with pytest.raises(distcoord.InvalidArgument, match="2, 3"):
        semaphore.release()
    assert semaphore.inspect().used == 5
    semaphore.release(3)
    assert semaphore.inspect().used == 2
    assert other.semaphore("x", 5).acquire(timeout=0, count=4) is False
    assert semaphore.acquire(count=1)
    semaphore.release(3)
    assert semaphore.inspect().used == 0


def test_a_wish_that_can_never_be_met_is_told_at_once(client: distcoord.Client) -> None:
    semaphore = client.semaphore("x", 2)
    with pytest.raises(distcoord.Conflict):
        semaphore.acquire(count=3)


def test_one_that_wants_many_is_not_overtaken(client: distcoord.Client, other: distcoord.Client) -> None:
    semaphore = client.semaphore("x", 3)
    semaphore.acquire(count=2)
    order: list[int] = []

    def take(count: int) -> None:
        own = other.semaphore("x", 3)
        own.acquire(count=count)
        order.append(count)
        own.release(count)

    waits = []
    for place, count in enumerate((3, 1)):
        waits.append(in_thread(lambda count=count: take(count)))
        eventually(lambda: semaphore.inspect().waiters == place + 1, "it waits")
    semaphore.release(2)
    for wait in waits:
        wait()
    assert order == [3, 1]


def test_another_thread_may_release(client: distcoord.Client) -> None:
    semaphore = client.semaphore("x", 1)
    assert in_thread(semaphore.acquire)() is True
    semaphore.release()
    assert semaphore.inspect().used == 0


def test_threads_of_one_object(client: distcoord.Client) -> None:
    semaphore = client.semaphore("x", 3)
    inside = most = 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(8):
            with semaphore:
                with guard:
                    inside += 1
                    most = max(most, inside)
                with guard:
                    inside -= 1

    for wait in [in_thread(work) for _ in range(8)]:
        wait()
    assert most <= 3 and semaphore.inspect().used == 0


def test_resizing(client: distcoord.Client, other: distcoord.Client) -> None:
    semaphore, there = client.semaphore("x", 1), other.semaphore("x", 1)
    semaphore.acquire()
    waits = [in_thread(there.acquire) for _ in range(2)]
    eventually(lambda: semaphore.inspect().waiters == 2, "both wait")
    semaphore.resize(3)
    for wait in waits:
        assert wait() is True
    semaphore.resize(1)
    assert semaphore.inspect() == (1, 3, 0), "nobody loses a permit"
    semaphore.release()
    assert semaphore.acquire(timeout=0) is False
    there.release(2)
    assert semaphore.acquire(timeout=0) is True


def test_the_first_to_acquire_sets_the_number(client: distcoord.Client, other: distcoord.Client) -> None:
    with client.semaphore("x", 2):
        with other.semaphore("x", 7) as permit:
            assert permit.owned() and other.semaphore("x", 7).inspect().permits == 2


def test_a_lost_permit_is_told(client: distcoord.Client, other: distcoord.Client) -> None:
    semaphore = client.semaphore("x", 2, lease=0.3, renew=False)
    assert semaphore.lost.wait(1) is False, "nothing is held"
    with pytest.raises(distcoord.LockLost) as caught:
        with semaphore as permit:
            assert semaphore.lost.wait(5) is True
            assert semaphore.lost and permit.lost and not permit.owned()
    assert caught.value.name == "x"
    assert not semaphore.lost
    assert other.semaphore("x", 2).acquire(timeout=5, count=2), "it came back"


def test_the_loss_of_any_permit_is_seen_by_poll_loops(client: distcoord.Client) -> None:
    import select

    semaphore = client.semaphore("x", 5, lease=60, renew=False)
    semaphore.acquire()
    descriptor = semaphore.lost.fileno()
    semaphore.acquire(count=2)
    assert select.select([semaphore.lost], [], [], 0)[0] == []
    assert semaphore.lost.wait(0) is False
    semaphore.permits[1].extend(0.3)
    assert select.select([descriptor], [], [], 10)[0], "the one that was taken later"
    assert semaphore.lost.is_set() and "set" in repr(semaphore.lost)
    with pytest.raises(distcoord.LockLost):
        semaphore.release(3)
    assert semaphore.permits == () and not semaphore.lost
    assert select.select([descriptor], [], [], 0)[0] == []
    eventually(lambda: semaphore.inspect().used == 0, "the lease ends by the server's clock too")


def test_waiting_for_the_loss_ends_when_all_is_given_back(client: distcoord.Client) -> None:
    semaphore = client.semaphore("x", 2)
    semaphore.acquire()
    waiting = in_thread(semaphore.lost.wait)
    semaphore.release()
    assert waiting() is False


def test_permits_are_renewed(client: distcoord.Client, other: distcoord.Client) -> None:
    with client.semaphore("x", 1, lease=KEPT) as permit:
        assert other.semaphore("x", 1).acquire(timeout=KEPT * 7 / 6) is False
        assert permit.owned()


def test_permits_of_the_dead_come_back(client: distcoord.Client, server: Server, namespace: str) -> None:
    program = f"s = client.semaphore('x', 2, lease={KEPT}); s.acquire(count=2); say('has'); input()"
    semaphore = client.semaphore("x", 2)
    with Child(server, namespace, program) as child:
        child.expect("has")
        assert semaphore.acquire(timeout=0) is False
        child.process.kill()
        assert semaphore.acquire(timeout=10, count=2) is True


def test_a_dropped_object_gives_its_permits_back(client: distcoord.Client, other: distcoord.Client) -> None:
    semaphore = client.semaphore("x", 2, lease=60)
    assert semaphore.acquire(count=2)
    del semaphore
    assert other.semaphore("x", 2).acquire(timeout=5, count=2)


def test_cancel(client: distcoord.Client, other: distcoord.Client) -> None:
    with other.semaphore("x", 1):
        semaphore = client.semaphore("x", 1)
        waiting = in_thread(semaphore.acquire)
        eventually(lambda: semaphore.inspect().waiters == 1, "it waits")
        semaphore.cancel()
        with pytest.raises(distcoord.Cancelled):
            waiting()
        assert semaphore.inspect().waiters == 0


@pytest.mark.parametrize("permits", [0, -1, 1_000_000_001])
def test_bad_numbers(client: distcoord.Client, permits: int) -> None:
    with pytest.raises(distcoord.InvalidArgument):
        client.semaphore("x", permits)
    semaphore = client.semaphore("x", 1)
    for call in (lambda: semaphore.acquire(count=permits), lambda: semaphore.release(permits),
                 lambda: semaphore.resize(permits)):
        with pytest.raises(distcoord.InvalidArgument):
            call()


def test_bad_waits(client: distcoord.Client) -> None:
    semaphore = client.semaphore("x", 1)
    with pytest.raises(ValueError):
        semaphore.acquire(blocking=False, timeout=1)
    for timeout in (-2, float("nan")):
        with pytest.raises(distcoord.InvalidArgument):
            semaphore.acquire(timeout=timeout)
    with pytest.raises(TypeError):
        client.semaphore("x", 1.5)  # type: ignore[arg-type]
