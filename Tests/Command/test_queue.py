"""distcoord queue: push, show, pause, resume, limit, purge."""
import json
import subprocess
import unittest

from harness import QueueTest, eventually


class Push(QueueTest):
    def test_push_prints_the_id(self):
        self.assertRegex(self.push("hello"), r"^[0-9A-Za-z]{22}$")
        self.assertEqual(self.push("hello", "--id", "mine"), "mine")
        self.assertEqual(json.loads(self.push("hello", "--json"))["queue"], "q")
        self.assertEqual(self.counts()["waiting"], 3)

    def test_known_id_is_1(self):
        self.push("a", "--id", "mine")
        self.expect(1, "queue", "push", "q", "b", "--id", "mine")
        self.assertEqual(self.counts()["waiting"], 1)

    def test_payload_from_stdin(self):
        payload = bytes(range(256)) * 4000
        for arguments in (["-"], []):
            self.push(*arguments, input=payload)
            self.work("-c", f'cat > "{self.path("got")}"')
            with open(self.path("got"), "rb") as file:
                self.assertEqual(file.read(), payload)

    def test_lines(self):
        ids = self.push("--lines", input=b"one\ntwo\n\nfour").split("\n")
        self.assertEqual(len(ids), 4)
        self.work("-c", "cat; echo .")
        results = [self.expect(0, "job", "wait", id) for id in ids]
        self.assertEqual(results, ["one.\n", "two.\n", ".\n", "four.\n"])
        self.assertEqual(self.expect(0, "queue", "push", "q", "--lines"), "")

    def test_many_lines(self):
        lines = b"".join(b"%d\n" % number for number in range(25_000))
        self.assertEqual(len(set(self.push("--lines", input=lines).split())), 25_000)
        self.assertEqual(self.counts()["waiting"], 25_000)

    def test_slow_lines_go_at_once(self):
        process = self.start("queue", "push", "q", "--lines", stdin=subprocess.PIPE)
        process.stdin.write(b"first\n")
        process.stdin.flush()
        self.assertRegex(process.stdout.readline(), rb"^\w{22}\n$")
        process.stdin.close()
        self.assertEqual(process.wait(5), 0)
        process.stdin = None

    def test_priority_delay_and_task(self):
        self.push("low")
        self.push("high", "--priority", "5")
        self.push("later", "--delay", "1h")
        self.assertEqual((self.counts()["waiting"], self.counts()["delayed"]), (2, 1))
        self.work("-c", f'cat >> "{self.path("order")}"; echo " $DISTCOORD_TASK" >> "{self.path("order")}"')
        self.assertEqual(self.wait_for_file("order"), "high \nlow \n")

    def test_too_large_payload(self):
        result = self.run_command("queue", "push", "q", "-", input=bytes(65 * 1024 * 1024))
        self.assertEqual(result.returncode, 64, result.stderr)

