"""A candidate of an election, as programs/candidate.c.

Usage: candidate.py KIND SERVER NAME LEASE_MS

KIND is distcoord, with the path of Redis' socket, or kazoo, with ZooKeeper's address.
"""

import sys
import time


def say(what: str, moment: int) -> None:
    print(what, moment, flush=True)


def lead() -> bool:
    """Leads until it is told to stand down; whether it shall stand again."""
    say("won", time.monotonic_ns())
    return bool(sys.stdin.readline())


def distcoord(server: str, name: str, lease: float) -> None:
    import distcoord as library

    with library.connect(f"unix://{server}") as client:
        election = client.election(name, lease=lease)
        client.ping()
        say("stands", time.monotonic_ns())
        while True:
            election.campaign()
            if not lead():
                break
            start = time.monotonic_ns()
            election.resign()
            say("resigns", start)


def kazoo(server: str, name: str, lease: float) -> None:
    from kazoo.client import KazooClient

    client = KazooClient(hosts=server, timeout=lease)
    client.start()
    election = client.Election(f"/elections/{name}")
    ended: list[int] = []

    def stand() -> None:
        if lead():
            ended.append(time.monotonic_ns())

    say("stands", time.monotonic_ns())
    while True:
        ended.clear()
        election.run(stand)
        if not ended:
            break
        say("resigns", ended[0])
    client.stop()


if __name__ == "__main__":
    {"distcoord": distcoord, "kazoo": kazoo}[sys.argv[1]](sys.argv[2], sys.argv[3], int(sys.argv[4]) / 1000)
