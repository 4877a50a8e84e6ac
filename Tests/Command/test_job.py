"""distcoord job: wait, show, list, cancel, retry, promote, delete."""
import json
import unittest

from harness import QueueTest, eventually


class JobWait(QueueTest):
    def test_result(self):
        id = self.push("a b")
        waiter = self.start("job", "wait", id, "--queue", "q")
        self.work("-c", 'printf "<%s>" "$(cat)"')
        self.assertEqual(waiter.communicate(timeout=5)[0], b"<a b>")
        self.assertEqual(self.expect(0, "job", "wait", id), "<a b>")
        shown = self.json("job", "wait", id)
        self.assertEqual((shown["state"], shown["result"], shown["attempts"]), ("completed", "<a b>", 1))

    def test_failed_job(self):
        id = self.push("x", "--attempts", "1")
        self.work("-c", "echo first >&2; echo sad >&2; exit 3")
        result = self.run_command("job", "wait", id)
        self.assertEqual((result.returncode, result.stdout), (1, b""))
        self.assertIn(b"failed after 1 attempt: exit 3: first\nsad", result.stderr)
        shown = self.json("job", "wait", id, status=1)
        self.assertEqual((shown["state"], shown["error"], shown["error_type"]), ("dead", "first\nsad", "exit 3"))

    def test_unknown_and_unfinished(self):
        self.expect(1, "job", "wait", "nobody-knows-it")
        self.expect(1, "job", "wait", "nobody-knows-it", "--queue", "q")
        id = self.push("x")
        self.expect(75, "job", "wait", id, "--timeout", "100ms")
        self.expect(5, "job", "wait", id, "--timeout", "0", "-E", "5")

    def test_cancelled_and_skipped(self):
        first = self.push("x")
        second = self.push("y", "--after", first, "--on-failure", "skip")
        self.expect(0, "job", "cancel", first, "--reason", "no use")
        for id, words in ((first, b"cancelled: no use"), (second, b"skipped")):
            result = self.run_command("job", "wait", id)
            self.assertEqual((result.returncode, result.stdout), (1, b""))
            self.assertIn(words, result.stderr)
        self.assertEqual(self.json("job", "wait", first, status=1)["state"], "cancelled")


class Show(QueueTest):
    def test_states(self):
        self.assertEqual(self.shown(self.push("x"))["state"], "waiting")
        job = self.shown(self.push("x", "--delay", "1h"))
        self.assertEqual(job["state"], "delayed")
        self.assertGreater(job["due"], job["pushed"])
        self.expect(1, "job", "show", "unknown")
        self.expect(1, "job", "show", "unknown", "--queue", "q")

    def test_running_job(self):
        id = self.push("x")
        worker = self.start(
            "worker", "run", "q", "--grace", "0", "-c", 'echo "::progress 40 half way" >&2; exec sleep 60')
        job = eventually(lambda: (shown := self.shown(id))["progress"] and shown, "progress")
        self.assertEqual(job["progress"], {"percent": 40, "text": "half way"})
        self.assertEqual((job["state"], job["attempt"]), ("active", 1))
        self.assertTrue(job["client"] and job["lease_ends"])
        self.assertIn("40% half way", self.expect(0, "job", "show", id))
        self.assertIn("40% half way", self.expect(0, "job", "list", "q"))
        self.end(worker)

    def test_failure(self):
        id = self.push("x", "--attempts", "1", "--task", "resize")
        self.work("--name", "w7", "-c", "echo first >&2; echo sad >&2; exit 3")
        error = self.shown(id)["error"]
        self.assertEqual((error["type"], error["message"], error["worker"]), ("exit 3", "first\nsad", "w7"))
        text = self.expect(0, "job", "show", id)
        self.assertIn("error:\n  first\n  sad\n", text)
        self.assertRegex(text, r"task +resize\n")

    def test_binary_and_hostile_payloads(self):
        id = self.push("-", input=b"\xff\x00\x01")
        self.assertEqual((self.shown(id)["payload"], self.shown(id)["payload_hex"]), (None, "ff0001"))
        self.assertIn("3 bytes", self.expect(0, "job", "list", "q"))
        self.expect(0, "job", "delete", id, "-y")
        id = self.push("a\x1b[2Jb\nc")
        for shown in (self.expect(0, "job", "show", id), self.expect(0, "job", "list", "q")):
            self.assertNotIn("\x1b", shown)
        self.assertEqual(self.shown(id)["payload"], "a\x1b[2Jb\nc")


