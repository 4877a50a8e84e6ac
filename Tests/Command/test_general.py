"""What holds for all commands: help, versions, flags, environment, statuses of bad servers."""
import json
import os
import re
import shlex
import unittest

from harness import COMMAND, CommandTest, Server

VERBS = {
    "lock": "run acquire release extend show list stats break", "sem": "run show resize", "guard": "",
    "election": "run campaign leader observe resign evict", "group": "join list watch",
    "barrier": "wait show reset abort", "double-barrier": "run show abort", "latch": "count-down wait show reset",
    "event": "set clear show wait publish subscribe",
    "topic": "publish subscribe consume show seek trim delete-group",
    "state": "get set cas add append items del expire ls clear watch",
    "breaker": "run show open close reset watch", "limit": "run acquire show reset",
    "queue": "push show pause resume limit purge", "job": "wait show list cancel retry promote delete",
    "batch": "create seal wait show", "schedule": "set list remove next", "worker": "run list",
    "run": "", "workflow": "submit run list show watch result graph pause resume stop delete",
    "artifact": "publish fetch list", "doctor": "",
    "version": "", "completion": ""}
EVERY_COMMAND = [[]] + [[group] for group in VERBS] + [[group, verb] for group in VERBS for verb in VERBS[group].split()]

BAD_USAGE = """\
nothing
lock
lock x
lock -- true
lock x -c a -- b
lock '' -- true
lock x --wait soon -- true
lock x -n --wait 1 -- true
lock x -E 256 -- true
lock x --lease 1ms -- true
lock stats --kind thing
barrier wait b
barrier wait b --parties 0
double-barrier run d -- true
latch wait l --count 0
event subscribe
event publish c a --lines
topic publish t a --lines
topic subscribe t --count 0
topic consume t g --attempts 2
state set k v --ttl soon
state set k v --ttl 1h --keep-ttl
state cas k one v
state items l --last
breaker run b
limit acquire l
limit acquire l --limit 10
queue push q a --lines
queue show q --json -o table
worker run q -j 0 -- true
worker run q
run -j 0
run --shard 2
run --shard 1/2 --index 0
workflow list
artifact publish a b --name c
--url what://is/this queue show q
"""


class General(CommandTest):
    def test_version(self):
        self.assertRegex(self.expect(0, "version"), r"^distcoord \d+\.\d+\.\d+\n$")
        self.assertEqual(self.json("version")["interface"], 1)

    def test_help_on_every_level_has_an_example(self):
        for words in EVERY_COMMAND:
            with self.subTest(words=words):
                self.assertIn("Example", self.expect(0, *words, "--help"))

    def test_examples_are_understood(self):
        # Without a server they come to nothing; what is asserted is that each is a command in its right form.
        os.symlink(COMMAND, self.path("distcoord"))
        environment = {"PATH": self.folder + ":" + os.environ["PATH"], "DISTCOORD_URL": "unix:///nowhere/redis.sock"}
        seen = 0
        for words in EVERY_COMMAND:
            lines = self.expect(0, *words, "--help").splitlines()
            for line in lines[:lines.index(next(line for line in lines if line.startswith("USAGE:")))]:
                example = re.match(r"(?:Example: |  )(.*\bdistcoord .*)", line)
                # Those write elsewhere, are made to wait for a server, or run what they name without one.
                others = (
                    "completion", "--url", "guard", "worker run", "--forever", "breaker run", "topic consume", " run -",
                    "INSTANCE_INDEX")
                if not example or any(word in line for word in others):
                    continue
                with self.subTest(example=example[1]):
                    result = self.run_command(
                        "-c", f"cd '{self.folder}'; touch urls ids settings.json; {example[1]}", program="/bin/sh", **environment)
                    self.assertNotIn(b"Usage:", result.stderr)
                    seen += 1
        self.assertGreater(seen, 90)

    def test_global_flags_stand_before_and_after_the_command(self):
        self.assertEqual(json.loads(self.expect(0, "--json", "queue", "show", "q"))["queue"], "q")
        self.assertEqual(json.loads(self.expect(0, "queue", "show", "q", "--json"))["queue"], "q")
        self.expect(69, "--url", "unix:///nowhere/redis.sock", "queue", "show", "q")
        self.expect(69, "queue", "show", "q", "--url", "unix:///nowhere/redis.sock")

    def test_global_flags_of_the_child_are_the_childs(self):
        self.assertEqual(self.expect(0, "lock", "x", "--", "echo", "--json", "--url", "y"), "--json --url y\n")

    def test_output_by_environment(self):
        self.assertEqual(json.loads(self.expect(0, "queue", "show", "q", DISTCOORD_OUTPUT="json"))["waiting"], 0)

    def test_bad_usage_is_64(self):
        for words in [shlex.split(line) for line in BAD_USAGE.splitlines()] + [["lock", "x" * 600, "--", "true"]]:
            with self.subTest(words=words):
                result = self.run_command(*words)
                self.assertEqual(result.returncode, 64, result.stderr)
                self.assertTrue(result.stderr.startswith(b"distcoord: "), result.stderr)

    def test_bad_configuration_is_78(self):
        self.expect(78, "queue", "show", "q", DISTCOORD_URL="what://is/this")
        self.expect(78, "lock", "x", "--", "true", DISTCOORD_TTL="long")
        self.expect(78, "lock", "x", "--", "true", DISTCOORD_TIMEOUT="long")
        self.expect(78, "queue", "show", "q", DISTCOORD_OUTPUT="xml")
        self.expect(78, "queue", "show", "q", DISTCOORD_LOG="loud")

    def test_no_server_is_69_and_says_what_to_do(self):
        result = self.run_command("lock", "x", "-n", "--", "true", DISTCOORD_URL="unix:///nowhere/redis.sock")
        self.assertEqual(result.returncode, 69)
        self.assertIn(b"/nowhere/redis.sock", result.stderr)
        self.assertIn(b"hint:", result.stderr)
        self.assertEqual(self.run_command("doctor", DISTCOORD_URL="unix:///nowhere/redis.sock").returncode, 69)

    def test_wrong_password_is_77_and_is_not_shown(self):
        server = Server("--requirepass", "right")
        self.addCleanup(server.stop)
        for password in (None, "wrong-secret"):
            environment = {"DISTCOORD_URL": server.url}
            if password:
                environment["REDIS_PASSWORD"] = password
            result = self.run_command("queue", "show", "q", **environment)
            self.assertEqual(result.returncode, 77, result.stderr)
            self.assertNotIn(b"wrong-secret", result.stderr)
        self.expect(0, "queue", "show", "q", DISTCOORD_URL=server.url, REDIS_PASSWORD="right")

    def test_doctor(self):
        self.assertRegex(self.expect(0, "doctor"), r"\n(healthy|degraded)\n$")
        report = self.json("doctor")
        self.assertIn(report["state"], ("healthy", "degraded"))
        self.assertTrue(report["checks"])

    def test_completion(self):
        for shell in ("bash", "zsh", "fish"):
            self.assertIn("distcoord", self.expect(0, "completion", shell))
        self.expect(64, "completion", "tcsh")


if __name__ == "__main__":
    unittest.main()
