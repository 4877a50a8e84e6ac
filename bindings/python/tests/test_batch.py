"""Jobs that are counted together."""

from __future__ import annotations

import pickle

import pytest
from support import again_and_again, in_thread

import distcoord


@pytest.fixture
def queue(client: distcoord.Client) -> distcoord.Queue:
    return client.queue("q")


def test_a_batch_from_its_first_job_to_its_last(queue: distcoord.Queue, other: distcoord.Client) -> None:
    with queue.batch() as batch:
        ids = [queue.push(str(number), batch=batch, retries=0) for number in range(3)]
        ids += queue.push_many([distcoord.Push("many", batch=batch.id, retries=0)])
        assert batch.counts() == (4, 0, 0, 0, False) and not batch.counts().done
    waiting = in_thread(other.queue("q").batch(batch.id).wait)
    with pytest.raises(distcoord.BatchTimeout) as late:
        batch.wait(timeout=0.1)
    assert isinstance(late.value, TimeoutError) and late.value.counts == (4, 0, 0, 0, True)
    jobs = queue.claim_many(4)
    assert {job.batch for job in jobs} == {batch.id}
    jobs[0].complete()
    jobs[1].fail("broken")
    assert batch.counts().pending == 2
    jobs[2].release()
    queue.cancel_job(ids[2])
    jobs[3].complete()
    counts = waiting()
    assert counts == distcoord.BatchCounts(total=4, completed=2, failed=1, cancelled=1, sealed=True)
    assert counts.done and batch.wait(timeout=0) == counts


def test_a_batch_is_sealed_when_its_block_raises(queue: distcoord.Queue) -> None:
    with pytest.raises(KeyError):
        with queue.batch() as batch:
            queue.push("x", batch=batch)
            raise KeyError
    assert batch.counts().sealed
    batch.seal()
    with pytest.raises(distcoord.Conflict):
        queue.push("too late", batch=batch)


def test_an_empty_batch(queue: distcoord.Queue) -> None:
    batch = queue.batch()
    with pytest.raises(distcoord.BatchNotFound) as caught:
        batch.wait(timeout=0)
    assert isinstance(caught.value, LookupError)
    assert batch.counts() == (0, 0, 0, 0, False)
    batch.seal()
    assert batch.wait().done


def test_retrying_a_dead_job_opens_a_batch_again(queue: distcoord.Queue) -> None:
    with queue.batch("own-id") as batch:
        queue.push("x", batch=batch, retries=0)
    job = queue.claim()
    assert batch.id == "own-id" and job is not None
    job.fail("broken")
    assert batch.wait().failed == 1
    queue.retry_dead()
    assert not batch.counts().done
    again = queue.claim()
    assert again is not None
    again.complete()
    assert batch.wait(timeout=10) == (1, 1, 0, 0, True)


def test_waiting_for_a_batch_can_be_cancelled(queue: distcoord.Queue) -> None:
    batch = queue.batch()
    queue.push("x", batch=batch)
    waiting = in_thread(batch.wait)
    with again_and_again(batch.cancel), pytest.raises(distcoord.Cancelled):
        waiting()


def test_a_batch_pickles_by_its_id(queue: distcoord.Queue) -> None:
    batch = queue.batch()
    queue.push("x", batch=batch)
    twin = pickle.loads(pickle.dumps(batch))
    assert isinstance(twin, distcoord.Batch) and twin.id == batch.id
    assert twin.counts().total == 1 and twin.queue.name == "q"
    twin.queue._client.close()


def test_bad_ids_of_batches(queue: distcoord.Queue) -> None:
    for id in ("", "x" * 129, "a\nb"):
        with pytest.raises(distcoord.InvalidArgument):
            queue.batch(id)
