"""distcoord breaker and limit."""
import os
import signal
import time
import unittest

from harness import CommandTest, eventually


class Breaker(CommandTest):
    def call(self, text, *arguments, status):
        return self.expect(status, "breaker", "run", "b", *arguments, "-c", text)

    def shown(self, status=0):
        return self.json("breaker", "show", "b", status=status)

    def test_the_status_is_the_commands_and_decides(self):
        self.call('echo $DISTCOORD_BREAKER_NAME > /dev/null; exit 7', status=7)
        self.assertEqual(self.call("echo hello", status=0), "hello\n")
        shown = self.shown()
        self.assertEqual((shown["state"], shown["failures"], shown["failed"], shown["succeeded"]),
                         ("closed", 1, 1, 1))

    def test_opens_for_all_after_failures_and_closes_after_a_trial(self):
        options = ("--threshold", "3", "--recovery", "3s")
        for _ in range(3):
            self.call("exit 3", *options, status=3)
        shown = self.shown(status=1)
        self.assertEqual((shown["state"], shown["opened"]), ("open", 1))
        self.assertGreater(shown["retry_after_seconds"], 0)
        result = self.run_command("breaker", "run", "b", "--", "touch", self.path("ran"))
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"hint: worth trying again in", result.stderr)
        self.assertFalse(os.path.exists(self.path("ran")))
        self.call("true", "-E", "9", status=9)
        # Until the recovery time is over each call is rejected; the first one after it closes the breaker.
        eventually(lambda: self.run_command("breaker", "run", "b", *options, "--", "true").returncode == 0, "a trial")
        self.assertEqual(self.shown()["state"], "closed")

    def test_what_says_nothing_does_not_count(self):
        self.call("exit 22", "--ignore", "22", status=22)
        self.expect(127, "breaker", "run", "b", "--", "/no/such/program")
        process = self.start("breaker", "run", "b", "-c", f'echo $$ > "{self.path("pid")}"; exec sleep 60')
        self.wait_for_file("pid")
        process.terminate()
        self.assertEqual(process.wait(5), 143)
        shown = self.shown()
        self.assertEqual((shown["failures"], shown["failed"], shown["succeeded"]), (0, 0, 0))

    def test_forced_and_reset(self):
        watch = self.stream("breaker", "watch", "b")
        self.assertEqual(watch.next(), "closed")
        self.expect(0, "breaker", "open", "b")
        self.assertEqual(watch.next(), "forced-open")
        self.call("true", status=75)
        self.assertEqual(self.shown(status=1)["state"], "forced-open")
        self.expect(0, "breaker", "close", "b")
        self.assertEqual(watch.next(), "forced-closed")
        for _ in range(6):
            self.call("exit 1", status=1)
        self.expect(0, "breaker", "trip", "b")
        self.assertEqual(watch.next(), "forced-open")
        self.expect(0, "breaker", "reset", "b")
        self.assertEqual(watch.next(), "closed")
        self.assertEqual(self.shown()["failures"], 0)
        watch.process.send_signal(signal.SIGINT)
        self.assertEqual(watch.process.wait(5), 130)

    def test_without_a_server_it_does_as_it_is_told(self):
        away = {"DISTCOORD_URL": "unix:///nowhere/redis.sock"}
        self.expect(7, "breaker", "run", "b", "-c", "exit 7", **away)
        self.expect(0, "breaker", "run", "b", "--fallback", "closed", "--", "true", **away)
        self.expect(75, "breaker", "run", "b", "--fallback", "open", "--", "true", **away)
        self.expect(69, "breaker", "show", "b", **away)


class Limit(CommandTest):
    def acquire(self, *arguments, status=0):
        return self.expect(status, "limit", "acquire", "l", "--limit", "2/1h", *arguments)

    def test_no_more_than_the_limit(self):
        self.assertEqual(self.json("limit", "show", "l", "--limit", "2/1h")["available"], 2)
        self.acquire("-n")
        self.acquire("-n")
        result = self.run_command("limit", "acquire", "l", "--limit", "2/1h", "-n")
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"there will be room in", result.stderr)
        shown = self.json("limit", "show", "l", "--limit", "2/1h", status=1)
        self.assertEqual(shown["available"], 0)
        self.assertAlmostEqual(shown["next_after_seconds"], 1800, delta=60)
        self.acquire("--timeout", "10s", "-E", "9", status=9)
        told = self.json("limit", "acquire", "l", "--limit", "2/1h", "-n", status=75)
        self.assertEqual((told["acquired"], told["permits"]), (False, 1))
        self.assertAlmostEqual(told["wait_seconds"], 1800, delta=60)
        self.expect(0, "limit", "reset", "l")
        self.acquire("--permits", "2", "-n")
        self.acquire("-n", status=75)

    def test_keys_are_apart(self):
        for key in ("a", "b"):
            for _ in range(2):
                self.acquire("-n", "--key", key)
            self.acquire("-n", "--key", key, status=75)
        self.expect(0, "limit", "reset", "l", "--key", "a")
        self.acquire("-n", "--key", "a")
        self.acquire("-n", "--key", "b", status=75)
        self.acquire("-n")

    def test_run_waits_for_its_turn(self):
        begun = time.monotonic()
        for status in (0, 7, 0):
            self.expect(status, "limit", "run", "r", "--limit", "1/300ms", "-c", f"exit {status}")
        self.assertGreaterEqual(time.monotonic() - begun, 0.6)
        told = self.json("limit", "acquire", "r", "--limit", "1/300ms")
        self.assertTrue(told["acquired"])
        self.assertLessEqual(told["wait_seconds"], 0.3)

    def test_sliding_window_and_burst(self):
        window = ("--algorithm", "sliding-window")
        self.acquire("-n", "--permits", "2", *window)
        self.acquire("-n", *window, status=75)
        self.expect(64, "limit", "acquire", "w", "--limit", "2/1h", *window, "--burst", "3")
        self.expect(0, "limit", "acquire", "w", "--limit", "2/1h", "--burst", "5", "--permits", "5", "-n")
        self.expect(64, "limit", "acquire", "w", "--limit", "none")

    def test_a_signal_ends_the_wait(self):
        self.acquire("--permits", "2")
        process = self.start("limit", "run", "l", "--limit", "2/1h", "--", "touch", self.path("ran"))
        # Nobody sees that it waits; a signal that comes before ends it all the same.
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(5), 130)
        self.assertFalse(os.path.exists(self.path("ran")))


if __name__ == "__main__":
    unittest.main()
