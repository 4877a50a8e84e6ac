"""distcoord run on many machines: instances that find each other, die, come late and leave."""
import json
import os
import signal
import unittest

from harness import alive, eventually
from test_run import PipelineTest


class Instances(PipelineTest):
    def instance(self, index, total, *arguments, file="pipeline.yaml"):
        return self.start(
            "run", "--json", "-f", self.path(file), "--id", "ci", "--lease", "3s", "--index", str(index), "--total",
            str(total), *arguments)

    def report(self, process, status=0, within=40):
        output, said = process.communicate(timeout=within)
        self.assertEqual(process.returncode, status, (output, said))
        report = json.loads(output)
        report["steps"] = {step["step"]: step for step in report["steps"]}
        return report

    def test_three_work_through_one_run(self):
        # Each step waits for the other two, so that only three instances can run them.
        self.write("""
            steps:
              meet:
                matrix: {n: [1, 2, 3]}
                run: |
                  echo "$DISTCOORD_INSTANCE" >> "DIR/met"
                  while [ "$(wc -l < "DIR/met")" -lt 3 ]; do sleep 0.05; done
              end: {needs: meet, run: echo once >> "DIR/end"}
            """.replace("DIR", self.folder))
        instances = [self.instance(index, 3) for index in range(3)]
        for process in instances:
            report = self.report(process)
            self.assertEqual((report["state"], report["succeeded"]), ("succeeded", 4))
        self.assertEqual(sorted(self.read("met").split()), ["0", "1", "2"])
        self.assertEqual(self.read("end"), "once\n")

    def test_all_end_with_the_runs_status(self):
        self.write("steps: {bad: {run: exit 3}}")
        instances = [self.instance(index, 2) for index in range(2)]
        for process in instances:
            self.assertEqual(self.report(process, status=1)["steps"]["bad"]["state"], "failed")

    def kill(self, process, child):
        process.kill()
        process.wait()
        # It was the instance's to stop; the next attempt must not be taken for it.
        os.kill(child, signal.SIGKILL)

    def holding(self, index, total):
        """Starts an instance; gives it and the process of the step that it runs."""
        process = self.instance(index, total)
        return process, int(self.wait_for_file("pid"))

    HELD = """
        steps:
          first: {run: 'true'}
          held:
            needs: first
            retries: 1
            run: |
              [ -e "DIR/again" ] && exit 0
              touch "DIR/again"; echo $$ > "DIR/pid"
              exec sleep 60
          last: {needs: held, run: 'true'}
        """

    def test_killed_coordinator_is_replaced(self):
        self.write(self.HELD.replace("DIR", self.folder))
        first, child = self.holding(0, 2)
        second = self.instance(1, 2)
        self.kill(first, child)
        report = self.report(second)
        self.assertEqual(report["steps"]["held"]["instance"], "1")
        self.assertEqual(report["succeeded"], 3)

    def test_killed_workers_step_runs_elsewhere(self):
        self.write("""
            steps:
              held:
                matrix: {n: [1, 2]}
                retries: 1
                run: |
                  [ "$DISTCOORD_ATTEMPT" = 1 ] || exit 0
                  echo $$ > "DIR/pid-$DISTCOORD_INSTANCE"
                  while [ ! -e "DIR/go" ]; do sleep 0.05; done
            """.replace("DIR", self.folder))
        coordinator, worker = [self.instance(index, 2) for index in range(2)]
        children = [int(self.wait_for_file(f"pid-{index}")) for index in range(2)]
        self.kill(worker, children[1])
        self.write("", "go")
        report = self.report(coordinator)
        self.assertEqual(report["succeeded"], 2)
        steps = [step for step in report["steps"].values() if step["kind"] == "task"]
        self.assertEqual({step["instance"] for step in steps}, {"0"})
        # Whoever is killed before the server has heard of him at all has made no attempt.
        self.assertIn(sorted(step["attempts"] for step in steps), ([1, 1], [1, 2]))

    def test_interrupt_of_one_stops_all(self):
        self.write(f"steps: {{slow: {{run: 'echo $$ > \"{self.path('pid')}\"; exec sleep 60'}}}}")
        first, child = self.holding(0, 2)
        second = self.instance(1, 2)
        eventually(lambda: self.workers(2), "the second to be there", within=20)
        second.send_signal(signal.SIGINT)
        self.assertEqual(self.report(first, status=1)["state"], "cancelled")
        self.report(second, status=130)
        self.assertFalse(alive(child))

    def workers(self, count):
        return self.json("queue", "show", "run:ci")["claimers"] >= count - 1

    def test_one_that_is_terminated_leaves_and_the_run_goes_on(self):
        self.write(self.HELD.replace("DIR", self.folder))
        first, child = self.holding(0, 2)
        second = self.instance(1, 2)
        eventually(lambda: self.workers(2), "the second to be there", within=20)
        first.terminate()
        self.assertEqual(first.wait(20), 143)
        self.assertFalse(alive(child))
        report = self.report(second)
        self.assertEqual((report["state"], report["steps"]["held"]["instance"]), ("succeeded", "1"))

    def test_late_instance_finds_that_the_run_has_ended(self):
        self.write(f"steps: {{a: {{run: 'echo x >> \"{self.path('ran')}\"'}}}}")
        self.report(self.instance(0, 2))
        self.assertEqual(self.report(self.instance(1, 2))["state"], "succeeded")
        self.assertEqual(self.read("ran"), "x\n")

    def test_other_file_under_the_same_identity_is_refused(self):
        self.write(f"steps: {{slow: {{run: 'echo $$ > \"{self.path('pid')}\"; exec sleep 60'}}}}")
        first, _ = self.holding(0, 2)
        self.write("steps: {other: {run: 'true'}}", "other.yaml")
        second = self.instance(1, 2, file="other.yaml")
        self.assertEqual(second.wait(20), 78)
        first.send_signal(signal.SIGINT)
        self.assertEqual(first.wait(20), 130)

    def test_two_with_one_index_are_refused(self):
        self.write(f"steps: {{slow: {{run: 'echo $$ > \"{self.path('pid')}\"; exec sleep 60'}}}}")
        first, _ = self.holding(0, 2)
        second = self.instance(0, 2)
        output, said = second.communicate(timeout=30)
        self.assertEqual(second.returncode, 78, said)
        self.assertIn(b"there is an instance 0 already", said)
        first.send_signal(signal.SIGINT)
        self.assertEqual(first.wait(20), 130)

    def test_commit_makes_instances_meet_and_the_attempt_a_new_run(self):
        self.write(f"steps: {{a: {{run: 'echo x >> \"{self.path('ran')}\"'}}}}")
        commit = {"GITHUB_SHA": "0123abcd", "GITHUB_RUN_ID": "7", "INSTANCE_INDEX": "0", "TOTAL_INSTANCES": "1"}
        for arguments, attempt in [([], "1"), ([], "2"), (["--with-attempt"], "2"), (["--with-attempt"], "3")]:
            result = self.run_command(
                "run", "-f", self.path("pipeline.yaml"), *arguments, GITHUB_RUN_ATTEMPT=attempt, **commit)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.read("ran"), "x\nx\nx\n")


if __name__ == "__main__":
    unittest.main()
