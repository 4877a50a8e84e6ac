"""distcoord schedule: set, list, remove, next."""
import unittest

from harness import QueueTest, eventually


class Schedules(QueueTest):
    def set(self, *arguments, status=0):
        return self.expect(status, "schedule", "set", *arguments)

    def list(self):
        return self.json("schedule", "list", "q")

    def test_set_list_remove(self):
        self.assertEqual(self.expect(0, "schedule", "list", "q"), "")
        self.assertEqual(self.list(), [])
        self.set("backup", "q", "--cron", "0 4 * * *", "--tz", "Europe/Berlin", "--task", "save", "all")
        self.set("beat", "q", "--every", "90s", "--missed", "skip", "")
        beat, backup = self.list()
        self.assertEqual((beat["name"], beat["every_seconds"], beat["missed"]), ("beat", 90, "skip"))
        self.assertEqual((backup["cron"], backup["time_zone"], backup["task"]), ("0 4 * * *", "Europe/Berlin", "save"))
        self.assertEqual((backup["missed"], backup["jobs"], backup["last"]), ("run", 0, None))
        self.assertIn(backup["next"][11:16], ("02:00", "03:00"))
        text = self.expect(0, "schedule", "list", "q")
        self.assertRegex(text, r"beat +every 1m30s")
        self.assertEqual([found["name"] for found in self.counts()["schedules"]], ["beat", "backup"])
        self.assertIn("schedule 'backup'", self.expect(0, "queue", "show", "q"))
        # Setting what is set already changes nothing, not even the next tick.
        self.set("beat", "q", "--every", "90s", "--missed", "skip", "")
        self.assertEqual(self.list()[0], beat)
        self.expect(0, "schedule", "remove", "beat", "q")
        self.expect(1, "schedule", "remove", "beat", "q")
        self.assertEqual([found["name"] for found in self.list()], ["backup"])

    def test_ticks_become_jobs(self):
        self.set("beat", "q", "--every", "200ms", "--task", "t", "--header", "a=b", "tick")
        worker = self.start(
            "worker", "run", "q", "-c", f'echo "$(cat) $DISTCOORD_TASK $DISTCOORD_HEADER_A" >> "{self.path("ticks")}"')
        eventually(lambda: self.list()[0]["jobs"] >= 3, "three ticks", within=20)
        self.expect(0, "schedule", "remove", "beat", "q")
        self.end(worker)
        ticks = self.wait_for_file("ticks").splitlines()
        self.assertEqual(set(ticks), {"tick t b"})

    def test_start(self):
        self.set("later", "q", "--every", "1h", "--start", "2030-01-01T00:00Z", "x")
        self.assertTrue(self.list()[0]["next"].startswith("2030-01-01T0"))

    def test_bad_schedules_are_64(self):
        for words in ([], ["--every", "1s", "--cron", "* * * * *"], ["--every", "1ms"], ["--cron", "* * *"],
                      ["--cron", "61 * * * *"], ["--cron", "0 0 30 2 *"], ["--every", "1s", "--tz", "UTC"],
                      ["--cron", "@daily", "--tz", "Mars/Base"], ["--every", "1s", "--missed", "twice"]):
            with self.subTest(words=words):
                self.set("s", "q", *words, "x", status=64)
        self.assertEqual(self.list(), [])

    def test_next(self):
        after = ("--after", "2026-03-28T12:00Z")
        self.assertEqual(
            self.expect(0, "schedule", "next", "30 2 * * *", "--tz", "Europe/Berlin", "--count", "2", *after),
            # The night in which clocks are set forward has no half past two.
            "2026-03-29T01:00:00.000Z\n2026-03-30T00:30:00.000Z\n")
        self.assertEqual(self.json("schedule", "next", "@yearly", *after), ["2027-01-01T00:00:00.000Z"])
        result = self.run_command("schedule", "next", "61 * * * *")
        self.assertEqual(result.returncode, 64)
        self.assertIn(b"61", result.stderr)
        self.expect(1, "schedule", "next", "0 0 30 2 *")
        # No server is asked.
        self.expect(0, "schedule", "next", "@daily", DISTCOORD_URL="unix:///nowhere/redis.sock")


if __name__ == "__main__":
    unittest.main()
