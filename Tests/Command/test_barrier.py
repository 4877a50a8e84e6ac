"""distcoord barrier, latch and double-barrier."""
import json
import os
import signal
import time
import unittest

from harness import CommandTest, alive, eventually


class Barrier(CommandTest):
    def wait(self, parties, *arguments):
        return self.start("barrier", "wait", "b", "--parties", str(parties), *arguments)

    def waiting(self):
        return json.loads(self.run_command("barrier", "show", "b", "--json").stdout)["waiting"]

    def test_all_go_on_together(self):
        for generation in (0, 1):
            parties = [self.wait(3, "--json") for _ in range(3)]
            arrivals = [json.loads(party.communicate(timeout=5)[0]) for party in parties]
            self.assertEqual({arrival["index"] for arrival in arrivals}, {0, 1, 2})
            self.assertEqual({arrival["generation"] for arrival in arrivals}, {generation})
        self.assertEqual(self.expect(0, "barrier", "wait", "one", "-p", "1"), "0\n")

    def test_timeout_breaks_it_for_all(self):
        other = self.wait(3)
        eventually(lambda: self.waiting() == 1, "one to wait")
        self.expect(75, "barrier", "wait", "b", "--parties", "3", "--timeout", "200ms")
        self.assertEqual(other.wait(5), 75)
        self.assertTrue(self.json("barrier", "show", "b", status=1)["broken"])
        self.expect(75, "barrier", "wait", "b", "--parties", "3")
        self.expect(0, "barrier", "reset", "b")
        self.assertFalse(self.json("barrier", "show", "b")["broken"])

    def test_abort(self):
        other = self.wait(2)
        eventually(lambda: self.waiting() == 1, "one to wait")
        self.expect(0, "barrier", "abort", "b")
        self.assertEqual(other.wait(5), 75)

    def test_interrupt(self):
        party, other = self.wait(3), self.wait(3)
        eventually(lambda: self.waiting() == 2, "two to wait")
        party.send_signal(signal.SIGINT)
        self.assertEqual(party.wait(5), 130)
        self.assertEqual(other.wait(5), 75)

    def test_other_number_of_parties(self):
        self.wait(3)
        eventually(lambda: self.waiting() == 1, "one to wait")
        self.expect(78, "barrier", "wait", "b", "--parties", "2", "--timeout", "1")

    def test_the_last_party_acts_before_anybody_goes_on(self):
        acts = self.path("acts")
        action = ("--action", f'echo acted >&1; sleep 0.3; echo x >> "{acts}"')
        parties = [
            self.start("barrier", "wait", "b", "--parties", "3", *action) for _ in range(3)]
        outputs = [party.communicate(timeout=10) for party in parties]
        self.assertEqual({int(output) for output, _ in outputs}, {0, 1, 2})
        self.assertEqual([b"acted" in errors for _, errors in outputs].count(True), 1)
        self.assertEqual(self.wait_for_file("acts"), "x\n")

    def test_a_failing_action_breaks_it_for_all(self):
        other = self.start("barrier", "wait", "b", "--parties", "2", "--action", "true")
        eventually(lambda: self.waiting() == 1, "one to wait")
        result = self.run_command("barrier", "wait", "b", "--parties", "2", "--action", "exit 3")
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"exit 3", result.stderr)
        self.assertEqual(other.wait(5), 75)
        self.assertTrue(self.json("barrier", "show", "b", status=1)["broken"])

    def test_an_interrupted_action_is_stopped(self):
        action = f'echo $$ > "{self.path("pid")}"; exec sleep 60'
        process = self.start("barrier", "wait", "b", "--parties", "1", "--action", action)
        pid = int(self.wait_for_file("pid"))
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), 130)
        eventually(lambda: not alive(pid), "the action to end")