class PushOptions(QueueTest):
    def test_all_that_is_said_of_a_job_arrives(self):
        id = self.push(
            "x", "--task", "resize", "--priority", "7", "--content-type", "text/plain", "--header", "a=1=2",
            "--header", "B c=", "--attempts", "9", "--timeout", "1h", "--key", "k", "--unique", "u",
            "--requires", "SSD,gpu", "--pool", "night")
        job = self.shown(id)
        self.assertEqual((job["task"], job["priority"], job["attempts"]), ("resize", 7, 9))
        self.assertEqual((job["content_type"], job["headers"]), ("text/plain", {"a": "1=2", "B c": ""}))
        self.assertEqual((job["key"], job["unique"]), ("k", "u"))
        self.assertEqual(job["requires"], ["gpu", "pool:night", "ssd"])
        self.assertEqual((job["payload"], job["queue"], job["attempt"]), ("x", "q", 1))

    def test_trace_of_the_environment_goes_along(self):
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        id = self.push("x", TRACEPARENT=trace, TRACESTATE="a=b")
        self.assertEqual(self.shown(id)["headers"], {"traceparent": trace, "tracestate": "a=b"})
        id = self.push("x", "--header", "traceparent=mine", TRACEPARENT=trace, TRACESTATE="a=b")
        self.assertEqual(self.shown(id)["headers"], {"traceparent": "mine"})

    def test_moments(self):
        cases = {
            "2030-01-01T00:00:00Z": "2030-01-01T00:00:00.000Z", "2030-01-01T00:30+01:30": "2029-12-31T23:00:00.000Z",
            "2028-02-29 12:00:00.250": "2028-02-29T10:00:00.250Z", "2030-07-01": "2030-06-30T22:00:00.000Z",
            "@1893456000.5": "2030-01-01T00:00:00.500Z"}
        for written, moment in cases.items():
            with self.subTest(written=written):
                # A zone two hours before UTC that needs no file of the machine.
                self.assertEqual(self.shown(self.push("x", "--at", written, TZ="XST-2"))["due"], moment)
        for written in ("soon", "2030-02-29", "2030-13-01", "2030-01-01T25:00", "2030-01-01T00:00+", "@nan",
                        "1969-01-01"):
            with self.subTest(written=written):
                self.expect(64, "queue", "push", "q", "x", "--at", written)

    def test_unique_key(self):
        first = self.push("a", "--unique", "k", "--delay", "1h")
        result = self.run_command("queue", "push", "q", "b", "--unique", "k")
        self.assertEqual((result.returncode, result.stdout.decode().strip()), (1, first))
        self.assertIn(b"'k' is taken by job", result.stderr)
        before = self.shown(first)["due"]
        self.expect(1, "queue", "push", "q", "b", "--unique", "k", "--unique-mode", "extend", "--delay", "2h")
        self.assertGreater(self.shown(first)["due"], before)
        second = self.push("b", "--unique", "k", "--unique-mode", "replace")
        self.assertEqual(self.shown(first)["state"], "cancelled")
        self.assertEqual(self.shown(second)["state"], "waiting")

    def test_after(self):
        ids = self.push("--lines", input=b"a\nb\n")
        last = self.push("c", "--after", ids, "--after", self.push("d"))
        self.assertEqual((self.shown(last)["state"], self.shown(last)["waits_for"]), ("blocked", 3))
        self.work("-c", f'cat >> "{self.path("order")}"')
        self.assertEqual(self.wait_for_file("order"), "abdc")
        self.assertEqual(self.run_command("queue", "push", "q", "x", "--after", "unknown").returncode, 1)
        self.assertEqual(self.counts()["waiting"], 0)

    def test_on_failure(self):
        first = self.push("a", "--attempts", "1")
        later = {policy: self.push("b", "--after", first, "--on-failure", policy) for policy in ("fail", "skip", "run")}
        self.work("-c", '[ "$(cat)" = b ]')
        states = {policy: self.shown(id)["state"] for policy, id in later.items()}
        self.assertEqual(states, {"fail": "dead", "skip": "skipped", "run": "completed"})
        self.assertEqual(self.shown(later["fail"])["error"]["type"], "dependency")

    def test_key_limit(self):
        for _ in range(3):
            self.push("x", "--key", "k")
        worker = self.start("worker", "run", "q", "-j", "3", "--grace", "0", "--", "sleep", "60")
        eventually(lambda: self.counts()["active"] == 1 and self.counts()["blocked"] == 2, "one job to run")
        self.expect(0, "queue", "limit", "q", "--key-limit", "2")
        self.push("x", "--key", "k")
        eventually(lambda: self.counts()["active"] == 2, "two jobs to run")
        self.end(worker)

    def test_bad_combinations_are_64(self):
        for words in (["--delay", "1", "--at", "2030-01-01"], ["--unique-mode", "replace"], ["--on-failure", "skip"],
                      ["--buffered"], ["--header", "novalue"], ["--worker", "w", "--pool", "p"], ["--requires", "a b"],
                      ["--attempts", "0"], ["--unique", "k", "--unique-mode", "other"]):
            with self.subTest(words=words):
                self.expect(64, "queue", "push", "q", "x", *words)
        self.expect(64, "queue", "push", "q", "--lines", "--unique", "k")


