"""distcoord worker run: what a job's command is told and tells; which jobs a worker gets; worker list."""
import json
import os
import signal
import unittest

from harness import CommandTest, QueueTest, alive, eventually

# A worker that does not wait for jobs hears at the next renewal, after a third of the lease, that one is cancelled.
QUICK = ("--lease", "3s")


class Commands(QueueTest):
    """A command that runs is stopped when its job is not to go on."""

    def run_one(self, *arguments, trap=""):
        """Starts a worker on one job whose command ends by SIGTERM only; gives job, worker, child."""
        id = self.push("x", *arguments)
        worker = self.start(
            "worker", "run", "q", "--name", "w", "--grace", "0", "--json", *QUICK, "-c",
            f'{trap} echo $$ > "{self.path("pid")}"; while :; do sleep 0.05; done')
        return id, worker, int(self.wait_for_file("pid"))

    def test_cancelled_job(self):
        id, worker, child = self.run_one()
        result = self.run_command("job", "cancel", id, "--reason", "no use")
        self.assertEqual(result.returncode, 0)
        self.assertIn(b"asked to stop", result.stderr)
        eventually(lambda: not alive(child), "the command to be stopped", within=15)
        self.assertEqual(self.wait_for_state(id, "cancelled")["error"]["message"], "no use")
        self.assertEqual(json.loads(self.end(worker))["cancelled"], 1)

    def test_cancelled_job_whose_command_ends_well(self):
        # A command that ends in good order when told to has not done its work.
        id, _, child = self.run_one(trap="trap 'exit 0' TERM;")
        self.expect(0, "job", "cancel", id)
        self.wait_for_state(id, "cancelled")
        self.assertFalse(alive(child))

    def test_job_out_of_time(self):
        id, worker, child = self.run_one("--timeout", "2s", "--attempts", "1")
        result = self.run_command("job", "wait", id, "--timeout", "20")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(self.shown(id)["error"]["type"], "timeout")
        eventually(lambda: not alive(child), "the command to be stopped", within=15)
        self.assertEqual(json.loads(self.end(worker))["failed"], 1)

    def test_command_that_does_not_heed_is_killed(self):
        id = self.push("x")
        self.start(
            "worker", "run", "q", "--kill-after", "200ms", *QUICK, "-c",
            f'trap "" TERM; echo $$ > "{self.path("pid")}"; while :; do sleep 0.05; done')
        child = int(self.wait_for_file("pid"))
        self.expect(0, "job", "cancel", id)
        self.wait_for_state(id, "cancelled")
        self.assertFalse(alive(child))

    def test_command_killed_by_a_signal(self):
        id = self.push("x", "--attempts", "1")
        self.work("-c", "kill -9 $$")
        self.assertEqual(self.shown(id)["error"]["type"], "signal 9")
        id = self.push("x", "--attempts", "1")
        self.work("-c", "exit 137")
        self.assertEqual(self.shown(id)["error"]["type"], "exit 137")

    def test_failure_before_another_attempt_shows(self):
        id = self.push("x", "--backoff", "1h")
        self.work("-c", "echo sad >&2; exit 2")
        job = self.shown(id)
        self.assertEqual((job["state"], job["attempt"], job["error"]["message"]), ("delayed", 2, "sad"))
        self.assertIn("exit 2: sad", self.expect(0, "job", "list", "q"))


class Environment(QueueTest):
    def test_environment(self):
        id = self.push(
            "x", "--task", "resize", "--content-type", "text/plain", "--batch", "b", "--attempts", "7", "--header",
            "traceparent=00-1-2-01", "--header", "x-Request id=r1", "--header", "PATH=/nowhere")
        names = ("JOB_ID", "QUEUE", "TASK", "ATTEMPT", "MAX_ATTEMPTS", "WORKER", "CONTENT_TYPE", "BATCH",
                 "HEADER_X_REQUEST_ID", "HEADER_PATH", "HEADER_TRACEPARENT")
        script = "; ".join(f'echo "$DISTCOORD_{name}"' for name in names)
        self.work("--name", "w", "-c", f'{script}; echo "$TRACEPARENT ${{DISTCOORD_FENCE:+f}}"')
        self.assertEqual(
            self.expect(0, "job", "wait", id).split("\n"),
            [id, "q", "resize", "1", "7", "w", "text/plain", "b", "r1", "/nowhere", "00-1-2-01", "00-1-2-01 f", ""])

    def test_a_job_pushes_on_in_its_trace(self):
        self.push("x", "--header", "traceparent=00-1-2-01")
        self.work("-c", f'"{self.command}" queue push next x')
        self.assertEqual(self.json("job", "list", "next")[0]["headers"], {"traceparent": "00-1-2-01"})


