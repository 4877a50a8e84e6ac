"""What the Python runner can be asked about shared state, breakers and limiters."""

from __future__ import annotations

from typing import Any

import distcoord
from runner_wire import ok, seconds


def _ttl(arguments: dict[str, bytes], missing: Any) -> Any:
    """A time to live as the package takes it."""
    if "ttl" not in arguments:
        return missing
    return "keep" if arguments["ttl"] == b"keep" else int(arguments["ttl"]) / 1000 or None


def _shown(entry: distcoord.StateEntry[bytes]) -> dict[str, object]:
    return {"kind": entry.kind, "value": entry.payload, "length": entry.length, "version": entry.version}


class SharingRequests:
    client: distcoord.Client
    handle: Any

    # ------------------------------------------------------------ state

    def state_of(self, name: str) -> distcoord.State[bytes]:
        state: distcoord.State[bytes] = self.handle(("state", name), lambda: self.client.state(name, raw=True))
        return state

    def state(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        state = self.state_of(name)
        if verb in ("watch", "next"):
            return self.watch_state(state, verb, name, arguments)
        if verb == "list":
            return self.list_state(state, arguments)
        if verb == "clear":
            return ok(count=state.clear(arguments.get("prefix", b"").decode()))
        key = arguments["key"].decode()
        asked = {"set": self.set_state, "get": self.get_state, "delete": self.delete_state}.get(verb)
        if asked is not None:
            return asked(state, key, arguments)
        if verb == "expire":
            return "OK" if state.expire(key, _ttl(arguments, None)) else "NOT_FOUND"
        if verb == "add":
            return ok(value=state.add(key, int(arguments.get("by", b"1")), _ttl(arguments, "keep")))
        if verb == "append":
            limit = int(arguments.get("limit", b"0")) or None
            return ok(count=state.append(key, arguments["value"], limit, _ttl(arguments, "keep")))
        if verb == "items":
            items = state.items(key, int(arguments.get("first", b"0")), int(arguments.get("count", b"100")))
            entry = state.entry(key)
            if entry is None:
                return "NOT_FOUND"
            return ok(count=len(items), version=entry.version, items=b",".join(items))
        return "UNKNOWN_REQUEST"

    def set_state(self, state: distcoord.State[bytes], key: str, arguments: dict[str, bytes]) -> str:
        if "version" not in arguments:
            return ok(version=state.set(key, arguments["value"], _ttl(arguments, None)))
        written = state.compare_and_set(key, arguments["value"], int(arguments["version"]), _ttl(arguments, None))
        if written is not None:
            return ok(version=written)
        entry = state.entry(key)
        return f"CHANGED version={entry.version if entry else 0}"

    def get_state(self, state: distcoord.State[bytes], key: str, arguments: dict[str, bytes]) -> str:
        entry = state.entry(key)
        return ok(**_shown(entry), expires=entry.ttl is not None) if entry else "NOT_FOUND"

    def delete_state(self, state: distcoord.State[bytes], key: str, arguments: dict[str, bytes]) -> str:
        if state.delete(key, int(arguments.get("version", b"0")) or None):
            return "OK"
        return "CHANGED" if key in state else "NOT_FOUND"

    def list_state(self, state: distcoord.State[bytes], arguments: dict[str, bytes]) -> str:
        entries, after = state._page(
            arguments.get("prefix", b"").decode(), arguments.get("after"), int(arguments.get("limit", b"1000")))
        return ok(count=len(entries), keys=",".join(entry.key for entry in entries), next=after)

    def watch_state(
        self, state: distcoord.State[bytes], verb: str, name: str, arguments: dict[str, bytes],
    ) -> str:
        prefix = arguments["prefix"].decode() if "prefix" in arguments else None
        key = arguments["key"].decode() if "key" in arguments else None
        watch: distcoord.Watch[distcoord.StateEntry[bytes]] = self.handle(
            ("state watch", name, key, prefix), lambda: state.watch(key, prefix=prefix))
        if verb == "watch":
            return "OK"
        entry = watch.next(seconds(arguments, "wait", -1))
        return ok(key=entry.key, **_shown(entry))

    # ------------------------------------------------------------ breakers

    def breaker_of(self, name: str, arguments: dict[str, bytes]) -> distcoord.Breaker:
        breaker: distcoord.Breaker = self.handle(("breaker", name), lambda: self.client.breaker(
            name, int(arguments.get("threshold", b"5")), seconds(arguments, "sampling", 300.0),
            seconds(arguments, "recovery", 60.0), int(arguments.get("trials", b"1")),
            trial_timeout=seconds(arguments, "trial_timeout", 60.0),
            fallback=arguments.get("fallback", b"local").decode(),  # type: ignore[arg-type]
            flush=seconds(arguments, "flush", 0.25)))
        return breaker

    def breaker(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        breaker = self.breaker_of(name, arguments)
        permits: list[int] = self.handle(("permits", name), list)
        if verb in ("call", "allow"):
            try:
                permit = breaker.allow()
            except distcoord.BreakerOpen as rejected:
                if verb == "call":
                    return "REJECTED"
                after = rejected.retry_after
                return f"REJECTED retry={-1 if after is None else round(after * 1000)}"
            if verb == "call":
                self.report(breaker, permit, arguments)
            else:
                permits.append(permit)
            return "OK"
        if verb == "report":
            if not permits:
                return "NOT_HELD"
            self.report(breaker, permits.pop(0), arguments)
            return "OK"
        if verb == "state":
            return ok(state=breaker.state.replace("-", "_"))
        if verb == "show":
            info = breaker.inspect()
            return ok(
                state=info.state.replace("-", "_"), failures=info.failures, succeeded=info.succeeded,
                failed=info.failed, rejected=info.rejected, opened=info.opened, trials=info.trials,
                retry=-1 if info.retry_after is None else round(info.retry_after * 1000))
        if verb == "watch":
            watch: distcoord.Watch[distcoord.BreakerInfo] = self.handle(("breaker watch", name), breaker.watch)
            while True:
                info = watch.next(seconds(arguments, "wait", -1))
                if info.state.replace("-", "_") == arguments["for"].decode():
                    return ok(state=info.state.replace("-", "_"), failures=info.failures, opened=info.opened)
        if verb == "force":
            (breaker.force_open if arguments["to"] == b"open" else breaker.force_closed)()
        elif verb == "reset":
            breaker.reset()
        elif verb == "flush":
            breaker.flush()
        else:
            return "UNKNOWN_REQUEST"
        return "OK"

    def report(self, breaker: distcoord.Breaker, permit: int, arguments: dict[str, bytes]) -> None:
        outcomes = {b"success": None, b"failure": Exception(), b"discarded": KeyboardInterrupt()}
        breaker.report(permit, outcomes[arguments["outcome"]])

    # ------------------------------------------------------------ limiters

    def limit(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        algorithm = {b"bucket": "token-bucket", b"window": "sliding-window"}.get(arguments.get("algorithm", b"bucket"))
        limiter: distcoord.Limiter = self.handle(("limiter", name), lambda: self.client.limiter(
            name, int(arguments.get("limit", b"10")), seconds(arguments, "per", 1.0),
            int(arguments.get("burst", b"0")) or None, algorithm=algorithm or "unknown"))  # type: ignore[arg-type]
        key = arguments["key"].decode() if "key" in arguments else None
        if verb == "acquire":
            had = limiter.acquire(int(arguments.get("permits", b"1")), key, seconds(arguments, "wait", -1))
            return f"{'OK' if had else 'TIMED_OUT'} wait={round(limiter.wait_time * 1000)}"
        if verb == "show":
            info = limiter.inspect(key)
            return ok(available=info.available, wait=round(info.wait_time * 1000))
        if verb == "reset":
            limiter.reset(key)
            return "OK"
        return "UNKNOWN_REQUEST"
