"""distcoord worker run: what becomes of jobs, how a worker ends."""
import json
import os
import signal
import time
import unittest

from harness import QueueTest, alive, eventually


class Run(QueueTest):
    def test_retry(self):
        id = self.push("x", "--attempts", "3", "--backoff", "0")
        script = f'echo $DISTCOORD_ATTEMPT >> "{self.path("attempts")}"; [ $DISTCOORD_ATTEMPT = 3 ]'
        process = self.start("worker", "run", "q", "-c", script)
        self.expect(0, "job", "wait", id, "--timeout", "20")
        self.assertEqual(self.wait_for_file("attempts"), "1\n2\n3\n")
        process.terminate()
        self.assertEqual(process.wait(20), 0)

    def test_try_later_counts_no_attempt(self):
        id = self.push("x", "--attempts", "1")
        path = self.path("attempts")
        script = f'echo $DISTCOORD_ATTEMPT >> "{path}"; [ $(wc -l < "{path}") = 2 ] || exit 75'
        worker = self.start("worker", "run", "q", "-c", script)
        self.expect(0, "job", "wait", id, "--timeout", "20")
        self.assertEqual(self.wait_for_file("attempts"), "1\n1\n")
        self.end(worker)

    def test_try_later_is_not_at_once(self):
        self.push("x")
        tally = json.loads(self.work("--json", "-c", "exit 75"))
        self.assertEqual((tally["released"], tally["failed"]), (1, 0))
        self.assertEqual((self.counts()["delayed"] + self.counts()["waiting"], self.counts()["failed"]), (1, 0))

    def test_parallel(self):
        for number in range(6):
            self.push(str(number))
        begun = time.monotonic()
        self.work("-j", "6", "--", "sleep", "1")
        self.assertLess(time.monotonic() - begun, 5.5)
        self.assertEqual(self.counts()["completed"], 6)

    def test_tally(self):
        for number in range(20):
            self.push("good" if number % 4 else "bad", "--attempts", "1")
        tally = json.loads(self.work("-j", "3", "--json", "-c", '[ "$(cat)" = good ]'))
        self.assertEqual((tally["completed"], tally["failed"]), (15, 5))
        counts = self.counts()
        self.assertEqual((counts["completed"], counts["dead"], counts["active"]), (15, 5, 0))

    def test_command_that_does_not_read(self):
        self.push("-", input=bytes(1_000_000))
        self.work("--", "true")
        self.assertEqual(self.counts()["completed"], 1)

    def test_large_payload_and_result(self):
        payload = os.urandom(3_000_000)
        id = self.push("-", input=payload)
        self.work("--", "cat")
        self.assertEqual(self.run_command("job", "wait", id).stdout, payload)

    def test_command_not_found(self):
        self.push("x")
        self.work("--", "no-such-command-here", status=127)
        self.assertEqual(self.counts()["waiting"], 1)

    def test_graceful_end(self):
        id = self.push("x")
        process = self.start("worker", "run", "q", "-c", f'echo r > "{self.path("ready")}"; sleep 0.7; echo done')
        self.wait_for_file("ready")
        process.terminate()
        self.push("y")
        self.assertEqual(process.wait(20), 0)
        self.assertEqual(self.expect(0, "job", "wait", id, "--timeout", "0"), "done\n")
        self.assertEqual(self.counts()["waiting"], 1)

    def test_idle_worker_ends_at_once(self):
        process = self.start("worker", "run", "q", "-j", "4", "--", "true")
        eventually(lambda: self.counts()["claimers"] > 0, "the claimers")
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 0)
        # Without waiting for a lease, a heartbeat or the grace.
        self.assertLess(time.monotonic() - begun, 8)
        self.assertEqual(self.counts()["claimers"], 0)
        self.assertEqual(self.json("worker", "list"), [])

    def stop_and_expect_it_back(self, *arguments, again):
        self.push("x", "--attempts", "1")
        process = self.start("worker", "run", "q", *arguments, "-c", f'echo $$ > "{self.path("pid")}"; sleep 60 & wait')
        child = int(self.wait_for_file("pid"))
        process.terminate()
        if again:
            # Two signals at once may be delivered as one.
            eventually(lambda: self.json("worker", "list")[0]["stopping"], "the worker to heed the first", within=20)
            process.terminate()
        status = process.wait(20)
        self.assertFalse(alive(child))
        counts = self.counts()
        self.assertEqual((counts["waiting"], counts["active"], counts["dead"]), (1, 0, 0))
        return status

    def test_what_does_not_end_in_time_is_given_back(self):
        self.assertEqual(self.stop_and_expect_it_back("--grace", "300ms", again=False), 0)

    def test_second_signal_gives_back_at_once(self):
        self.assertEqual(self.stop_and_expect_it_back(again=True), 143)

    def test_quiet(self):
        process = self.start("worker", "run", "q", "--", "true")
        eventually(lambda: self.counts()["claimers"] == 1, "the claimer")
        process.send_signal(signal.SIGUSR1)
        eventually(lambda: self.counts()["claimers"] == 0, "nobody to claim")
        id = self.push("x")
        other = self.start("worker", "run", "q", "-c", "echo $DISTCOORD_WORKER", "--name", "other")
        self.assertEqual(self.expect(0, "job", "wait", id, "--timeout", "20"), "other\n")
        self.assertIsNone(process.poll())
        self.end(other)
        self.end(process)

    def test_killed_workers_job_runs_again(self):
        id = self.push("x")
        process = self.start(
            "worker", "run", "q", "--lease", "3s", "-c", f'echo $$ > "{self.path("pid")}"; exec sleep 60')
        child = int(self.wait_for_file("pid"))
        process.kill()
        os.kill(child, signal.SIGKILL)
        second = self.start("worker", "run", "q", "-c", "echo $DISTCOORD_ATTEMPT")
        self.assertEqual(self.expect(0, "job", "wait", id, "--timeout", "20"), "2\n")
        second.terminate()
        self.assertEqual(second.wait(20), 0)

    def test_lost_lease_stops_the_command(self):
        self.push("x")
        # It may claim the job again as soon as the server answers; hence no grace.
        process = self.start(
            "worker", "run", "q", "--lease", "500ms", "--grace", "0", "-c",
            f'echo $$ > "{self.path("pid")}"; exec sleep 60')
        child = int(self.wait_for_file("pid"))
        self.server.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.server.process.send_signal, signal.SIGCONT)
        eventually(lambda: not alive(child), "the command to be stopped", within=6)
        self.server.process.send_signal(signal.SIGCONT)
        process.terminate()
        self.assertEqual(process.wait(15), 0)

if __name__ == "__main__":
    unittest.main()
