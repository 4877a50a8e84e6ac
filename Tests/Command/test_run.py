"""distcoord run: the steps of a pipeline, here alone."""
import json
import os
import signal
import time
import unittest

from harness import CommandTest, alive, eventually


class PipelineTest(CommandTest):
    """Runs pipelines in a folder of its own."""

    def setUp(self):
        super().setUp()
        for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_SHA", "GITHUB_RUN_ID", "CI"):
            self.environment.pop(name, None)

    def write(self, text, name="pipeline.yaml"):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def pipeline(self, text, *arguments, status=0, **environment):
        """Runs it to its end; gives what came of it, steps by name, and what was said."""
        result = self.run_command(
            "run", "-f", self.write(text), "--json", *arguments, PLACE=self.folder, **environment)
        self.assertEqual(result.returncode, status, (result.stdout, result.stderr))
        report = json.loads(result.stdout)
        report["steps"] = {step["step"]: step for step in report["steps"]}
        return report, result.stderr.decode()

    def states(self, report):
        return {name: step["state"] for name, step in report["steps"].items()}


class Run(PipelineTest):
    def test_order_results_and_inputs(self):
        report, _ = self.pipeline("""
            steps:
              one: {run: 'printf 1 > "$DISTCOORD_RESULT"'}
              two: {run: 'printf 2 > "$DISTCOORD_RESULT"'}
              sum:
                needs: [one, two]
                run: echo $(( $(cat "$DISTCOORD_INPUTS/one") + $(cat "$DISTCOORD_INPUTS/two") )) > "$PLACE/sum"
            """)
        self.assertEqual(self.read("sum"), "3\n")
        self.assertEqual((report["state"], report["succeeded"], report["total"]), ("succeeded", 3, 3))
        self.assertEqual({step["instance"] for step in report["steps"].values()}, {"0"})

    def test_environment_of_a_step(self):
        self.pipeline("""
            env: {A: top, B: top}
            steps:
              show:
                env: {B: own}
                run: |
                  echo "$A $B $DISTCOORD_STEP $DISTCOORD_INSTANCE $DISTCOORD_ATTEMPT" > "$PLACE/out"
                  cat >> "$PLACE/out"
            """)
        self.assertEqual(self.read("out"), "top own show 0 1\n")

    def test_arguments_without_a_shell_and_a_directory(self):
        os.mkdir(self.path("sub"))
        self.pipeline(f"steps: {{a: {{run: [touch, '$x *'], dir: '{self.path('sub')}'}}}}")
        self.assertEqual(os.listdir(self.path("sub")), ["$x *"])

    def test_failure_blocks_what_needs_it_and_nothing_else(self):
        report, said = self.pipeline("""
            steps:
              bad: {run: 'echo so it went wrong; exit 3'}
              after: {needs: bad, run: 'true'}
              other: {run: 'true'}
              clean: {needs: after, always: true, run: 'echo "$DISTCOORD_FAILED" > "$PLACE/failed"'}
            """, status=1)
        self.assertEqual(
            self.states(report), {"bad": "failed", "after": "blocked", "other": "succeeded", "clean": "succeeded"})
        self.assertIn("so it went wrong", report["steps"]["bad"]["error"])
        self.assertIn("exit 3", report["steps"]["bad"]["error"])
        self.assertIn("[bad] so it went wrong", said)
        self.assertEqual(self.read("failed"), "after\n")

    def test_first_failing_command_ends_the_step(self):
        self.pipeline("steps: {a: {run: \"false\\ntouch $PLACE/never\"}}", status=1)
        self.assertFalse(os.path.exists(self.path("never")))

    def test_retries(self):
        report, _ = self.pipeline("""
            steps:
              flaky: {retries: 2, backoff: 0s, run: 'echo >> "$PLACE/tries"; [ $(wc -l < "$PLACE/tries") = 3 ]'}
            """)
        self.assertEqual(report["steps"]["flaky"]["attempts"], 3)

    def test_condition(self):
        report, _ = self.pipeline("""
            steps:
              yes: {when: 'true', run: touch "$PLACE/yes"}
              no: {when: 'false', run: touch "$PLACE/no"}
              after: {needs: no, run: touch "$PLACE/no"}
              bad: {when: exit 4, run: touch "$PLACE/no"}
            """, status=1)
        self.assertEqual(
            self.states(report), {"yes": "succeeded", "no": "skipped", "after": "skipped", "bad": "failed"})
        self.assertFalse(os.path.exists(self.path("no")))

    def test_timeout_stops_the_whole_process_group(self):
        report, _ = self.pipeline("""
            steps: {slow: {timeout: 500ms, run: 'sleep 60 & echo $! > "$PLACE/pid"; wait'}}
            """, status=1)
        self.assertEqual(self.states(report), {"slow": "failed"})
        self.assertFalse(alive(int(self.read("pid"))))

    def test_timeout_of_the_run(self):
        report, said = self.pipeline("""
            timeout: 1s
            steps:
              slow: {run: 'exec sleep 60'}
              clean: {needs: slow, always: true, run: 'true'}
            """, status=1)
        self.assertEqual((report["state"], report["steps"]["slow"]["state"]), ("cancelled", "cancelled"))
        self.assertIn("longer than 1s", report["reason"])
        self.assertEqual(report["steps"]["clean"]["state"], "succeeded")

    def test_matrix(self):
        report, _ = self.pipeline("""
            steps:
              test:
                matrix: {os: [debian, alpine], n: [1, 2]}
                run: echo "$MATRIX_OS $MATRIX_N" > "$DISTCOORD_RESULT"
              all: {needs: test, run: 'cat "$DISTCOORD_INPUTS"/test/* > "$PLACE/all"'}
            """)
        self.assertEqual(sorted(self.read("all").splitlines()), ["alpine 1", "alpine 2", "debian 1", "debian 2"])
        self.assertEqual(report["steps"]["test (os=debian, n=1)"]["group"], "test")

    def test_policies(self):
        report, _ = self.pipeline("""
            groups:
              best: {policy: best-effort}
            steps:
              bad: {group: best, run: 'false'}
              most: {matrix: {n: [1, 2, 3]}, policy: at-least 2, run: '[ $MATRIX_N != 2 ]'}
              after: {needs: [best, most], run: 'true'}
            """)
        self.assertEqual(report["steps"]["after"]["state"], "succeeded")
        self.assertEqual(report["failed"], 2)

    def test_map_over_a_list_that_a_step_returns(self):
        self.pipeline("""
            steps:
              list: {run: 'echo "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]" > "$DISTCOORD_RESULT"'}
              square: {map: list, run: 'echo $((DISTCOORD_ITEM * DISTCOORD_ITEM)) > "$DISTCOORD_RESULT"'}
              words: {map: [a b, c], run: 'echo "$DISTCOORD_INDEX $DISTCOORD_ITEM" > "$DISTCOORD_RESULT"'}
              sum:
                needs: [square, words]
                run: cat "$DISTCOORD_INPUTS"/square/* "$DISTCOORD_INPUTS"/words/* > "$PLACE/all"
            """, "-j", "4")
        self.assertEqual(
            self.read("all").splitlines(), [str(n * n) for n in range(1, 12)] + ["0 a b", "1 c"])

    def test_artifacts(self):
        os.mkdir(self.path("dist"))
        self.pipeline("""
            steps:
              build:
                dir: DIR
                run: printf one > dist/a.whl; printf two > dist/b.whl; printf three > c; chmod 755 c
                artifacts: {publish: ["dist/*.whl", c]}
              wipe: {needs: build, dir: DIR, run: rm -r dist c}
              use: {needs: wipe, dir: DIR, run: cat dist/a.whl c, artifacts: {fetch: ["dist/*", c]}}
              list:
                needs: build
                run: '"$COMMAND" artifact list > "$PLACE/list"; "$COMMAND" artifact fetch c --to "$PLACE/own"'
            """.replace("DIR", self.folder), COMMAND=self.command)
        self.assertEqual(self.read("dist/b.whl") + self.read("own"), "twothree")
        self.assertTrue(os.access(self.path("c"), os.X_OK))
        self.assertRegex(self.read("list"), r"dist/a\.whl +3 ")

    def test_missing_artifact_is_named(self):
        report, _ = self.pipeline("steps: {a: {run: x, artifacts: {fetch: [nothing]}}}", status=1)
        self.assertIn("there is no artifact 'nothing'", report["steps"]["a"]["error"])

    def test_missing_capability_is_named(self):
        report, _ = self.pipeline(
            "capability-timeout: 1s\nsteps: {a: {run: x, requires: [quantum]}, b: {run: 'true'}}", status=1)
        self.assertEqual(self.states(report), {"a": "failed", "b": "succeeded"})
        self.assertIn("quantum", report["steps"]["a"]["error"])

    def test_capability_that_is_here(self):
        self.pipeline("steps: {a: {run: 'true', requires: [gpu, ssd]}}", "--capability", "gpu,ssd")

    def test_fail_fast(self):
        report, _ = self.pipeline("""
            fail-fast: true
            steps:
              bad: {run: 'false'}
              slow: {run: 'exec sleep 60'}
            """, "-j", "2", status=1)
        self.assertEqual(report["steps"]["slow"]["state"], "cancelled")

    def test_steps_run_at_the_same_time(self):
        begun = time.monotonic()
        self.pipeline("steps: {a: {matrix: {n: [1, 2, 3, 4]}, run: sleep 2}}", "-j", "4")
        self.assertLess(time.monotonic() - begun, 7)

    def test_command_that_is_not_there(self):
        report, _ = self.pipeline("steps: {a: {run: [no-such-command-here]}}", status=1)
        self.assertIn("exit 127", report["steps"]["a"]["error"])

    # What is shown

    def test_output_is_shown_live_under_the_steps_name(self):
        lines = self.stream("run", "-f", self.write("""
            steps: {a: {run: 'echo now; while [ ! -e go ]; do sleep 0.05; done; printf later', dir: DIR}}
            """.replace("DIR", self.folder)))
        self.assertEqual(lines.next(), "[a] now")
        self.write("", "go")
        self.assertEqual(lines.next(), "[a] later")

    def test_table_quiet_and_logs(self):
        result = self.run_command("run", "--quiet", "--log-dir", self.path("logs"), "-f", self.write(
            "name: ci\nsteps: {a/b: {run: echo hidden}, c: {run: 'echo why >&2; exit 2'}}"))
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, b"")
        lines = result.stdout.decode().splitlines()
        self.assertRegex(lines[0], r"STEP +STATE +INSTANCE +TIME +ATTEMPTS +NOTE")
        self.assertTrue(any(line.split()[:3] == ["a/b", "succeeded", "0"] for line in lines), lines)
        self.assertTrue(any(line.startswith("c ") and line.endswith("exit 2: why") for line in lines), lines)
        self.assertRegex(lines[-1], r"^ci: failed in .*\(1 succeeded, 1 failed\)")
        self.assertEqual((self.read("logs/a_b.log"), self.read("logs/c.log")), ("hidden\n", "why\n"))

    def test_github(self):
        result = self.run_command(
            "run", "-f", self.write("steps: {a: {run: 'echo 100%; exit 2'}, b: {run: 'true'}}"),
            GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=self.path("summary"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("::error title=a::exit 2: 100%25\n", result.stdout.decode())
        summary = self.read("summary")
        self.assertIn("| Step | State |", summary)
        self.assertRegex(summary, r"\| b \| succeeded \|")

    # How it ends

    def test_interrupt_stops_steps_and_runs_what_always_runs(self):
        process = self.start("run", "--json", "-f", self.write("""
            steps:
              slow: {run: 'sleep 60 & echo $! > "DIR/pid"; wait'}
              after: {needs: slow, run: 'true'}
              clean: {needs: after, always: true, run: 'echo done > "DIR/clean"'}
            """.replace("DIR", self.folder)))
        child = int(self.wait_for_file("pid"))
        process.send_signal(signal.SIGINT)
        output, said = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130, said)
        self.assertFalse(alive(child))
        self.assertEqual(self.read("clean"), "done\n")
        report = json.loads(output)
        self.assertEqual(report["state"], "cancelled")
        self.assertIn("interrupted", report["reason"])

    def test_second_interrupt_is_at_once(self):
        process = self.start("run", "--kill-after", "500ms", "-f", self.write("""
            steps:
              slow: {run: 'trap "echo t > DIR/trapped" TERM; echo $$ > "DIR/pid"; while :; do sleep 0.1 || :; done'}
              clean: {needs: slow, always: true, run: 'echo done > "DIR/clean"'}
            """.replace("DIR", self.folder)))
        child = int(self.wait_for_file("pid"))
        process.send_signal(signal.SIGINT)
        self.wait_for_file("trapped")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 130)
        self.assertFalse(alive(child))
        self.assertFalse(os.path.exists(self.path("clean")))

    def test_termination_of_one_alone_stops_the_run(self):
        process = self.start("run", "-f", self.write(
            f"steps: {{slow: {{run: 'echo $$ > \"{self.path('pid')}\"; exec sleep 60'}}}}"))
        child = int(self.wait_for_file("pid"))
        process.terminate()
        self.assertEqual(process.wait(20), 143)
        self.assertFalse(alive(child))

    def test_nothing_is_left_behind(self):
        folder = self.path("tmp")
        os.mkdir(folder)
        self.pipeline("steps: {a: {run: 'echo x > \"$DISTCOORD_INPUTS/own\"'}}", TMPDIR=folder)
        self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
