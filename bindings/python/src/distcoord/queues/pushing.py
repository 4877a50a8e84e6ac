"""Pushing jobs, one or many."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from ctypes import byref, c_char_p, c_size_t
from typing import TYPE_CHECKING, Any, Optional, Union

from .. import _abi, _calls, _interrupt, errors
from .._handles import Handle
from .._library import functions
from .._slots import ID_CAPACITY, new_slot, slots
from .push import JobOptions, Push, options_from, options_of, options_of_push

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .push import MoreOptions

PushItem = Union[_calls.Payload, Push, "dict[str, Any]"]
"""One job of `push_many`: a payload, a `Push`, or a dict with the fields of one."""

_push = functions.queue_push
_pending = _interrupt.pending
_Error = _abi.distcoord_error
_take_slot = slots.pop
_put_slot = slots.append


class Pushes(Handle):
    """The part of a queue that takes jobs."""

    __slots__ = ()
    _name: str

    def push(
        self,
        payload: _calls.Payload,
        task: str = "",
        priority: int = 0,
        delay: float = 0,
        id: Optional[str] = None,
        retries: int = 3,
        backoff: float = 1.0,
        backoff_max: float = 300.0,
        result_ttl: float = 600.0,
        **more: Unpack[MoreOptions],
    ) -> str:
        """Pushes one job and returns its id. A waiting worker is handed the job at once.

        `payload`: bytes, or str, which is sent as UTF-8. `task`: what kind of work it is. `priority`: higher goes
        first, 32 bits. `delay`: seconds before it may be claimed. `id`: the caller's own, 1 to 128 bytes; None for a
        new one.
        `retries`: attempts after the first, 0 to 254. `backoff`: seconds before the first retry; it doubles with each
        further one up to `backoff_max`, and is drawn between half of that and the whole. `result_ttl`: seconds for
        which result or error are kept after the end, up to 30 days.
        By keyword only: `at`, `timeout`, `content_type`, `headers`, `unique`, `unique_mode`, `concurrency_key`,
        `capabilities`, `capability_timeout`, `pool`, `worker`, `after`, `on_failure`, `batch`: see `Push`.

        Raises JobExists when the id is known already (nothing is changed, so repeating a push is safe) or the unique
        key is taken (its `job_id` is the job that has it), JobNotFound when `after` names an unknown job, Conflict when
        the batch is sealed, TooLarge, InvalidArgument, ServerErrors.
        """
        data = payload if type(payload) is bytes else _calls.payload_bytes(payload)
        options = options_of((task, priority, delay, id, retries, backoff, backoff_max, result_ttl), more)
        try:
            slot = _take_slot()
        except IndexError:
            slot = new_slot()
        buffer, error, error_place = slot
        status = _push(
            self._pointer, data, len(data), options and options._pointer, buffer, ID_CAPACITY, error_place)
        if status == 0:
            known: str = buffer.value.decode()
            _put_slot(slot)
            if _pending:
                _calls.raise_due()
            return known
        if status == _abi.EXISTS:
            raise _exists(self._name, id, buffer.value.decode(), status)
        if status == _abi.NOT_FOUND:
            raise errors.about_job(
                errors.JobNotFound, f"queue {self._name!r} does not know all the jobs in `after`; the job was not"
                " pushed", None, status)
        raise _calls.failure(status, error)

    def push_many(self, jobs: Iterable[PushItem]) -> list[str]:
        """Pushes many jobs in as few round trips as their size allows and returns their ids in order; far cheaper than
        single pushes. `jobs`: payloads, `Push` objects, or dicts with the fields of a Push.

        Raises JobExists when ids were known already or unique keys taken, JobNotFound when jobs are to come `after`
        unknown ones: the other jobs were pushed, `pushed_ids` names them, and `refused` those that were not. Raises
        TooLarge, InvalidArgument, ServerErrors; then part of the jobs may have been pushed, again named by
        `pushed_ids`.
        """
        items = list(jobs)
        count = len(items)
        if not count:
            return []
        options: Optional[list[Optional[JobOptions]]] = None
        if set(map(type, items)) == {bytes}:
            payloads: list[Any] = items
        else:
            pushes = [_as_push(item) for item in items]
            payloads = [_calls.payload_bytes(push.payload) for push in pushes]
            options = [options_of_push(push) for push in pushes]
        option_array = None
        if options is not None and any(options):
            option_array = (_abi.distcoord_job_options * count)(
                *(option._pointer.value if option else None for option in options))
        return self._push_all(payloads, option_array)

    def _push_alike(self, payloads: list[bytes], options: Mapping[str, Any]) -> list[str]:
        """`push_many` of jobs that have all options alike, which are looked at once."""
        if not payloads:
            return []
        alike = options_from(options)
        option_array = None
        if alike is not None:
            option_array = (_abi.distcoord_job_options * len(payloads))(*[alike._pointer.value] * len(payloads))
        return self._push_all(payloads, option_array)

    def _push_all(self, payloads: list[bytes], option_array: Any) -> list[str]:
        count = len(payloads)
        receipt = _abi.distcoord_push_receipt()
        error = _Error()
        status = functions.queue_push_many(
            self._pointer, (c_char_p * count)(*payloads), lengths_of(payloads), option_array, count, byref(receipt),
            byref(error))
        ids = functions.push_receipt_ids(receipt).decode().split("\n")[:-1]
        refused = [] if status == _abi.OK else _refused(receipt, count)
        functions.push_receipt_free(receipt)
        if status == _abi.OK:
            if _pending:
                _calls.raise_due()
            return ids
        failed = self._not_all_pushed(status, error, refused)
        if isinstance(failed, errors.DistcoordError):
            failed.pushed_ids = tuple(ids)
            failed.refused = tuple((place, id) for place, _, id in refused)
        raise failed

    def _not_all_pushed(
        self, status: int, error: _abi.distcoord_error, refused: list[tuple[int, int, str]],
    ) -> BaseException:
        """The error of a `push_many`."""
        unknown = sum(each == _abi.NOT_FOUND for _, each, _ in refused)
        if status == _abi.EXISTS:
            return errors.about_job(
                errors.JobExists, f"queue {self._name!r} knows some of the ids already, or has jobs with these unique"
                " keys; the other jobs were pushed", refused[0][2] if len(refused) == 1 else None, status)
        if status == _abi.NOT_FOUND:
            return errors.about_job(
                errors.JobNotFound, f"queue {self._name!r} does not know all the jobs that {unknown} of these are to"
                " come `after`; the other jobs were pushed", None, status)
        return _calls.failure(status, error)


def lengths_of(data: Sequence[bytes]) -> Any:
    """A C array of the lengths; made of an `array`, which takes a quarter of the time of filling a ctypes one."""
    return (c_size_t * len(data)).from_buffer(array("L", map(len, data)))


def _as_push(item: PushItem) -> Push:
    """A job of `push_many` in its full form."""
    if isinstance(item, Push):
        return item
    if isinstance(item, dict):
        return Push(**item)
    return Push(item)


def _exists(name: str, asked: Optional[str], known: str, status: int) -> errors.JobError:
    """The error of a push that was refused because of a job that is there."""
    if asked is not None and known in ("", asked):
        message = f"queue {name!r} knows a job with the id {asked!r} already"
        return errors.about_job(errors.JobExists, message, asked, status)
    message = f"queue {name!r} has a job with this unique key already: {known}"
    return errors.about_job(errors.JobExists, message, known, status)


def _refused(receipt: _abi.distcoord_push_receipt, count: int) -> list[tuple[int, int, str]]:
    """Places, statuses and ids of the jobs of a call that the server has refused."""
    statuses = ((place, functions.push_receipt_status(receipt, place)) for place in range(count))
    return [
        (place, status, functions.push_receipt_id(receipt, place).decode())
        for place, status in statuses if status in (_abi.EXISTS, _abi.NOT_FOUND)]
