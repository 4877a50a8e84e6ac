"""distcoord guard: what a dead process held is given back at once."""
import os
import signal
import time
import unittest

from harness import CommandTest, eventually


class Guard(CommandTest):
    def client_of(self, name):
        hold, = (hold for hold in self.json("lock", "list") if hold["name"] == name)
        return hold["client"]

    def guard(self, process, name="x"):
        return self.start("guard", "--pid", str(process.pid), "--client", self.client_of(name))

    def test_gives_back_what_the_dead_held(self):
        process, child = self.hold("x", "--lease", "60s")
        self.addCleanup(os.kill, child, signal.SIGKILL)
        other, _ = self.hold("y")
        guardian = self.guard(process)
        waiter = self.start("lock", "x", "--", "true")
        self.wait_for_waiters(1)
        process.kill()
        begun = time.monotonic()
        self.assertEqual(waiter.wait(10), 0)
        self.assertLess(time.monotonic() - begun, 10)
        process.wait()
        self.assertEqual(guardian.wait(5), 0)
        self.assertEqual((guardian.stdout.read(), guardian.stderr.read()), (b"", b""))
        self.assertTrue(self.json("lock", "show", "y")["held"])

    def test_of_a_process_that_is_dead_already(self):
        process, child = self.hold("x", "--lease", "60s")
        self.addCleanup(os.kill, child, signal.SIGKILL)
        client = self.client_of("x")
        process.kill()
        process.wait()
        self.expect(0, "guard", "--pid", str(process.pid), "--client", client)
        self.assertFalse(self.json("lock", "show", "x", status=1)["held"])

    def test_outlives_the_signals_that_its_process_gets(self):
        process, child = self.hold("x", "--lease", "60s")
        self.addCleanup(os.kill, child, signal.SIGKILL)
        guardian = self.guard(process)
        # Once it waits: before that its signals are not set aside yet.
        eventually(lambda: ignores(guardian.pid, signal.SIGTERM), "the guardian to be on guard")
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            guardian.send_signal(number)
        process.kill()
        process.wait()
        self.assertEqual(guardian.wait(5), 0)
        self.assertFalse(self.json("lock", "show", "x", status=1)["held"])


def ignores(pid, number):
    with open(f"/proc/{pid}/status") as file:
        masks = dict(line.split(":") for line in file if line.startswith("Sig"))
    return int(masks["SigIgn"], 16) >> (number - 1) & 1 == 1


if __name__ == "__main__":
    unittest.main()
