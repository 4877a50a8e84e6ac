"""distcoord sem: permits for a number of commands."""
import os
import signal
import unittest

from harness import CommandTest, alive, eventually


class Semaphore(CommandTest):
    def used(self, name="x"):
        return self.json("sem", "show", name)["used"]

    def hold_permits(self, *arguments, name="x"):
        return self.hold(name, *arguments, group="sem")

    def test_status_and_environment_are_the_commands(self):
        text = self.expect(
            7, "sem", "x", "-j", "3", "--count", "2",
            "-c", 'echo "$DISTCOORD_SEMAPHORE_NAME $DISTCOORD_PERMITS $DISTCOORD_FENCE"; exit 7')
        self.assertRegex(text, r"^x 2 \d+\n$")
        self.assertEqual(self.expect(0, "sem", "run", "x", "-j", "3", "--", "echo", "-j"), "-j\n")
        self.assertEqual(self.used(), 0)

    def test_as_many_as_there_are_permits(self):
        first, _ = self.hold_permits("-j", "2")
        self.hold_permits("-j", "2")
        self.assertEqual(
            self.json("sem", "show", "x", status=1), {"semaphore": "x", "permits": 2, "used": 2, "waiting": 0})
        result = self.run_command("sem", "x", "-j", "2", "-n", "--", "true")
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"distcoord: semaphore 'x': 2 of 2 permits are taken (0 waiting)\nhint: ", result.stderr)
        self.expect(3, "sem", "x", "-j", "2", "--wait", "100ms", "-E", "3", "--", "true")
        waiter = self.start("sem", "x", "-j", "2", "--", "true")
        eventually(lambda: self.json("sem", "show", "x", status=1)["waiting"] == 1, "the waiter")
        first.terminate()
        self.assertEqual(waiter.wait(5), 0)
        self.assertEqual(first.wait(5), 143)

    def test_several_permits_at_once(self):
        self.hold_permits("-j", "5", "--count", "3")
        self.expect(75, "sem", "x", "-j", "5", "--count", "3", "-n", "--", "true")
        self.expect(0, "sem", "x", "-j", "5", "--count", "2", "-n", "--", "true")
        self.assertRegex(self.expect(0, "sem", "show", "x"), r"permits +5\nused +3\nwaiting +0\n$")

    def test_more_permits_than_there_are_is_an_error_at_once(self):
        result = self.run_command("sem", "x", "-j", "2", "--count", "3", "--", "true")
        self.assertEqual(result.returncode, 78)
        self.assertTrue(result.stderr.startswith(b"distcoord: "), result.stderr)

    def test_one_that_nobody_has_used(self):
        self.assertEqual(
            self.json("sem", "show", "x"), {"semaphore": "x", "permits": None, "used": 0, "waiting": 0})
        self.assertIn("not known yet", self.expect(0, "sem", "show", "x"))
        self.expect(0, "sem", "resize", "x", "7")
        self.assertEqual(self.json("sem", "show", "x")["permits"], 7)

    def test_resize(self):
        self.hold_permits("-j", "1")
        waiter = self.start("sem", "x", "-j", "1", "--", "true")
        eventually(lambda: self.json("sem", "show", "x", status=1)["waiting"] == 1, "the waiter")
        self.expect(0, "sem", "resize", "x", "2")
        self.assertEqual(waiter.wait(5), 0)
        self.assertEqual(self.json("sem", "show", "x")["permits"], 2)
        self.hold_permits("-j", "2")
        self.expect(0, "sem", "resize", "x", "1")
        shown = self.json("sem", "show", "x", status=1)
        self.assertEqual((shown["permits"], shown["used"]), (1, 2))

    def test_permits_of_the_dead_come_back(self):
        process, child = self.hold_permits("-j", "1", "--lease", "1s")
        self.addCleanup(os.kill, child, signal.SIGKILL)
        process.kill()
        self.expect(0, "sem", "x", "-j", "1", "--wait", "10", "--", "true")

    def test_lost_permits_stop_the_command(self):
        process, child = self.hold_permits("-j", "1", "--lease", "500ms")
        process.send_signal(signal.SIGSTOP)
        self.expect(0, "sem", "x", "-j", "1", "--wait", "10", "--", "true")
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.wait(5), 79)
        self.assertFalse(alive(child))

    def test_interrupt_while_waiting_leaves_the_line(self):
        self.hold_permits("-j", "1")
        waiter = self.start("sem", "x", "-j", "1", "--", "true")
        eventually(lambda: self.json("sem", "show", "x", status=1)["waiting"] == 1, "the waiter")
        waiter.send_signal(signal.SIGINT)
        self.assertEqual(waiter.wait(5), 130)
        self.assertEqual(self.json("sem", "show", "x", status=1)["waiting"], 0)

    def test_bad_usage_is_64(self):
        for words in (["x"], ["x", "-j", "0"], ["x", "-j", "2", "--count", "0"], ["", "-j", "1"]):
            with self.subTest(words=words):
                self.expect(64, "sem", *words, "--", "true")
        self.expect(64, "sem", "resize", "x", "0")
        self.expect(64, "sem", "resize", "x")


if __name__ == "__main__":
    unittest.main()