class List(QueueTest):
    def test_empty(self):
        self.assertEqual(self.expect(0, "job", "list", "q"), "")
        self.assertEqual(self.json("job", "list", "q"), [])
        self.assertEqual(self.expect(0, "job", "list", "q", "-o", "jsonl"), "")

    def test_pages(self):
        ids = self.push("--lines", input=b"".join(b"%d\n" % number for number in range(1500))).split()
        self.assertEqual(self.ids("--limit", "5"), ids[:5])
        self.assertEqual(self.ids("--limit", "3", "--offset", "1400"), ids[1400:1403])
        self.assertEqual(self.ids("--limit", "2000"), ids)
        self.assertEqual(self.ids("--filter", "payload=1499"), ids[1499:])
        self.assertEqual(self.ids("--filter", "payload~99", "--offset", "3", "--limit", "1"), [ids[399]])

    def test_states_and_filters(self):
        bad = self.push("bad", "--attempts", "1", "--task", "a")
        good = self.push("good", "--task", "b")
        self.work("-c", '[ "$(cat)" = good ] || { echo "Request Timeout" >&2; exit 4; }')
        later = self.push("later", "--delay", "1h", "--priority", "3")
        waiting = self.push("waiting", "--priority", "3")
        self.assertEqual(self.ids(), [waiting, later, bad])
        self.assertEqual(self.ids("--state", "dead"), [bad])
        self.assertEqual(self.ids("--state", "delayed", "--state", "waiting"), [later, waiting])
        self.assertEqual(self.ids("--state", "completed"), [good])
        self.assertIn(good, self.ids("--state", "ended"))
        self.assertEqual(self.ids("--task", "a"), [bad])
        for terms, found in {
                "error~timeout": [bad], "error!~timeout": [waiting, later], "error~request timeout": [bad],
                "task=a error~exit": [bad], "age<1h": [waiting, later, bad], "age>1h": [],
                "priority>2": [waiting, later], "payload=later": [later], "attempt=1 task!=a": [waiting, later]}.items():
            with self.subTest(terms=terms):
                self.assertEqual(self.ids("--filter", terms), found)
        for terms in ("", "colour=red", "age~1h", "task>3", "priority=high"):
            with self.subTest(terms=terms):
                self.expect(64, "job", "list", "q", "--filter", terms)

    def test_table_and_lines(self):
        first, second = self.push("a", "--task", "t"), self.push("b")
        heading, *rows = self.expect(0, "job", "list", "q").splitlines()
        self.assertEqual(heading.split(), ["ID", "STATE", "TASK", "TRY", "AGE", "PAYLOAD", "NOTE"])
        self.assertEqual(rows[0].split()[:4], [first, "waiting", "t", "1/4"])
        lines = self.expect(0, "job", "list", "q", "-o", "jsonl").splitlines()
        self.assertEqual([json.loads(line)["id"] for line in lines], [first, second])


class Deal(QueueTest):
    def test_cancel(self):
        ids = [self.push("x"), self.push("x", "--delay", "1h")]
        self.expect(0, "job", "cancel", *ids, "--reason", "enough")
        for id in ids:
            self.assertEqual(self.shown(id)["state"], "cancelled")
        result = self.run_command("job", "cancel", ids[0], "unknown")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"ended already", result.stderr)
        self.assertIn(b"not known", result.stderr)

    def test_retry(self):
        ids = [self.push(text, "--attempts", "1") for text in ("one", "two", "three")]
        self.work("-c", "cat >&2; exit 1")
        self.assertEqual(self.expect(0, "job", "retry", ids[0]), "")
        self.assertEqual(self.shown(ids[0])["state"], "waiting")
        self.expect(1, "job", "retry", ids[0])
        self.assertEqual(self.expect(0, "job", "retry", "q", "--filter", "error~two"), "1\n")
        self.assertEqual(self.shown(ids[1])["state"], "waiting")
        self.assertEqual(self.json("job", "retry", "q", "--all")["retried"], 1)
        self.assertEqual(self.expect(0, "job", "retry", "q", "--all"), "0\n")
        self.work("--", "cat")
        self.assertEqual([self.expect(0, "job", "wait", id) for id in ids], ["one", "two", "three"])
        self.expect(64, "job", "retry", "q", "--all", "--filter", "age>1h")
        self.expect(64, "job", "retry", *ids, "--all")

    def test_promote(self):
        id = self.push("x", "--delay", "1h")
        self.expect(0, "job", "promote", id)
        self.assertEqual(self.shown(id)["state"], "waiting")
        self.expect(1, "job", "promote", id)

    def test_delete(self):
        dead = self.push("x", "--attempts", "1")
        self.work("--", "false")
        done = self.push("x")
        self.work("--", "true")
        waiting = self.push("x")
        self.assertEqual(self.run_command("job", "delete", waiting).returncode, 64)
        self.expect(0, "job", "delete", dead, done, waiting, "-y")
        for id in (dead, done):
            self.expect(1, "job", "show", id, "--queue", "q")
        self.assertEqual((self.counts()["dead"], self.counts()["waiting"]), (0, 0))
        self.expect(1, "job", "delete", "unknown", "-y")

    def test_delete_of_a_running_job_is_refused(self):
        id = self.push("x")
        worker = self.start("worker", "run", "q", "--grace", "0", "--", "sleep", "60")
        self.wait_for_state(id, "active")
        self.assertIn(b"runs", self.run_command("job", "delete", id, "-y").stderr)
        self.assertEqual(self.shown(id)["state"], "active")
        self.end(worker)


if __name__ == "__main__":
    unittest.main()
