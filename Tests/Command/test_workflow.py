"""distcoord workflow and artifact: runs on a queue, and workers that run their steps."""
import json
import os
import signal
import unittest

from harness import eventually
from test_run import PipelineTest

HELD = """
    steps:
      a: {run: 'printf "hello" > "$DISTCOORD_RESULT"'}
      b: {needs: a, run: 'while [ ! -e "DIR/go" ]; do sleep 0.05; done; [ ! -e "DIR/bad" ]'}
      c: {needs: b, run: 'true'}
    """


class Workflow(PipelineTest):
    def submit(self, text, *arguments):
        path = self.write(text.replace("DIR", self.folder))
        return self.expect(0, "workflow", "submit", "-Q", "q", "-f", path, *arguments).strip()

    def worker(self, *arguments):
        return self.start("worker", "run", "q", "--steps", *arguments)

    def show(self, run):
        report = self.json("workflow", "show", run, "-Q", "q")
        return report, {step["step"]: step["state"] for step in report["steps"]}

    def wait_for(self, run, step, state):
        eventually(lambda: self.show(run)[1][step] == state, f"step {step} to be {state}", within=20)

    def watch(self, run, status=0):
        return self.expect(status, "workflow", "watch", run, "-Q", "q")

    def test_submit_work_and_look(self):
        run = self.submit(HELD, "--id", "one")
        self.assertEqual(run, "one")
        self.assertEqual(self.show(run)[1], {"a": "ready", "b": "waiting", "c": "waiting"})
        self.worker()
        self.assertEqual(self.expect(0, "workflow", "result", run, "a", "-Q", "q", "--timeout", "20"), "hello")
        self.wait_for(run, "b", "running")
        self.expect(75, "workflow", "result", run, "c", "-Q", "q", "-n")
        graph = self.expect(0, "workflow", "graph", run, "-Q", "q").splitlines()
        self.assertEqual(graph, ["a [succeeded]", "b [running] <- a", "c [waiting] <- b"])
        self.write("", "go")
        said = self.watch(run).splitlines()
        self.assertRegex(said[0], r"Z started$")
        self.assertTrue(any(line.endswith(" succeeded c") for line in said), said)
        self.assertRegex(said[-1], r"Z ended succeeded$")
        listed = self.json("workflow", "list", "-Q", "q")
        self.assertEqual([(one["run"], one["state"], one["succeeded"]) for one in listed], [("one", "succeeded", 3)])

    def test_same_id_starts_nothing(self):
        self.submit("steps: {a: {run: 'true'}}", "--id", "one")
        path = self.path("pipeline.yaml")
        self.assertEqual(self.expect(1, "workflow", "submit", "-Q", "q", "-f", path, "--id", "one"), "one\n")
        self.write("steps: {b: {run: 'true'}}")
        self.expect(78, "workflow", "submit", "-Q", "q", "-f", path, "--id", "one")

    def test_pause_and_resume(self):
        run = self.submit(HELD)
        self.write("", "go")
        self.expect(0, "workflow", "pause", run, "-Q", "q")
        self.assertEqual(self.show(run)[0]["state"], "paused")
        self.worker()
        self.expect(0, "workflow", "resume", run, "-Q", "q")
        self.watch(run)

    def test_failed_run_is_taken_up_where_it_failed(self):
        run = self.submit(HELD)
        self.worker()
        for name in ("bad", "go"):
            self.write("", name)
        self.watch(run, status=1)
        self.assertEqual(self.show(run)[1], {"a": "succeeded", "b": "failed", "c": "blocked"})
        begun = self.json("workflow", "show", run, "-Q", "q")["steps"][0]["ended"]
        os.unlink(self.path("bad"))
        self.expect(0, "workflow", "resume", run, "-Q", "q")
        self.wait_for(run, "c", "succeeded")
        self.assertEqual(self.json("workflow", "show", run, "-Q", "q")["steps"][0]["ended"], begun)
        self.expect(1, "workflow", "resume", run, "-Q", "q")

    def test_stop_and_delete(self):
        run = self.submit(HELD)
        self.worker()
        self.wait_for(run, "b", "running")
        self.expect(1, "workflow", "delete", run, "-Q", "q", "-y")
        self.expect(0, "workflow", "cancel", run, "-Q", "q", "--reason", "wrong data")
        self.watch(run, status=1)
        report, states = self.show(run)
        self.assertEqual((report["state"], report["reason"]), ("cancelled", "wrong data"))
        self.assertEqual(states, {"a": "succeeded", "b": "cancelled", "c": "cancelled"})
        self.expect(1, "workflow", "result", run, "b", "-Q", "q")
        self.expect(1, "workflow", "stop", run, "-Q", "q")
        self.expect(0, "workflow", "delete", run, "-Q", "q", "-y")
        self.expect(1, "workflow", "show", run, "-Q", "q")

    def test_what_is_not_known(self):
        for words in ["show", "graph", "pause", "resume", "stop", "watch"]:
            with self.subTest(words=words):
                self.expect(1, "workflow", words, "none", "-Q", "q")
        self.expect(1, "workflow", "result", "none", "a", "-Q", "q")
        self.assertEqual(self.json("workflow", "list", "-Q", "q"), [])
        self.expect(64, "workflow", "show", "none")
        self.expect(64, "workflow", "show", "-Q", "q")
        self.expect(64, "artifact", "list")

    def test_run_submits_works_and_waits(self):
        path = self.write("steps: {a: {run: echo said}, b: {needs: a, run: 'true'}}")
        result = self.run_command("workflow", "run", "-Q", "q", "-f", path, "--id", "one")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b"[a] said\n", result.stdout)
        self.assertEqual(self.show("one")[0]["state"], "succeeded")

    def test_run_is_stopped_by_interrupt_and_left_by_termination(self):
        for number, status, state in [(signal.SIGTERM, 143, "running"), (signal.SIGINT, 130, "cancelled")]:
            with self.subTest(number=number):
                run = f"run-{number}"
                path = self.write(f"steps: {{a: {{run: 'echo x > \"{self.path(run)}\"; exec sleep 60'}}}}")
                process = self.start("workflow", "run", "-Q", "q", "-f", path, "--id", run)
                self.wait_for_file(run)
                process.send_signal(number)
                self.assertEqual(process.wait(20), status)
                self.assertEqual(self.show(run)[0]["state"], state)
                self.expect(0 if state == "running" else 1, "workflow", "stop", run, "-Q", "q", "--at-once")

    def test_nobody_who_could_run_it(self):
        self.worker()
        eventually(lambda: self.json("queue", "show", "q")["claimers"] == 1, "the worker", within=20)
        path = self.write("steps: {a: {run: 'true', requires: [quantum]}}")
        result = self.run_command("workflow", "submit", "-Q", "q", "-f", path, "--check-workers", "--id", "one")
        self.assertEqual(result.returncode, 75, result.stderr)
        self.assertIn(b"quantum", result.stderr)
        self.expect(1, "workflow", "show", "one", "-Q", "q")

    def test_other_jobs_are_left_by_a_worker_of_steps(self):
        self.expect(0, "queue", "push", "q", "job")
        worker = self.worker()
        eventually(lambda: self.json("queue", "show", "q")["delayed"] == 1, "it to be given back", within=20)
        self.assertEqual(self.json("queue", "show", "q")["failed"], 0)
        worker.terminate()
        self.assertEqual(worker.wait(20), 0)

    def test_worker_of_both(self):
        self.expect(0, "queue", "push", "q", "job", "--id", "job")
        run = self.submit("steps: {a: {run: 'true'}}")
        self.worker("-c", "tr a-z A-Z")
        self.assertEqual(self.expect(0, "job", "wait", "job", "-Q", "q", "--timeout", "20"), "JOB")
        self.watch(run)

    def test_artifacts_from_outside(self):
        run = self.submit("steps: {a: {run: 'true'}}")
        path = self.write("content", "file")
        place = ["--run", run, "-Q", "q"]
        self.expect(0, "artifact", "publish", path, "--name", "report", *place)
        self.expect(0, "artifact", "fetch", "report", "--to", self.path("new/copy"), *place)
        self.assertEqual(self.read("new/copy"), "content")
        listed = json.loads(self.expect(0, "artifact", "list", *place, "--json"))
        self.assertEqual([(one["name"], one["bytes"]) for one in listed], [("report", 7)])
        self.expect(1, "artifact", "fetch", "none", *place)
        self.expect(1, "artifact", "publish", path, "--run", "none", "-Q", "q")


if __name__ == "__main__":
    unittest.main()
