"""Pipeline files: what is refused and in which line, graphs, and which instance a process takes itself for."""
import json
import re
import unittest

from harness import CommandTest

WRONG = [
    ("steps:\n  a:\n    run: true\n    need: [b]\n", 4, "'need' is not known; did you mean 'needs'"),
    ("step:\n  a: {run: x}\n", 1, "'step' is not known; did you mean 'steps'"),
    ("name: x\n", 1, "has no 'steps'"),
    ("", 1, "empty"),
    ("steps: {}\n", 1, "names no step"),
    ("steps: [a, b]\n", 1, "'steps' is a map of names, not a list"),
    ("steps:\n  a: echo\n", 2, "step 'a' is a map of keys, not 'echo'"),
    ("steps:\n  a: {needs: []}\n", 2, "step 'a' has no 'run'"),
    ("steps:\n  a:\n    run: {x: y}\n", 3, "'run' is a text for the shell or a list"),
    ("steps:\n  a:\n    run: x\n    retries: many\n", 4, "'retries' is a number from 0 to 254, not 'many'"),
    ("steps:\n  a:\n    run: x\n    timeout: soon\n", 4, "'timeout' is a duration such as 90s, 10m or 2h, not 'soon'"),
    ("steps:\n  a:\n    run: x\n    always: maybe\n", 4, "'always' is true or false, not 'maybe'"),
    ("steps:\n  a:\n    run: x\n    env: {1X: y}\n", 4, "'1X' is no name of a variable"),
    ("steps:\n  a:\n    run: x\n    env: [y]\n", 4, "'env' is a map of names and values"),
    ("steps:\n  a:\n    run: x\n    requires: ['a b']\n", 4, "capability 'a b'"),
    ("steps:\n  a:\n    run: x\n    matrix: {os: debian}\n", 4, "'os' of 'matrix' is a list of values, not 'debian'"),
    ("steps:\n  a:\n    run: x\n    policy: all\n", 4, "a policy goes with 'matrix' or 'map'"),
    ("steps:\n  a:\n    run: x\n    matrix: {n: [1]}\n    policy: some\n", 5, "not 'some'"),
    ("steps:\n  a: {run: x}\n  b:\n    run: x\n    map: a\n    matrix: {n: [1]}\n", 5, "exclude each other"),
    ("steps:\n  a:\n    run: x\n    language: python\n", 4, "'run' and language 'python' exclude each other"),
    ("steps:\n  a:\n    language: python\n    when: x\n", 4, "'when' goes with 'run'"),
    ("steps:\n  a:\n    run: x\n    artifacts: {publsh: [y]}\n", 4, "'publsh' is not known; did you mean 'publish'"),
    ("steps:\n  build: {run: x}\n  test:\n    run: x\n    needs: [biuld]\n", 5,
     "there is no step 'biuld'; did you mean 'build'"),
    ("steps:\n  a: {run: x}\n  a: {run: y}\n", 3, "'a' stands here a second time; first in line 2"),
    ("groups: {a: {}}\nsteps:\n  a: {run: x}\n", 3, "'a' is the name of two things"),
    ("groups: {g: {policy: all, group: h}}\nsteps: {a: {run: x}}\n", 1, "there is no group 'h'"),
    ("groups:\n  g: {group: h}\n  h: {group: g}\nsteps: {a: {run: x}}\n", 2, "group 'g' belongs to itself"),
    ("steps:\n  'a[0]': {run: x}\n", 2, "a name is a text"),
    ("steps:\n  a: {run: x\n", 3, "while parsing a flow mapping"),
    ("steps:\n  a: {run: *x}\n", 2, "'*x' is not known"),
    ("a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n"
     "d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d]\n"
     "f: [*e, *e, *e, *e, *e, *e, *e, *e]\n", 6, "more than 100000 things"),
    ("steps:\n  a: {run: x, needs: [b]}\n  b: {run: x, needs: [a]}\n", 2, "a -> b -> a|b -> a -> b"),
]

WHOLE = """\
name: ci
env: {CI: "1"}
groups:
  checks: {policy: best-effort, needs: build}
steps:
  build: &base
    run: make
  lint:
    <<: *base
    group: checks
  test:
    needs: [build]
    matrix: {os: [debian, alpine], n: [1, 2]}
    run: ["./test.sh", "-v"]
  list: {run: 'echo "[1, 2]" > "$DISTCOORD_RESULT"'}
  square: {map: list, run: 'true'}
  train: {language: python, task: train, arguments: {epochs: 3}, needs: [test, square]}
"""