class Progress(QueueTest):
    def test_lines_of_progress_are_no_messages(self):
        id = self.push("x", "--attempts", "1")
        lines = ("first", "::progress 10", "::progress 20% half", "::progress lots", " ::progress 5", "::progress 101",
                 "::progressive", "::pro")
        script = "; ".join(f"echo '{line}' >&2" for line in lines)
        script += "; printf ::progress >&2; exit 1"
        result = self.run_command("worker", "run", "q", "--burst", "--quiet", "-c", script)
        rest = [line for line in lines if line not in lines[1:3]] + ["::progress"]
        self.assertEqual(result.stderr.decode(), "\n".join(rest))
        self.assertEqual(self.shown(id)["error"]["message"], "\n".join(rest))

    def test_the_last_one_counts(self):
        id = self.push("x")
        worker = self.start(
            "worker", "run", "q", "--grace", "0", "-c",
            "for i in $(seq 0 100); do echo ::progress $i step $i >&2; done; exec sleep 60")
        eventually(lambda: self.shown(id)["progress"] == {"percent": 100, "text": "step 100"}, "the last progress")
        self.end(worker)


class Routes(QueueTest):
    def worker(self, name, *arguments):
        worker = self.start("worker", "run", "q", "--name", name, *arguments, "-c", "echo $DISTCOORD_WORKER")
        eventually(lambda: any(w["name"] == name for w in self.json("worker", "list")), f"worker {name}")
        return worker

    def done_by(self, *arguments):
        return self.expect(0, "job", "wait", self.push("x", *arguments), "--timeout", "20").strip()

    def test_capabilities_and_pools(self):
        self.worker("gpu", "--capabilities", "GPU,ssd")
        self.worker("night", "--pool", "night")
        self.assertEqual(self.done_by("--requires", "gpu"), "gpu")
        self.assertEqual(self.done_by("--requires", "SSD,gpu,linux"), "gpu")
        self.assertEqual(self.done_by("--pool", "night"), "night")
        self.assertIn(self.done_by(), ("gpu", "night"))
        self.push("x", "--requires", "fpga")
        eventually(lambda: self.counts()["unserved"] == 1, "the job to be unserved")

    def test_own_queue(self):
        self.worker("ann", "--own-queue")
        self.worker("ben", "--own-queue")
        self.assertEqual([self.done_by("--worker", name) for name in ("ben", "ann", "ben")], ["ben", "ann", "ben"])

    def test_stealing(self):
        slow = self.start("worker", "run", "q", "--name", "slow", "--own-queue", "--grace", "0", "--", "sleep", "60")
        self.push("x", "--worker", "slow")
        eventually(lambda: self.counts()["active"] == 1, "the worker to be busy")
        self.worker("idle", "--own-queue", "--steal")
        self.assertEqual(self.done_by("--worker", "slow"), "idle")
        self.end(slow)

    def test_weights(self):
        for queue in ("often", "seldom", "last"):
            self.expect(0, "queue", "push", queue, "--lines", input=b"x\n" * 20)
        self.expect(
            0, "worker", "run", "often=9", "seldom=1", "last=0", "--burst", "-c",
            f'echo $DISTCOORD_QUEUE >> "{self.path("order")}"')
        order = self.wait_for_file("order").split()
        self.assertEqual((len(order), order[-20:]), (60, ["last"] * 20))
        self.assertGreater(order[:20].count("often"), order[:20].count("seldom"))
        for words in (["q=1001"], ["q", "--steal"], ["q", "--own-queue"], ["q", "--prefetch", "2000"], ["q", "q"]):
            with self.subTest(words=words):
                self.assertIn(self.run_command("worker", "run", *words, "--burst", "--", "true").returncode, (64, 78))


class Workers(CommandTest):
    def test_list(self):
        self.assertEqual(self.expect(0, "worker", "list"), "")
        self.assertEqual(self.json("worker", "list"), [])
        self.expect(0, "queue", "push", "a", "x")
        process = self.start(
            "worker", "run", "a", "b=3", "-j", "3", "--name", "w1", "--capabilities", "gpu", "--pool", "p", "--grace",
            "0", "--", "sleep", "60")
        worker = eventually(lambda: (found := self.json("worker", "list")) and found[0], "the worker")
        self.assertEqual((worker["name"], sorted(worker["queues"]), worker["jobs"]), ("w1", ["a", "b"], 3))
        self.assertEqual(worker["capabilities"], ["gpu", "linux", "pool:p"])
        self.assertEqual((worker["pid"], worker["stopping"]), (process.pid, False))
        # Told by the next heartbeat.
        eventually(lambda: self.json("worker", "list")[0]["running"] == 1, "the job to show", within=15)
        heading, row = self.expect(0, "worker", "list").splitlines()
        self.assertEqual((heading.split()[0], row.split()[0], row.split()[4]), ("NAME", "w1", "1/3"))
        process.send_signal(signal.SIGUSR1)
        eventually(lambda: self.json("worker", "list")[0]["stopping"], "it to show that it stops", within=15)
        process.terminate()
        self.assertEqual(process.wait(20), 0)
        self.assertEqual(self.json("worker", "list"), [])


if __name__ == "__main__":
    unittest.main()
