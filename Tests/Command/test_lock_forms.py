"""distcoord lock run in its other forms: several names, sides of a read-write lock, owners, unfair, traced."""
import signal
import unittest

from harness import CommandTest, alive


class Several(CommandTest):
    def test_all_are_held_while_the_command_runs(self):
        text = self.expect(0, "lock", "b", "a", "-c", 'echo "$DISTCOORD_LOCK_NAME|$DISTCOORD_FENCE"')
        self.assertRegex(text, r"^b\na\|\d+\n$")
        holder, _ = self.hold("a", "b", "c")
        for name in "abc":
            self.expect(75, "lock", name, "-n", "--", "true")
        self.expect(0, "lock", "d", "-n", "--", "true")
        holder.terminate()
        self.assertEqual(holder.wait(5), 143)
        self.expect(0, "lock", "c", "b", "a", "-n", "--", "true")

    def test_all_or_none(self):
        self.hold("b")
        result = self.run_command("lock", "a", "b", "c", "-n", "--", "true")
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"locks 'a', 'b', 'c': held by ann@ci-7:4121", result.stderr)
        waiter = self.start("lock", "a", "b", "c", "--", "true")
        self.wait_for_waiters(1, "b")
        self.assertEqual(self.json("lock", "show", "a", status=1)["held"], False)
        waiter.send_signal(signal.SIGINT)
        self.assertEqual(waiter.wait(5), 130)
        self.assertEqual(self.json("lock", "show", "b")["waiting"], 0)

    def test_overlapping_sets_do_not_deadlock(self):
        script = "exec sleep 0.02"
        runs = [
            self.start("lock", *names, "--wait", "20", "-c", script)
            for _ in range(3) for names in (("a", "b"), ("b", "c"), ("c", "a"))]
        self.assertEqual([run.wait(30) for run in runs], [0] * len(runs))

    def test_words_after_the_terminator_are_the_commands(self):
        self.assertEqual(self.expect(0, "lock", "a", "b", "--", "echo", "c", "--", "-s"), "c -- -s\n")
        self.assertEqual(self.expect(0, "lock", "run", "show", "--", "echo", "show"), "show\n")


class Sides(CommandTest):
    def test_readers_share_and_a_writer_does_not(self):
        self.hold("x", "-s")
        self.hold("x", "--shared")
        self.assertEqual(
            self.json("lock", "show", "x", "-s"),
            {"lock": "x", "held": True, "readers": 2, "writers": 0, "waiting": 0})
        result = self.run_command("lock", "x", "-x", "-n", "--", "true")
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"read-write lock 'x': readers are inside: 2 (0 waiting)", result.stderr)

    def test_a_writer_is_alone(self):
        text = self.expect(0, "lock", "x", "--exclusive", "-c", 'echo "$DISTCOORD_LOCK_NAME $DISTCOORD_FENCE"')
        self.assertRegex(text, r"^x \d+\n$")
        writer, _ = self.hold("x", "-x")
        for side in ("-s", "-x"):
            result = self.run_command("lock", "x", side, "-n", "--", "true")
            self.assertEqual(result.returncode, 75)
            self.assertIn(b"a writer is inside", result.stderr)
        writer.terminate()
        writer.wait(5)
        self.assertEqual(self.json("lock", "show", "x", "-x", status=1)["held"], False)
        self.expect(0, "lock", "x", "-s", "-n", "--", "true")

    def test_the_plain_lock_of_that_name_is_another(self):
        self.hold("x", "-x")
        self.expect(0, "lock", "x", "-n", "--", "true")

    def test_lost_side_stops_the_child(self):
        process, child = self.hold("x", "-s", "--lease", "500ms")
        process.send_signal(signal.SIGSTOP)
        self.expect(0, "lock", "x", "-x", "--wait", "5", "--", "true")
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.wait(5), 79)
        self.assertFalse(alive(child))


class Flags(CommandTest):
    def test_owner_is_told_to_the_command_and_to_others(self):
        self.assertEqual(self.expect(0, "lock", "x", "--owner", "me", "-c", "echo $DISTCOORD_LOCK_TOKEN"), "me\n")
        self.assertEqual(self.expect(0, "lock", "x", "-c", "echo ${DISTCOORD_LOCK_TOKEN-none}"), "none\n")
        self.hold("x", "--owner", "me")
        self.assertEqual(self.json("lock", "show", "x")["owner"], "me")
        result = self.run_command("lock", "x", "-n", "--", "true")
        self.assertIn(b"held by ann@ci-7:4121 as 'me' for", result.stderr)

    def test_unfair_takes_what_is_free(self):
        self.expect(0, "lock", "x", "--unfair", "-n", "--", "true")
        self.hold("x", "--unfair")
        self.expect(75, "lock", "x", "--unfair", "--wait", "100ms", "--", "true")

    def test_trace_says_what_was_acquired_and_released(self):
        result = self.run_command("lock", "x", "--trace", "-c", "exit 3")
        self.assertEqual((result.returncode, result.stdout), (3, b""))
        lines = [line for line in result.stderr.decode().splitlines() if "x" in line]
        self.assertTrue(any("acquire" in line for line in lines), result.stderr)
        self.assertTrue(any("release" in line for line in lines), result.stderr)
        self.assertEqual(self.run_command("lock", "x", "--", "true").stderr, b"")

    def test_flags_that_do_not_go_together_are_64(self):
        for words in (["a", "b", "-s"], ["a", "b", "--owner", "me"], ["a", "-s", "-x"], ["a", "-x", "--unfair"],
                      ["a", "--owner", ""], ["a", "--owner", "x" * 257], ["n" + str(n) for n in range(65)]):
            with self.subTest(words=words):
                result = self.run_command("lock", *words, "--", "true")
                self.assertEqual(result.returncode, 64, result.stderr)


if __name__ == "__main__":
    unittest.main()
