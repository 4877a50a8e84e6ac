"""The word count's member in Python: candidate, worker and reducer.

What each member does, in every language (run.py starts them):
  1. meets the others at the barrier "start";
  2. stands for the election "splitter"; whoever leads makes sure that each chunk of text is in the queue;
  3. claims chunks and completes them with their word counts;
  4. meets the others at the barrier "counted": from then on every result is there;
  5. adds up its share of the alphabet and writes it into the report, under the lock "report".

The environment says the rest: DISTCOORD_URL and DISTCOORD_NAMESPACE are the library's, DEMO_* the demo's.
"""

import json
import os
import re
import sys
import time
from collections import Counter
from pathlib import Path

import distcoord

NAME = os.environ["DEMO_NAME"]
CHUNKS = sorted(Path(os.environ["DEMO_CHUNKS"]).iterdir())
LEASE = float(os.environ["DEMO_LEASE"])
PACE = float(os.environ["DEMO_PACE"])
STALLS = "DEMO_STALL" in os.environ
EVENTS = open(os.environ["DEMO_EVENTS"], "a", buffering=1, encoding="ascii")


def announce(*words: object) -> None:
    print(NAME, *words, file=EVENTS)


def lead(client: distcoord.Client) -> None:
    """Every member leads once, one after the other. The ids make the pushing safe to repeat: a leader that died
    half-way is simply followed by the next one."""
    queue = client.queue("words")
    with client.election("splitter", value=NAME) as election:
        pushed = 0
        counts = queue.counts()
        if counts.waiting + counts.delayed + counts.active + counts.completed < len(CHUNKS):
            for chunk in CHUNKS:
                try:
                    queue.push(chunk.read_bytes(), task="count", id=chunk.name)
                    pushed += 1
                except distcoord.JobExists:
                    pass
        announce("leads", election.term, pushed)


def work(client: distcoord.Client) -> None:
    queue = client.queue("words", lease=LEASE)
    while queue.counts().completed < len(CHUNKS):
        job = queue.claim(timeout=0.5)
        if job is None:
            continue
        announce("claims", job.id, job.attempt)
        if STALLS:
            time.sleep(3600)
        time.sleep(PACE)
        words = Counter(re.findall("[a-z]+", job.payload.decode("latin-1").lower()))
        result = {"by": NAME, "attempt": job.attempt, "words": words}
        job.complete(json.dumps(result, separators=(",", ":")))
        announce("completes", job.id, sum(words.values()))


def reduce(client: distcoord.Client) -> None:
    queue = client.queue("words")
    part, parts = int(os.environ["DEMO_PART"]), int(os.environ["DEMO_PARTS"])
    totals: Counter[str] = Counter()
    for chunk in CHUNKS:
        words = json.loads(queue.result(chunk.name, timeout=10))["words"]
        totals.update({word: n for word, n in words.items() if (ord(word[0]) - ord("a")) % parts == part})

    report = Path(os.environ["DEMO_REPORT"])
    with client.lock("report") as lock:
        # Reading, adding and writing again is safe only because nobody else does it meanwhile; and the fence in the
        # file would stop a writer who was frozen here until its lock had gone to another.
        heading, *lines = report.read_text().splitlines()
        fence, total = (int(number) for number in heading.split())
        if fence >= lock.fence:
            sys.exit(f"{NAME}: the report was written under fence {fence}, mine is {lock.fence}")
        lines += [f"{word} {n}" for word, n in totals.items()]
        report.write_text("\n".join([f"{lock.fence} {total + sum(totals.values())}", *lines]) + "\n")
        announce("reports", lock.fence, len(totals))


with distcoord.connect(label=NAME) as client:
    client.barrier("start", int(os.environ["DEMO_MEMBERS"])).wait(timeout=30)
    lead(client)
    work(client)
    client.barrier("counted", int(os.environ["DEMO_PARTS"]) + 1).wait(timeout=30)
    reduce(client)