class Pipeline(CommandTest):
    def check(self, text, *arguments, status=0, **environment):
        result = self.run_command(
            "run", "-f", "-", *(arguments or ["--check"]), input=text.encode(), **environment)
        self.assertEqual(result.returncode, status, (text, result.stdout, result.stderr))
        return result.stderr.decode()

    def test_what_is_wrong_is_told_with_its_line(self):
        for text, line, message in WRONG:
            with self.subTest(text=text):
                said = self.check(text, status=78)
                options = message.split("|") if " -> " in message else [message]
                at = f"distcoord: stdin:{line}: "
                self.assertTrue(
                    any(at in got and wanted in got for got in said.splitlines() for wanted in options), said)

    def test_all_that_is_wrong_is_told_at_once(self):
        said = self.check("nam: x\nsteps:\n  a: {rnu: x}\n  b: {run: x, retries: -1}\n", status=78)
        self.assertEqual(re.findall(r"stdin:(\d+):", said), ["1", "3", "3", "4"])

    def test_file_that_is_not_there(self):
        result = self.run_command("run", "-f", self.path("none.yaml"))
        self.assertEqual(result.returncode, 78)
        self.assertIn(b"none.yaml: No such file", result.stderr)

    def test_whole_file_is_understood(self):
        self.assertIn("nothing wrong", self.check(WHOLE))

    def graph(self, form):
        result = self.run_command("run", "-f", "-", "--graph", form, input=WHOLE.encode())
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.decode()

    def test_graph_as_text(self):
        lines = self.graph("text").splitlines()
        self.assertIn("checks <- build", lines)
        self.assertIn("  lint", lines)
        self.assertIn("  test (os=alpine, n=2)", lines)
        self.assertIn("square <- list", lines)
        self.assertIn("train <- test, square", lines)

    def test_graph_for_programs_that_draw_it(self):
        self.assertTrue(self.graph("mermaid").startswith("flowchart LR\n"))
        self.assertIn('["test (os=debian, n=1)"]', self.graph("mermaid"))
        dot = self.graph("dot")
        self.assertTrue(dot.startswith('digraph "ci" {'))
        self.assertEqual(dot.count("{"), dot.count("}"))

    # Which instance: no server is reached, so a good pair is one that gets as far as asking for it.

    def instance(self, *arguments, **environment):
        nowhere = {"DISTCOORD_URL": "unix:///nowhere/redis.sock", **environment}
        result = self.run_command(
            "run", "-f", "-", "--id", "x", *arguments, input=b"steps: {a: {run: x}}", **nowhere)
        return result.returncode, result.stderr.decode()

    def test_half_a_pair_is_refused(self):
        for arguments, environment in [
                (["--index", "0"], {}), (["--total", "2"], {}), ([], {"INSTANCE_INDEX": "0"}),
                ([], {"TOTAL_INSTANCES": "2"}), ([], {"JOB_COMPLETION_INDEX": "1"}), ([], {"CI_NODE_TOTAL": "3"})]:
            with self.subTest(arguments=arguments, environment=environment):
                status, said = self.instance(*arguments, **environment)
                self.assertEqual(status, 78, said)
                self.assertIn("--shard 2/5", said)

    def test_index_out_of_range_is_refused(self):
        for arguments, environment in [
                (["--index", "2", "--total", "2"], {}), (["--shard", "6/5"], {}), (["--shard", "0/5"], {}),
                ([], {"INSTANCE_INDEX": "-1", "TOTAL_INSTANCES": "2"}), (["--index", "0", "--total", "0"], {}),
                ([], {"INSTANCE_INDEX": "one", "TOTAL_INSTANCES": "2"}),
                ([], {"GITLAB_CI": "true", "CI_NODE_INDEX": "0", "CI_NODE_TOTAL": "2"})]:
            with self.subTest(arguments=arguments, environment=environment):
                self.assertEqual(self.instance(*arguments, **environment)[0], 78)

    def test_pairs_that_are_whole(self):
        for arguments, environment in [
                ([], {}), (["--shard", "2/2"], {}), (["--index", "1", "--total", "2"], {}),
                (["--total", "2"], {"INSTANCE_INDEX": "1"}), (["--total", "2"], {"JOB_COMPLETION_INDEX": "1"}),
                ([], {"INSTANCE_INDEX": "1", "TOTAL_INSTANCES": "2"}),
                ([], {"GITLAB_CI": "true", "CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "2"}),
                ([], {"CI_NODE_TOTAL": "1"}), ([], {"CIRCLE_NODE_INDEX": "1", "CIRCLE_NODE_TOTAL": "2"}),
                (["--var-index", "ME", "--var-total", "ALL"], {"ME": "1", "ALL": "2"})]:
            with self.subTest(arguments=arguments, environment=environment):
                status, said = self.instance(*arguments, **environment)
                self.assertEqual(status, 69, said)

    def test_named_variables_must_be_there(self):
        self.assertEqual(self.instance("--var-index", "ME", "--var-total", "ALL")[0], 78)

    def test_instances_without_an_identity_are_refused(self):
        result = self.run_command(
            "-c", f"cd '{self.folder}' && '{self.command}' run -f - --shard 1/2", program="/bin/sh",
            input=b"steps: {a: {run: x}}", GIT_CEILING_DIRECTORIES="/", GITHUB_SHA="", CI_COMMIT_SHA="",
            BUILD_SOURCEVERSION="", DISTCOORD_URL="unix:///nowhere/redis.sock")
        self.assertEqual(result.returncode, 78, result.stderr)
        self.assertIn(b"--id", result.stderr)


if __name__ == "__main__":
    unittest.main()
