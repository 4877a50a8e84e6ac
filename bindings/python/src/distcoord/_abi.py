# Written by tools/generate_abi.py from include/distcoord.h. Do not edit.
"""Prototypes and constants of the C interface: what the header declares, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import (
    CDLL, CFUNCTYPE, POINTER, PyDLL, c_bool, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint64,
    c_void_p)
from typing import Any, Optional

ABI_VERSION = 1
LOCK_NAMES_MAX = 64
SEMAPHORE_PERMITS_MAX = 1000000000
VERSION_MAJOR = 0
VERSION_MINOR = 1
VERSION_PATCH = 0
VERSION_STRING = "0.1.0"

OK = 0
TIMED_OUT = 1
EMPTY = 2
NOT_HELD = 3
LOST = 4
EXISTS = 5
CANCELLED = 6
INTERRUPTED = 7
BROKEN = 8
NOT_FOUND = 9
EXPIRED = 10
CHANGED = 11
REJECTED = 12
ERROR_INVALID_ARGUMENT = -1
ERROR_TOO_LARGE = -2
ERROR_CLOSED = -3
ERROR_FORKED = -4
ERROR_CONFLICT = -5
ERROR_UNREACHABLE = -10
ERROR_NO_REPLY = -11
ERROR_NOT_PERMITTED = -12
ERROR_UNAVAILABLE = -13
ERROR_SERVER_FULL = -14
ERROR_UNSUPPORTED_SERVER = -15
ERROR_SERVER = -16
ERROR_INTERNAL = -90

LOG_OFF = 0
LOG_ERROR = 1
LOG_WARNING = 2
LOG_INFO = 3
LOG_DEBUG = 4

HEALTHY = 0
DEGRADED = 1
UNHEALTHY = 2

LOCK_FREE = 0
LOCK_HELD = 1
LOCK_LOST = 2

KIND_LOCK = 0
KIND_READ = 1
KIND_WRITE = 2
KIND_SEMAPHORE = 3
KIND_ELECTION = 4

HOLDS_ALL = 0
HOLDS_STALE = 1

COUNT_ACQUIRED = 0
COUNT_CONTENDED = 1
COUNT_TIMED_OUT = 2
COUNT_LOST = 3
COUNT_RELEASED = 4

TIME_WAIT = 0
TIME_HOLD = 1

ELECTION_FOLLOWER = 0
ELECTION_LEADER = 1
ELECTION_LOST = 2

ON_DEATH_BREAK = 0
ON_DEATH_SHRINK = 1

PARTY_OUTSIDE = 0
PARTY_INSIDE = 1
PARTY_LOST = 2

MEMBER_OUTSIDE = 0
MEMBER_JOINED = 1
MEMBER_LOST = 2

MEMBER_CAME = 0
MEMBER_CHANGED = 1
MEMBER_WENT = 2

STATE_ABSENT = 0
STATE_VALUE = 1
STATE_LIST = 2

TTL_NONE = 0
TTL_KEEP = -1

BREAKER_CLOSED = 0
BREAKER_OPEN = 1
BREAKER_HALF_OPEN = 2
BREAKER_FORCED_CLOSED = 3
BREAKER_FORCED_OPEN = 4

FALLBACK_LOCAL = 0
FALLBACK_CLOSED = 1
FALLBACK_OPEN = 2

CALL_SUCCEEDED = 0
CALL_FAILED = 1
CALL_DISCARDED = 2

LIMIT_TOKEN_BUCKET = 0
LIMIT_SLIDING_WINDOW = 1

JOB_CLAIMED = 0
JOB_SETTLED = 1
JOB_LOST = 2
JOB_CANCELLING = 3
JOB_EXPIRED = 4

UNIQUE_REFUSE = 0
UNIQUE_REPLACE = 1
UNIQUE_EXTEND = 2

DEPENDENCY_FAIL = 0
DEPENDENCY_SKIP = 1
DEPENDENCY_RUN = 2

RESULT_COMPLETED = 0
RESULT_DEAD = 1
RESULT_CANCELLED = 2
RESULT_SKIPPED = 3

STATE_WAITING = 0
STATE_DELAYED = 1
STATE_ACTIVE = 2
STATE_BLOCKED = 3
STATE_DEAD = 4
STATE_COMPLETED = 5
STATE_CANCELLED = 6
STATE_SKIPPED = 7

MISSED_RUN_ONCE = 0
MISSED_SKIP = 1

WORKER_PROCESSED = 0
WORKER_FAILED = 1
WORKER_RELEASED = 2
WORKER_LOST = 3
WORKER_RUNNING = 4
WORKER_AHEAD = 5
WORKER_CANCELLED = 6

GROUP_ALL = 0
GROUP_BEST_EFFORT = 1
GROUP_AT_LEAST = 2

RUN_RUNNING = 0
RUN_PAUSED = 1
RUN_STOPPING = 2
RUN_SUCCEEDED = 3
RUN_FAILED = 4
RUN_CANCELLED = 5

TASK_WAITING = 0
TASK_READY = 1
TASK_RUNNING = 2
TASK_SUCCEEDED = 3
TASK_FAILED = 4
TASK_SKIPPED = 5
TASK_CANCELLED = 6
TASK_BLOCKED = 7

NODE_TASK = 0
NODE_GROUP = 1
NODE_MAP = 2
NODE_ITEM = 3

RUN_EVENT_STARTED = 0
RUN_EVENT_ENDED = 1
RUN_EVENT_PAUSED = 2
RUN_EVENT_RESUMED = 3
RUN_EVENT_STOPPING = 4
RUN_EVENT_NODE_ENDED = 5
RUN_EVENT_RETRY = 6
RUN_EVENT_EXPANDED = 7
RUN_EVENT_REPEATED = 8


# One class per opaque type, so that ctypes refuses one object in the place of another.


class distcoord_artifact_list(c_void_p):
    """Pointer to a `distcoord_artifact_list`."""


class distcoord_barrier(c_void_p):
    """Pointer to a `distcoord_barrier`."""


class distcoord_batch(c_void_p):
    """Pointer to a `distcoord_batch`."""


class distcoord_batch_counts(c_void_p):
    """Pointer to a `distcoord_batch_counts`."""


class distcoord_breaker(c_void_p):
    """Pointer to a `distcoord_breaker`."""


class distcoord_breaker_info(c_void_p):
    """Pointer to a `distcoord_breaker_info`."""


class distcoord_breaker_options(c_void_p):
    """Pointer to a `distcoord_breaker_options`."""


class distcoord_client(c_void_p):
    """Pointer to a `distcoord_client`."""


class distcoord_consumer(c_void_p):
    """Pointer to a `distcoord_consumer`."""


class distcoord_consumer_options(c_void_p):
    """Pointer to a `distcoord_consumer_options`."""


class distcoord_double_barrier(c_void_p):
    """Pointer to a `distcoord_double_barrier`."""


class distcoord_double_barrier_options(c_void_p):
    """Pointer to a `distcoord_double_barrier_options`."""


class distcoord_election(c_void_p):
    """Pointer to a `distcoord_election`."""


class distcoord_election_options(c_void_p):
    """Pointer to a `distcoord_election_options`."""


class distcoord_error(c_void_p):
    """Pointer to a `distcoord_error`."""


class distcoord_event(c_void_p):
    """Pointer to a `distcoord_event`."""


class distcoord_health(c_void_p):
    """Pointer to a `distcoord_health`."""


class distcoord_holds(c_void_p):
    """Pointer to a `distcoord_holds`."""


class distcoord_instance(c_void_p):
    """Pointer to a `distcoord_instance`."""


class distcoord_instance_list(c_void_p):
    """Pointer to a `distcoord_instance_list`."""


class distcoord_instance_options(c_void_p):
    """Pointer to a `distcoord_instance_options`."""


class distcoord_job(c_void_p):
    """Pointer to a `distcoord_job`."""


class distcoord_job_list(c_void_p):
    """Pointer to a `distcoord_job_list`."""


class distcoord_job_options(c_void_p):
    """Pointer to a `distcoord_job_options`."""


class distcoord_latch(c_void_p):
    """Pointer to a `distcoord_latch`."""


class distcoord_leader_info(c_void_p):
    """Pointer to a `distcoord_leader_info`."""


class distcoord_limiter(c_void_p):
    """Pointer to a `distcoord_limiter`."""


class distcoord_limiter_options(c_void_p):
    """Pointer to a `distcoord_limiter_options`."""


class distcoord_lock(c_void_p):
    """Pointer to a `distcoord_lock`."""


class distcoord_lock_info(c_void_p):
    """Pointer to a `distcoord_lock_info`."""


class distcoord_lock_options(c_void_p):
    """Pointer to a `distcoord_lock_options`."""


class distcoord_lock_statistics(c_void_p):
    """Pointer to a `distcoord_lock_statistics`."""


class distcoord_member_change(c_void_p):
    """Pointer to a `distcoord_member_change`."""


class distcoord_member_list(c_void_p):
    """Pointer to a `distcoord_member_list`."""


class distcoord_membership(c_void_p):
    """Pointer to a `distcoord_membership`."""


class distcoord_membership_options(c_void_p):
    """Pointer to a `distcoord_membership_options`."""


class distcoord_message(c_void_p):
    """Pointer to a `distcoord_message`."""


class distcoord_options(c_void_p):
    """Pointer to a `distcoord_options`."""


class distcoord_producer(c_void_p):
    """Pointer to a `distcoord_producer`."""


class distcoord_push_failures(c_void_p):
    """Pointer to a `distcoord_push_failures`."""


class distcoord_push_receipt(c_void_p):
    """Pointer to a `distcoord_push_receipt`."""


class distcoord_queue(c_void_p):
    """Pointer to a `distcoord_queue`."""


class distcoord_queue_counts(c_void_p):
    """Pointer to a `distcoord_queue_counts`."""


class distcoord_queue_settings(c_void_p):
    """Pointer to a `distcoord_queue_settings`."""


class distcoord_result(c_void_p):
    """Pointer to a `distcoord_result`."""


class distcoord_run(c_void_p):
    """Pointer to a `distcoord_run`."""


class distcoord_run_event(c_void_p):
    """Pointer to a `distcoord_run_event`."""


class distcoord_run_list(c_void_p):
    """Pointer to a `distcoord_run_list`."""


class distcoord_run_options(c_void_p):
    """Pointer to a `distcoord_run_options`."""


class distcoord_run_summary(c_void_p):
    """Pointer to a `distcoord_run_summary`."""


class distcoord_rwlock(c_void_p):
    """Pointer to a `distcoord_rwlock`."""


class distcoord_schedule_list(c_void_p):
    """Pointer to a `distcoord_schedule_list`."""


class distcoord_schedule_options(c_void_p):
    """Pointer to a `distcoord_schedule_options`."""


class distcoord_semaphore(c_void_p):
    """Pointer to a `distcoord_semaphore`."""


class distcoord_state(c_void_p):
    """Pointer to a `distcoord_state`."""


class distcoord_state_entry(c_void_p):
    """Pointer to a `distcoord_state_entry`."""


class distcoord_state_page(c_void_p):
    """Pointer to a `distcoord_state_page`."""


class distcoord_subscription(c_void_p):
    """Pointer to a `distcoord_subscription`."""


class distcoord_task_inputs(c_void_p):
    """Pointer to a `distcoord_task_inputs`."""


class distcoord_task_list(c_void_p):
    """Pointer to a `distcoord_task_list`."""


class distcoord_topic(c_void_p):
    """Pointer to a `distcoord_topic`."""


class distcoord_topic_info(c_void_p):
    """Pointer to a `distcoord_topic_info`."""


class distcoord_topic_options(c_void_p):
    """Pointer to a `distcoord_topic_options`."""


class distcoord_watch(c_void_p):
    """Pointer to a `distcoord_watch`."""


class distcoord_worker(c_void_p):
    """Pointer to a `distcoord_worker`."""


class distcoord_worker_list(c_void_p):
    """Pointer to a `distcoord_worker_list`."""


class distcoord_workflow(c_void_p):
    """Pointer to a `distcoord_workflow`."""


distcoord_log_function = CFUNCTYPE(None, c_void_p, c_int32, c_char_p)
distcoord_interrupt_function = CFUNCTYPE(c_int32, c_void_p)
distcoord_leadership_acquired = CFUNCTYPE(None, c_void_p, c_uint64)
distcoord_leadership_ended = CFUNCTYPE(None, c_void_p, c_uint64, c_bool)
distcoord_barrier_action = CFUNCTYPE(c_int32, c_void_p)
distcoord_guarded_call = CFUNCTYPE(c_int32, c_void_p)
distcoord_job_handler = CFUNCTYPE(None, distcoord_job, c_void_p)


class Functions:
    """The functions of a loaded library, with their prototypes set."""

    __slots__ = (
        "abi_version",
        "artifact_fetch",
        "artifact_list_count",
        "artifact_list_free",
        "artifact_list_name",
        "artifact_list_published_ms",
        "artifact_list_sha256",
        "artifact_list_size",
        "artifact_publish",
        "artifacts_list",
        "barrier_abort",
        "barrier_cancel",
        "barrier_free",
        "barrier_inspect",
        "barrier_open",
        "barrier_parties",
        "barrier_reset",
        "barrier_wait",
        "barrier_wait_acting",
        "batch_cancel",
        "batch_counts_cancelled",
        "batch_counts_completed",
        "batch_counts_failed",
        "batch_counts_free",
        "batch_counts_is_sealed",
        "batch_counts_total",
        "batch_free",
        "batch_id",
        "batch_open",
        "batch_seal",
        "batch_wait",
        "breaker_allow",
        "breaker_call",
        "breaker_flush",
        "breaker_force",
        "breaker_free",
        "breaker_info_failed",
        "breaker_info_failures",
        "breaker_info_free",
        "breaker_info_opened",
        "breaker_info_rejected",
        "breaker_info_retry_after_ms",
        "breaker_info_since_ms",
        "breaker_info_state",
        "breaker_info_succeeded",
        "breaker_info_trials",
        "breaker_inspect",
        "breaker_open",
        "breaker_options_free",
        "breaker_options_new",
        "breaker_options_set_failure_threshold",
        "breaker_options_set_fallback",
        "breaker_options_set_flush_ms",
        "breaker_options_set_recovery_ms",
        "breaker_options_set_sampling_ms",
        "breaker_options_set_trial_timeout_ms",
        "breaker_options_set_trials",
        "breaker_report",
        "breaker_reset",
        "breaker_state",
        "breaker_watch",
        "breaker_watch_next",
        "channel_publish",
        "client_cancel",
        "client_check",
        "client_close",
        "client_free",
        "client_id",
        "client_namespace",
        "client_open",
        "client_ping",
        "client_url",
        "consumer_acknowledge",
        "consumer_acknowledge_many",
        "consumer_cancel",
        "consumer_close",
        "consumer_free",
        "consumer_missed",
        "consumer_name",
        "consumer_next",
        "consumer_open",
        "consumer_options_free",
        "consumer_options_new",
        "consumer_options_set_ack_timeout_ms",
        "consumer_options_set_from_new",
        "consumer_options_set_lease_ms",
        "consumer_options_set_name",
        "consumer_options_set_prefetch",
        "consumer_release",
        "cron_next",
        "double_barrier_abort",
        "double_barrier_cancel",
        "double_barrier_enter",
        "double_barrier_event_fd",
        "double_barrier_free",
        "double_barrier_inspect",
        "double_barrier_leave",
        "double_barrier_open",
        "double_barrier_options_free",
        "double_barrier_options_new",
        "double_barrier_options_set_lease_ms",
        "double_barrier_options_set_on_death",
        "double_barrier_state",
        "election_campaign",
        "election_cancel",
        "election_event_fd",
        "election_evict",
        "election_free",
        "election_leader",
        "election_observe",
        "election_open",
        "election_options_free",
        "election_options_new",
        "election_options_set_lease_ms",
        "election_options_set_renewal_ms",
        "election_options_set_step_down_ms",
        "election_options_set_value",
        "election_resign",
        "election_run",
        "election_set_value",
        "election_state",
        "election_term",
        "election_wait_lost",
        "election_watch",
        "election_watch_next",
        "error_free",
        "error_is_retriable",
        "error_message",
        "error_server_text",
        "error_status",
        "event_cancel",
        "event_clear",
        "event_free",
        "event_is_set",
        "event_open",
        "event_set",
        "event_wait",
        "guardian_run",
        "health_check_state",
        "health_count",
        "health_detail",
        "health_free",
        "health_name",
        "health_state",
        "holds_break",
        "holds_client",
        "holds_count",
        "holds_fence",
        "holds_free",
        "holds_held_ms",
        "holds_holder",
        "holds_host",
        "holds_is_stale",
        "holds_kind",
        "holds_lease_left_ms",
        "holds_list",
        "holds_name",
        "holds_owner",
        "holds_permits",
        "holds_pid",
        "holds_release_client",
        "holds_since_ms",
        "holds_waiters",
        "instance_cancel",
        "instance_free",
        "instance_identity",
        "instance_index",
        "instance_is_coordinator",
        "instance_join",
        "instance_list_capabilities",
        "instance_list_count",
        "instance_list_free",
        "instance_list_index",
        "instance_list_worker",
        "instance_members",
        "instance_options_free",
        "instance_options_new",
        "instance_options_set_capabilities",
        "instance_options_set_expiry_ms",
        "instance_options_set_fail_fast",
        "instance_options_set_identity",
        "instance_options_set_index",
        "instance_options_set_index_variable",
        "instance_options_set_lease_ms",
        "instance_options_set_prefix",
        "instance_options_set_total",
        "instance_options_set_total_variable",
        "instance_options_set_with_attempt",
        "instance_queue",
        "instance_run",
        "instance_total",
        "instance_wait",
        "job_attempt",
        "job_batch",
        "job_cancelled",
        "job_complete",
        "job_content_type",
        "job_event_fd",
        "job_fail",
        "job_fail_with",
        "job_fence",
        "job_free",
        "job_header_count",
        "job_header_name",
        "job_header_value",
        "job_id",
        "job_list_after",
        "job_list_attempt",
        "job_list_batch",
        "job_list_cancelling",
        "job_list_capabilities",
        "job_list_client",
        "job_list_concurrency_key",
        "job_list_content_type",
        "job_list_count",
        "job_list_due_ms",
        "job_list_error_message",
        "job_list_error_traceback",
        "job_list_error_type",
        "job_list_error_worker",
        "job_list_failed_ms",
        "job_list_free",
        "job_list_header_count",
        "job_list_header_name",
        "job_list_header_value",
        "job_list_id",
        "job_list_max_attempts",
        "job_list_payload",
        "job_list_priority",
        "job_list_progress",
        "job_list_progress_text",
        "job_list_pushed_ms",
        "job_list_state",
        "job_list_task",
        "job_list_unique_key",
        "job_list_worker",
        "job_max_attempts",
        "job_options_free",
        "job_options_new",
        "job_options_set_after",
        "job_options_set_at_ms",
        "job_options_set_backoff_ms",
        "job_options_set_batch",
        "job_options_set_capabilities",
        "job_options_set_capability_timeout_ms",
        "job_options_set_concurrency_key",
        "job_options_set_content_type",
        "job_options_set_delay_ms",
        "job_options_set_header",
        "job_options_set_id",
        "job_options_set_max_attempts",
        "job_options_set_pool",
        "job_options_set_priority",
        "job_options_set_result_ttl_ms",
        "job_options_set_task",
        "job_options_set_timeout_ms",
        "job_options_set_unique",
        "job_options_set_worker",
        "job_payload",
        "job_priority",
        "job_progress",
        "job_pushed_ms",
        "job_queue",
        "job_release",
        "job_release_after",
        "job_state",
        "job_task",
        "job_timeout_ms",
        "latch_cancel",
        "latch_count",
        "latch_count_down",
        "latch_free",
        "latch_open",
        "latch_reset",
        "latch_wait",
        "leader_info_candidates",
        "leader_info_free",
        "leader_info_label",
        "leader_info_lease_left_ms",
        "leader_info_since_ms",
        "leader_info_term",
        "leader_info_value",
        "limiter_acquire",
        "limiter_cancel",
        "limiter_free",
        "limiter_inspect",
        "limiter_open",
        "limiter_options_free",
        "limiter_options_new",
        "limiter_options_set_algorithm",
        "limiter_options_set_burst",
        "limiter_options_set_limit",
        "limiter_reset",
        "lock_acquire",
        "lock_adopt",
        "lock_break",
        "lock_cancel",
        "lock_depth",
        "lock_detach",
        "lock_event_fd",
        "lock_extend",
        "lock_fence",
        "lock_free",
        "lock_info_fence",
        "lock_info_free",
        "lock_info_held_ms",
        "lock_info_holder",
        "lock_info_lease_left_ms",
        "lock_info_owner",
        "lock_info_waiter",
        "lock_info_waiters",
        "lock_inspect",
        "lock_lease_left_ms",
        "lock_open",
        "lock_open_many",
        "lock_options_free",
        "lock_options_new",
        "lock_options_set_fair",
        "lock_options_set_lease_ms",
        "lock_options_set_linger_ms",
        "lock_options_set_owner",
        "lock_options_set_reentrant",
        "lock_options_set_renew",
        "lock_options_set_tracing",
        "lock_options_set_wait_ms",
        "lock_release",
        "lock_state",
        "lock_statistics_count",
        "lock_statistics_free",
        "lock_statistics_mean_us",
        "lock_statistics_percentile_us",
        "lock_statistics_read",
        "lock_statistics_reset",
        "lock_wait_lost",
        "member_change_free",
        "member_change_id",
        "member_change_kind",
        "member_change_label",
        "member_change_value",
        "member_list_count",
        "member_list_free",
        "member_list_id",
        "member_list_label",
        "member_list_lease_left_ms",
        "member_list_since_ms",
        "member_list_value",
        "membership_cancel",
        "membership_event_fd",
        "membership_free",
        "membership_id",
        "membership_join",
        "membership_leave",
        "membership_list",
        "membership_open",
        "membership_options_free",
        "membership_options_new",
        "membership_options_set_id",
        "membership_options_set_lease_ms",
        "membership_options_set_value",
        "membership_set_value",
        "membership_state",
        "membership_wait_lost",
        "membership_watch",
        "membership_watch_next",
        "message_deliveries",
        "message_free",
        "message_id",
        "message_length",
        "message_missed",
        "message_payload",
        "message_published_ms",
        "message_source",
        "options_free",
        "options_new",
        "options_set_command_timeout_ms",
        "options_set_connect_timeout_ms",
        "options_set_credentials",
        "options_set_guardian",
        "options_set_interrupt",
        "options_set_label",
        "options_set_log",
        "options_set_max_payload",
        "options_set_minimum_nodes",
        "options_set_namespace",
        "producer_cancel",
        "producer_close",
        "producer_failures",
        "producer_flush",
        "producer_free",
        "producer_open",
        "producer_pending",
        "producer_push",
        "producer_sent",
        "producer_set_batch",
        "producer_set_capacity",
        "producer_set_retry_ms",
        "push_failures_count",
        "push_failures_free",
        "push_failures_id",
        "push_failures_message",
        "push_failures_status",
        "push_receipt_count",
        "push_receipt_free",
        "push_receipt_id",
        "push_receipt_ids",
        "push_receipt_status",
        "queue_cancel",
        "queue_cancel_job",
        "queue_claim",
        "queue_complete_many",
        "queue_count",
        "queue_counts_active",
        "queue_counts_blocked",
        "queue_counts_cancelled",
        "queue_counts_claimers",
        "queue_counts_completed",
        "queue_counts_dead",
        "queue_counts_delayed",
        "queue_counts_failed",
        "queue_counts_free",
        "queue_counts_unserved",
        "queue_counts_waiting",
        "queue_find",
        "queue_free",
        "queue_inspect",
        "queue_inspect_settings",
        "queue_list",
        "queue_list_schedules",
        "queue_name",
        "queue_open",
        "queue_pause",
        "queue_promote",
        "queue_purge",
        "queue_push",
        "queue_push_many",
        "queue_remove_schedule",
        "queue_result",
        "queue_resume",
        "queue_retry_dead",
        "queue_set_capabilities",
        "queue_set_history",
        "queue_set_key_limit",
        "queue_set_lease_ms",
        "queue_set_partitions",
        "queue_set_rate_limit",
        "queue_set_schedule",
        "queue_set_worker",
        "queue_settings_dead",
        "queue_settings_free",
        "queue_settings_is_paused",
        "queue_settings_key_limit",
        "queue_settings_rate_count",
        "queue_settings_rate_period_ms",
        "queue_settings_results",
        "result_attempts",
        "result_bytes",
        "result_error_type",
        "result_finished_ms",
        "result_free",
        "result_state",
        "result_traceback",
        "result_worker",
        "run_cancel",
        "run_delete",
        "run_event_free",
        "run_event_kind",
        "run_event_number",
        "run_event_state",
        "run_event_task",
        "run_event_text",
        "run_event_time_ms",
        "run_free",
        "run_id",
        "run_identity",
        "run_list_count",
        "run_list_free",
        "run_list_id",
        "run_list_summary",
        "run_open",
        "run_options_free",
        "run_options_new",
        "run_options_set_fail_fast",
        "run_options_set_id",
        "run_options_set_retention_ms",
        "run_pause",
        "run_result",
        "run_resume",
        "run_start",
        "run_state",
        "run_stop",
        "run_summary_count",
        "run_summary_ended_ms",
        "run_summary_free",
        "run_summary_reason",
        "run_summary_started_ms",
        "run_summary_state",
        "run_summary_workflow",
        "run_tasks",
        "run_wait",
        "run_watch",
        "run_watch_next",
        "runs_list",
        "rwlock_cancel",
        "rwlock_downgrade",
        "rwlock_free",
        "rwlock_inspect",
        "rwlock_open",
        "rwlock_read",
        "rwlock_write",
        "schedule_list_count",
        "schedule_list_cron",
        "schedule_list_free",
        "schedule_list_interval_ms",
        "schedule_list_last_ms",
        "schedule_list_missed",
        "schedule_list_name",
        "schedule_list_next_ms",
        "schedule_list_runs",
        "schedule_list_task",
        "schedule_list_time_zone",
        "schedule_options_free",
        "schedule_options_new",
        "schedule_options_set_cron",
        "schedule_options_set_interval_ms",
        "schedule_options_set_missed",
        "schedule_options_set_start_ms",
        "semaphore_acquire",
        "semaphore_cancel",
        "semaphore_free",
        "semaphore_inspect",
        "semaphore_open",
        "semaphore_resize",
        "state_add",
        "state_append",
        "state_clear",
        "state_delete",
        "state_entry_free",
        "state_entry_key",
        "state_entry_kind",
        "state_entry_length",
        "state_entry_ttl_left_ms",
        "state_entry_value",
        "state_entry_version",
        "state_expire",
        "state_free",
        "state_get",
        "state_items",
        "state_list",
        "state_open",
        "state_page_count",
        "state_page_cursor",
        "state_page_entry",
        "state_page_free",
        "state_set",
        "state_set_if",
        "state_watch",
        "state_watch_next",
        "status_name",
        "subscription_add",
        "subscription_cancel",
        "subscription_event_fd",
        "subscription_free",
        "subscription_missed",
        "subscription_next",
        "subscription_open",
        "subscription_remove",
        "task_add",
        "task_fetch_inputs",
        "task_index",
        "task_inputs_bytes",
        "task_inputs_count",
        "task_inputs_free",
        "task_inputs_is_many",
        "task_inputs_need",
        "task_inputs_state",
        "task_inputs_task",
        "task_item",
        "task_list_attempts",
        "task_list_capabilities",
        "task_list_count",
        "task_list_ended_ms",
        "task_list_error",
        "task_list_free",
        "task_list_group",
        "task_list_kind",
        "task_list_name",
        "task_list_needs",
        "task_list_ready_ms",
        "task_list_round",
        "task_list_started_ms",
        "task_list_state",
        "task_list_worker",
        "task_name",
        "task_open_run",
        "task_repeat",
        "task_round",
        "task_run",
        "task_skip",
        "topic_delete_group",
        "topic_free",
        "topic_info_first_id",
        "topic_info_free",
        "topic_info_group_consumers",
        "topic_info_group_count",
        "topic_info_group_held",
        "topic_info_group_name",
        "topic_info_group_waiting",
        "topic_info_last_id",
        "topic_info_messages",
        "topic_info_published",
        "topic_inspect",
        "topic_open",
        "topic_options_free",
        "topic_options_new",
        "topic_options_set_max_age_ms",
        "topic_options_set_max_messages",
        "topic_publish",
        "topic_publish_many",
        "topic_seek",
        "topic_subscribe",
        "topic_trim",
        "version",
        "watch_cancel",
        "watch_event_fd",
        "watch_free",
        "worker_add_queue",
        "worker_cancel",
        "worker_count",
        "worker_done",
        "worker_drain",
        "worker_free",
        "worker_list_capabilities",
        "worker_list_client",
        "worker_list_concurrency",
        "worker_list_count",
        "worker_list_free",
        "worker_list_host",
        "worker_list_is_stopping",
        "worker_list_name",
        "worker_list_pid",
        "worker_list_queues",
        "worker_list_rate",
        "worker_list_seen_ms",
        "worker_list_started_ms",
        "worker_list_tally",
        "worker_list_uptime_seconds",
        "worker_name",
        "worker_next",
        "worker_open",
        "worker_run",
        "worker_set_capabilities",
        "worker_set_concurrency",
        "worker_set_lease_ms",
        "worker_set_own_queue",
        "worker_set_partitions",
        "worker_set_pool",
        "worker_set_prefetch",
        "worker_shutdown",
        "worker_stop",
        "workers_list",
        "workflow_add_group",
        "workflow_add_loop",
        "workflow_add_map",
        "workflow_add_need",
        "workflow_add_task",
        "workflow_check_capabilities",
        "workflow_count",
        "workflow_fingerprint",
        "workflow_free",
        "workflow_name",
        "workflow_new",
        "workflow_node",
        "workflow_set_always",
        "workflow_set_language",
        "workflow_set_policy",
        "workflow_validate",
    )

    abi_version: Callable[..., int]
    artifact_fetch: Callable[..., int]
    artifact_list_count: Callable[..., int]
    artifact_list_free: Callable[..., None]
    artifact_list_name: Callable[..., bytes]
    artifact_list_published_ms: Callable[..., int]
    artifact_list_sha256: Callable[..., bytes]
    artifact_list_size: Callable[..., int]
    artifact_publish: Callable[..., int]
    artifacts_list: Callable[..., int]
    barrier_abort: Callable[..., int]
    barrier_cancel: Callable[..., None]
    barrier_free: Callable[..., None]
    barrier_inspect: Callable[..., int]
    barrier_open: Callable[..., int]
    barrier_parties: Callable[..., int]
    barrier_reset: Callable[..., int]
    barrier_wait: Callable[..., int]
    barrier_wait_acting: Callable[..., int]
    batch_cancel: Callable[..., None]
    batch_counts_cancelled: Callable[..., int]
    batch_counts_completed: Callable[..., int]
    batch_counts_failed: Callable[..., int]
    batch_counts_free: Callable[..., None]
    batch_counts_is_sealed: Callable[..., bool]
    batch_counts_total: Callable[..., int]
    batch_free: Callable[..., None]
    batch_id: Callable[..., bytes]
    batch_open: Callable[..., int]
    batch_seal: Callable[..., int]
    batch_wait: Callable[..., int]
    breaker_allow: Callable[..., int]
    breaker_call: Callable[..., int]
    breaker_flush: Callable[..., int]
    breaker_force: Callable[..., int]
    breaker_free: Callable[..., None]
    breaker_info_failed: Callable[..., int]
    breaker_info_failures: Callable[..., int]
    breaker_info_free: Callable[..., None]
    breaker_info_opened: Callable[..., int]
    breaker_info_rejected: Callable[..., int]
    breaker_info_retry_after_ms: Callable[..., int]
    breaker_info_since_ms: Callable[..., int]
    breaker_info_state: Callable[..., int]
    breaker_info_succeeded: Callable[..., int]
    breaker_info_trials: Callable[..., int]
    breaker_inspect: Callable[..., int]
    breaker_open: Callable[..., int]
    breaker_options_free: Callable[..., None]
    breaker_options_new: Callable[..., distcoord_breaker_options]
    breaker_options_set_failure_threshold: Callable[..., int]
    breaker_options_set_fallback: Callable[..., int]
    breaker_options_set_flush_ms: Callable[..., int]
    breaker_options_set_recovery_ms: Callable[..., int]
    breaker_options_set_sampling_ms: Callable[..., int]
    breaker_options_set_trial_timeout_ms: Callable[..., int]
    breaker_options_set_trials: Callable[..., int]
    breaker_report: Callable[..., int]
    breaker_reset: Callable[..., int]
    breaker_state: Callable[..., int]
    breaker_watch: Callable[..., int]
    breaker_watch_next: Callable[..., int]
    channel_publish: Callable[..., int]
    client_cancel: Callable[..., None]
    client_check: Callable[..., int]
    client_close: Callable[..., int]
    client_free: Callable[..., None]
    client_id: Callable[..., bytes]
    client_namespace: Callable[..., bytes]
    client_open: Callable[..., int]
    client_ping: Callable[..., int]
    client_url: Callable[..., bytes]
    consumer_acknowledge: Callable[..., int]
    consumer_acknowledge_many: Callable[..., int]
    consumer_cancel: Callable[..., None]
    consumer_close: Callable[..., int]
    consumer_free: Callable[..., None]
    consumer_missed: Callable[..., int]
    consumer_name: Callable[..., bytes]
    consumer_next: Callable[..., int]
    consumer_open: Callable[..., int]
    consumer_options_free: Callable[..., None]
    consumer_options_new: Callable[..., distcoord_consumer_options]
    consumer_options_set_ack_timeout_ms: Callable[..., int]
    consumer_options_set_from_new: Callable[..., int]
    consumer_options_set_lease_ms: Callable[..., int]
    consumer_options_set_name: Callable[..., int]
    consumer_options_set_prefetch: Callable[..., int]
    consumer_release: Callable[..., int]
    cron_next: Callable[..., int]
    double_barrier_abort: Callable[..., int]
    double_barrier_cancel: Callable[..., None]
    double_barrier_enter: Callable[..., int]
    double_barrier_event_fd: Callable[..., int]
    double_barrier_free: Callable[..., None]
    double_barrier_inspect: Callable[..., int]
    double_barrier_leave: Callable[..., int]
    double_barrier_open: Callable[..., int]
    double_barrier_options_free: Callable[..., None]
    double_barrier_options_new: Callable[..., distcoord_double_barrier_options]
    double_barrier_options_set_lease_ms: Callable[..., int]
    double_barrier_options_set_on_death: Callable[..., int]
    double_barrier_state: Callable[..., int]
    election_campaign: Callable[..., int]
    election_cancel: Callable[..., None]
    election_event_fd: Callable[..., int]
    election_evict: Callable[..., int]
    election_free: Callable[..., None]
    election_leader: Callable[..., int]
    election_observe: Callable[..., int]
    election_open: Callable[..., int]
    election_options_free: Callable[..., None]
    election_options_new: Callable[..., distcoord_election_options]
    election_options_set_lease_ms: Callable[..., int]
    election_options_set_renewal_ms: Callable[..., int]
    election_options_set_step_down_ms: Callable[..., int]
    election_options_set_value: Callable[..., int]
    election_resign: Callable[..., int]
    election_run: Callable[..., int]
    election_set_value: Callable[..., int]
    election_state: Callable[..., int]
    election_term: Callable[..., int]
    election_wait_lost: Callable[..., int]
    election_watch: Callable[..., int]
    election_watch_next: Callable[..., int]
    error_free: Callable[..., None]
    error_is_retriable: Callable[..., bool]
    error_message: Callable[..., bytes]
    error_server_text: Callable[..., bytes]
    error_status: Callable[..., int]
    event_cancel: Callable[..., None]
    event_clear: Callable[..., int]
    event_free: Callable[..., None]
    event_is_set: Callable[..., int]
    event_open: Callable[..., int]
    event_set: Callable[..., int]
    event_wait: Callable[..., int]
    guardian_run: Callable[..., int]
    health_check_state: Callable[..., int]
    health_count: Callable[..., int]
    health_detail: Callable[..., bytes]
    health_free: Callable[..., None]
    health_name: Callable[..., bytes]
    health_state: Callable[..., int]
    holds_break: Callable[..., int]
    holds_client: Callable[..., bytes]
    holds_count: Callable[..., int]
    holds_fence: Callable[..., int]
    holds_free: Callable[..., None]
    holds_held_ms: Callable[..., int]
    holds_holder: Callable[..., bytes]
    holds_host: Callable[..., bytes]
    holds_is_stale: Callable[..., bool]
    holds_kind: Callable[..., int]
    holds_lease_left_ms: Callable[..., int]
    holds_list: Callable[..., int]
    holds_name: Callable[..., bytes]
    holds_owner: Callable[..., bytes]
    holds_permits: Callable[..., int]
    holds_pid: Callable[..., int]
    holds_release_client: Callable[..., int]
    holds_since_ms: Callable[..., int]
    holds_waiters: Callable[..., int]
    instance_cancel: Callable[..., None]
    instance_free: Callable[..., None]
    instance_identity: Callable[..., bytes]
    instance_index: Callable[..., int]
    instance_is_coordinator: Callable[..., bool]
    instance_join: Callable[..., int]
    instance_list_capabilities: Callable[..., bytes]
    instance_list_count: Callable[..., int]
    instance_list_free: Callable[..., None]
    instance_list_index: Callable[..., int]
    instance_list_worker: Callable[..., bytes]
    instance_members: Callable[..., int]
    instance_options_free: Callable[..., None]
    instance_options_new: Callable[..., distcoord_instance_options]
    instance_options_set_capabilities: Callable[..., int]
    instance_options_set_expiry_ms: Callable[..., int]
    instance_options_set_fail_fast: Callable[..., int]
    instance_options_set_identity: Callable[..., int]
    instance_options_set_index: Callable[..., int]
    instance_options_set_index_variable: Callable[..., int]
    instance_options_set_lease_ms: Callable[..., int]
    instance_options_set_prefix: Callable[..., int]
    instance_options_set_total: Callable[..., int]
    instance_options_set_total_variable: Callable[..., int]
    instance_options_set_with_attempt: Callable[..., int]
    instance_queue: Callable[..., distcoord_queue]
    instance_run: Callable[..., distcoord_run]
    instance_total: Callable[..., int]
    instance_wait: Callable[..., int]
    job_attempt: Callable[..., int]
    job_batch: Callable[..., bytes]
    job_cancelled: Callable[..., int]
    job_complete: Callable[..., int]
    job_content_type: Callable[..., bytes]
    job_event_fd: Callable[..., int]
    job_fail: Callable[..., int]
    job_fail_with: Callable[..., int]
    job_fence: Callable[..., int]
    job_free: Callable[..., None]
    job_header_count: Callable[..., int]
    job_header_name: Callable[..., bytes]
    job_header_value: Callable[..., bytes]
    job_id: Callable[..., bytes]
    job_list_after: Callable[..., int]
    job_list_attempt: Callable[..., int]
    job_list_batch: Callable[..., bytes]
    job_list_cancelling: Callable[..., bool]
    job_list_capabilities: Callable[..., bytes]
    job_list_client: Callable[..., bytes]
    job_list_concurrency_key: Callable[..., bytes]
    job_list_content_type: Callable[..., bytes]
    job_list_count: Callable[..., int]
    job_list_due_ms: Callable[..., int]
    job_list_error_message: Callable[..., bytes]
    job_list_error_traceback: Callable[..., bytes]
    job_list_error_type: Callable[..., bytes]
    job_list_error_worker: Callable[..., bytes]
    job_list_failed_ms: Callable[..., int]
    job_list_free: Callable[..., None]
    job_list_header_count: Callable[..., int]
    job_list_header_name: Callable[..., bytes]
    job_list_header_value: Callable[..., bytes]
    job_list_id: Callable[..., bytes]
    job_list_max_attempts: Callable[..., int]
    job_list_payload: Callable[..., Optional[int]]
    job_list_priority: Callable[..., int]
    job_list_progress: Callable[..., int]
    job_list_progress_text: Callable[..., bytes]
    job_list_pushed_ms: Callable[..., int]
    job_list_state: Callable[..., int]
    job_list_task: Callable[..., bytes]
    job_list_unique_key: Callable[..., bytes]
    job_list_worker: Callable[..., bytes]
    job_max_attempts: Callable[..., int]
    job_options_free: Callable[..., None]
    job_options_new: Callable[..., distcoord_job_options]
    job_options_set_after: Callable[..., int]
    job_options_set_at_ms: Callable[..., int]
    job_options_set_backoff_ms: Callable[..., int]
    job_options_set_batch: Callable[..., int]
    job_options_set_capabilities: Callable[..., int]
    job_options_set_capability_timeout_ms: Callable[..., int]
    job_options_set_concurrency_key: Callable[..., int]
    job_options_set_content_type: Callable[..., int]
    job_options_set_delay_ms: Callable[..., int]
    job_options_set_header: Callable[..., int]
    job_options_set_id: Callable[..., int]
    job_options_set_max_attempts: Callable[..., int]
    job_options_set_pool: Callable[..., int]
    job_options_set_priority: Callable[..., int]
    job_options_set_result_ttl_ms: Callable[..., int]
    job_options_set_task: Callable[..., int]
    job_options_set_timeout_ms: Callable[..., int]
    job_options_set_unique: Callable[..., int]
    job_options_set_worker: Callable[..., int]
    job_payload: Callable[..., Optional[int]]
    job_priority: Callable[..., int]
    job_progress: Callable[..., int]
    job_pushed_ms: Callable[..., int]
    job_queue: Callable[..., bytes]
    job_release: Callable[..., int]
    job_release_after: Callable[..., int]
    job_state: Callable[..., int]
    job_task: Callable[..., bytes]
    job_timeout_ms: Callable[..., int]
    latch_cancel: Callable[..., None]
    latch_count: Callable[..., int]
    latch_count_down: Callable[..., int]
    latch_free: Callable[..., None]
    latch_open: Callable[..., int]
    latch_reset: Callable[..., int]
    latch_wait: Callable[..., int]
    leader_info_candidates: Callable[..., int]
    leader_info_free: Callable[..., None]
    leader_info_label: Callable[..., bytes]
    leader_info_lease_left_ms: Callable[..., int]
    leader_info_since_ms: Callable[..., int]
    leader_info_term: Callable[..., int]
    leader_info_value: Callable[..., bytes]
    limiter_acquire: Callable[..., int]
    limiter_cancel: Callable[..., None]
    limiter_free: Callable[..., None]
    limiter_inspect: Callable[..., int]
    limiter_open: Callable[..., int]
    limiter_options_free: Callable[..., None]
    limiter_options_new: Callable[..., distcoord_limiter_options]
    limiter_options_set_algorithm: Callable[..., int]
    limiter_options_set_burst: Callable[..., int]
    limiter_options_set_limit: Callable[..., int]
    limiter_reset: Callable[..., int]
    lock_acquire: Callable[..., int]
    lock_adopt: Callable[..., int]
    lock_break: Callable[..., int]
    lock_cancel: Callable[..., None]
    lock_depth: Callable[..., int]
    lock_detach: Callable[..., int]
    lock_event_fd: Callable[..., int]
    lock_extend: Callable[..., int]
    lock_fence: Callable[..., int]
    lock_free: Callable[..., None]
    lock_info_fence: Callable[..., int]
    lock_info_free: Callable[..., None]
    lock_info_held_ms: Callable[..., int]
    lock_info_holder: Callable[..., bytes]
    lock_info_lease_left_ms: Callable[..., int]
    lock_info_owner: Callable[..., bytes]
    lock_info_waiter: Callable[..., bytes]
    lock_info_waiters: Callable[..., int]
    lock_inspect: Callable[..., int]
    lock_lease_left_ms: Callable[..., int]
    lock_open: Callable[..., int]
    lock_open_many: Callable[..., int]
    lock_options_free: Callable[..., None]
    lock_options_new: Callable[..., distcoord_lock_options]
    lock_options_set_fair: Callable[..., int]
    lock_options_set_lease_ms: Callable[..., int]
    lock_options_set_linger_ms: Callable[..., int]
    lock_options_set_owner: Callable[..., int]
    lock_options_set_reentrant: Callable[..., int]
    lock_options_set_renew: Callable[..., int]
    lock_options_set_tracing: Callable[..., int]
    lock_options_set_wait_ms: Callable[..., int]
    lock_release: Callable[..., int]
    lock_state: Callable[..., int]
    lock_statistics_count: Callable[..., int]
    lock_statistics_free: Callable[..., None]
    lock_statistics_mean_us: Callable[..., float]
    lock_statistics_percentile_us: Callable[..., float]
    lock_statistics_read: Callable[..., int]
    lock_statistics_reset: Callable[..., int]
    lock_wait_lost: Callable[..., int]
    member_change_free: Callable[..., None]
    member_change_id: Callable[..., bytes]
    member_change_kind: Callable[..., int]
    member_change_label: Callable[..., bytes]
    member_change_value: Callable[..., bytes]
    member_list_count: Callable[..., int]
    member_list_free: Callable[..., None]
    member_list_id: Callable[..., bytes]
    member_list_label: Callable[..., bytes]
    member_list_lease_left_ms: Callable[..., int]
    member_list_since_ms: Callable[..., int]
    member_list_value: Callable[..., bytes]
    membership_cancel: Callable[..., None]
    membership_event_fd: Callable[..., int]
    membership_free: Callable[..., None]
    membership_id: Callable[..., bytes]
    membership_join: Callable[..., int]
    membership_leave: Callable[..., int]
    membership_list: Callable[..., int]
    membership_open: Callable[..., int]
    membership_options_free: Callable[..., None]
    membership_options_new: Callable[..., distcoord_membership_options]
    membership_options_set_id: Callable[..., int]
    membership_options_set_lease_ms: Callable[..., int]
    membership_options_set_value: Callable[..., int]
    membership_set_value: Callable[..., int]
    membership_state: Callable[..., int]
    membership_wait_lost: Callable[..., int]
    membership_watch: Callable[..., int]
    membership_watch_next: Callable[..., int]
    message_deliveries: Callable[..., int]
    message_free: Callable[..., None]
    message_id: Callable[..., bytes]
    message_length: Callable[..., int]
    message_missed: Callable[..., int]
    message_payload: Callable[..., Optional[int]]
    message_published_ms: Callable[..., int]
    message_source: Callable[..., bytes]
    options_free: Callable[..., None]
    options_new: Callable[..., distcoord_options]
    options_set_command_timeout_ms: Callable[..., int]
    options_set_connect_timeout_ms: Callable[..., int]
    options_set_credentials: Callable[..., int]
    options_set_guardian: Callable[..., int]
    options_set_interrupt: Callable[..., int]
    options_set_label: Callable[..., int]
    options_set_log: Callable[..., int]
    options_set_max_payload: Callable[..., int]
    options_set_minimum_nodes: Callable[..., int]
    options_set_namespace: Callable[..., int]
    producer_cancel: Callable[..., None]
    producer_close: Callable[..., int]
    producer_failures: Callable[..., int]
    producer_flush: Callable[..., int]
    producer_free: Callable[..., None]
    producer_open: Callable[..., int]
    producer_pending: Callable[..., int]
    producer_push: Callable[..., int]
    producer_sent: Callable[..., int]
    producer_set_batch: Callable[..., int]
    producer_set_capacity: Callable[..., int]
    producer_set_retry_ms: Callable[..., int]
    push_failures_count: Callable[..., int]
    push_failures_free: Callable[..., None]
    push_failures_id: Callable[..., bytes]
    push_failures_message: Callable[..., bytes]
    push_failures_status: Callable[..., int]
    push_receipt_count: Callable[..., int]
    push_receipt_free: Callable[..., None]
    push_receipt_id: Callable[..., bytes]
    push_receipt_ids: Callable[..., bytes]
    push_receipt_status: Callable[..., int]
    queue_cancel: Callable[..., None]
    queue_cancel_job: Callable[..., int]
    queue_claim: Callable[..., int]
    queue_complete_many: Callable[..., int]
    queue_count: Callable[..., int]
    queue_counts_active: Callable[..., int]
    queue_counts_blocked: Callable[..., int]
    queue_counts_cancelled: Callable[..., int]
    queue_counts_claimers: Callable[..., int]
    queue_counts_completed: Callable[..., int]
    queue_counts_dead: Callable[..., int]
    queue_counts_delayed: Callable[..., int]
    queue_counts_failed: Callable[..., int]
    queue_counts_free: Callable[..., None]
    queue_counts_unserved: Callable[..., int]
    queue_counts_waiting: Callable[..., int]
    queue_find: Callable[..., int]
    queue_free: Callable[..., None]
    queue_inspect: Callable[..., int]
    queue_inspect_settings: Callable[..., int]
    queue_list: Callable[..., int]
    queue_list_schedules: Callable[..., int]
    queue_name: Callable[..., bytes]
    queue_open: Callable[..., int]
    queue_pause: Callable[..., int]
    queue_promote: Callable[..., int]
    queue_purge: Callable[..., int]
    queue_push: Callable[..., int]
    queue_push_many: Callable[..., int]
    queue_remove_schedule: Callable[..., int]
    queue_result: Callable[..., int]
    queue_resume: Callable[..., int]
    queue_retry_dead: Callable[..., int]
    queue_set_capabilities: Callable[..., int]
    queue_set_history: Callable[..., int]
    queue_set_key_limit: Callable[..., int]
    queue_set_lease_ms: Callable[..., int]
    queue_set_partitions: Callable[..., int]
    queue_set_rate_limit: Callable[..., int]
    queue_set_schedule: Callable[..., int]
    queue_set_worker: Callable[..., int]
    queue_settings_dead: Callable[..., int]
    queue_settings_free: Callable[..., None]
    queue_settings_is_paused: Callable[..., bool]
    queue_settings_key_limit: Callable[..., int]
    queue_settings_rate_count: Callable[..., int]
    queue_settings_rate_period_ms: Callable[..., int]
    queue_settings_results: Callable[..., int]
    result_attempts: Callable[..., int]
    result_bytes: Callable[..., Optional[int]]
    result_error_type: Callable[..., bytes]
    result_finished_ms: Callable[..., int]
    result_free: Callable[..., None]
    result_state: Callable[..., int]
    result_traceback: Callable[..., bytes]
    result_worker: Callable[..., bytes]
    run_cancel: Callable[..., None]
    run_delete: Callable[..., int]
    run_event_free: Callable[..., None]
    run_event_kind: Callable[..., int]
    run_event_number: Callable[..., int]
    run_event_state: Callable[..., int]
    run_event_task: Callable[..., bytes]
    run_event_text: Callable[..., bytes]
    run_event_time_ms: Callable[..., int]
    run_free: Callable[..., None]
    run_id: Callable[..., bytes]
    run_identity: Callable[..., int]
    run_list_count: Callable[..., int]
    run_list_free: Callable[..., None]
    run_list_id: Callable[..., bytes]
    run_list_summary: Callable[..., distcoord_run_summary]
    run_open: Callable[..., int]
    run_options_free: Callable[..., None]
    run_options_new: Callable[..., distcoord_run_options]
    run_options_set_fail_fast: Callable[..., int]
    run_options_set_id: Callable[..., int]
    run_options_set_retention_ms: Callable[..., int]
    run_pause: Callable[..., int]
    run_result: Callable[..., int]
    run_resume: Callable[..., int]
    run_start: Callable[..., int]
    run_state: Callable[..., int]
    run_stop: Callable[..., int]
    run_summary_count: Callable[..., int]
    run_summary_ended_ms: Callable[..., int]
    run_summary_free: Callable[..., None]
    run_summary_reason: Callable[..., bytes]
    run_summary_started_ms: Callable[..., int]
    run_summary_state: Callable[..., int]
    run_summary_workflow: Callable[..., bytes]
    run_tasks: Callable[..., int]
    run_wait: Callable[..., int]
    run_watch: Callable[..., int]
    run_watch_next: Callable[..., int]
    runs_list: Callable[..., int]
    rwlock_cancel: Callable[..., None]
    rwlock_downgrade: Callable[..., int]
    rwlock_free: Callable[..., None]
    rwlock_inspect: Callable[..., int]
    rwlock_open: Callable[..., int]
    rwlock_read: Callable[..., int]
    rwlock_write: Callable[..., int]
    schedule_list_count: Callable[..., int]
    schedule_list_cron: Callable[..., bytes]
    schedule_list_free: Callable[..., None]
    schedule_list_interval_ms: Callable[..., int]
    schedule_list_last_ms: Callable[..., int]
    schedule_list_missed: Callable[..., int]
    schedule_list_name: Callable[..., bytes]
    schedule_list_next_ms: Callable[..., int]
    schedule_list_runs: Callable[..., int]
    schedule_list_task: Callable[..., bytes]
    schedule_list_time_zone: Callable[..., bytes]
    schedule_options_free: Callable[..., None]
    schedule_options_new: Callable[..., distcoord_schedule_options]
    schedule_options_set_cron: Callable[..., int]
    schedule_options_set_interval_ms: Callable[..., int]
    schedule_options_set_missed: Callable[..., int]
    schedule_options_set_start_ms: Callable[..., int]
    semaphore_acquire: Callable[..., int]
    semaphore_cancel: Callable[..., None]
    semaphore_free: Callable[..., None]
    semaphore_inspect: Callable[..., int]
    semaphore_open: Callable[..., int]
    semaphore_resize: Callable[..., int]
    state_add: Callable[..., int]
    state_append: Callable[..., int]
    state_clear: Callable[..., int]
    state_delete: Callable[..., int]
    state_entry_free: Callable[..., None]
    state_entry_key: Callable[..., bytes]
    state_entry_kind: Callable[..., int]
    state_entry_length: Callable[..., int]
    state_entry_ttl_left_ms: Callable[..., int]
    state_entry_value: Callable[..., Optional[int]]
    state_entry_version: Callable[..., int]
    state_expire: Callable[..., int]
    state_free: Callable[..., None]
    state_get: Callable[..., int]
    state_items: Callable[..., int]
    state_list: Callable[..., int]
    state_open: Callable[..., int]
    state_page_count: Callable[..., int]
    state_page_cursor: Callable[..., bytes]
    state_page_entry: Callable[..., distcoord_state_entry]
    state_page_free: Callable[..., None]
    state_set: Callable[..., int]
    state_set_if: Callable[..., int]
    state_watch: Callable[..., int]
    state_watch_next: Callable[..., int]
    status_name: Callable[..., bytes]
    subscription_add: Callable[..., int]
    subscription_cancel: Callable[..., None]
    subscription_event_fd: Callable[..., int]
    subscription_free: Callable[..., None]
    subscription_missed: Callable[..., int]
    subscription_next: Callable[..., int]
    subscription_open: Callable[..., int]
    subscription_remove: Callable[..., int]
    task_add: Callable[..., int]
    task_fetch_inputs: Callable[..., int]
    task_index: Callable[..., int]
    task_inputs_bytes: Callable[..., Optional[int]]
    task_inputs_count: Callable[..., int]
    task_inputs_free: Callable[..., None]
    task_inputs_is_many: Callable[..., bool]
    task_inputs_need: Callable[..., bytes]
    task_inputs_state: Callable[..., int]
    task_inputs_task: Callable[..., bytes]
    task_item: Callable[..., Optional[int]]
    task_list_attempts: Callable[..., int]
    task_list_capabilities: Callable[..., bytes]
    task_list_count: Callable[..., int]
    task_list_ended_ms: Callable[..., int]
    task_list_error: Callable[..., bytes]
    task_list_free: Callable[..., None]
    task_list_group: Callable[..., bytes]
    task_list_kind: Callable[..., int]
    task_list_name: Callable[..., bytes]
    task_list_needs: Callable[..., bytes]
    task_list_ready_ms: Callable[..., int]
    task_list_round: Callable[..., int]
    task_list_started_ms: Callable[..., int]
    task_list_state: Callable[..., int]
    task_list_worker: Callable[..., bytes]
    task_name: Callable[..., bytes]
    task_open_run: Callable[..., int]
    task_repeat: Callable[..., int]
    task_round: Callable[..., int]
    task_run: Callable[..., bytes]
    task_skip: Callable[..., int]
    topic_delete_group: Callable[..., int]
    topic_free: Callable[..., None]
    topic_info_first_id: Callable[..., bytes]
    topic_info_free: Callable[..., None]
    topic_info_group_consumers: Callable[..., int]
    topic_info_group_count: Callable[..., int]
    topic_info_group_held: Callable[..., int]
    topic_info_group_name: Callable[..., bytes]
    topic_info_group_waiting: Callable[..., int]
    topic_info_last_id: Callable[..., bytes]
    topic_info_messages: Callable[..., int]
    topic_info_published: Callable[..., int]
    topic_inspect: Callable[..., int]
    topic_open: Callable[..., int]
    topic_options_free: Callable[..., None]
    topic_options_new: Callable[..., distcoord_topic_options]
    topic_options_set_max_age_ms: Callable[..., int]
    topic_options_set_max_messages: Callable[..., int]
    topic_publish: Callable[..., int]
    topic_publish_many: Callable[..., int]
    topic_seek: Callable[..., int]
    topic_subscribe: Callable[..., int]
    topic_trim: Callable[..., int]
    version: Callable[..., bytes]
    watch_cancel: Callable[..., None]
    watch_event_fd: Callable[..., int]
    watch_free: Callable[..., None]
    worker_add_queue: Callable[..., int]
    worker_cancel: Callable[..., None]
    worker_count: Callable[..., int]
    worker_done: Callable[..., int]
    worker_drain: Callable[..., None]
    worker_free: Callable[..., None]
    worker_list_capabilities: Callable[..., bytes]
    worker_list_client: Callable[..., bytes]
    worker_list_concurrency: Callable[..., int]
    worker_list_count: Callable[..., int]
    worker_list_free: Callable[..., None]
    worker_list_host: Callable[..., bytes]
    worker_list_is_stopping: Callable[..., bool]
    worker_list_name: Callable[..., bytes]
    worker_list_pid: Callable[..., int]
    worker_list_queues: Callable[..., bytes]
    worker_list_rate: Callable[..., float]
    worker_list_seen_ms: Callable[..., int]
    worker_list_started_ms: Callable[..., int]
    worker_list_tally: Callable[..., int]
    worker_list_uptime_seconds: Callable[..., int]
    worker_name: Callable[..., bytes]
    worker_next: Callable[..., int]
    worker_open: Callable[..., int]
    worker_run: Callable[..., int]
    worker_set_capabilities: Callable[..., int]
    worker_set_concurrency: Callable[..., int]
    worker_set_lease_ms: Callable[..., int]
    worker_set_own_queue: Callable[..., int]
    worker_set_partitions: Callable[..., int]
    worker_set_pool: Callable[..., int]
    worker_set_prefetch: Callable[..., int]
    worker_shutdown: Callable[..., int]
    worker_stop: Callable[..., None]
    workers_list: Callable[..., int]
    workflow_add_group: Callable[..., int]
    workflow_add_loop: Callable[..., int]
    workflow_add_map: Callable[..., int]
    workflow_add_need: Callable[..., int]
    workflow_add_task: Callable[..., int]
    workflow_check_capabilities: Callable[..., int]
    workflow_count: Callable[..., int]
    workflow_fingerprint: Callable[..., bytes]
    workflow_free: Callable[..., None]
    workflow_name: Callable[..., bytes]
    workflow_new: Callable[..., int]
    workflow_node: Callable[..., bytes]
    workflow_set_always: Callable[..., int]
    workflow_set_language: Callable[..., int]
    workflow_set_policy: Callable[..., int]
    workflow_validate: Callable[..., int]

    def __init__(self, library: CDLL, holding: PyDLL) -> None:
        """Binds every function.

        `library` is called with the interpreter lock released, `holding`, the same library, with it held:
        that is for functions that only read memory which never changes.
        """
        function: Any

        function = library.distcoord_abi_version
        function.restype = c_int32
        function.argtypes = []
        self.abi_version = function

        function = library.distcoord_artifact_fetch
        function.restype = c_int32
        function.argtypes = [distcoord_run, c_char_p, c_char_p, POINTER(distcoord_error)]
        self.artifact_fetch = function

        function = holding.distcoord_artifact_list_count
        function.restype = c_size_t
        function.argtypes = [distcoord_artifact_list]
        self.artifact_list_count = function

        function = holding.distcoord_artifact_list_free
        function.restype = None
        function.argtypes = [distcoord_artifact_list]
        self.artifact_list_free = function

        function = holding.distcoord_artifact_list_name
        function.restype = c_char_p
        function.argtypes = [distcoord_artifact_list, c_size_t]
        self.artifact_list_name = function

        function = holding.distcoord_artifact_list_published_ms
        function.restype = c_int64
        function.argtypes = [distcoord_artifact_list, c_size_t]
        self.artifact_list_published_ms = function

        function = holding.distcoord_artifact_list_sha256
        function.restype = c_char_p
        function.argtypes = [distcoord_artifact_list, c_size_t]
        self.artifact_list_sha256 = function

        function = holding.distcoord_artifact_list_size
        function.restype = c_int64
        function.argtypes = [distcoord_artifact_list, c_size_t]
        self.artifact_list_size = function

        function = library.distcoord_artifact_publish
        function.restype = c_int32
        function.argtypes = [distcoord_run, c_char_p, c_char_p, POINTER(distcoord_error)]
        self.artifact_publish = function

        function = library.distcoord_artifacts_list
        function.restype = c_int32
        function.argtypes = [distcoord_run, POINTER(distcoord_artifact_list), POINTER(distcoord_error)]
        self.artifacts_list = function

        function = library.distcoord_barrier_abort
        function.restype = c_int32
        function.argtypes = [distcoord_barrier, POINTER(distcoord_error)]
        self.barrier_abort = function

        function = library.distcoord_barrier_cancel
        function.restype = None
        function.argtypes = [distcoord_barrier]
        self.barrier_cancel = function

        function = library.distcoord_barrier_free
        function.restype = None
        function.argtypes = [distcoord_barrier]
        self.barrier_free = function

        function = library.distcoord_barrier_inspect
        function.restype = c_int32
        function.argtypes = [distcoord_barrier, POINTER(c_int64), POINTER(c_int64), POINTER(c_bool), POINTER(distcoord_error)]
        self.barrier_inspect = function

        function = library.distcoord_barrier_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, c_int64, POINTER(distcoord_barrier), POINTER(distcoord_error)]
        self.barrier_open = function

        function = library.distcoord_barrier_parties
        function.restype = c_int64
        function.argtypes = [distcoord_barrier]
        self.barrier_parties = function

        function = library.distcoord_barrier_reset
        function.restype = c_int32
        function.argtypes = [distcoord_barrier, POINTER(distcoord_error)]
        self.barrier_reset = function

        function = library.distcoord_barrier_wait
        function.restype = c_int32
        function.argtypes = [distcoord_barrier, c_int64, POINTER(c_int64), POINTER(c_int64), POINTER(distcoord_error)]
        self.barrier_wait = function

        function = library.distcoord_barrier_wait_acting
        function.restype = c_int32
        function.argtypes = [distcoord_barrier, c_int64, distcoord_barrier_action, c_void_p, POINTER(c_int64), POINTER(c_int64), POINTER(distcoord_error)]
        self.barrier_wait_acting = function

        function = library.distcoord_batch_cancel
        function.restype = None
        function.argtypes = [distcoord_batch]
        self.batch_cancel = function

        function = holding.distcoord_batch_counts_cancelled
        function.restype = c_int64
        function.argtypes = [distcoord_batch_counts]
        self.batch_counts_cancelled = function

        function = holding.distcoord_batch_counts_completed
        function.restype = c_int64
        function.argtypes = [distcoord_batch_counts]
        self.batch_counts_completed = function

        function = holding.distcoord_batch_counts_failed
        function.restype = c_int64
        function.argtypes = [distcoord_batch_counts]
        self.batch_counts_failed = function

        function = holding.distcoord_batch_counts_free
        function.restype = None
        function.argtypes = [distcoord_batch_counts]
        self.batch_counts_free = function

        function = holding.distcoord_batch_counts_is_sealed
        function.restype = c_bool
        function.argtypes = [distcoord_batch_counts]
        self.batch_counts_is_sealed = function

        function = holding.distcoord_batch_counts_total
        function.restype = c_int64
        function.argtypes = [distcoord_batch_counts]
        self.batch_counts_total = function

        function = library.distcoord_batch_free
        function.restype = None
        function.argtypes = [distcoord_batch]
        self.batch_free = function

        function = library.distcoord_batch_id
        function.restype = c_char_p
        function.argtypes = [distcoord_batch]
        self.batch_id = function

        function = library.distcoord_batch_open
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_char_p, POINTER(distcoord_batch), POINTER(distcoord_error)]
        self.batch_open = function

        function = library.distcoord_batch_seal
        function.restype = c_int32
        function.argtypes = [distcoord_batch, POINTER(distcoord_error)]
        self.batch_seal = function

        function = library.distcoord_batch_wait
        function.restype = c_int32
        function.argtypes = [distcoord_batch, c_int64, POINTER(distcoord_batch_counts), POINTER(distcoord_error)]
        self.batch_wait = function

        function = library.distcoord_breaker_allow
        function.restype = c_int32
        function.argtypes = [distcoord_breaker, POINTER(c_uint64), POINTER(c_int64), POINTER(distcoord_error)]
        self.breaker_allow = function

        function = library.distcoord_breaker_call
        function.restype = c_int32
        function.argtypes = [distcoord_breaker, distcoord_guarded_call, c_void_p, POINTER(c_int32), POINTER(distcoord_error)]
        self.breaker_call = function

        function = library.distcoord_breaker_flush
        function.restype = c_int32
        function.argtypes = [distcoord_breaker, POINTER(distcoord_error)]
        self.breaker_flush = function

        function = library.distcoord_breaker_force
        function.restype = c_int32
        function.argtypes = [distcoord_breaker, c_bool, POINTER(distcoord_error)]
        self.breaker_force = function

        function = library.distcoord_breaker_free
        function.restype = None
        function.argtypes = [distcoord_breaker]
        self.breaker_free = function

        function = library.distcoord_breaker_info_failed
        function.restype = c_int64
        function.argtypes = [distcoord_breaker_info]
        self.breaker_info_failed = function

        function = library.distcoord_breaker_info_failures
        function.restype = c_int64
        function.argtypes = [distcoord_breaker_info]
        self.breaker_info_failures = function

        function = library.distcoord_breaker_info_free
        function.restype = None
        function.argtypes = [distcoord_breaker_info]
        self.breaker_info_free = function

        function = library.distcoord_breaker_info_opened
        function.restype = c_int64
        function.argtypes = [distcoord_breaker_info]
        self.breaker_info_opened = function

        function = library.distcoord_breaker_info_rejected
        function.restype = c_int64
        function.argtypes = [distcoord_breaker_info]
        self.breaker_info_rejected = function

        function = library.distcoord_breaker_info_retry_after_ms
        function.restype = c_int64
        function.argtypes = [distcoord_breaker_info]
        self.breaker_info_retry_after_ms = function

        function = library.distcoord_breaker_info_since_ms
        function.restype = c_int64
        function.argtypes = [distcoord_breaker_info]
        self.breaker_info_since_ms = function

        function = library.distcoord_breaker_info_state
        function.restype = c_int32
        function.argtypes = [distcoord_breaker_info]
        self.breaker_info_state = function

        function = library.distcoord_breaker_info_succeeded
        function.restype = c_int64
        function.argtypes = [distcoord_breaker_info]
        self.breaker_info_succeeded = function

        function = library.distcoord_breaker_info_trials
        function.restype = c_int64
        function.argtypes = [distcoord_breaker_info]
        self.breaker_info_trials = function

        function = library.distcoord_breaker_inspect
        function.restype = c_int32
        function.argtypes = [distcoord_breaker, POINTER(distcoord_breaker_info), POINTER(distcoord_error)]
        self.breaker_inspect = function

        function = library.distcoord_breaker_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, distcoord_breaker_options, POINTER(distcoord_breaker), POINTER(distcoord_error)]
        self.breaker_open = function

        function = library.distcoord_breaker_options_free
        function.restype = None
        function.argtypes = [distcoord_breaker_options]
        self.breaker_options_free = function

        function = library.distcoord_breaker_options_new
        function.restype = distcoord_breaker_options
        function.argtypes = []
        self.breaker_options_new = function

        function = library.distcoord_breaker_options_set_failure_threshold
        function.restype = c_int32
        function.argtypes = [distcoord_breaker_options, c_int64]
        self.breaker_options_set_failure_threshold = function

        function = library.distcoord_breaker_options_set_fallback
        function.restype = c_int32
        function.argtypes = [distcoord_breaker_options, c_int32]
        self.breaker_options_set_fallback = function

        function = library.distcoord_breaker_options_set_flush_ms
        function.restype = c_int32
        function.argtypes = [distcoord_breaker_options, c_int64]
        self.breaker_options_set_flush_ms = function

        function = library.distcoord_breaker_options_set_recovery_ms
        function.restype = c_int32
        function.argtypes = [distcoord_breaker_options, c_int64]
        self.breaker_options_set_recovery_ms = function

        function = library.distcoord_breaker_options_set_sampling_ms
        function.restype = c_int32
        function.argtypes = [distcoord_breaker_options, c_int64]
        self.breaker_options_set_sampling_ms = function

        function = library.distcoord_breaker_options_set_trial_timeout_ms
        function.restype = c_int32
        function.argtypes = [distcoord_breaker_options, c_int64]
        self.breaker_options_set_trial_timeout_ms = function

        function = library.distcoord_breaker_options_set_trials
        function.restype = c_int32
        function.argtypes = [distcoord_breaker_options, c_int64]
        self.breaker_options_set_trials = function

        function = library.distcoord_breaker_report
        function.restype = c_int32
        function.argtypes = [distcoord_breaker, c_uint64, c_int32, POINTER(distcoord_error)]
        self.breaker_report = function

        function = library.distcoord_breaker_reset
        function.restype = c_int32
        function.argtypes = [distcoord_breaker, POINTER(distcoord_error)]
        self.breaker_reset = function

        function = library.distcoord_breaker_state
        function.restype = c_int32
        function.argtypes = [distcoord_breaker]
        self.breaker_state = function

        function = library.distcoord_breaker_watch
        function.restype = c_int32
        function.argtypes = [distcoord_breaker, POINTER(distcoord_watch), POINTER(distcoord_error)]
        self.breaker_watch = function

        function = library.distcoord_breaker_watch_next
        function.restype = c_int32
        function.argtypes = [distcoord_watch, c_int64, POINTER(distcoord_breaker_info), POINTER(distcoord_error)]
        self.breaker_watch_next = function

        function = library.distcoord_channel_publish
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, c_void_p, c_size_t, POINTER(c_int64), POINTER(distcoord_error)]
        self.channel_publish = function

        function = library.distcoord_client_cancel
        function.restype = None
        function.argtypes = [distcoord_client]
        self.client_cancel = function

        function = library.distcoord_client_check
        function.restype = c_int32
        function.argtypes = [distcoord_client, POINTER(distcoord_health), POINTER(distcoord_error)]
        self.client_check = function

        function = library.distcoord_client_close
        function.restype = c_int32
        function.argtypes = [distcoord_client, POINTER(distcoord_error)]
        self.client_close = function

        function = library.distcoord_client_free
        function.restype = None
        function.argtypes = [distcoord_client]
        self.client_free = function

        function = library.distcoord_client_id
        function.restype = c_char_p
        function.argtypes = [distcoord_client]
        self.client_id = function

        function = library.distcoord_client_namespace
        function.restype = c_char_p
        function.argtypes = [distcoord_client]
        self.client_namespace = function

        function = library.distcoord_client_open
        function.restype = c_int32
        function.argtypes = [c_char_p, distcoord_options, POINTER(distcoord_client), POINTER(distcoord_error)]
        self.client_open = function

        function = library.distcoord_client_ping
        function.restype = c_int32
        function.argtypes = [distcoord_client, POINTER(c_int64), POINTER(distcoord_error)]
        self.client_ping = function

        function = library.distcoord_client_url
        function.restype = c_char_p
        function.argtypes = [distcoord_client]
        self.client_url = function

        function = library.distcoord_consumer_acknowledge
        function.restype = c_int32
        function.argtypes = [distcoord_consumer, c_char_p, POINTER(distcoord_error)]
        self.consumer_acknowledge = function

        function = library.distcoord_consumer_acknowledge_many
        function.restype = c_int32
        function.argtypes = [distcoord_consumer, POINTER(c_char_p), c_size_t, POINTER(c_size_t), POINTER(distcoord_error)]
        self.consumer_acknowledge_many = function

        function = library.distcoord_consumer_cancel
        function.restype = None
        function.argtypes = [distcoord_consumer]
        self.consumer_cancel = function

        function = library.distcoord_consumer_close
        function.restype = c_int32
        function.argtypes = [distcoord_consumer, POINTER(distcoord_error)]
        self.consumer_close = function

        function = library.distcoord_consumer_free
        function.restype = None
        function.argtypes = [distcoord_consumer]
        self.consumer_free = function

        function = library.distcoord_consumer_missed
        function.restype = c_int64
        function.argtypes = [distcoord_consumer]
        self.consumer_missed = function

        function = library.distcoord_consumer_name
        function.restype = c_char_p
        function.argtypes = [distcoord_consumer]
        self.consumer_name = function

        function = library.distcoord_consumer_next
        function.restype = c_int32
        function.argtypes = [distcoord_consumer, c_int64, POINTER(distcoord_message), POINTER(distcoord_error)]
        self.consumer_next = function

        function = library.distcoord_consumer_open
        function.restype = c_int32
        function.argtypes = [distcoord_topic, c_char_p, distcoord_consumer_options, POINTER(distcoord_consumer), POINTER(distcoord_error)]
        self.consumer_open = function

        function = library.distcoord_consumer_options_free
        function.restype = None
        function.argtypes = [distcoord_consumer_options]
        self.consumer_options_free = function

        function = library.distcoord_consumer_options_new
        function.restype = distcoord_consumer_options
        function.argtypes = []
        self.consumer_options_new = function

        function = library.distcoord_consumer_options_set_ack_timeout_ms
        function.restype = c_int32
        function.argtypes = [distcoord_consumer_options, c_int64]
        self.consumer_options_set_ack_timeout_ms = function

        function = library.distcoord_consumer_options_set_from_new
        function.restype = c_int32
        function.argtypes = [distcoord_consumer_options, c_bool]
        self.consumer_options_set_from_new = function

        function = library.distcoord_consumer_options_set_lease_ms
        function.restype = c_int32
        function.argtypes = [distcoord_consumer_options, c_int64]
        self.consumer_options_set_lease_ms = function

        function = library.distcoord_consumer_options_set_name
        function.restype = c_int32
        function.argtypes = [distcoord_consumer_options, c_char_p]
        self.consumer_options_set_name = function

        function = library.distcoord_consumer_options_set_prefetch
        function.restype = c_int32
        function.argtypes = [distcoord_consumer_options, c_int32]
        self.consumer_options_set_prefetch = function

        function = library.distcoord_consumer_release
        function.restype = c_int32
        function.argtypes = [distcoord_consumer, c_char_p, c_int64, POINTER(distcoord_error)]
        self.consumer_release = function

        function = library.distcoord_cron_next
        function.restype = c_int32
        function.argtypes = [c_char_p, c_char_p, c_int64, POINTER(c_int64), POINTER(distcoord_error)]
        self.cron_next = function

        function = library.distcoord_double_barrier_abort
        function.restype = c_int32
        function.argtypes = [distcoord_double_barrier, POINTER(distcoord_error)]
        self.double_barrier_abort = function

        function = library.distcoord_double_barrier_cancel
        function.restype = None
        function.argtypes = [distcoord_double_barrier]
        self.double_barrier_cancel = function

        function = library.distcoord_double_barrier_enter
        function.restype = c_int32
        function.argtypes = [distcoord_double_barrier, c_int64, POINTER(c_int64), POINTER(distcoord_error)]
        self.double_barrier_enter = function

        function = library.distcoord_double_barrier_event_fd
        function.restype = c_int32
        function.argtypes = [distcoord_double_barrier]
        self.double_barrier_event_fd = function

        function = library.distcoord_double_barrier_free
        function.restype = None
        function.argtypes = [distcoord_double_barrier]
        self.double_barrier_free = function

        function = library.distcoord_double_barrier_inspect
        function.restype = c_int32
        function.argtypes = [distcoord_double_barrier, POINTER(c_int64), POINTER(c_int64), POINTER(c_int64), POINTER(c_int64), POINTER(distcoord_error)]
        self.double_barrier_inspect = function

        function = library.distcoord_double_barrier_leave
        function.restype = c_int32
        function.argtypes = [distcoord_double_barrier, c_int64, POINTER(distcoord_error)]
        self.double_barrier_leave = function

        function = library.distcoord_double_barrier_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, c_int64, distcoord_double_barrier_options, POINTER(distcoord_double_barrier), POINTER(distcoord_error)]
        self.double_barrier_open = function

        function = library.distcoord_double_barrier_options_free
        function.restype = None
        function.argtypes = [distcoord_double_barrier_options]
        self.double_barrier_options_free = function

        function = library.distcoord_double_barrier_options_new
        function.restype = distcoord_double_barrier_options
        function.argtypes = []
        self.double_barrier_options_new = function

        function = library.distcoord_double_barrier_options_set_lease_ms
        function.restype = c_int32
        function.argtypes = [distcoord_double_barrier_options, c_int64]
        self.double_barrier_options_set_lease_ms = function

        function = library.distcoord_double_barrier_options_set_on_death
        function.restype = c_int32
        function.argtypes = [distcoord_double_barrier_options, c_int32]
        self.double_barrier_options_set_on_death = function

        function = library.distcoord_double_barrier_state
        function.restype = c_int32
        function.argtypes = [distcoord_double_barrier]
        self.double_barrier_state = function

        function = library.distcoord_election_campaign
        function.restype = c_int32
        function.argtypes = [distcoord_election, c_int64, POINTER(distcoord_error)]
        self.election_campaign = function

        function = library.distcoord_election_cancel
        function.restype = None
        function.argtypes = [distcoord_election]
        self.election_cancel = function

        function = library.distcoord_election_event_fd
        function.restype = c_int32
        function.argtypes = [distcoord_election]
        self.election_event_fd = function

        function = library.distcoord_election_evict
        function.restype = c_int32
        function.argtypes = [distcoord_election, c_uint64, POINTER(distcoord_error)]
        self.election_evict = function

        function = library.distcoord_election_free
        function.restype = None
        function.argtypes = [distcoord_election]
        self.election_free = function

        function = library.distcoord_election_leader
        function.restype = c_int32
        function.argtypes = [distcoord_election, POINTER(distcoord_leader_info), POINTER(distcoord_error)]
        self.election_leader = function

        function = library.distcoord_election_observe
        function.restype = c_int32
        function.argtypes = [distcoord_election, c_uint64, c_int64, POINTER(distcoord_leader_info), POINTER(distcoord_error)]
        self.election_observe = function

        function = library.distcoord_election_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, distcoord_election_options, POINTER(distcoord_election), POINTER(distcoord_error)]
        self.election_open = function

        function = library.distcoord_election_options_free
        function.restype = None
        function.argtypes = [distcoord_election_options]
        self.election_options_free = function

        function = library.distcoord_election_options_new
        function.restype = distcoord_election_options
        function.argtypes = []
        self.election_options_new = function

        function = library.distcoord_election_options_set_lease_ms
        function.restype = c_int32
        function.argtypes = [distcoord_election_options, c_int64]
        self.election_options_set_lease_ms = function

        function = library.distcoord_election_options_set_renewal_ms
        function.restype = c_int32
        function.argtypes = [distcoord_election_options, c_int64]
        self.election_options_set_renewal_ms = function

        function = library.distcoord_election_options_set_step_down_ms
        function.restype = c_int32
        function.argtypes = [distcoord_election_options, c_int64]
        self.election_options_set_step_down_ms = function

        function = library.distcoord_election_options_set_value
        function.restype = c_int32
        function.argtypes = [distcoord_election_options, c_char_p]
        self.election_options_set_value = function

        function = library.distcoord_election_resign
        function.restype = c_int32
        function.argtypes = [distcoord_election, POINTER(distcoord_error)]
        self.election_resign = function

        function = library.distcoord_election_run
        function.restype = c_int32
        function.argtypes = [distcoord_election, distcoord_leadership_acquired, distcoord_leadership_ended, c_void_p, POINTER(distcoord_error)]
        self.election_run = function

        function = library.distcoord_election_set_value
        function.restype = c_int32
        function.argtypes = [distcoord_election, c_char_p, POINTER(distcoord_error)]
        self.election_set_value = function

        function = library.distcoord_election_state
        function.restype = c_int32
        function.argtypes = [distcoord_election]
        self.election_state = function

        function = library.distcoord_election_term
        function.restype = c_uint64
        function.argtypes = [distcoord_election]
        self.election_term = function

        function = library.distcoord_election_wait_lost
        function.restype = c_int32
        function.argtypes = [distcoord_election, c_int64]
        self.election_wait_lost = function

        function = library.distcoord_election_watch
        function.restype = c_int32
        function.argtypes = [distcoord_election, POINTER(distcoord_watch), POINTER(distcoord_error)]
        self.election_watch = function

        function = library.distcoord_election_watch_next
        function.restype = c_int32
        function.argtypes = [distcoord_watch, c_int64, POINTER(distcoord_leader_info), POINTER(distcoord_error)]
        self.election_watch_next = function

        function = holding.distcoord_error_free
        function.restype = None
        function.argtypes = [distcoord_error]
        self.error_free = function

        function = holding.distcoord_error_is_retriable
        function.restype = c_bool
        function.argtypes = [distcoord_error]
        self.error_is_retriable = function

        function = holding.distcoord_error_message
        function.restype = c_char_p
        function.argtypes = [distcoord_error]
        self.error_message = function

        function = holding.distcoord_error_server_text
        function.restype = c_char_p
        function.argtypes = [distcoord_error]
        self.error_server_text = function

        function = holding.distcoord_error_status
        function.restype = c_int32
        function.argtypes = [distcoord_error]
        self.error_status = function

        function = library.distcoord_event_cancel
        function.restype = None
        function.argtypes = [distcoord_event]
        self.event_cancel = function

        function = library.distcoord_event_clear
        function.restype = c_int32
        function.argtypes = [distcoord_event, POINTER(distcoord_error)]
        self.event_clear = function

        function = library.distcoord_event_free
        function.restype = None
        function.argtypes = [distcoord_event]
        self.event_free = function

        function = library.distcoord_event_is_set
        function.restype = c_int32
        function.argtypes = [distcoord_event, POINTER(c_bool), POINTER(distcoord_error)]
        self.event_is_set = function

        function = library.distcoord_event_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, POINTER(distcoord_event), POINTER(distcoord_error)]
        self.event_open = function

        function = library.distcoord_event_set
        function.restype = c_int32
        function.argtypes = [distcoord_event, POINTER(distcoord_error)]
        self.event_set = function

        function = library.distcoord_event_wait
        function.restype = c_int32
        function.argtypes = [distcoord_event, c_int64, POINTER(distcoord_error)]
        self.event_wait = function

        function = library.distcoord_guardian_run
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_int64, c_char_p, POINTER(c_int64), POINTER(distcoord_error)]
        self.guardian_run = function

        function = holding.distcoord_health_check_state
        function.restype = c_int32
        function.argtypes = [distcoord_health, c_size_t]
        self.health_check_state = function

        function = holding.distcoord_health_count
        function.restype = c_size_t
        function.argtypes = [distcoord_health]
        self.health_count = function

        function = holding.distcoord_health_detail
        function.restype = c_char_p
        function.argtypes = [distcoord_health, c_size_t]
        self.health_detail = function

        function = holding.distcoord_health_free
        function.restype = None
        function.argtypes = [distcoord_health]
        self.health_free = function

        function = holding.distcoord_health_name
        function.restype = c_char_p
        function.argtypes = [distcoord_health, c_size_t]
        self.health_name = function

        function = holding.distcoord_health_state
        function.restype = c_int32
        function.argtypes = [distcoord_health]
        self.health_state = function

        function = library.distcoord_holds_break
        function.restype = c_int32
        function.argtypes = [distcoord_client, distcoord_holds, c_size_t, POINTER(distcoord_error)]
        self.holds_break = function

        function = holding.distcoord_holds_client
        function.restype = c_char_p
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_client = function

        function = holding.distcoord_holds_count
        function.restype = c_size_t
        function.argtypes = [distcoord_holds]
        self.holds_count = function

        function = holding.distcoord_holds_fence
        function.restype = c_uint64
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_fence = function

        function = holding.distcoord_holds_free
        function.restype = None
        function.argtypes = [distcoord_holds]
        self.holds_free = function

        function = holding.distcoord_holds_held_ms
        function.restype = c_int64
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_held_ms = function

        function = holding.distcoord_holds_holder
        function.restype = c_char_p
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_holder = function

        function = holding.distcoord_holds_host
        function.restype = c_char_p
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_host = function

        function = holding.distcoord_holds_is_stale
        function.restype = c_bool
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_is_stale = function

        function = holding.distcoord_holds_kind
        function.restype = c_int32
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_kind = function

        function = holding.distcoord_holds_lease_left_ms
        function.restype = c_int64
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_lease_left_ms = function

        function = library.distcoord_holds_list
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_int32, POINTER(distcoord_holds), POINTER(distcoord_error)]
        self.holds_list = function

        function = holding.distcoord_holds_name
        function.restype = c_char_p
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_name = function

        function = holding.distcoord_holds_owner
        function.restype = c_char_p
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_owner = function

        function = holding.distcoord_holds_permits
        function.restype = c_int64
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_permits = function

        function = holding.distcoord_holds_pid
        function.restype = c_int64
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_pid = function

        function = library.distcoord_holds_release_client
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, POINTER(c_int64), POINTER(distcoord_error)]
        self.holds_release_client = function

        function = holding.distcoord_holds_since_ms
        function.restype = c_int64
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_since_ms = function

        function = holding.distcoord_holds_waiters
        function.restype = c_int64
        function.argtypes = [distcoord_holds, c_size_t]
        self.holds_waiters = function

        function = library.distcoord_instance_cancel
        function.restype = None
        function.argtypes = [distcoord_instance]
        self.instance_cancel = function

        function = library.distcoord_instance_free
        function.restype = None
        function.argtypes = [distcoord_instance]
        self.instance_free = function

        function = library.distcoord_instance_identity
        function.restype = c_char_p
        function.argtypes = [distcoord_instance]
        self.instance_identity = function

        function = library.distcoord_instance_index
        function.restype = c_int32
        function.argtypes = [distcoord_instance]
        self.instance_index = function

        function = library.distcoord_instance_is_coordinator
        function.restype = c_bool
        function.argtypes = [distcoord_instance]
        self.instance_is_coordinator = function

        function = library.distcoord_instance_join
        function.restype = c_int32
        function.argtypes = [distcoord_client, distcoord_workflow, distcoord_instance_options, POINTER(distcoord_instance), POINTER(distcoord_error)]
        self.instance_join = function

        function = holding.distcoord_instance_list_capabilities
        function.restype = c_char_p
        function.argtypes = [distcoord_instance_list, c_size_t]
        self.instance_list_capabilities = function

        function = holding.distcoord_instance_list_count
        function.restype = c_size_t
        function.argtypes = [distcoord_instance_list]
        self.instance_list_count = function

        function = holding.distcoord_instance_list_free
        function.restype = None
        function.argtypes = [distcoord_instance_list]
        self.instance_list_free = function

        function = holding.distcoord_instance_list_index
        function.restype = c_int32
        function.argtypes = [distcoord_instance_list, c_size_t]
        self.instance_list_index = function

        function = holding.distcoord_instance_list_worker
        function.restype = c_char_p
        function.argtypes = [distcoord_instance_list, c_size_t]
        self.instance_list_worker = function

        function = library.distcoord_instance_members
        function.restype = c_int32
        function.argtypes = [distcoord_instance, POINTER(distcoord_instance_list), POINTER(distcoord_error)]
        self.instance_members = function

        function = library.distcoord_instance_options_free
        function.restype = None
        function.argtypes = [distcoord_instance_options]
        self.instance_options_free = function

        function = library.distcoord_instance_options_new
        function.restype = distcoord_instance_options
        function.argtypes = []
        self.instance_options_new = function

        function = library.distcoord_instance_options_set_capabilities
        function.restype = c_int32
        function.argtypes = [distcoord_instance_options, c_char_p]
        self.instance_options_set_capabilities = function

        function = library.distcoord_instance_options_set_expiry_ms
        function.restype = c_int32
        function.argtypes = [distcoord_instance_options, c_int64]
        self.instance_options_set_expiry_ms = function

        function = library.distcoord_instance_options_set_fail_fast
        function.restype = c_int32
        function.argtypes = [distcoord_instance_options, c_bool]
        self.instance_options_set_fail_fast = function

        function = library.distcoord_instance_options_set_identity
        function.restype = c_int32
        function.argtypes = [distcoord_instance_options, c_char_p]
        self.instance_options_set_identity = function

        function = library.distcoord_instance_options_set_index
        function.restype = c_int32
        function.argtypes = [distcoord_instance_options, c_int32]
        self.instance_options_set_index = function

        function = library.distcoord_instance_options_set_index_variable
        function.restype = c_int32
        function.argtypes = [distcoord_instance_options, c_char_p]
        self.instance_options_set_index_variable = function

        function = library.distcoord_instance_options_set_lease_ms
        function.restype = c_int32
        function.argtypes = [distcoord_instance_options, c_int64]
        self.instance_options_set_lease_ms = function

        function = library.distcoord_instance_options_set_prefix
        function.restype = c_int32
        function.argtypes = [distcoord_instance_options, c_char_p]
        self.instance_options_set_prefix = function

        function = library.distcoord_instance_options_set_total
        function.restype = c_int32
        function.argtypes = [distcoord_instance_options, c_int32]
        self.instance_options_set_total = function

        function = library.distcoord_instance_options_set_total_variable
        function.restype = c_int32
        function.argtypes = [distcoord_instance_options, c_char_p]
        self.instance_options_set_total_variable = function

        function = library.distcoord_instance_options_set_with_attempt
        function.restype = c_int32
        function.argtypes = [distcoord_instance_options, c_bool]
        self.instance_options_set_with_attempt = function

        function = library.distcoord_instance_queue
        function.restype = distcoord_queue
        function.argtypes = [distcoord_instance]
        self.instance_queue = function

        function = library.distcoord_instance_run
        function.restype = distcoord_run
        function.argtypes = [distcoord_instance]
        self.instance_run = function

        function = library.distcoord_instance_total
        function.restype = c_int32
        function.argtypes = [distcoord_instance]
        self.instance_total = function

        function = library.distcoord_instance_wait
        function.restype = c_int32
        function.argtypes = [distcoord_instance, c_int64, POINTER(distcoord_run_summary), POINTER(distcoord_error)]
        self.instance_wait = function

        function = holding.distcoord_job_attempt
        function.restype = c_int32
        function.argtypes = [distcoord_job]
        self.job_attempt = function

        function = holding.distcoord_job_batch
        function.restype = c_char_p
        function.argtypes = [distcoord_job]
        self.job_batch = function

        function = library.distcoord_job_cancelled
        function.restype = c_int32
        function.argtypes = [distcoord_job, POINTER(distcoord_error)]
        self.job_cancelled = function

        function = library.distcoord_job_complete
        function.restype = c_int32
        function.argtypes = [distcoord_job, c_void_p, c_size_t, POINTER(distcoord_error)]
        self.job_complete = function

        function = holding.distcoord_job_content_type
        function.restype = c_char_p
        function.argtypes = [distcoord_job]
        self.job_content_type = function

        function = library.distcoord_job_event_fd
        function.restype = c_int32
        function.argtypes = [distcoord_job]
        self.job_event_fd = function

        function = library.distcoord_job_fail
        function.restype = c_int32
        function.argtypes = [distcoord_job, c_char_p, c_bool, POINTER(distcoord_error)]
        self.job_fail = function

        function = library.distcoord_job_fail_with
        function.restype = c_int32
        function.argtypes = [distcoord_job, c_char_p, c_char_p, c_char_p, c_bool, c_int64, POINTER(distcoord_error)]
        self.job_fail_with = function

        function = holding.distcoord_job_fence
        function.restype = c_uint64
        function.argtypes = [distcoord_job]
        self.job_fence = function

        function = library.distcoord_job_free
        function.restype = None
        function.argtypes = [distcoord_job]
        self.job_free = function

        function = holding.distcoord_job_header_count
        function.restype = c_size_t
        function.argtypes = [distcoord_job]
        self.job_header_count = function

        function = holding.distcoord_job_header_name
        function.restype = c_char_p
        function.argtypes = [distcoord_job, c_size_t]
        self.job_header_name = function

        function = holding.distcoord_job_header_value
        function.restype = c_char_p
        function.argtypes = [distcoord_job, c_size_t]
        self.job_header_value = function

        function = holding.distcoord_job_id
        function.restype = c_char_p
        function.argtypes = [distcoord_job]
        self.job_id = function

        function = holding.distcoord_job_list_after
        function.restype = c_int64
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_after = function

        function = holding.distcoord_job_list_attempt
        function.restype = c_int32
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_attempt = function

        function = holding.distcoord_job_list_batch
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_batch = function

        function = holding.distcoord_job_list_cancelling
        function.restype = c_bool
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_cancelling = function

        function = holding.distcoord_job_list_capabilities
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_capabilities = function

        function = holding.distcoord_job_list_client
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_client = function

        function = holding.distcoord_job_list_concurrency_key
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_concurrency_key = function

        function = holding.distcoord_job_list_content_type
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_content_type = function

        function = holding.distcoord_job_list_count
        function.restype = c_size_t
        function.argtypes = [distcoord_job_list]
        self.job_list_count = function

        function = holding.distcoord_job_list_due_ms
        function.restype = c_int64
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_due_ms = function

        function = holding.distcoord_job_list_error_message
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_error_message = function

        function = holding.distcoord_job_list_error_traceback
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_error_traceback = function

        function = holding.distcoord_job_list_error_type
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_error_type = function

        function = holding.distcoord_job_list_error_worker
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_error_worker = function

        function = holding.distcoord_job_list_failed_ms
        function.restype = c_int64
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_failed_ms = function

        function = holding.distcoord_job_list_free
        function.restype = None
        function.argtypes = [distcoord_job_list]
        self.job_list_free = function

        function = holding.distcoord_job_list_header_count
        function.restype = c_size_t
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_header_count = function

        function = holding.distcoord_job_list_header_name
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t, c_size_t]
        self.job_list_header_name = function

        function = holding.distcoord_job_list_header_value
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t, c_size_t]
        self.job_list_header_value = function

        function = holding.distcoord_job_list_id
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_id = function

        function = holding.distcoord_job_list_max_attempts
        function.restype = c_int32
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_max_attempts = function

        function = holding.distcoord_job_list_payload
        function.restype = c_void_p
        function.argtypes = [distcoord_job_list, c_size_t, POINTER(c_size_t)]
        self.job_list_payload = function

        function = holding.distcoord_job_list_priority
        function.restype = c_int32
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_priority = function

        function = holding.distcoord_job_list_progress
        function.restype = c_int32
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_progress = function

        function = holding.distcoord_job_list_progress_text
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_progress_text = function

        function = holding.distcoord_job_list_pushed_ms
        function.restype = c_int64
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_pushed_ms = function

        function = holding.distcoord_job_list_state
        function.restype = c_int32
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_state = function

        function = holding.distcoord_job_list_task
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_task = function

        function = holding.distcoord_job_list_unique_key
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_unique_key = function

        function = holding.distcoord_job_list_worker
        function.restype = c_char_p
        function.argtypes = [distcoord_job_list, c_size_t]
        self.job_list_worker = function

        function = holding.distcoord_job_max_attempts
        function.restype = c_int32
        function.argtypes = [distcoord_job]
        self.job_max_attempts = function

        function = library.distcoord_job_options_free
        function.restype = None
        function.argtypes = [distcoord_job_options]
        self.job_options_free = function

        function = library.distcoord_job_options_new
        function.restype = distcoord_job_options
        function.argtypes = []
        self.job_options_new = function

        function = library.distcoord_job_options_set_after
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, POINTER(c_char_p), c_size_t, c_int32]
        self.job_options_set_after = function

        function = library.distcoord_job_options_set_at_ms
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_int64]
        self.job_options_set_at_ms = function

        function = library.distcoord_job_options_set_backoff_ms
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_int64, c_int64]
        self.job_options_set_backoff_ms = function

        function = library.distcoord_job_options_set_batch
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_char_p]
        self.job_options_set_batch = function

        function = library.distcoord_job_options_set_capabilities
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_char_p]
        self.job_options_set_capabilities = function

        function = library.distcoord_job_options_set_capability_timeout_ms
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_int64]
        self.job_options_set_capability_timeout_ms = function

        function = library.distcoord_job_options_set_concurrency_key
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_char_p]
        self.job_options_set_concurrency_key = function

        function = library.distcoord_job_options_set_content_type
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_char_p]
        self.job_options_set_content_type = function

        function = library.distcoord_job_options_set_delay_ms
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_int64]
        self.job_options_set_delay_ms = function

        function = library.distcoord_job_options_set_header
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_char_p, c_char_p]
        self.job_options_set_header = function

        function = library.distcoord_job_options_set_id
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_char_p]
        self.job_options_set_id = function

        function = library.distcoord_job_options_set_max_attempts
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_int32]
        self.job_options_set_max_attempts = function

        function = library.distcoord_job_options_set_pool
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_char_p]
        self.job_options_set_pool = function

        function = library.distcoord_job_options_set_priority
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_int32]
        self.job_options_set_priority = function

        function = library.distcoord_job_options_set_result_ttl_ms
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_int64]
        self.job_options_set_result_ttl_ms = function

        function = library.distcoord_job_options_set_task
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_char_p]
        self.job_options_set_task = function

        function = library.distcoord_job_options_set_timeout_ms
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_int64]
        self.job_options_set_timeout_ms = function

        function = library.distcoord_job_options_set_unique
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_char_p, c_int32]
        self.job_options_set_unique = function

        function = library.distcoord_job_options_set_worker
        function.restype = c_int32
        function.argtypes = [distcoord_job_options, c_char_p]
        self.job_options_set_worker = function

        function = holding.distcoord_job_payload
        function.restype = c_void_p
        function.argtypes = [distcoord_job, POINTER(c_size_t)]
        self.job_payload = function

        function = holding.distcoord_job_priority
        function.restype = c_int32
        function.argtypes = [distcoord_job]
        self.job_priority = function

        function = library.distcoord_job_progress
        function.restype = c_int32
        function.argtypes = [distcoord_job, c_int32, c_char_p, POINTER(distcoord_error)]
        self.job_progress = function

        function = holding.distcoord_job_pushed_ms
        function.restype = c_int64
        function.argtypes = [distcoord_job]
        self.job_pushed_ms = function

        function = holding.distcoord_job_queue
        function.restype = c_char_p
        function.argtypes = [distcoord_job]
        self.job_queue = function

        function = library.distcoord_job_release
        function.restype = c_int32
        function.argtypes = [distcoord_job, POINTER(distcoord_error)]
        self.job_release = function

        function = library.distcoord_job_release_after
        function.restype = c_int32
        function.argtypes = [distcoord_job, c_int64, POINTER(distcoord_error)]
        self.job_release_after = function

        function = library.distcoord_job_state
        function.restype = c_int32
        function.argtypes = [distcoord_job]
        self.job_state = function

        function = holding.distcoord_job_task
        function.restype = c_char_p
        function.argtypes = [distcoord_job]
        self.job_task = function

        function = holding.distcoord_job_timeout_ms
        function.restype = c_int64
        function.argtypes = [distcoord_job]
        self.job_timeout_ms = function

        function = library.distcoord_latch_cancel
        function.restype = None
        function.argtypes = [distcoord_latch]
        self.latch_cancel = function

        function = library.distcoord_latch_count
        function.restype = c_int32
        function.argtypes = [distcoord_latch, POINTER(c_int64), POINTER(distcoord_error)]
        self.latch_count = function

        function = library.distcoord_latch_count_down
        function.restype = c_int32
        function.argtypes = [distcoord_latch, c_int64, POINTER(c_int64), POINTER(distcoord_error)]
        self.latch_count_down = function

        function = library.distcoord_latch_free
        function.restype = None
        function.argtypes = [distcoord_latch]
        self.latch_free = function

        function = library.distcoord_latch_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, c_int64, POINTER(distcoord_latch), POINTER(distcoord_error)]
        self.latch_open = function

        function = library.distcoord_latch_reset
        function.restype = c_int32
        function.argtypes = [distcoord_latch, c_int64, POINTER(distcoord_error)]
        self.latch_reset = function

        function = library.distcoord_latch_wait
        function.restype = c_int32
        function.argtypes = [distcoord_latch, c_int64, POINTER(distcoord_error)]
        self.latch_wait = function

        function = holding.distcoord_leader_info_candidates
        function.restype = c_int64
        function.argtypes = [distcoord_leader_info]
        self.leader_info_candidates = function

        function = holding.distcoord_leader_info_free
        function.restype = None
        function.argtypes = [distcoord_leader_info]
        self.leader_info_free = function

        function = holding.distcoord_leader_info_label
        function.restype = c_char_p
        function.argtypes = [distcoord_leader_info]
        self.leader_info_label = function

        function = holding.distcoord_leader_info_lease_left_ms
        function.restype = c_int64
        function.argtypes = [distcoord_leader_info]
        self.leader_info_lease_left_ms = function

        function = holding.distcoord_leader_info_since_ms
        function.restype = c_int64
        function.argtypes = [distcoord_leader_info]
        self.leader_info_since_ms = function

        function = holding.distcoord_leader_info_term
        function.restype = c_uint64
        function.argtypes = [distcoord_leader_info]
        self.leader_info_term = function

        function = holding.distcoord_leader_info_value
        function.restype = c_char_p
        function.argtypes = [distcoord_leader_info]
        self.leader_info_value = function

        function = library.distcoord_limiter_acquire
        function.restype = c_int32
        function.argtypes = [distcoord_limiter, c_char_p, c_int64, c_int64, POINTER(c_int64), POINTER(distcoord_error)]
        self.limiter_acquire = function

        function = library.distcoord_limiter_cancel
        function.restype = None
        function.argtypes = [distcoord_limiter]
        self.limiter_cancel = function

        function = library.distcoord_limiter_free
        function.restype = None
        function.argtypes = [distcoord_limiter]
        self.limiter_free = function

        function = library.distcoord_limiter_inspect
        function.restype = c_int32
        function.argtypes = [distcoord_limiter, c_char_p, POINTER(c_int64), POINTER(c_int64), POINTER(distcoord_error)]
        self.limiter_inspect = function

        function = library.distcoord_limiter_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, distcoord_limiter_options, POINTER(distcoord_limiter), POINTER(distcoord_error)]
        self.limiter_open = function

        function = library.distcoord_limiter_options_free
        function.restype = None
        function.argtypes = [distcoord_limiter_options]
        self.limiter_options_free = function

        function = library.distcoord_limiter_options_new
        function.restype = distcoord_limiter_options
        function.argtypes = []
        self.limiter_options_new = function

        function = library.distcoord_limiter_options_set_algorithm
        function.restype = c_int32
        function.argtypes = [distcoord_limiter_options, c_int32]
        self.limiter_options_set_algorithm = function

        function = library.distcoord_limiter_options_set_burst
        function.restype = c_int32
        function.argtypes = [distcoord_limiter_options, c_int64]
        self.limiter_options_set_burst = function

        function = library.distcoord_limiter_options_set_limit
        function.restype = c_int32
        function.argtypes = [distcoord_limiter_options, c_int64, c_int64]
        self.limiter_options_set_limit = function

        function = library.distcoord_limiter_reset
        function.restype = c_int32
        function.argtypes = [distcoord_limiter, c_char_p, POINTER(distcoord_error)]
        self.limiter_reset = function

        function = library.distcoord_lock_acquire
        function.restype = c_int32
        function.argtypes = [distcoord_lock, c_int64, POINTER(distcoord_error)]
        self.lock_acquire = function

        function = library.distcoord_lock_adopt
        function.restype = c_int32
        function.argtypes = [distcoord_lock, POINTER(distcoord_error)]
        self.lock_adopt = function

        function = library.distcoord_lock_break
        function.restype = c_int32
        function.argtypes = [distcoord_lock, c_uint64, POINTER(distcoord_error)]
        self.lock_break = function

        function = library.distcoord_lock_cancel
        function.restype = None
        function.argtypes = [distcoord_lock]
        self.lock_cancel = function

        function = library.distcoord_lock_depth
        function.restype = c_int64
        function.argtypes = [distcoord_lock]
        self.lock_depth = function

        function = library.distcoord_lock_detach
        function.restype = c_int32
        function.argtypes = [distcoord_lock, POINTER(distcoord_error)]
        self.lock_detach = function

        function = library.distcoord_lock_event_fd
        function.restype = c_int32
        function.argtypes = [distcoord_lock]
        self.lock_event_fd = function

        function = library.distcoord_lock_extend
        function.restype = c_int32
        function.argtypes = [distcoord_lock, c_int64, POINTER(distcoord_error)]
        self.lock_extend = function

        function = library.distcoord_lock_fence
        function.restype = c_uint64
        function.argtypes = [distcoord_lock]
        self.lock_fence = function

        function = library.distcoord_lock_free
        function.restype = None
        function.argtypes = [distcoord_lock]
        self.lock_free = function

        function = holding.distcoord_lock_info_fence
        function.restype = c_uint64
        function.argtypes = [distcoord_lock_info]
        self.lock_info_fence = function

        function = holding.distcoord_lock_info_free
        function.restype = None
        function.argtypes = [distcoord_lock_info]
        self.lock_info_free = function

        function = holding.distcoord_lock_info_held_ms
        function.restype = c_int64
        function.argtypes = [distcoord_lock_info]
        self.lock_info_held_ms = function

        function = holding.distcoord_lock_info_holder
        function.restype = c_char_p
        function.argtypes = [distcoord_lock_info]
        self.lock_info_holder = function

        function = holding.distcoord_lock_info_lease_left_ms
        function.restype = c_int64
        function.argtypes = [distcoord_lock_info]
        self.lock_info_lease_left_ms = function

        function = holding.distcoord_lock_info_owner
        function.restype = c_char_p
        function.argtypes = [distcoord_lock_info]
        self.lock_info_owner = function

        function = holding.distcoord_lock_info_waiter
        function.restype = c_char_p
        function.argtypes = [distcoord_lock_info, c_size_t]
        self.lock_info_waiter = function

        function = holding.distcoord_lock_info_waiters
        function.restype = c_int64
        function.argtypes = [distcoord_lock_info]
        self.lock_info_waiters = function

        function = library.distcoord_lock_inspect
        function.restype = c_int32
        function.argtypes = [distcoord_lock, POINTER(distcoord_lock_info), POINTER(distcoord_error)]
        self.lock_inspect = function

        function = library.distcoord_lock_lease_left_ms
        function.restype = c_int64
        function.argtypes = [distcoord_lock]
        self.lock_lease_left_ms = function

        function = library.distcoord_lock_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, distcoord_lock_options, POINTER(distcoord_lock), POINTER(distcoord_error)]
        self.lock_open = function

        function = library.distcoord_lock_open_many
        function.restype = c_int32
        function.argtypes = [distcoord_client, POINTER(c_char_p), c_size_t, distcoord_lock_options, POINTER(distcoord_lock), POINTER(distcoord_error)]
        self.lock_open_many = function

        function = library.distcoord_lock_options_free
        function.restype = None
        function.argtypes = [distcoord_lock_options]
        self.lock_options_free = function

        function = library.distcoord_lock_options_new
        function.restype = distcoord_lock_options
        function.argtypes = []
        self.lock_options_new = function

        function = library.distcoord_lock_options_set_fair
        function.restype = c_int32
        function.argtypes = [distcoord_lock_options, c_bool]
        self.lock_options_set_fair = function

        function = library.distcoord_lock_options_set_lease_ms
        function.restype = c_int32
        function.argtypes = [distcoord_lock_options, c_int64]
        self.lock_options_set_lease_ms = function

        function = library.distcoord_lock_options_set_linger_ms
        function.restype = c_int32
        function.argtypes = [distcoord_lock_options, c_int64]
        self.lock_options_set_linger_ms = function

        function = library.distcoord_lock_options_set_owner
        function.restype = c_int32
        function.argtypes = [distcoord_lock_options, c_char_p]
        self.lock_options_set_owner = function

        function = library.distcoord_lock_options_set_reentrant
        function.restype = c_int32
        function.argtypes = [distcoord_lock_options, c_bool]
        self.lock_options_set_reentrant = function

        function = library.distcoord_lock_options_set_renew
        function.restype = c_int32
        function.argtypes = [distcoord_lock_options, c_bool]
        self.lock_options_set_renew = function

        function = library.distcoord_lock_options_set_tracing
        function.restype = c_int32
        function.argtypes = [distcoord_lock_options, c_bool]
        self.lock_options_set_tracing = function

        function = library.distcoord_lock_options_set_wait_ms
        function.restype = c_int32
        function.argtypes = [distcoord_lock_options, c_int64]
        self.lock_options_set_wait_ms = function

        function = library.distcoord_lock_release
        function.restype = c_int32
        function.argtypes = [distcoord_lock, POINTER(distcoord_error)]
        self.lock_release = function

        function = library.distcoord_lock_state
        function.restype = c_int32
        function.argtypes = [distcoord_lock]
        self.lock_state = function

        function = holding.distcoord_lock_statistics_count
        function.restype = c_int64
        function.argtypes = [distcoord_lock_statistics, c_int32]
        self.lock_statistics_count = function

        function = holding.distcoord_lock_statistics_free
        function.restype = None
        function.argtypes = [distcoord_lock_statistics]
        self.lock_statistics_free = function

        function = holding.distcoord_lock_statistics_mean_us
        function.restype = c_double
        function.argtypes = [distcoord_lock_statistics, c_int32]
        self.lock_statistics_mean_us = function

        function = holding.distcoord_lock_statistics_percentile_us
        function.restype = c_double
        function.argtypes = [distcoord_lock_statistics, c_int32, c_double]
        self.lock_statistics_percentile_us = function

        function = library.distcoord_lock_statistics_read
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_int32, c_char_p, POINTER(distcoord_lock_statistics), POINTER(distcoord_error)]
        self.lock_statistics_read = function

        function = library.distcoord_lock_statistics_reset
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_int32, c_char_p, POINTER(distcoord_error)]
        self.lock_statistics_reset = function

        function = library.distcoord_lock_wait_lost
        function.restype = c_int32
        function.argtypes = [distcoord_lock, c_int64]
        self.lock_wait_lost = function

        function = library.distcoord_member_change_free
        function.restype = None
        function.argtypes = [distcoord_member_change]
        self.member_change_free = function

        function = library.distcoord_member_change_id
        function.restype = c_char_p
        function.argtypes = [distcoord_member_change]
        self.member_change_id = function

        function = library.distcoord_member_change_kind
        function.restype = c_int32
        function.argtypes = [distcoord_member_change]
        self.member_change_kind = function

        function = library.distcoord_member_change_label
        function.restype = c_char_p
        function.argtypes = [distcoord_member_change]
        self.member_change_label = function

        function = library.distcoord_member_change_value
        function.restype = c_char_p
        function.argtypes = [distcoord_member_change]
        self.member_change_value = function

        function = library.distcoord_member_list_count
        function.restype = c_size_t
        function.argtypes = [distcoord_member_list]
        self.member_list_count = function

        function = library.distcoord_member_list_free
        function.restype = None
        function.argtypes = [distcoord_member_list]
        self.member_list_free = function

        function = library.distcoord_member_list_id
        function.restype = c_char_p
        function.argtypes = [distcoord_member_list, c_size_t]
        self.member_list_id = function

        function = library.distcoord_member_list_label
        function.restype = c_char_p
        function.argtypes = [distcoord_member_list, c_size_t]
        self.member_list_label = function

        function = library.distcoord_member_list_lease_left_ms
        function.restype = c_int64
        function.argtypes = [distcoord_member_list, c_size_t]
        self.member_list_lease_left_ms = function

        function = library.distcoord_member_list_since_ms
        function.restype = c_int64
        function.argtypes = [distcoord_member_list, c_size_t]
        self.member_list_since_ms = function

        function = library.distcoord_member_list_value
        function.restype = c_char_p
        function.argtypes = [distcoord_member_list, c_size_t]
        self.member_list_value = function

        function = library.distcoord_membership_cancel
        function.restype = None
        function.argtypes = [distcoord_membership]
        self.membership_cancel = function

        function = library.distcoord_membership_event_fd
        function.restype = c_int32
        function.argtypes = [distcoord_membership]
        self.membership_event_fd = function

        function = library.distcoord_membership_free
        function.restype = None
        function.argtypes = [distcoord_membership]
        self.membership_free = function

        function = library.distcoord_membership_id
        function.restype = c_char_p
        function.argtypes = [distcoord_membership]
        self.membership_id = function

        function = library.distcoord_membership_join
        function.restype = c_int32
        function.argtypes = [distcoord_membership, POINTER(distcoord_error)]
        self.membership_join = function

        function = library.distcoord_membership_leave
        function.restype = c_int32
        function.argtypes = [distcoord_membership, POINTER(distcoord_error)]
        self.membership_leave = function

        function = library.distcoord_membership_list
        function.restype = c_int32
        function.argtypes = [distcoord_membership, POINTER(distcoord_member_list), POINTER(distcoord_error)]
        self.membership_list = function

        function = library.distcoord_membership_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, distcoord_membership_options, POINTER(distcoord_membership), POINTER(distcoord_error)]
        self.membership_open = function

        function = library.distcoord_membership_options_free
        function.restype = None
        function.argtypes = [distcoord_membership_options]
        self.membership_options_free = function

        function = library.distcoord_membership_options_new
        function.restype = distcoord_membership_options
        function.argtypes = []
        self.membership_options_new = function

        function = library.distcoord_membership_options_set_id
        function.restype = c_int32
        function.argtypes = [distcoord_membership_options, c_char_p]
        self.membership_options_set_id = function

        function = library.distcoord_membership_options_set_lease_ms
        function.restype = c_int32
        function.argtypes = [distcoord_membership_options, c_int64]
        self.membership_options_set_lease_ms = function

        function = library.distcoord_membership_options_set_value
        function.restype = c_int32
        function.argtypes = [distcoord_membership_options, c_char_p]
        self.membership_options_set_value = function

        function = library.distcoord_membership_set_value
        function.restype = c_int32
        function.argtypes = [distcoord_membership, c_char_p, POINTER(distcoord_error)]
        self.membership_set_value = function

        function = library.distcoord_membership_state
        function.restype = c_int32
        function.argtypes = [distcoord_membership]
        self.membership_state = function

        function = library.distcoord_membership_wait_lost
        function.restype = c_int32
        function.argtypes = [distcoord_membership, c_int64]
        self.membership_wait_lost = function

        function = library.distcoord_membership_watch
        function.restype = c_int32
        function.argtypes = [distcoord_membership, POINTER(distcoord_watch), POINTER(distcoord_error)]
        self.membership_watch = function

        function = library.distcoord_membership_watch_next
        function.restype = c_int32
        function.argtypes = [distcoord_watch, c_int64, POINTER(distcoord_member_change), POINTER(distcoord_error)]
        self.membership_watch_next = function

        function = library.distcoord_message_deliveries
        function.restype = c_int64
        function.argtypes = [distcoord_message]
        self.message_deliveries = function

        function = library.distcoord_message_free
        function.restype = None
        function.argtypes = [distcoord_message]
        self.message_free = function

        function = library.distcoord_message_id
        function.restype = c_char_p
        function.argtypes = [distcoord_message]
        self.message_id = function

        function = library.distcoord_message_length
        function.restype = c_size_t
        function.argtypes = [distcoord_message]
        self.message_length = function

        function = library.distcoord_message_missed
        function.restype = c_int64
        function.argtypes = [distcoord_message]
        self.message_missed = function

        function = library.distcoord_message_payload
        function.restype = c_void_p
        function.argtypes = [distcoord_message]
        self.message_payload = function

        function = library.distcoord_message_published_ms
        function.restype = c_int64
        function.argtypes = [distcoord_message]
        self.message_published_ms = function

        function = library.distcoord_message_source
        function.restype = c_char_p
        function.argtypes = [distcoord_message]
        self.message_source = function

        function = library.distcoord_options_free
        function.restype = None
        function.argtypes = [distcoord_options]
        self.options_free = function

        function = library.distcoord_options_new
        function.restype = distcoord_options
        function.argtypes = []
        self.options_new = function

        function = library.distcoord_options_set_command_timeout_ms
        function.restype = c_int32
        function.argtypes = [distcoord_options, c_int64]
        self.options_set_command_timeout_ms = function

        function = library.distcoord_options_set_connect_timeout_ms
        function.restype = c_int32
        function.argtypes = [distcoord_options, c_int64]
        self.options_set_connect_timeout_ms = function

        function = library.distcoord_options_set_credentials
        function.restype = c_int32
        function.argtypes = [distcoord_options, c_char_p, c_char_p]
        self.options_set_credentials = function

        function = library.distcoord_options_set_guardian
        function.restype = c_int32
        function.argtypes = [distcoord_options, POINTER(c_char_p), c_size_t]
        self.options_set_guardian = function

        function = library.distcoord_options_set_interrupt
        function.restype = c_int32
        function.argtypes = [distcoord_options, distcoord_interrupt_function, c_void_p]
        self.options_set_interrupt = function

        function = library.distcoord_options_set_label
        function.restype = c_int32
        function.argtypes = [distcoord_options, c_char_p]
        self.options_set_label = function

        function = library.distcoord_options_set_log
        function.restype = c_int32
        function.argtypes = [distcoord_options, c_int32, distcoord_log_function, c_void_p]
        self.options_set_log = function

        function = library.distcoord_options_set_max_payload
        function.restype = c_int32
        function.argtypes = [distcoord_options, c_int64]
        self.options_set_max_payload = function

        function = library.distcoord_options_set_minimum_nodes
        function.restype = c_int32
        function.argtypes = [distcoord_options, c_int64]
        self.options_set_minimum_nodes = function

        function = library.distcoord_options_set_namespace
        function.restype = c_int32
        function.argtypes = [distcoord_options, c_char_p]
        self.options_set_namespace = function

        function = library.distcoord_producer_cancel
        function.restype = None
        function.argtypes = [distcoord_producer]
        self.producer_cancel = function

        function = library.distcoord_producer_close
        function.restype = c_int32
        function.argtypes = [distcoord_producer, c_int64, POINTER(distcoord_error)]
        self.producer_close = function

        function = library.distcoord_producer_failures
        function.restype = c_int32
        function.argtypes = [distcoord_producer, POINTER(distcoord_push_failures), POINTER(distcoord_error)]
        self.producer_failures = function

        function = library.distcoord_producer_flush
        function.restype = c_int32
        function.argtypes = [distcoord_producer, c_int64, POINTER(distcoord_error)]
        self.producer_flush = function

        function = library.distcoord_producer_free
        function.restype = None
        function.argtypes = [distcoord_producer]
        self.producer_free = function

        function = library.distcoord_producer_open
        function.restype = c_int32
        function.argtypes = [distcoord_queue, POINTER(distcoord_producer), POINTER(distcoord_error)]
        self.producer_open = function

        function = library.distcoord_producer_pending
        function.restype = c_int64
        function.argtypes = [distcoord_producer]
        self.producer_pending = function

        function = library.distcoord_producer_push
        function.restype = c_int32
        function.argtypes = [distcoord_producer, c_void_p, c_size_t, distcoord_job_options, c_char_p, c_size_t, POINTER(distcoord_error)]
        self.producer_push = function

        function = library.distcoord_producer_sent
        function.restype = c_int64
        function.argtypes = [distcoord_producer]
        self.producer_sent = function

        function = library.distcoord_producer_set_batch
        function.restype = c_int32
        function.argtypes = [distcoord_producer, c_int32, c_int64]
        self.producer_set_batch = function

        function = library.distcoord_producer_set_capacity
        function.restype = c_int32
        function.argtypes = [distcoord_producer, c_int64, c_int64, c_bool]
        self.producer_set_capacity = function

        function = library.distcoord_producer_set_retry_ms
        function.restype = c_int32
        function.argtypes = [distcoord_producer, c_int64]
        self.producer_set_retry_ms = function

        function = holding.distcoord_push_failures_count
        function.restype = c_size_t
        function.argtypes = [distcoord_push_failures]
        self.push_failures_count = function

        function = holding.distcoord_push_failures_free
        function.restype = None
        function.argtypes = [distcoord_push_failures]
        self.push_failures_free = function

        function = holding.distcoord_push_failures_id
        function.restype = c_char_p
        function.argtypes = [distcoord_push_failures, c_size_t]
        self.push_failures_id = function

        function = holding.distcoord_push_failures_message
        function.restype = c_char_p
        function.argtypes = [distcoord_push_failures, c_size_t]
        self.push_failures_message = function

        function = holding.distcoord_push_failures_status
        function.restype = c_int32
        function.argtypes = [distcoord_push_failures, c_size_t]
        self.push_failures_status = function

        function = holding.distcoord_push_receipt_count
        function.restype = c_size_t
        function.argtypes = [distcoord_push_receipt]
        self.push_receipt_count = function

        function = holding.distcoord_push_receipt_free
        function.restype = None
        function.argtypes = [distcoord_push_receipt]
        self.push_receipt_free = function

        function = holding.distcoord_push_receipt_id
        function.restype = c_char_p
        function.argtypes = [distcoord_push_receipt, c_size_t]
        self.push_receipt_id = function

        function = holding.distcoord_push_receipt_ids
        function.restype = c_char_p
        function.argtypes = [distcoord_push_receipt]
        self.push_receipt_ids = function

        function = holding.distcoord_push_receipt_status
        function.restype = c_int32
        function.argtypes = [distcoord_push_receipt, c_size_t]
        self.push_receipt_status = function

        function = library.distcoord_queue_cancel
        function.restype = None
        function.argtypes = [distcoord_queue]
        self.queue_cancel = function

        function = library.distcoord_queue_cancel_job
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_char_p, c_char_p, POINTER(c_bool), POINTER(distcoord_error)]
        self.queue_cancel_job = function

        function = library.distcoord_queue_claim
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_int64, POINTER(distcoord_job), c_size_t, POINTER(c_size_t), POINTER(distcoord_error)]
        self.queue_claim = function

        function = library.distcoord_queue_complete_many
        function.restype = c_int32
        function.argtypes = [distcoord_queue, POINTER(distcoord_job), POINTER(c_char_p), POINTER(c_size_t), c_size_t, POINTER(c_int32), POINTER(distcoord_error)]
        self.queue_complete_many = function

        function = library.distcoord_queue_count
        function.restype = c_int32
        function.argtypes = [distcoord_queue, POINTER(distcoord_queue_counts), POINTER(distcoord_error)]
        self.queue_count = function

        function = holding.distcoord_queue_counts_active
        function.restype = c_int64
        function.argtypes = [distcoord_queue_counts]
        self.queue_counts_active = function

        function = holding.distcoord_queue_counts_blocked
        function.restype = c_int64
        function.argtypes = [distcoord_queue_counts]
        self.queue_counts_blocked = function

        function = holding.distcoord_queue_counts_cancelled
        function.restype = c_int64
        function.argtypes = [distcoord_queue_counts]
        self.queue_counts_cancelled = function

        function = holding.distcoord_queue_counts_claimers
        function.restype = c_int64
        function.argtypes = [distcoord_queue_counts]
        self.queue_counts_claimers = function

        function = holding.distcoord_queue_counts_completed
        function.restype = c_int64
        function.argtypes = [distcoord_queue_counts]
        self.queue_counts_completed = function

        function = holding.distcoord_queue_counts_dead
        function.restype = c_int64
        function.argtypes = [distcoord_queue_counts]
        self.queue_counts_dead = function

        function = holding.distcoord_queue_counts_delayed
        function.restype = c_int64
        function.argtypes = [distcoord_queue_counts]
        self.queue_counts_delayed = function

        function = holding.distcoord_queue_counts_failed
        function.restype = c_int64
        function.argtypes = [distcoord_queue_counts]
        self.queue_counts_failed = function

        function = holding.distcoord_queue_counts_free
        function.restype = None
        function.argtypes = [distcoord_queue_counts]
        self.queue_counts_free = function

        function = holding.distcoord_queue_counts_unserved
        function.restype = c_int64
        function.argtypes = [distcoord_queue_counts]
        self.queue_counts_unserved = function

        function = holding.distcoord_queue_counts_waiting
        function.restype = c_int64
        function.argtypes = [distcoord_queue_counts]
        self.queue_counts_waiting = function

        function = library.distcoord_queue_find
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, POINTER(distcoord_queue), POINTER(distcoord_error)]
        self.queue_find = function

        function = library.distcoord_queue_free
        function.restype = None
        function.argtypes = [distcoord_queue]
        self.queue_free = function

        function = library.distcoord_queue_inspect
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_char_p, POINTER(distcoord_job_list), POINTER(distcoord_error)]
        self.queue_inspect = function

        function = library.distcoord_queue_inspect_settings
        function.restype = c_int32
        function.argtypes = [distcoord_queue, POINTER(distcoord_queue_settings), POINTER(distcoord_error)]
        self.queue_inspect_settings = function

        function = library.distcoord_queue_list
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_int32, c_int64, c_int64, POINTER(distcoord_job_list), POINTER(distcoord_error)]
        self.queue_list = function

        function = library.distcoord_queue_list_schedules
        function.restype = c_int32
        function.argtypes = [distcoord_queue, POINTER(distcoord_schedule_list), POINTER(distcoord_error)]
        self.queue_list_schedules = function

        function = library.distcoord_queue_name
        function.restype = c_char_p
        function.argtypes = [distcoord_queue]
        self.queue_name = function

        function = library.distcoord_queue_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, POINTER(distcoord_queue), POINTER(distcoord_error)]
        self.queue_open = function

        function = library.distcoord_queue_pause
        function.restype = c_int32
        function.argtypes = [distcoord_queue, POINTER(distcoord_error)]
        self.queue_pause = function

        function = library.distcoord_queue_promote
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_char_p, POINTER(distcoord_error)]
        self.queue_promote = function

        function = library.distcoord_queue_purge
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_int32, c_char_p, c_int64, POINTER(c_int64), POINTER(distcoord_error)]
        self.queue_purge = function

        function = library.distcoord_queue_push
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_void_p, c_size_t, distcoord_job_options, c_char_p, c_size_t, POINTER(distcoord_error)]
        self.queue_push = function

        function = library.distcoord_queue_push_many
        function.restype = c_int32
        function.argtypes = [distcoord_queue, POINTER(c_char_p), POINTER(c_size_t), POINTER(distcoord_job_options), c_size_t, POINTER(distcoord_push_receipt), POINTER(distcoord_error)]
        self.queue_push_many = function

        function = library.distcoord_queue_remove_schedule
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_char_p, POINTER(distcoord_error)]
        self.queue_remove_schedule = function

        function = library.distcoord_queue_result
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_char_p, c_int64, POINTER(distcoord_result), POINTER(distcoord_error)]
        self.queue_result = function

        function = library.distcoord_queue_resume
        function.restype = c_int32
        function.argtypes = [distcoord_queue, POINTER(distcoord_error)]
        self.queue_resume = function

        function = library.distcoord_queue_retry_dead
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_char_p, POINTER(c_int64), POINTER(distcoord_error)]
        self.queue_retry_dead = function

        function = library.distcoord_queue_set_capabilities
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_char_p]
        self.queue_set_capabilities = function

        function = library.distcoord_queue_set_history
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_int64, c_int64, POINTER(distcoord_error)]
        self.queue_set_history = function

        function = library.distcoord_queue_set_key_limit
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_int64, POINTER(distcoord_error)]
        self.queue_set_key_limit = function

        function = library.distcoord_queue_set_lease_ms
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_int64]
        self.queue_set_lease_ms = function

        function = library.distcoord_queue_set_partitions
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_int32]
        self.queue_set_partitions = function

        function = library.distcoord_queue_set_rate_limit
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_int64, c_int64, POINTER(distcoord_error)]
        self.queue_set_rate_limit = function

        function = library.distcoord_queue_set_schedule
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_char_p, distcoord_schedule_options, c_void_p, c_size_t, distcoord_job_options, POINTER(distcoord_error)]
        self.queue_set_schedule = function

        function = library.distcoord_queue_set_worker
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_char_p, c_bool]
        self.queue_set_worker = function

        function = holding.distcoord_queue_settings_dead
        function.restype = c_int64
        function.argtypes = [distcoord_queue_settings]
        self.queue_settings_dead = function

        function = holding.distcoord_queue_settings_free
        function.restype = None
        function.argtypes = [distcoord_queue_settings]
        self.queue_settings_free = function

        function = holding.distcoord_queue_settings_is_paused
        function.restype = c_bool
        function.argtypes = [distcoord_queue_settings]
        self.queue_settings_is_paused = function

        function = holding.distcoord_queue_settings_key_limit
        function.restype = c_int64
        function.argtypes = [distcoord_queue_settings]
        self.queue_settings_key_limit = function

        function = holding.distcoord_queue_settings_rate_count
        function.restype = c_int64
        function.argtypes = [distcoord_queue_settings]
        self.queue_settings_rate_count = function

        function = holding.distcoord_queue_settings_rate_period_ms
        function.restype = c_int64
        function.argtypes = [distcoord_queue_settings]
        self.queue_settings_rate_period_ms = function

        function = holding.distcoord_queue_settings_results
        function.restype = c_int64
        function.argtypes = [distcoord_queue_settings]
        self.queue_settings_results = function

        function = holding.distcoord_result_attempts
        function.restype = c_int32
        function.argtypes = [distcoord_result]
        self.result_attempts = function

        function = holding.distcoord_result_bytes
        function.restype = c_void_p
        function.argtypes = [distcoord_result, POINTER(c_size_t)]
        self.result_bytes = function

        function = holding.distcoord_result_error_type
        function.restype = c_char_p
        function.argtypes = [distcoord_result]
        self.result_error_type = function

        function = holding.distcoord_result_finished_ms
        function.restype = c_int64
        function.argtypes = [distcoord_result]
        self.result_finished_ms = function

        function = holding.distcoord_result_free
        function.restype = None
        function.argtypes = [distcoord_result]
        self.result_free = function

        function = holding.distcoord_result_state
        function.restype = c_int32
        function.argtypes = [distcoord_result]
        self.result_state = function

        function = holding.distcoord_result_traceback
        function.restype = c_char_p
        function.argtypes = [distcoord_result]
        self.result_traceback = function

        function = holding.distcoord_result_worker
        function.restype = c_char_p
        function.argtypes = [distcoord_result]
        self.result_worker = function

        function = library.distcoord_run_cancel
        function.restype = None
        function.argtypes = [distcoord_run]
        self.run_cancel = function

        function = library.distcoord_run_delete
        function.restype = c_int32
        function.argtypes = [distcoord_run, POINTER(distcoord_error)]
        self.run_delete = function

        function = holding.distcoord_run_event_free
        function.restype = None
        function.argtypes = [distcoord_run_event]
        self.run_event_free = function

        function = holding.distcoord_run_event_kind
        function.restype = c_int32
        function.argtypes = [distcoord_run_event]
        self.run_event_kind = function

        function = holding.distcoord_run_event_number
        function.restype = c_int64
        function.argtypes = [distcoord_run_event]
        self.run_event_number = function

        function = holding.distcoord_run_event_state
        function.restype = c_int32
        function.argtypes = [distcoord_run_event]
        self.run_event_state = function

        function = holding.distcoord_run_event_task
        function.restype = c_char_p
        function.argtypes = [distcoord_run_event]
        self.run_event_task = function

        function = holding.distcoord_run_event_text
        function.restype = c_char_p
        function.argtypes = [distcoord_run_event]
        self.run_event_text = function

        function = holding.distcoord_run_event_time_ms
        function.restype = c_int64
        function.argtypes = [distcoord_run_event]
        self.run_event_time_ms = function

        function = library.distcoord_run_free
        function.restype = None
        function.argtypes = [distcoord_run]
        self.run_free = function

        function = library.distcoord_run_id
        function.restype = c_char_p
        function.argtypes = [distcoord_run]
        self.run_id = function

        function = library.distcoord_run_identity
        function.restype = c_int32
        function.argtypes = [c_char_p, c_bool, c_char_p, c_size_t, POINTER(distcoord_error)]
        self.run_identity = function

        function = holding.distcoord_run_list_count
        function.restype = c_size_t
        function.argtypes = [distcoord_run_list]
        self.run_list_count = function

        function = holding.distcoord_run_list_free
        function.restype = None
        function.argtypes = [distcoord_run_list]
        self.run_list_free = function

        function = holding.distcoord_run_list_id
        function.restype = c_char_p
        function.argtypes = [distcoord_run_list, c_size_t]
        self.run_list_id = function

        function = holding.distcoord_run_list_summary
        function.restype = distcoord_run_summary
        function.argtypes = [distcoord_run_list, c_size_t]
        self.run_list_summary = function

        function = library.distcoord_run_open
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_char_p, POINTER(distcoord_run), POINTER(distcoord_error)]
        self.run_open = function

        function = library.distcoord_run_options_free
        function.restype = None
        function.argtypes = [distcoord_run_options]
        self.run_options_free = function

        function = library.distcoord_run_options_new
        function.restype = distcoord_run_options
        function.argtypes = []
        self.run_options_new = function

        function = library.distcoord_run_options_set_fail_fast
        function.restype = c_int32
        function.argtypes = [distcoord_run_options, c_bool]
        self.run_options_set_fail_fast = function

        function = library.distcoord_run_options_set_id
        function.restype = c_int32
        function.argtypes = [distcoord_run_options, c_char_p]
        self.run_options_set_id = function

        function = library.distcoord_run_options_set_retention_ms
        function.restype = c_int32
        function.argtypes = [distcoord_run_options, c_int64]
        self.run_options_set_retention_ms = function

        function = library.distcoord_run_pause
        function.restype = c_int32
        function.argtypes = [distcoord_run, POINTER(distcoord_error)]
        self.run_pause = function

        function = library.distcoord_run_result
        function.restype = c_int32
        function.argtypes = [distcoord_run, c_char_p, c_int64, POINTER(distcoord_result), POINTER(distcoord_error)]
        self.run_result = function

        function = library.distcoord_run_resume
        function.restype = c_int32
        function.argtypes = [distcoord_run, POINTER(distcoord_error)]
        self.run_resume = function

        function = library.distcoord_run_start
        function.restype = c_int32
        function.argtypes = [distcoord_queue, distcoord_workflow, distcoord_run_options, POINTER(distcoord_run), POINTER(distcoord_error)]
        self.run_start = function

        function = library.distcoord_run_state
        function.restype = c_int32
        function.argtypes = [distcoord_run, POINTER(distcoord_state), POINTER(distcoord_error)]
        self.run_state = function

        function = library.distcoord_run_stop
        function.restype = c_int32
        function.argtypes = [distcoord_run, c_char_p, c_bool, POINTER(distcoord_error)]
        self.run_stop = function

        function = holding.distcoord_run_summary_count
        function.restype = c_int64
        function.argtypes = [distcoord_run_summary, c_int32]
        self.run_summary_count = function

        function = holding.distcoord_run_summary_ended_ms
        function.restype = c_int64
        function.argtypes = [distcoord_run_summary]
        self.run_summary_ended_ms = function

        function = holding.distcoord_run_summary_free
        function.restype = None
        function.argtypes = [distcoord_run_summary]
        self.run_summary_free = function

        function = holding.distcoord_run_summary_reason
        function.restype = c_char_p
        function.argtypes = [distcoord_run_summary]
        self.run_summary_reason = function

        function = holding.distcoord_run_summary_started_ms
        function.restype = c_int64
        function.argtypes = [distcoord_run_summary]
        self.run_summary_started_ms = function

        function = holding.distcoord_run_summary_state
        function.restype = c_int32
        function.argtypes = [distcoord_run_summary]
        self.run_summary_state = function

        function = holding.distcoord_run_summary_workflow
        function.restype = c_char_p
        function.argtypes = [distcoord_run_summary]
        self.run_summary_workflow = function

        function = library.distcoord_run_tasks
        function.restype = c_int32
        function.argtypes = [distcoord_run, POINTER(distcoord_task_list), POINTER(distcoord_error)]
        self.run_tasks = function

        function = library.distcoord_run_wait
        function.restype = c_int32
        function.argtypes = [distcoord_run, c_int64, POINTER(distcoord_run_summary), POINTER(distcoord_error)]
        self.run_wait = function

        function = library.distcoord_run_watch
        function.restype = c_int32
        function.argtypes = [distcoord_run, POINTER(distcoord_watch), POINTER(distcoord_error)]
        self.run_watch = function

        function = library.distcoord_run_watch_next
        function.restype = c_int32
        function.argtypes = [distcoord_watch, c_int64, POINTER(distcoord_run_event), POINTER(distcoord_error)]
        self.run_watch_next = function

        function = library.distcoord_runs_list
        function.restype = c_int32
        function.argtypes = [distcoord_queue, c_int64, c_int64, POINTER(distcoord_run_list), POINTER(distcoord_error)]
        self.runs_list = function

        function = library.distcoord_rwlock_cancel
        function.restype = None
        function.argtypes = [distcoord_rwlock]
        self.rwlock_cancel = function

        function = library.distcoord_rwlock_downgrade
        function.restype = c_int32
        function.argtypes = [distcoord_lock, POINTER(distcoord_error)]
        self.rwlock_downgrade = function

        function = library.distcoord_rwlock_free
        function.restype = None
        function.argtypes = [distcoord_rwlock]
        self.rwlock_free = function

        function = library.distcoord_rwlock_inspect
        function.restype = c_int32
        function.argtypes = [distcoord_rwlock, POINTER(c_int64), POINTER(c_int64), POINTER(c_int64), POINTER(distcoord_error)]
        self.rwlock_inspect = function

        function = library.distcoord_rwlock_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, distcoord_lock_options, POINTER(distcoord_rwlock), POINTER(distcoord_error)]
        self.rwlock_open = function

        function = library.distcoord_rwlock_read
        function.restype = c_int32
        function.argtypes = [distcoord_rwlock, c_int64, POINTER(distcoord_lock), POINTER(distcoord_error)]
        self.rwlock_read = function

        function = library.distcoord_rwlock_write
        function.restype = c_int32
        function.argtypes = [distcoord_rwlock, c_int64, POINTER(distcoord_lock), POINTER(distcoord_error)]
        self.rwlock_write = function

        function = holding.distcoord_schedule_list_count
        function.restype = c_size_t
        function.argtypes = [distcoord_schedule_list]
        self.schedule_list_count = function

        function = holding.distcoord_schedule_list_cron
        function.restype = c_char_p
        function.argtypes = [distcoord_schedule_list, c_size_t]
        self.schedule_list_cron = function

        function = holding.distcoord_schedule_list_free
        function.restype = None
        function.argtypes = [distcoord_schedule_list]
        self.schedule_list_free = function

        function = holding.distcoord_schedule_list_interval_ms
        function.restype = c_int64
        function.argtypes = [distcoord_schedule_list, c_size_t]
        self.schedule_list_interval_ms = function

        function = holding.distcoord_schedule_list_last_ms
        function.restype = c_int64
        function.argtypes = [distcoord_schedule_list, c_size_t]
        self.schedule_list_last_ms = function

        function = holding.distcoord_schedule_list_missed
        function.restype = c_int32
        function.argtypes = [distcoord_schedule_list, c_size_t]
        self.schedule_list_missed = function

        function = holding.distcoord_schedule_list_name
        function.restype = c_char_p
        function.argtypes = [distcoord_schedule_list, c_size_t]
        self.schedule_list_name = function

        function = holding.distcoord_schedule_list_next_ms
        function.restype = c_int64
        function.argtypes = [distcoord_schedule_list, c_size_t]
        self.schedule_list_next_ms = function

        function = holding.distcoord_schedule_list_runs
        function.restype = c_int64
        function.argtypes = [distcoord_schedule_list, c_size_t]
        self.schedule_list_runs = function

        function = holding.distcoord_schedule_list_task
        function.restype = c_char_p
        function.argtypes = [distcoord_schedule_list, c_size_t]
        self.schedule_list_task = function

        function = holding.distcoord_schedule_list_time_zone
        function.restype = c_char_p
        function.argtypes = [distcoord_schedule_list, c_size_t]
        self.schedule_list_time_zone = function

        function = library.distcoord_schedule_options_free
        function.restype = None
        function.argtypes = [distcoord_schedule_options]
        self.schedule_options_free = function

        function = library.distcoord_schedule_options_new
        function.restype = distcoord_schedule_options
        function.argtypes = []
        self.schedule_options_new = function

        function = library.distcoord_schedule_options_set_cron
        function.restype = c_int32
        function.argtypes = [distcoord_schedule_options, c_char_p, c_char_p]
        self.schedule_options_set_cron = function

        function = library.distcoord_schedule_options_set_interval_ms
        function.restype = c_int32
        function.argtypes = [distcoord_schedule_options, c_int64]
        self.schedule_options_set_interval_ms = function

        function = library.distcoord_schedule_options_set_missed
        function.restype = c_int32
        function.argtypes = [distcoord_schedule_options, c_int32]
        self.schedule_options_set_missed = function

        function = library.distcoord_schedule_options_set_start_ms
        function.restype = c_int32
        function.argtypes = [distcoord_schedule_options, c_int64]
        self.schedule_options_set_start_ms = function

        function = library.distcoord_semaphore_acquire
        function.restype = c_int32
        function.argtypes = [distcoord_semaphore, c_int64, c_int64, POINTER(distcoord_lock), POINTER(distcoord_error)]
        self.semaphore_acquire = function

        function = library.distcoord_semaphore_cancel
        function.restype = None
        function.argtypes = [distcoord_semaphore]
        self.semaphore_cancel = function

        function = library.distcoord_semaphore_free
        function.restype = None
        function.argtypes = [distcoord_semaphore]
        self.semaphore_free = function

        function = library.distcoord_semaphore_inspect
        function.restype = c_int32
        function.argtypes = [distcoord_semaphore, POINTER(c_int64), POINTER(c_int64), POINTER(c_int64), POINTER(distcoord_error)]
        self.semaphore_inspect = function

        function = library.distcoord_semaphore_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, c_int64, distcoord_lock_options, POINTER(distcoord_semaphore), POINTER(distcoord_error)]
        self.semaphore_open = function

        function = library.distcoord_semaphore_resize
        function.restype = c_int32
        function.argtypes = [distcoord_semaphore, c_int64, POINTER(distcoord_error)]
        self.semaphore_resize = function

        function = library.distcoord_state_add
        function.restype = c_int32
        function.argtypes = [distcoord_state, c_char_p, c_int64, c_int64, POINTER(c_int64), POINTER(distcoord_error)]
        self.state_add = function

        function = library.distcoord_state_append
        function.restype = c_int32
        function.argtypes = [distcoord_state, c_char_p, c_void_p, c_size_t, c_int64, c_int64, POINTER(c_int64), POINTER(distcoord_error)]
        self.state_append = function

        function = library.distcoord_state_clear
        function.restype = c_int32
        function.argtypes = [distcoord_state, c_char_p, POINTER(c_int64), POINTER(distcoord_error)]
        self.state_clear = function

        function = library.distcoord_state_delete
        function.restype = c_int32
        function.argtypes = [distcoord_state, c_char_p, c_uint64, POINTER(distcoord_error)]
        self.state_delete = function

        function = library.distcoord_state_entry_free
        function.restype = None
        function.argtypes = [distcoord_state_entry]
        self.state_entry_free = function

        function = library.distcoord_state_entry_key
        function.restype = c_char_p
        function.argtypes = [distcoord_state_entry]
        self.state_entry_key = function

        function = library.distcoord_state_entry_kind
        function.restype = c_int32
        function.argtypes = [distcoord_state_entry]
        self.state_entry_kind = function

        function = library.distcoord_state_entry_length
        function.restype = c_size_t
        function.argtypes = [distcoord_state_entry]
        self.state_entry_length = function

        function = library.distcoord_state_entry_ttl_left_ms
        function.restype = c_int64
        function.argtypes = [distcoord_state_entry]
        self.state_entry_ttl_left_ms = function

        function = library.distcoord_state_entry_value
        function.restype = c_void_p
        function.argtypes = [distcoord_state_entry]
        self.state_entry_value = function

        function = library.distcoord_state_entry_version
        function.restype = c_uint64
        function.argtypes = [distcoord_state_entry]
        self.state_entry_version = function

        function = library.distcoord_state_expire
        function.restype = c_int32
        function.argtypes = [distcoord_state, c_char_p, c_int64, POINTER(distcoord_error)]
        self.state_expire = function

        function = library.distcoord_state_free
        function.restype = None
        function.argtypes = [distcoord_state]
        self.state_free = function

        function = library.distcoord_state_get
        function.restype = c_int32
        function.argtypes = [distcoord_state, c_char_p, POINTER(distcoord_state_entry), POINTER(distcoord_error)]
        self.state_get = function

        function = library.distcoord_state_items
        function.restype = c_int32
        function.argtypes = [distcoord_state, c_char_p, c_int64, c_int64, POINTER(distcoord_state_page), POINTER(distcoord_error)]
        self.state_items = function

        function = library.distcoord_state_list
        function.restype = c_int32
        function.argtypes = [distcoord_state, c_char_p, c_char_p, c_int64, POINTER(distcoord_state_page), POINTER(distcoord_error)]
        self.state_list = function

        function = library.distcoord_state_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, POINTER(distcoord_state), POINTER(distcoord_error)]
        self.state_open = function

        function = library.distcoord_state_page_count
        function.restype = c_size_t
        function.argtypes = [distcoord_state_page]
        self.state_page_count = function

        function = library.distcoord_state_page_cursor
        function.restype = c_char_p
        function.argtypes = [distcoord_state_page]
        self.state_page_cursor = function

        function = library.distcoord_state_page_entry
        function.restype = distcoord_state_entry
        function.argtypes = [distcoord_state_page, c_size_t]
        self.state_page_entry = function

        function = library.distcoord_state_page_free
        function.restype = None
        function.argtypes = [distcoord_state_page]
        self.state_page_free = function

        function = library.distcoord_state_set
        function.restype = c_int32
        function.argtypes = [distcoord_state, c_char_p, c_void_p, c_size_t, c_int64, POINTER(c_uint64), POINTER(distcoord_error)]
        self.state_set = function

        function = library.distcoord_state_set_if
        function.restype = c_int32
        function.argtypes = [distcoord_state, c_char_p, c_void_p, c_size_t, c_int64, c_uint64, POINTER(c_uint64), POINTER(distcoord_error)]
        self.state_set_if = function

        function = library.distcoord_state_watch
        function.restype = c_int32
        function.argtypes = [distcoord_state, c_char_p, c_bool, POINTER(distcoord_watch), POINTER(distcoord_error)]
        self.state_watch = function

        function = library.distcoord_state_watch_next
        function.restype = c_int32
        function.argtypes = [distcoord_watch, c_int64, POINTER(distcoord_state_entry), POINTER(distcoord_error)]
        self.state_watch_next = function

        function = holding.distcoord_status_name
        function.restype = c_char_p
        function.argtypes = [c_int32]
        self.status_name = function

        function = library.distcoord_subscription_add
        function.restype = c_int32
        function.argtypes = [distcoord_subscription, c_char_p, POINTER(distcoord_error)]
        self.subscription_add = function

        function = library.distcoord_subscription_cancel
        function.restype = None
        function.argtypes = [distcoord_subscription]
        self.subscription_cancel = function

        function = library.distcoord_subscription_event_fd
        function.restype = c_int32
        function.argtypes = [distcoord_subscription]
        self.subscription_event_fd = function

        function = library.distcoord_subscription_free
        function.restype = None
        function.argtypes = [distcoord_subscription]
        self.subscription_free = function

        function = library.distcoord_subscription_missed
        function.restype = c_int64
        function.argtypes = [distcoord_subscription]
        self.subscription_missed = function

        function = library.distcoord_subscription_next
        function.restype = c_int32
        function.argtypes = [distcoord_subscription, c_int64, POINTER(distcoord_message), POINTER(distcoord_error)]
        self.subscription_next = function

        function = library.distcoord_subscription_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_int64, POINTER(distcoord_subscription), POINTER(distcoord_error)]
        self.subscription_open = function

        function = library.distcoord_subscription_remove
        function.restype = c_int32
        function.argtypes = [distcoord_subscription, c_char_p, POINTER(distcoord_error)]
        self.subscription_remove = function

        function = library.distcoord_task_add
        function.restype = c_int32
        function.argtypes = [distcoord_job, distcoord_workflow, POINTER(distcoord_error)]
        self.task_add = function

        function = library.distcoord_task_fetch_inputs
        function.restype = c_int32
        function.argtypes = [distcoord_job, POINTER(distcoord_task_inputs), POINTER(distcoord_error)]
        self.task_fetch_inputs = function

        function = holding.distcoord_task_index
        function.restype = c_int64
        function.argtypes = [distcoord_job]
        self.task_index = function

        function = holding.distcoord_task_inputs_bytes
        function.restype = c_void_p
        function.argtypes = [distcoord_task_inputs, c_size_t, POINTER(c_size_t)]
        self.task_inputs_bytes = function

        function = holding.distcoord_task_inputs_count
        function.restype = c_size_t
        function.argtypes = [distcoord_task_inputs]
        self.task_inputs_count = function

        function = holding.distcoord_task_inputs_free
        function.restype = None
        function.argtypes = [distcoord_task_inputs]
        self.task_inputs_free = function

        function = holding.distcoord_task_inputs_is_many
        function.restype = c_bool
        function.argtypes = [distcoord_task_inputs, c_size_t]
        self.task_inputs_is_many = function

        function = holding.distcoord_task_inputs_need
        function.restype = c_char_p
        function.argtypes = [distcoord_task_inputs, c_size_t]
        self.task_inputs_need = function

        function = holding.distcoord_task_inputs_state
        function.restype = c_int32
        function.argtypes = [distcoord_task_inputs, c_size_t]
        self.task_inputs_state = function

        function = holding.distcoord_task_inputs_task
        function.restype = c_char_p
        function.argtypes = [distcoord_task_inputs, c_size_t]
        self.task_inputs_task = function

        function = holding.distcoord_task_item
        function.restype = c_void_p
        function.argtypes = [distcoord_job, POINTER(c_size_t)]
        self.task_item = function

        function = holding.distcoord_task_list_attempts
        function.restype = c_int32
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_attempts = function

        function = holding.distcoord_task_list_capabilities
        function.restype = c_char_p
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_capabilities = function

        function = holding.distcoord_task_list_count
        function.restype = c_size_t
        function.argtypes = [distcoord_task_list]
        self.task_list_count = function

        function = holding.distcoord_task_list_ended_ms
        function.restype = c_int64
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_ended_ms = function

        function = holding.distcoord_task_list_error
        function.restype = c_char_p
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_error = function

        function = holding.distcoord_task_list_free
        function.restype = None
        function.argtypes = [distcoord_task_list]
        self.task_list_free = function

        function = holding.distcoord_task_list_group
        function.restype = c_char_p
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_group = function

        function = holding.distcoord_task_list_kind
        function.restype = c_int32
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_kind = function

        function = holding.distcoord_task_list_name
        function.restype = c_char_p
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_name = function

        function = holding.distcoord_task_list_needs
        function.restype = c_char_p
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_needs = function

        function = holding.distcoord_task_list_ready_ms
        function.restype = c_int64
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_ready_ms = function

        function = holding.distcoord_task_list_round
        function.restype = c_int32
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_round = function

        function = holding.distcoord_task_list_started_ms
        function.restype = c_int64
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_started_ms = function

        function = holding.distcoord_task_list_state
        function.restype = c_int32
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_state = function

        function = holding.distcoord_task_list_worker
        function.restype = c_char_p
        function.argtypes = [distcoord_task_list, c_size_t]
        self.task_list_worker = function

        function = holding.distcoord_task_name
        function.restype = c_char_p
        function.argtypes = [distcoord_job]
        self.task_name = function

        function = library.distcoord_task_open_run
        function.restype = c_int32
        function.argtypes = [distcoord_job, POINTER(distcoord_run), POINTER(distcoord_error)]
        self.task_open_run = function

        function = library.distcoord_task_repeat
        function.restype = c_int32
        function.argtypes = [distcoord_job, c_void_p, c_size_t, POINTER(distcoord_error)]
        self.task_repeat = function

        function = holding.distcoord_task_round
        function.restype = c_int32
        function.argtypes = [distcoord_job]
        self.task_round = function

        function = holding.distcoord_task_run
        function.restype = c_char_p
        function.argtypes = [distcoord_job]
        self.task_run = function

        function = library.distcoord_task_skip
        function.restype = c_int32
        function.argtypes = [distcoord_job, c_char_p, POINTER(distcoord_error)]
        self.task_skip = function

        function = library.distcoord_topic_delete_group
        function.restype = c_int32
        function.argtypes = [distcoord_topic, c_char_p, POINTER(distcoord_error)]
        self.topic_delete_group = function

        function = library.distcoord_topic_free
        function.restype = None
        function.argtypes = [distcoord_topic]
        self.topic_free = function

        function = library.distcoord_topic_info_first_id
        function.restype = c_char_p
        function.argtypes = [distcoord_topic_info]
        self.topic_info_first_id = function

        function = library.distcoord_topic_info_free
        function.restype = None
        function.argtypes = [distcoord_topic_info]
        self.topic_info_free = function

        function = library.distcoord_topic_info_group_consumers
        function.restype = c_int64
        function.argtypes = [distcoord_topic_info, c_size_t]
        self.topic_info_group_consumers = function

        function = library.distcoord_topic_info_group_count
        function.restype = c_size_t
        function.argtypes = [distcoord_topic_info]
        self.topic_info_group_count = function

        function = library.distcoord_topic_info_group_held
        function.restype = c_int64
        function.argtypes = [distcoord_topic_info, c_size_t]
        self.topic_info_group_held = function

        function = library.distcoord_topic_info_group_name
        function.restype = c_char_p
        function.argtypes = [distcoord_topic_info, c_size_t]
        self.topic_info_group_name = function

        function = library.distcoord_topic_info_group_waiting
        function.restype = c_int64
        function.argtypes = [distcoord_topic_info, c_size_t]
        self.topic_info_group_waiting = function

        function = library.distcoord_topic_info_last_id
        function.restype = c_char_p
        function.argtypes = [distcoord_topic_info]
        self.topic_info_last_id = function

        function = library.distcoord_topic_info_messages
        function.restype = c_int64
        function.argtypes = [distcoord_topic_info]
        self.topic_info_messages = function

        function = library.distcoord_topic_info_published
        function.restype = c_int64
        function.argtypes = [distcoord_topic_info]
        self.topic_info_published = function

        function = library.distcoord_topic_inspect
        function.restype = c_int32
        function.argtypes = [distcoord_topic, POINTER(distcoord_topic_info), POINTER(distcoord_error)]
        self.topic_inspect = function

        function = library.distcoord_topic_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, distcoord_topic_options, POINTER(distcoord_topic), POINTER(distcoord_error)]
        self.topic_open = function

        function = library.distcoord_topic_options_free
        function.restype = None
        function.argtypes = [distcoord_topic_options]
        self.topic_options_free = function

        function = library.distcoord_topic_options_new
        function.restype = distcoord_topic_options
        function.argtypes = []
        self.topic_options_new = function

        function = library.distcoord_topic_options_set_max_age_ms
        function.restype = c_int32
        function.argtypes = [distcoord_topic_options, c_int64]
        self.topic_options_set_max_age_ms = function

        function = library.distcoord_topic_options_set_max_messages
        function.restype = c_int32
        function.argtypes = [distcoord_topic_options, c_int64]
        self.topic_options_set_max_messages = function

        function = library.distcoord_topic_publish
        function.restype = c_int32
        function.argtypes = [distcoord_topic, c_void_p, c_size_t, c_char_p, c_size_t, POINTER(distcoord_error)]
        self.topic_publish = function

        function = library.distcoord_topic_publish_many
        function.restype = c_int32
        function.argtypes = [distcoord_topic, POINTER(c_char_p), POINTER(c_size_t), c_size_t, POINTER(c_size_t), POINTER(distcoord_error)]
        self.topic_publish_many = function

        function = library.distcoord_topic_seek
        function.restype = c_int32
        function.argtypes = [distcoord_topic, c_char_p, c_char_p, c_int64, POINTER(distcoord_error)]
        self.topic_seek = function

        function = library.distcoord_topic_subscribe
        function.restype = c_int32
        function.argtypes = [distcoord_topic, c_char_p, c_int64, c_int64, POINTER(distcoord_subscription), POINTER(distcoord_error)]
        self.topic_subscribe = function

        function = library.distcoord_topic_trim
        function.restype = c_int32
        function.argtypes = [distcoord_topic, c_int64, POINTER(c_int64), POINTER(distcoord_error)]
        self.topic_trim = function

        function = library.distcoord_version
        function.restype = c_char_p
        function.argtypes = []
        self.version = function

        function = library.distcoord_watch_cancel
        function.restype = None
        function.argtypes = [distcoord_watch]
        self.watch_cancel = function

        function = library.distcoord_watch_event_fd
        function.restype = c_int32
        function.argtypes = [distcoord_watch]
        self.watch_event_fd = function

        function = library.distcoord_watch_free
        function.restype = None
        function.argtypes = [distcoord_watch]
        self.watch_free = function

        function = library.distcoord_worker_add_queue
        function.restype = c_int32
        function.argtypes = [distcoord_worker, c_char_p, c_int32, POINTER(distcoord_error)]
        self.worker_add_queue = function

        function = library.distcoord_worker_cancel
        function.restype = None
        function.argtypes = [distcoord_worker]
        self.worker_cancel = function

        function = library.distcoord_worker_count
        function.restype = c_int64
        function.argtypes = [distcoord_worker, c_int32]
        self.worker_count = function

        function = library.distcoord_worker_done
        function.restype = c_int32
        function.argtypes = [distcoord_worker, distcoord_job, c_void_p, c_size_t, POINTER(distcoord_error)]
        self.worker_done = function

        function = library.distcoord_worker_drain
        function.restype = None
        function.argtypes = [distcoord_worker]
        self.worker_drain = function

        function = library.distcoord_worker_free
        function.restype = None
        function.argtypes = [distcoord_worker]
        self.worker_free = function

        function = holding.distcoord_worker_list_capabilities
        function.restype = c_char_p
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_capabilities = function

        function = holding.distcoord_worker_list_client
        function.restype = c_char_p
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_client = function

        function = holding.distcoord_worker_list_concurrency
        function.restype = c_int64
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_concurrency = function

        function = holding.distcoord_worker_list_count
        function.restype = c_size_t
        function.argtypes = [distcoord_worker_list]
        self.worker_list_count = function

        function = holding.distcoord_worker_list_free
        function.restype = None
        function.argtypes = [distcoord_worker_list]
        self.worker_list_free = function

        function = holding.distcoord_worker_list_host
        function.restype = c_char_p
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_host = function

        function = holding.distcoord_worker_list_is_stopping
        function.restype = c_bool
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_is_stopping = function

        function = holding.distcoord_worker_list_name
        function.restype = c_char_p
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_name = function

        function = holding.distcoord_worker_list_pid
        function.restype = c_int64
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_pid = function

        function = holding.distcoord_worker_list_queues
        function.restype = c_char_p
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_queues = function

        function = holding.distcoord_worker_list_rate
        function.restype = c_double
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_rate = function

        function = holding.distcoord_worker_list_seen_ms
        function.restype = c_int64
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_seen_ms = function

        function = holding.distcoord_worker_list_started_ms
        function.restype = c_int64
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_started_ms = function

        function = holding.distcoord_worker_list_tally
        function.restype = c_int64
        function.argtypes = [distcoord_worker_list, c_size_t, c_int32]
        self.worker_list_tally = function

        function = holding.distcoord_worker_list_uptime_seconds
        function.restype = c_int64
        function.argtypes = [distcoord_worker_list, c_size_t]
        self.worker_list_uptime_seconds = function

        function = library.distcoord_worker_name
        function.restype = c_char_p
        function.argtypes = [distcoord_worker]
        self.worker_name = function

        function = library.distcoord_worker_next
        function.restype = c_int32
        function.argtypes = [distcoord_worker, c_int64, POINTER(distcoord_job), POINTER(distcoord_error)]
        self.worker_next = function

        function = library.distcoord_worker_open
        function.restype = c_int32
        function.argtypes = [distcoord_client, c_char_p, POINTER(distcoord_worker), POINTER(distcoord_error)]
        self.worker_open = function

        function = library.distcoord_worker_run
        function.restype = c_int32
        function.argtypes = [distcoord_worker, distcoord_job_handler, c_void_p, POINTER(distcoord_error)]
        self.worker_run = function

        function = library.distcoord_worker_set_capabilities
        function.restype = c_int32
        function.argtypes = [distcoord_worker, c_char_p]
        self.worker_set_capabilities = function

        function = library.distcoord_worker_set_concurrency
        function.restype = c_int32
        function.argtypes = [distcoord_worker, c_int32]
        self.worker_set_concurrency = function

        function = library.distcoord_worker_set_lease_ms
        function.restype = c_int32
        function.argtypes = [distcoord_worker, c_int64]
        self.worker_set_lease_ms = function

        function = library.distcoord_worker_set_own_queue
        function.restype = c_int32
        function.argtypes = [distcoord_worker, c_bool, c_bool]
        self.worker_set_own_queue = function

        function = library.distcoord_worker_set_partitions
        function.restype = c_int32
        function.argtypes = [distcoord_worker, c_char_p, c_int32]
        self.worker_set_partitions = function

        function = library.distcoord_worker_set_pool
        function.restype = c_int32
        function.argtypes = [distcoord_worker, c_char_p]
        self.worker_set_pool = function

        function = library.distcoord_worker_set_prefetch
        function.restype = c_int32
        function.argtypes = [distcoord_worker, c_int32]
        self.worker_set_prefetch = function

        function = library.distcoord_worker_shutdown
        function.restype = c_int32
        function.argtypes = [distcoord_worker, c_int64, POINTER(distcoord_error)]
        self.worker_shutdown = function

        function = library.distcoord_worker_stop
        function.restype = None
        function.argtypes = [distcoord_worker]
        self.worker_stop = function

        function = library.distcoord_workers_list
        function.restype = c_int32
        function.argtypes = [distcoord_client, POINTER(distcoord_worker_list), POINTER(distcoord_error)]
        self.workers_list = function

        function = library.distcoord_workflow_add_group
        function.restype = c_int32
        function.argtypes = [distcoord_workflow, c_char_p, c_char_p, POINTER(distcoord_error)]
        self.workflow_add_group = function

        function = library.distcoord_workflow_add_loop
        function.restype = c_int32
        function.argtypes = [distcoord_workflow, c_char_p, c_char_p, c_int32, POINTER(distcoord_error)]
        self.workflow_add_loop = function

        function = library.distcoord_workflow_add_map
        function.restype = c_int32
        function.argtypes = [distcoord_workflow, c_char_p, c_char_p, c_char_p, c_char_p, c_void_p, c_size_t, distcoord_job_options, POINTER(distcoord_error)]
        self.workflow_add_map = function

        function = library.distcoord_workflow_add_need
        function.restype = c_int32
        function.argtypes = [distcoord_workflow, c_char_p, c_char_p, POINTER(distcoord_error)]
        self.workflow_add_need = function

        function = library.distcoord_workflow_add_task
        function.restype = c_int32
        function.argtypes = [distcoord_workflow, c_char_p, c_char_p, c_void_p, c_size_t, distcoord_job_options, POINTER(distcoord_error)]
        self.workflow_add_task = function

        function = library.distcoord_workflow_check_capabilities
        function.restype = c_int32
        function.argtypes = [distcoord_workflow, distcoord_queue, POINTER(distcoord_error)]
        self.workflow_check_capabilities = function

        function = library.distcoord_workflow_count
        function.restype = c_size_t
        function.argtypes = [distcoord_workflow]
        self.workflow_count = function

        function = library.distcoord_workflow_fingerprint
        function.restype = c_char_p
        function.argtypes = [distcoord_workflow]
        self.workflow_fingerprint = function

        function = library.distcoord_workflow_free
        function.restype = None
        function.argtypes = [distcoord_workflow]
        self.workflow_free = function

        function = library.distcoord_workflow_name
        function.restype = c_char_p
        function.argtypes = [distcoord_workflow]
        self.workflow_name = function

        function = library.distcoord_workflow_new
        function.restype = c_int32
        function.argtypes = [c_char_p, POINTER(distcoord_workflow), POINTER(distcoord_error)]
        self.workflow_new = function

        function = library.distcoord_workflow_node
        function.restype = c_char_p
        function.argtypes = [distcoord_workflow, c_size_t]
        self.workflow_node = function

        function = library.distcoord_workflow_set_always
        function.restype = c_int32
        function.argtypes = [distcoord_workflow, c_char_p, c_bool, POINTER(distcoord_error)]
        self.workflow_set_always = function

        function = library.distcoord_workflow_set_language
        function.restype = c_int32
        function.argtypes = [distcoord_workflow, c_char_p, c_char_p, POINTER(distcoord_error)]
        self.workflow_set_language = function

        function = library.distcoord_workflow_set_policy
        function.restype = c_int32
        function.argtypes = [distcoord_workflow, c_char_p, c_int32, c_int64, POINTER(distcoord_error)]
        self.workflow_set_policy = function

        function = library.distcoord_workflow_validate
        function.restype = c_int32
        function.argtypes = [distcoord_workflow, POINTER(distcoord_error)]
        self.workflow_validate = function
