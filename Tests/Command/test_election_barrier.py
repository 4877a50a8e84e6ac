"""distcoord election and barrier."""
import json
import os
import signal
import time
import unittest

from harness import CommandTest, alive, eventually


class Election(CommandTest):
    def candidate(self, name, *arguments):
        return self.start(
            "election", "run", "e", "--value", name, "--lease", "1s", *arguments, "-c",
            f'echo $$ > "{self.path(name)}"; exec sleep 60')

    def test_status_and_environment(self):
        text = self.expect(7, "election", "run", "e", "-c", 'echo "$DISTCOORD_ELECTION_NAME $DISTCOORD_TERM"; exit 7')
        self.assertRegex(text, r"^e \d+\n$")

    def test_leader(self):
        self.assertEqual(self.expect(1, "election", "leader", "e"), "")
        self.assertIsNone(self.json("election", "leader", "e", status=1)["value"])
        self.candidate("a")
        self.wait_for_file("a")
        self.assertEqual(self.expect(0, "election", "leader", "e"), "a\n")
        shown = self.json("election", "leader", "e")
        self.assertEqual((shown["value"], shown["label"]), ("a", "ann@ci-7:4121"))

    def test_one_leads_and_the_next_follows(self):
        first = self.candidate("a")
        self.wait_for_file("a")
        self.candidate("b")
        eventually(lambda: self.json("election", "leader", "e")["candidates"] == 1, "the standby")
        first.terminate()
        self.assertEqual(first.wait(5), 143)
        self.wait_for_file("b")
        self.assertEqual(self.expect(0, "election", "leader", "e"), "b\n")

    def test_killed_leader_is_followed_in_a_lease(self):
        first = self.candidate("a")
        child = int(self.wait_for_file("a"))
        self.candidate("b")
        eventually(lambda: self.json("election", "leader", "e")["candidates"] == 1, "the standby")
        first.kill()
        begun = time.monotonic()
        self.wait_for_file("b")
        self.assertLess(time.monotonic() - begun, 1.5)
        os.kill(child, signal.SIGKILL)

    def test_busy_and_interrupted(self):
        self.candidate("a")
        self.wait_for_file("a")
        result = self.run_command("election", "run", "e", "-n", "--", "true")
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"leads", result.stderr)
        standby = self.candidate("b")
        eventually(lambda: self.json("election", "leader", "e")["candidates"] == 1, "the standby")
        standby.send_signal(signal.SIGINT)
        self.assertEqual(standby.wait(3), 130)
        self.assertEqual(self.json("election", "leader", "e")["candidates"], 0)

    def test_lost_leadership_stops_the_child(self):
        process = self.candidate("a")
        child = int(self.wait_for_file("a"))
        self.server.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.server.process.send_signal, signal.SIGCONT)
        self.assertEqual(process.wait(5), 79)
        self.assertFalse(alive(child))


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
        self.assertEqual(party.wait(3), 130)
        self.assertEqual(other.wait(3), 75)

    def test_other_number_of_parties(self):
        self.wait(3)
        eventually(lambda: self.waiting() == 1, "one to wait")
        self.expect(78, "barrier", "wait", "b", "--parties", "2", "--timeout", "1")


if __name__ == "__main__":
    unittest.main()
