"""distcoord queue, job and worker."""
import json
import os
import signal
import subprocess
import time
import unittest

from harness import CommandTest, alive, eventually


class Queue(CommandTest):
    def push(self, *arguments, **options):
        return self.expect(0, "queue", "push", "q", *arguments, **options).strip()

    def counts(self):
        return self.json("queue", "show", "q")

    def work(self, *arguments, status=0, **options):
        return self.expect(status, "worker", "run", "q", "--burst", *arguments, **options)


class Push(Queue):
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


class JobWait(Queue):
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
        self.assertIn(b"exit status 3: first\nsad", result.stderr)
        self.assertEqual(self.json("job", "wait", id, status=1)["state"], "dead")

    def test_unknown_and_unfinished(self):
        self.expect(1, "job", "wait", "nobody-knows-it")
        self.expect(1, "job", "wait", "nobody-knows-it", "--queue", "q")
        id = self.push("x")
        self.expect(75, "job", "wait", id, "--timeout", "100ms")
        self.expect(5, "job", "wait", id, "--timeout", "0", "-E", "5")


class Worker(Queue):
    def test_environment(self):
        id = self.push("x", "--task", "resize")
        self.work("-c", 'echo "$DISTCOORD_JOB_ID $DISTCOORD_QUEUE $DISTCOORD_TASK $DISTCOORD_ATTEMPT ${DISTCOORD_FENCE:+f}"')
        self.assertEqual(self.expect(0, "job", "wait", id), f"{id} q resize 1 f\n")

    def test_retry(self):
        id = self.push("x", "--attempts", "3", "--backoff", "0")
        script = f'echo $DISTCOORD_ATTEMPT >> "{self.path("attempts")}"; [ $DISTCOORD_ATTEMPT = 3 ]'
        process = self.start("worker", "run", "q", "-c", script)
        self.expect(0, "job", "wait", id, "--timeout", "10")
        self.assertEqual(self.wait_for_file("attempts"), "1\n2\n3\n")
        process.terminate()
        self.assertEqual(process.wait(5), 0)

    def test_try_later_counts_no_attempt(self):
        id = self.push("x", "--attempts", "1")
        script = f'echo $DISTCOORD_ATTEMPT >> "{self.path("attempts")}"; [ $(wc -l < "{self.path("attempts")}") = 2 ] || exit 75'
        self.work("-c", script)
        self.expect(0, "job", "wait", id, "--timeout", "10")
        self.assertEqual(self.wait_for_file("attempts"), "1\n1\n")

    def test_parallel(self):
        for number in range(6):
            self.push(str(number))
        begun = time.monotonic()
        self.work("-j", "6", "--", "sleep", "0.5")
        self.assertLess(time.monotonic() - begun, 1.5)
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
        self.assertEqual(process.wait(5), 0)
        self.assertEqual(self.expect(0, "job", "wait", id, "--timeout", "0"), "done\n")
        self.assertEqual(self.counts()["waiting"], 1)

    def test_idle_worker_ends_at_once(self):
        process = self.start("worker", "run", "q", "-j", "4", "--", "true")
        eventually(lambda: self.counts()["claimers"] == 4, "the claimers")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(3), 0)
        self.assertEqual(self.counts()["claimers"], 0)

    def stop_and_expect_it_back(self, *arguments, again):
        self.push("x", "--attempts", "1")
        process = self.start("worker", "run", "q", *arguments, "-c", f'echo $$ > "{self.path("pid")}"; sleep 60 & wait')
        child = int(self.wait_for_file("pid"))
        process.terminate()
        if again:
            time.sleep(0.2)
            process.terminate()
        status = process.wait(5)
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
        self.push("x")
        time.sleep(0.3)
        self.assertEqual(self.counts()["waiting"], 1)
        process.terminate()
        self.assertEqual(process.wait(5), 0)

    def test_killed_workers_job_runs_again(self):
        id = self.push("x")
        process = self.start("worker", "run", "q", "--lease", "1s", "-c", f'echo $$ > "{self.path("pid")}"; exec sleep 60')
        child = int(self.wait_for_file("pid"))
        process.kill()
        os.kill(child, signal.SIGKILL)
        second = self.start("worker", "run", "q", "-c", "echo $DISTCOORD_ATTEMPT")
        self.assertEqual(self.expect(0, "job", "wait", id, "--timeout", "4"), "2\n")
        second.terminate()
        self.assertEqual(second.wait(5), 0)

    def test_lost_lease_stops_the_command(self):
        self.push("x")
        # It may claim the job again as soon as the server answers; hence no grace.
        process = self.start(
            "worker", "run", "q", "--lease", "500ms", "--grace", "0", "-c",
            f'echo $$ > "{self.path("pid")}"; exec sleep 60')
        child = int(self.wait_for_file("pid"))
        self.server.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.server.process.send_signal, signal.SIGCONT)
        eventually(lambda: not alive(child), "the command to be stopped", within=3)
        self.server.process.send_signal(signal.SIGCONT)
        process.terminate()
        self.assertEqual(process.wait(15), 0)


if __name__ == "__main__":
    unittest.main()
