"""distcoord lock show, list, stats, break: who holds what, for how long, and how it is taken away."""
import os
import pty
import select
import signal
import time
import unittest

from harness import COMMAND, CommandTest, alive, eventually


class Show(CommandTest):
    def test_waiters_in_order(self):
        self.hold()
        for place, label in enumerate(("first", "second", "third")):
            self.start("lock", "x", "--label", label, "--", "true")
            self.wait_for_waiters(place + 1)
        self.assertEqual(self.json("lock", "show", "x")["line"], ["first", "second", "third"])
        text = self.expect(0, "lock", "show", "x")
        self.assertRegex(text, r"waiting +3\n +1 +first\n +2 +second\n +3 +third\n$")

    def test_owner(self):
        self.expect(0, "lock", "acquire", "x", "--owner", "me")
        self.assertRegex(self.expect(0, "lock", "show", "x"), r"\nowner +me\n")
        self.expect(0, "lock", "release", "x", "--owner", "me")
        self.hold()
        self.assertIsNone(self.json("lock", "show", "x")["owner"])


class List(CommandTest):
    def test_nothing(self):
        self.assertEqual(self.json("lock", "list"), [])
        self.assertEqual(self.json("lock", "list", "--stale"), [])
        self.assertEqual(self.expect(0, "lock", "list"), "")

    def test_all_kinds(self):
        self.hold("a")
        self.hold("b", "--owner", "me")
        self.hold("c", "-s")
        self.hold("d", "-x")
        self.hold("e", "-j", "5", "--count", "2", group="sem")
        self.start("election", "run", "f", "-c", f'echo r > "{self.path("f")}"; exec sleep 60')
        self.wait_for_file("f")
        self.start("lock", "a", "--", "true")
        self.wait_for_waiters(1, "a")
        holds = self.json("lock", "list")
        self.assertEqual(
            [(hold["kind"], hold["name"], hold["owner"], hold["permits"], hold["waiting"]) for hold in holds],
            [("lock", "a", None, 1, 1), ("lock", "b", "me", 1, 0), ("read", "c", None, 1, 0), ("write", "d", None, 1, 0),
             ("semaphore", "e", None, 2, 0), ("election", "f", None, 1, 0)])
        for hold in holds:
            self.assertEqual((hold["holder"], hold["stale"]), ("ann@ci-7:4121", False))
            self.assertGreater(hold["fence"], 0)
            self.assertRegex(hold["since"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertTrue(hold["client"])
        lines = self.expect(0, "lock", "list").splitlines()
        self.assertRegex(lines[0], r"^KIND +NAME +HOLDER +FENCE +HELD +LEASE +WAITING +NOTE$")
        self.assertEqual(len(lines), 7)
        self.assertRegex(lines[2], r"^lock +b +ann@ci-7:4121 +\d+ +\d+s +\d+s +0 +owner 'me'$")
        self.assertRegex(lines[5], r"2 permits$")

    def test_holder_can_be_found(self):
        process, _ = self.hold()
        hold, = self.json("lock", "list")
        self.assertEqual((hold["host"], hold["pid"]), (os.uname().nodename, process.pid))

    def test_stale_is_what_a_dead_client_holds(self):
        self.hold("lives")
        process, child = self.hold("dead", "--lease", "30s")
        self.addCleanup(os.kill, child, signal.SIGKILL)
        self.assertEqual(self.json("lock", "list", "--stale"), [])
        process.kill()
        process.wait()
        eventually(lambda: self.json("lock", "list", "--stale"), "the dead client to be noticed")
        stale, = self.json("lock", "list", "--stale")
        self.assertEqual((stale["name"], stale["stale"]), ("dead", True))
        self.assertEqual([hold["name"] for hold in self.json("lock", "list")], ["dead", "lives"])
        self.assertRegex(self.expect(0, "lock", "list", "--stale"), r" stale\n$")

    def test_stale_is_what_a_silent_client_holds(self):
        process, _ = self.hold("x", "--lease", "6s")
        process.send_signal(signal.SIGSTOP)
        self.addCleanup(process.send_signal, signal.SIGCONT)
        eventually(lambda: self.json("lock", "list", "--stale"), "the silence to be noticed", within=6)


class Break(CommandTest):
    def test_the_next_in_line_has_it_and_the_old_holder_is_stopped(self):
        process, child = self.hold("x", "--lease", "3s")
        waiter = self.start("lock", "x", "-c", f'echo $DISTCOORD_FENCE > "{self.path("fence")}"')
        self.wait_for_waiters(1)
        old = self.json("lock", "show", "x")["fence"]
        self.expect(0, "lock", "break", "x", "-y")
        self.assertGreater(int(self.wait_for_file("fence")), old)
        self.assertEqual(waiter.wait(5), 0)
        self.assertEqual(process.wait(5), 79)
        self.assertFalse(alive(child))

    def test_nobody_holds_it(self):
        result = self.run_command("lock", "break", "x", "-y")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"lock 'x': nobody holds it", result.stderr)

    def test_of_one_fence_only(self):
        self.hold()
        fence = self.json("lock", "show", "x")["fence"]
        self.expect(1, "lock", "break", "x", "--fence", str(fence - 1), "-y")
        self.assertTrue(self.json("lock", "show", "x")["held"])
        self.expect(0, "lock", "break", "x", "--fence", str(fence), "-y")
        self.assertFalse(self.json("lock", "show", "x", status=1)["held"])

    def test_refused_without_a_terminal_and_without_yes(self):
        self.hold()
        result = self.run_command("lock", "break", "x")
        self.assertEqual(result.returncode, 64)
        self.assertRegex(result.stderr, rb"held by ann@ci-7:4121 .*\nhint: .*-y")
        self.assertTrue(self.json("lock", "show", "x")["held"])

    def test_asks_on_a_terminal(self):
        self.hold()
        for answer, status in ((b"\n", 1), (b"n\n", 1), (b"y\n", 0)):
            self.assertTrue(self.json("lock", "show", "x")["held"])
            pid, terminal = pty.fork()
            if pid == 0:
                os.execve(COMMAND, [COMMAND, "lock", "break", "x"], self.environment)
            self.addCleanup(os.close, terminal)
            seen, end = b"", time.monotonic() + 5
            while b"[y/N]" not in seen:
                self.assertLess(time.monotonic(), end, seen)
                if select.select([terminal], [], [], 0.1)[0]:
                    seen += os.read(terminal, 4096)
            os.write(terminal, answer)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), status)
        self.assertFalse(self.json("lock", "show", "x", status=1)["held"])

    def test_other_kinds(self):
        self.hold("x", "-s")
        self.hold("x", "-s")
        self.hold("s", "-j", "1", group="sem")
        self.expect(1, "lock", "break", "x", "-y")
        self.expect(1, "lock", "break", "x", "--kind", "write", "-y")
        self.expect(0, "lock", "break", "x", "--kind", "read", "-y")
        self.expect(0, "lock", "x", "-x", "-n", "--", "true")
        self.expect(0, "lock", "break", "s", "--kind", "semaphore", "-y")
        self.expect(0, "sem", "s", "-j", "1", "-n", "--", "true")


