"""distcoord lock acquire, extend, release: a lock held in a name over several commands."""
import datetime
import signal
import unittest

from harness import CommandTest, alive


class Owner(CommandTest):
    def acquire(self, *arguments, status=0):
        return self.expect(status, "lock", "acquire", "x", "--owner", "me", *arguments)

    def left(self):
        return self.json("lock", "show", "x")["lease_left_seconds"]

    def test_held_between_commands_and_released_by_another(self):
        fence = int(self.acquire())
        shown = self.json("lock", "show", "x")
        self.assertEqual((shown["held"], shown["owner"], shown["fence"]), (True, "me", fence))
        self.assertGreater(shown["lease_left_seconds"], 590)
        self.expect(75, "lock", "x", "-n", "--", "true")
        self.assertEqual(self.expect(0, "lock", "release", "x", "--owner", "me"), "")
        self.assertEqual(self.json("lock", "show", "x", status=1)["held"], False)
        self.assertGreater(int(self.acquire()), fence)

    def test_release_hands_it_to_the_next_in_line(self):
        self.acquire()
        waiter = self.start("lock", "x", "--", "true")
        self.wait_for_waiters(1)
        self.expect(0, "lock", "release", "x", "--owner", "me")
        self.assertEqual(waiter.wait(5), 0)

    def test_only_the_owner_releases(self):
        self.acquire()
        for verb in ("release", "extend"):
            result = self.run_command("lock", verb, "x", "--owner", "you")
            self.assertEqual(result.returncode, 1)
            self.assertIn(b"lock 'x': owner 'you' does not hold it", result.stderr)
        self.assertTrue(self.json("lock", "show", "x")["held"])
        self.expect(0, "lock", "release", "x", "--owner", "me")
        self.expect(1, "lock", "release", "x", "--owner", "me")

    def test_nobody_renews_it(self):
        self.acquire("--lease", "300ms")
        self.expect(0, "lock", "x", "--wait", "5", "--", "true")
        self.expect(1, "lock", "extend", "x", "--owner", "me")

    def test_extend_sets_the_lease_anew_and_keeps_the_fence(self):
        fence = int(self.acquire("--lease", "5s"))
        self.assertLessEqual(self.left(), 5)
        text = self.expect(0, "lock", "extend", "x", "--owner", "me", "--lease", "5m")
        self.assertEqual(int(text), fence)
        self.assertGreater(self.left(), 290)
        self.expect(0, "lock", "extend", "x", "--owner", "me", "--ttl", "4s")
        self.assertLessEqual(self.left(), 4)
        self.expect(0, "lock", "release", "x", "--owner", "me")

    def test_json(self):
        before = datetime.datetime.now(datetime.timezone.utc)
        held = self.json("lock", "acquire", "x", "--owner", "me", "--lease", "1h")
        self.assertEqual((held["lock"], held["owner"]), ("x", "me"))
        self.assertEqual(held["fence"], self.json("lock", "show", "x")["fence"])
        expires = datetime.datetime.fromisoformat(held["lease_expires"].replace("Z", "+00:00"))
        self.assertAlmostEqual((expires - before).total_seconds(), 3600, delta=60)
        extended = self.json("lock", "extend", "x", "--owner", "me", "--lease", "2h")
        self.assertEqual(extended["fence"], held["fence"])

    def test_lease_of_the_environment(self):
        self.expect(0, "lock", "acquire", "x", "--owner", "me", DISTCOORD_TTL="20s")
        self.assertLessEqual(self.left(), 20)

    def test_who_holds_it_already_is_told_so(self):
        self.acquire()
        result = self.run_command("lock", "acquire", "x", "--owner", "me", "-n")
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"'distcoord lock extend'", result.stderr)
        result = self.run_command("lock", "acquire", "x", "--owner", "you", "-n", "-E", "9")
        self.assertEqual(result.returncode, 9)
        self.assertNotIn(b"extend", result.stderr)

    def test_acquire_waits_in_line_and_an_interrupt_leaves_it(self):
        self.hold()
        waiter = self.start("lock", "acquire", "x", "--owner", "me")
        self.wait_for_waiters(1)
        waiter.send_signal(signal.SIGINT)
        self.assertEqual(waiter.wait(5), 130)
        self.assertEqual(self.json("lock", "show", "x")["waiting"], 0)

    def test_release_takes_it_from_a_running_command(self):
        process, child = self.hold("x", "--owner", "me", "--lease", "3s")
        self.expect(0, "lock", "release", "x", "--owner", "me")
        self.assertEqual(process.wait(5), 79)
        self.assertFalse(alive(child))

    def test_an_owner_is_required(self):
        for verb in ("acquire", "release", "extend"):
            self.expect(64, "lock", verb, "x")
            self.expect(64, "lock", verb, "x", "--owner", "")


if __name__ == "__main__":
    unittest.main()
