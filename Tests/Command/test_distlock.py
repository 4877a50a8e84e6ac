"""The command called through a link named distlock: flock's flags."""
import os
import time
import unittest

from harness import COMMAND, CommandTest, eventually


class Distlock(CommandTest):
    def setUp(self):
        super().setUp()
        self.link = self.path("distlock")
        os.symlink(os.path.abspath(COMMAND), self.link)

    def lock(self, status, *arguments, **options):
        result = self.run_command(*arguments, program=self.link, **options)
        self.assertEqual(result.returncode, status, (result.stdout, result.stderr))
        return result

    def hold_lock(self, *arguments):
        process = self.start(
            *arguments, "sh", "-c", f'echo $$ > "{self.path("held")}"; exec sleep 60', program=self.link)
        self.wait_for_file("held")
        os.unlink(self.path("held"))
        return process

    def test_runs_the_command_and_passes_its_status_on(self):
        self.assertEqual(self.lock(7, "/var/lock/x", "sh", "-c", "echo out; exit 7").stdout, b"out\n")
        self.assertEqual(self.lock(0, "x", "echo", "-n", "--", "-x").stdout, b"-- -x")
        self.assertEqual(self.lock(0, "x", "cat", input=b"in\n").stdout, b"in\n")
        self.lock(127, "x", "no-such-command-here")

    def test_text_for_a_shell_before_and_after_the_name(self):
        self.assertEqual(self.lock(3, "x", "-c", "echo $((1 + 1)); exit 3").stdout, b"2\n")
        self.assertEqual(self.lock(3, "-c", "echo $((1 + 1)); exit 3", "x").stdout, b"2\n")

    def test_shared_and_exclusive(self):
        self.hold_lock("-s", "x")
        self.lock(0, "--shared", "-n", "x", "true")
        result = self.lock(1, "-n", "x", "true")
        self.assertTrue(result.stderr.startswith(b"distlock: "), result.stderr)
        for flag in ("-x", "-e", "--exclusive"):
            self.lock(1, flag, "-n", "x", "true")
        self.lock(0, "-n", "y", "true")

    def test_status_of_a_conflict(self):
        self.hold_lock("x")
        for flag in ("-n", "--nb", "--nonblock"):
            self.lock(1, flag, "x", "true")
        self.lock(5, "-n", "-E", "5", "x", "true")
        self.lock(5, "-xnE", "5", "x", "true")
        self.lock(5, "-w0.1", "-E5", "x", "true")
        self.lock(5, "--nonblock", "--conflict-exit-code", "5", "x", "true")
        begun = time.monotonic()
        self.lock(1, "-w", "0.3", "x", "true")
        self.lock(6, "--timeout", "0.3", "-E", "6", "x", "true")
        self.assertGreater(time.monotonic() - begun, 0.59)

    def test_waits_for_its_turn(self):
        holder = self.hold_lock("x")
        waiter = self.start("-w", "20", "x", "true", program=self.link)
        eventually(lambda: self.json("lock", "show", "x", "-x")["waiting"] == 1, "the waiter")
        holder.terminate()
        self.assertEqual(waiter.wait(5), 0)
        self.assertEqual(holder.wait(5), 143)

    def test_excludes_the_commands_other_name(self):
        self.hold_lock("x")
        self.expect(75, "lock", "x", "-x", "-n", "--", "true")
        self.expect(75, "lock", "x", "-s", "-n", "--", "true")

    def test_usage(self):
        for words in ([], ["x"], ["9"], ["-n"], ["-u", "x"], ["x", "-c"], ["-s", "-x", "x", "true"],
                      ["-E", "256", "x", "true"], ["-w", "soon", "x", "true"], ["-c", "true", "x", "true"]):
            with self.subTest(words=words):
                result = self.lock(64, *words)
                self.assertTrue(result.stderr.startswith(b"distlock: "), result.stderr)
        self.assertIn(b"Example", self.lock(0, "--help").stdout)
        self.assertRegex(self.lock(0, "--version").stdout, rb"^distlock \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