class Latch(CommandTest):
    def test_counts_down_to_zero_and_stays_there(self):
        self.expect(1, "latch", "show", "l")
        self.expect(1, "latch", "count-down", "l")
        waiter = self.start("latch", "wait", "l")
        self.assertEqual(self.expect(0, "latch", "count-down", "l", "--count", "3"), "2\n")
        self.assertEqual(self.expect(1, "latch", "show", "l"), "2\n")
        shown = self.json("latch", "show", "l", status=1)
        self.assertEqual((shown["count"], shown["open"]), (2, False))
        self.assertEqual(self.expect(0, "latch", "count-down", "l", "--by", "5"), "0\n")
        self.assertEqual(waiter.wait(5), 0)
        self.expect(0, "latch", "wait", "l", "-n")
        self.assertTrue(self.json("latch", "show", "l")["open"])

    def test_a_wait_ends_in_time_by_signal_and_by_reset(self):
        result = self.run_command("latch", "wait", "l", "--count", "2", "--timeout", "100ms")
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"2 left", result.stderr)
        self.expect(9, "latch", "wait", "l", "-n", "-E", "9")
        interrupted, broken = (self.start("latch", "wait", "l", "--wait", "20") for _ in range(2))
        # That they wait by now shows in nothing that others could ask for.
        time.sleep(0.3)
        interrupted.send_signal(signal.SIGINT)
        self.assertEqual(interrupted.wait(5), 130)
        self.expect(64, "latch", "reset", "l")
        self.expect(0, "latch", "reset", "l", "--count", "4")
        self.assertEqual(broken.wait(5), 75)
        self.assertEqual(self.expect(1, "latch", "show", "l"), "4\n")


class DoubleBarrier(CommandTest):
    def party(self, name, *arguments, parties=2, text=None):
        text = text or f'echo $DISTCOORD_PARTY > "{self.path(name)}"; exec sleep 60'
        return self.start(
            "double-barrier", "run", "d", "--parties", str(parties), "--lease", "3s", *arguments, "-c", text)

    def inside(self):
        return self.json("double-barrier", "show", "d")["inside"]

    def test_all_begin_together_and_end_together(self):
        first = self.party("a", text=f'echo $DISTCOORD_PARTY > "{self.path("a")}"; exit 7')
        eventually(lambda: self.inside() == 1, "the first to enter")
        self.assertFalse(os.path.exists(self.path("a")))
        gate = self.path("gate")
        second = self.party(
            "b", text=f'echo $DISTCOORD_PARTY > "{self.path("b")}"; while [ ! -e "{gate}" ]; do sleep 0.02; done')
        self.assertEqual({self.wait_for_file("a"), self.wait_for_file("b")}, {"0\n", "1\n"})
        eventually(lambda: self.json("double-barrier", "show", "d")["left"] == 1, "the first to leave")
        self.assertIsNone(first.poll())
        open(gate, "w").close()
        self.assertEqual((first.wait(5), second.wait(5)), (7, 0))
        eventually(lambda: self.inside() == 0, "all to have left")

    def test_not_all_came(self):
        result = self.run_command(
            "double-barrier", "run", "d", "--parties", "2", "--timeout", "200ms", "--", "true")
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"not all 2 parties", result.stderr)
        self.assertEqual(self.inside(), 0)

    def test_a_dead_party_breaks_it_or_shrinks_it(self):
        for policy, status in (("break", 75), ("shrink", 0)):
            with self.subTest(policy=policy):
                gate = self.path(policy)
                other = self.party(
                    "a", "--on-death", policy, text=f'while [ ! -e "{gate}" ]; do sleep 0.02; done')
                dead = self.party("dead-" + policy, "--on-death", policy)
                self.wait_for_file("dead-" + policy)
                pids = self.run_command("--parent", str(dead.pid), program="pgrep").stdout.split()
                dead.kill()
                for pid in pids:
                    os.kill(int(pid), signal.SIGKILL)
                open(gate, "w").close()
                self.assertEqual(other.wait(10), status)

    def test_abort(self):
        other = self.party("a")
        eventually(lambda: self.inside() == 1, "one to enter")
        self.expect(0, "double-barrier", "abort", "d")
        self.assertEqual(other.wait(5), 75)

    def test_a_signal_ends_the_command_and_the_part(self):
        process = self.party("a", parties=1)
        self.wait_for_file("a")
        process.terminate()
        self.assertEqual(process.wait(5), 143)
        self.assertEqual(self.inside(), 0)


if __name__ == "__main__":
    unittest.main()
