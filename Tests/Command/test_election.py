"""distcoord election."""
import os
import signal
import time
import unittest

from harness import CommandTest, alive, eventually


class Election(CommandTest):
    def candidate(self, name, *arguments):
        return self.start(
            "election", "run", "e", "--value", name, "--lease", "3s", *arguments, "-c",
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
        self.assertLess(time.monotonic() - begun, 6)
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
        self.assertEqual(standby.wait(5), 130)
        self.assertEqual(self.json("election", "leader", "e")["candidates"], 0)

    def test_lost_leadership_stops_the_child(self):
        process = self.candidate("a")
        child = int(self.wait_for_file("a"))
        self.server.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.server.process.send_signal, signal.SIGCONT)
        self.assertEqual(process.wait(10), 79)
        self.assertFalse(alive(child))

    def term(self):
        return self.json("election", "leader", "e")["term"]

    def test_runs_again_and_again(self):
        terms = self.path("terms")
        process = self.start(
            "election", "run", "e", "--forever", "--lease", "3s", "-c",
            f'echo $DISTCOORD_TERM >> "{terms}"; exec sleep 60')
        self.wait_for_file("terms")
        self.expect(0, "election", "evict", "e", "-y")

        def seen():
            with open(terms) as file:
                return [int(line) for line in file]

        eventually(lambda: len(seen()) == 2, "a second leadership")
        self.assertLess(*seen())
        self.assertEqual(self.term(), seen()[1])
        process.terminate()
        self.assertEqual(process.wait(5), 143)
        self.expect(1, "election", "leader", "e")

    def test_a_command_that_ends_runs_again(self):
        process = self.start("election", "run", "e", "--forever", "-c", f'echo >> "{self.path("runs")}"; exit 3')
        eventually(lambda: os.path.exists(self.path("runs")) and os.path.getsize(self.path("runs")) >= 2, "two runs")
        process.send_signal(signal.SIGINT)
        self.assertIn(process.wait(5), (3, 130))
        self.expect(127, "election", "run", "e", "--forever", "--", "/no/such/program")

    def test_campaign_leads_until_stopped(self):
        campaign = self.stream("election", "campaign", "e", "--value", "a", "--lease", "3s")
        term = int(campaign.next())
        shown = self.json("election", "leader", "e")
        self.assertEqual((shown["term"], shown["value"]), (term, "a"))
        campaign.process.terminate()
        self.assertEqual(campaign.process.wait(5), 143)
        self.expect(1, "election", "leader", "e")

    def test_campaign_tells_a_loss(self):
        campaign = self.stream("election", "campaign", "e", "--lease", "3s", "--json")
        term = campaign.json()["term"]
        self.expect(1, "election", "evict", "e", "--term", str(term + 1), "-y")
        self.assertEqual(self.term(), term)
        self.expect(0, "election", "evict", "e", "--term", str(term), "-y")
        self.assertEqual(campaign.process.wait(5), 79)

    def test_campaign_ends_with_its_reader(self):
        process = self.start("election", "campaign", "e", "--lease", "5s")
        self.assertTrue(process.stdout.readline())
        process.stdout.close()
        self.assertEqual(process.wait(5), 141)
        self.expect(1, "election", "leader", "e")

    def test_resign_ends_only_ones_own_leadership(self):
        campaign = self.stream("election", "campaign", "e", "--value", "a", "--lease", "3s")
        campaign.next()
        self.expect(1, "election", "resign", "e", "--value", "b")
        self.expect(0, "election", "resign", "e", "--value", "a")
        self.assertEqual(campaign.process.wait(5), 79)
        self.expect(1, "election", "resign", "e", "--value", "a")

    def test_evict_needs_a_yes(self):
        self.expect(1, "election", "evict", "e", "-y")
        self.stream("election", "campaign", "e").next()
        self.expect(64, "election", "evict", "e")
        self.term()

    def test_observe_sees_each_leader(self):
        observed = self.stream("election", "observe", "e")
        as_json = self.stream("election", "observe", "e", "--json")
        self.assertEqual(observed.next(), "0")
        self.assertIsNone(as_json.json()["term"])
        campaign = self.stream("election", "campaign", "e", "--value", "host a")
        term = campaign.next()
        self.assertEqual(observed.next(), f"{term} host a")
        shown = as_json.json()
        self.assertEqual((shown["term"], shown["value"], shown["label"]), (int(term), "host a", "ann@ci-7:4121"))
        campaign.process.terminate()
        self.assertEqual(observed.next(), "0")
        for stream, number, status in ((observed, signal.SIGINT, 130), (as_json, signal.SIGTERM, 143)):
            stream.process.send_signal(number)
            self.assertEqual(stream.process.wait(5), status)

    def test_how_a_candidate_stands(self):
        self.expect(0, "election", "run", "e", "--renewal", "100ms", "--step-down", "500ms", "--", "true")
        for flags in (["--renewal", "20s"], ["--step-down", "20s"], ["--lease", "10ms"]):
            self.expect(64, "election", "run", "e", *flags, "--", "true")


if __name__ == "__main__":
    unittest.main()
