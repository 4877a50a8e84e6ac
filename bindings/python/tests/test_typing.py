"""What type checkers see of values, watches, messages and wrapped functions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PROGRAM = '''
from dataclasses import dataclass
import distcoord

@dataclass
class Order:
    id: int

client = distcoord.connect()
orders = client.state("orders", type=Order)
reveal_type(orders.get("x"))
reveal_type(orders.get("x", 7))
reveal_type(client.state(type=dict[str, int])["x"])
reveal_type(client.state(raw=True).items("x"))
reveal_type(client.state().get("x"))
reveal_type(next(orders.watch("x")).value)
reveal_type(next(client.subscribe("a", type=Order)).value)
reveal_type(next(client.topic("t", type=Order).consumer("g")).value)
reveal_type(client.topic("t", raw=True))
leader = next(client.election("e").leaders())
reveal_type(leader.term if leader else None)
reveal_type(client.election("e").run_while_leader(lambda leadership: leadership.term))
reveal_type(distcoord.event("e").wait())
reveal_type(distcoord.lock("x"))

@client.breaker("b")
def guarded(x: int) -> str:
    return ""

@distcoord.limiter("l")
async def limited(x: int) -> str:
    return ""

reveal_type(guarded(1))
reveal_type(client.breaker("b").call(guarded, 1))

async def main() -> None:
    reveal_type(await limited(1))
    reveal_type(await client.aio.state(type=Order).get("x"))
    async for change in client.aio.membership("g").watch():
        reveal_type(change.kind)
    async for message in client.aio.topic("t", type=Order).consumer("g"):
        reveal_type(message.value)
    reveal_type(await client.aio.breaker("b").call(limited, 1))

orders.set("x", 3)
client.topic("t", type=Order).publish("x")
guarded("x")
client.breaker("b").call(guarded, "x")
client.double_barrier("d", 2, on_death="explode")
'''


def test_mypy_knows_what_values_are(tmp_path: Path, mypy_cache: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    package = Path(__file__).resolve().parent.parent
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", str(package / "pyproject.toml"),
         "--cache-dir", mypy_cache, str(program)],
        cwd=package, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    revealed = [
        text.replace("builtins.", "").replace("program.", "")
        for text in re.findall(r'Revealed type is "([^"]*)"', run.stdout)]
    assert revealed == [
        "Order | None", "Order | int", "dict[str, int]", "list[bytes]", "Any | None", "Order", "Order", "Order",
        "distcoord.messaging.topic.Topic[bytes]", "int | None", "int | None", "bool", "distcoord.locks.lock.Lock",
        "str", "str", "str", "Order | None", "str", "Order", "str",
    ], run.stdout
    lines = PROGRAM.splitlines()
    wrong = {int(number) for number in re.findall(r"program\.py:(\d+): error", run.stdout)}
    assert [lines[number - 1] for number in sorted(wrong)] == lines[-5:], run.stdout