class Buffered(QueueTest):
    def test_all_lines_arrive_in_order(self):
        lines = [b"%d" % number for number in range(3000)]
        ids = self.push("--lines", "--buffered", "--batch", "b", input=b"\n".join(lines)).split()
        self.assertEqual(len(set(ids)), 3000)
        self.assertEqual(self.counts()["waiting"], 3000)
        self.assertEqual(self.ids("--state", "waiting", "--limit", "10"), ids[:10])
        self.assertEqual(self.json("batch", "show", "q", "b")["total"], 3000)

    def test_ids_come_before_the_end(self):
        process = self.start("queue", "push", "q", "--lines", "--buffered", stdin=subprocess.PIPE)
        process.stdin.write(b"first\n")
        process.stdin.flush()
        id = process.stdout.readline().decode().strip()
        eventually(lambda: self.counts()["waiting"] == 1, "the job to be sent")
        self.assertEqual(self.ids(), [id])
        process.stdin.write(b"second\n")
        process.stdin.close()
        self.assertEqual(process.wait(10), 0)
        process.stdin = None
        self.assertEqual(self.counts()["waiting"], 2)

    def test_a_signal_loses_nothing_that_has_an_id(self):
        process = self.start("queue", "push", "q", "--lines", "--buffered", stdin=subprocess.PIPE)
        process.stdin.write(b"x\n" * 20)
        process.stdin.flush()
        ids = [process.stdout.readline() for _ in range(20)]
        process.terminate()
        self.assertEqual(process.wait(10), 143)
        self.assertEqual((len(set(ids)), self.counts()["waiting"]), (20, 20))

    def test_what_is_not_accepted_is_told(self):
        self.expect(0, "batch", "seal", "q", "full")
        result = self.run_command("queue", "push", "q", "--lines", "--buffered", "--batch", "full", input=b"a\nb\n")
        self.assertNotEqual(result.returncode, 0)
        for id in result.stdout.decode().split():
            self.assertIn(f"job '{id}': not pushed", result.stderr.decode())
        self.assertIn(b"2 of 2 jobs were not pushed", result.stderr)


class Control(QueueTest):
    def test_show(self):
        shown = self.counts()
        self.assertEqual((shown["paused"], shown["rate"]), (False, None))
        self.assertEqual((shown["key_limit"], shown["dead_limit"]), (1, None))
        self.assertEqual(shown["schedules"], [])
        self.expect(0, "queue", "pause", "q")
        self.assertIn("q (paused)", self.expect(0, "queue", "show", "q"))

    def test_pause_and_resume(self):
        id = self.push("x")
        self.expect(0, "queue", "pause", "q")
        self.assertTrue(self.counts()["paused"])
        self.work("--", "true")
        worker = self.start("worker", "run", "q", "--", "true")
        eventually(lambda: self.json("worker", "list"), "the worker")
        self.push("y")
        self.assertEqual(self.shown(id)["state"], "waiting")
        self.expect(0, "queue", "resume", "q")
        self.expect(0, "job", "wait", id, "--timeout", "10")
        self.end(worker)

    def test_limits(self):
        self.expect(0, "queue", "limit", "q", "--rate", "600/m", "--key-limit", "3", "--history", "50", "--dead", "20")
        shown = self.counts()
        self.assertEqual(shown["rate"], {"count": 600, "period_seconds": 60.0})
        self.assertEqual((shown["key_limit"], shown["history"], shown["dead_limit"]), (3, 50, 20))
        self.expect(0, "queue", "limit", "q", "--dead", "all")
        self.expect(0, "queue", "limit", "q", "--rate", "none")
        shown = self.counts()
        self.assertEqual((shown["rate"], shown["history"], shown["dead_limit"]), (None, 50, None))
        for words in ([], ["--rate", "fast"], ["--rate", "0/s"], ["--rate", "5/"], ["--key-limit", "0"],
                      ["--dead", "few"]):
            with self.subTest(words=words):
                self.expect(64, "queue", "limit", "q", *words)

    def test_rate_holds_for_all_workers(self):
        self.expect(0, "queue", "limit", "q", "--rate", "2/h")
        for _ in range(4):
            self.push("x")
        worker = self.start("worker", "run", "q", "-j", "4", "--", "true")
        eventually(lambda: self.counts()["completed"] == 2, "two jobs to be done")
        self.push("y")
        self.assertEqual((self.counts()["waiting"], self.counts()["completed"]), (3, 2))
        self.end(worker)

    def test_purge(self):
        for number in range(3):
            self.push("bad", "--attempts", "1")
        self.work("--", "false")
        self.push("good")
        self.assertEqual(self.run_command("queue", "purge", "q", "--state", "dead").returncode, 64)
        self.assertEqual(self.counts()["dead"], 3)
        self.assertEqual(self.expect(0, "queue", "purge", "q", "--state", "dead", "--older-than", "1h", "-y"), "0\n")
        self.assertEqual(self.json("queue", "purge", "q", "--state", "dead", "-y")["deleted"], 3)
        self.assertEqual((self.counts()["dead"], self.counts()["waiting"]), (0, 1))
        self.assertEqual(self.expect(0, "queue", "purge", "q", "--state", "waiting", "-y"), "1\n")
        self.assertEqual(self.expect(0, "queue", "purge", "q", "--state", "waiting", "-y"), "0\n")


if __name__ == "__main__":
    unittest.main()