class Stats(CommandTest):
    def test_counts_and_times(self):
        empty = self.json("lock", "stats", "x")
        self.assertEqual((empty["acquired"], empty["wait_seconds"]["p99"]), (0, 0))
        holder, _ = self.hold(seconds=0.4)
        self.expect(75, "lock", "x", "-n", "--", "true")
        self.expect(0, "lock", "x", "--wait", "10", "--", "true")
        holder.wait(5)
        stats = eventually(
            lambda: (lambda stats: stats if stats["released"] == 2 else None)(self.json("lock", "stats", "x")),
            "both releases to be counted")
        self.assertEqual(
            (stats["kind"], stats["name"], stats["acquired"], stats["contended"], stats["timed_out"], stats["lost"]),
            ("lock", "x", 2, 1, 1, 0))
        self.assertGreater(stats["hold_seconds"]["p99"], 0.3)
        self.assertLess(stats["hold_seconds"]["p99"], 5)
        self.assertGreater(stats["wait_seconds"]["mean"], 0)
        text = self.expect(0, "lock", "stats", "x")
        self.assertRegex(text, r"^lock +x\nacquired +2 \(1 waited\)\ntimed out +1\nlost +0\nreleased +2\n"
                               r"wait +mean \S+  p50 \S+  p90 \S+  p99 \S+\nhold +mean ")

    def test_all_of_a_kind_together(self):
        for name in ("a", "b", "b"):
            self.expect(0, "lock", name, "--", "true")
        self.expect(0, "lock", "c", "-x", "--", "true")
        self.expect(0, "sem", "d", "-j", "2", "--", "true")

        def acquired(*arguments):
            return self.json("lock", "stats", *arguments)["acquired"]

        self.assertEqual((acquired(), acquired("b"), acquired("c")), (3, 2, 0))
        self.assertEqual((acquired("--kind", "write"), acquired("--kind", "semaphore")), (1, 1))
        self.assertRegex(self.expect(0, "lock", "stats"), r"^lock +all\n")

    def test_reset(self):
        self.expect(0, "lock", "x", "--", "true")
        self.assertEqual(self.json("lock", "stats", "x", "--reset")["acquired"], 1)
        self.assertEqual(self.json("lock", "stats", "x")["acquired"], 0)

    def test_lost_holds_are_counted(self):
        process, _ = self.hold("x", "--lease", "500ms")
        process.send_signal(signal.SIGSTOP)
        self.expect(0, "lock", "x", "--wait", "5", "--", "true")
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.wait(5), 79)
        eventually(lambda: self.json("lock", "stats", "x")["lost"] == 1, "the loss to be counted")


if __name__ == "__main__":
    unittest.main()
