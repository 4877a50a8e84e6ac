"""distcoord lock: statuses, signals, orphans, loss."""
import os
import signal
import subprocess
import time
import unittest

from harness import COMMAND, CommandTest, alive, eventually


class Lock(CommandTest):
    def holder(self, name="x"):
        result = self.run_command("lock", "show", name, "--json")
        return result.returncode == 0

    def test_status_is_the_childs(self):
        self.expect(0, "lock", "x", "--", "true")
        self.expect(7, "lock", "x", "--", "sh", "-c", "exit 7")
        self.expect(128 + 9, "lock", "x", "--", "sh", "-c", "kill -9 $$")
        self.expect(7, "lock", "run", "x", "-c", "exit 7")
        self.assertFalse(self.holder())

    def test_commands_that_cannot_run(self):
        self.expect(127, "lock", "x", "--", "no-such-command-here")
        self.expect(126, "lock", "x", "--", "/")
        with open(self.path("plain"), "w") as file:
            file.write("echo plain\n")
        self.expect(126, "lock", "x", "--", self.path("plain"))
        os.chmod(self.path("plain"), 0o755)
        self.assertEqual(self.expect(0, "lock", "x", "--", self.path("plain")), "plain\n")
        self.assertFalse(self.holder())

    def test_stdin_goes_to_the_child(self):
        self.assertEqual(self.expect(0, "lock", "x", "--", "cat", input=b"hi\n"), "hi\n")

    def test_environment_of_the_child(self):
        print_all = 'echo "$DISTCOORD_LOCK_NAME|$DISTCOORD_FENCE|$DISTCOORD_LEASE_EXPIRES|$KEPT"'
        fences = []
        for _ in range(2):
            text = self.expect(0, "lock", "x", "-c", print_all, KEPT="kept")
            self.assertRegex(text, r"^x\|\d+\|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\|kept\n$")
            fences.append(int(text.split("|")[1]))
        self.assertLess(fences[0], fences[1])

    def test_busy(self):
        self.hold()
        result = self.run_command("lock", "x", "-n", "--", "true")
        self.assertEqual(result.returncode, 75)
        self.assertRegex(
            result.stderr.decode(),
            r"^distcoord: lock 'x': held by ann@ci-7:4121 for \d+s \(lease \d+s, 0 waiting\)\nhint: ")
        self.expect(3, "lock", "x", "-n", "-E", "3", "--", "true")
        self.expect(75, "lock", "x", "--wait", "0", "--", "true")
        begun = time.monotonic()
        self.expect(75, "lock", "x", "--wait", "300ms", "--", "true")
        self.assertGreater(time.monotonic() - begun, 0.29)
        self.expect(75, "lock", "x", "--", "true", DISTCOORD_TIMEOUT="0.1")

    def test_waiter_gets_it_when_the_holder_ends(self):
        holder, _ = self.hold(seconds=0.5)
        self.expect(0, "lock", "x", "--wait", "10", "--", "true")
        self.assertEqual(holder.wait(5), 0)

    def test_show(self):
        self.assertIn("nobody", self.expect(1, "lock", "show", "x"))
        self.assertEqual(self.json("lock", "show", "x", status=1)["held"], False)
        self.hold()
        shown = self.json("lock", "show", "x")
        self.assertEqual((shown["held"], shown["holder"], shown["waiting"]), (True, "ann@ci-7:4121", 0))
        self.assertGreater(shown["fence"], 0)

    def test_signals_end_the_child_and_free_the_lock(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(signal=number):
                process, child = self.hold()
                process.send_signal(number)
                self.assertEqual(process.wait(5), 128 + number)
                self.assertFalse(alive(child))
                self.assertFalse(self.holder())

    def test_no_grandchild_survives(self):
        script = f'sleep 60 & echo $! > "{self.path("grandchild")}"; wait'
        process = self.start("lock", "x", "-c", script)
        grandchild = int(self.wait_for_file("grandchild"))
        process.terminate()
        process.wait(5)
        self.assertFalse(alive(grandchild))

    def test_stubborn_grandchild_is_killed_before_the_lock_is_free(self):
        inner = f"trap '' TERM; echo $$ > {self.path('grandchild')}; while :; do sleep 0.1; done"
        process = self.start("lock", "x", "--kill-after", "0.5", "-c", f'sh -c "{inner.replace("$", chr(92) + "$")}" & wait')
        grandchild = int(self.wait_for_file("grandchild"))
        process.terminate()
        eventually(lambda: not self.holder(), "the lock to be free")
        self.assertFalse(alive(grandchild))
        process.wait(5)

    def test_child_may_handle_the_signal(self):
        script = f'trap "exit 5" TERM; echo r > "{self.path("ready")}"; while :; do sleep 0.05; done'
        process = self.start("lock", "x", "-c", script)
        self.wait_for_file("ready")
        process.terminate()
        self.assertEqual(process.wait(5), 5)

    def test_user_signals_are_passed_on(self):
        script = f'trap "exit 9" USR1; trap "exit 10" USR2; echo r > "{self.path("ready")}"; while :; do sleep 0.05; done'
        for number, status in ((signal.SIGUSR1, 9), (signal.SIGUSR2, 10)):
            process = self.start("lock", "x", "-c", script)
            self.wait_for_file("ready")
            process.send_signal(number)
            self.assertEqual(process.wait(5), status)
            os.unlink(self.path("ready"))

    def test_interrupt_while_waiting_leaves_the_line(self):
        self.hold()
        for number in (signal.SIGINT, signal.SIGTERM):
            waiter = self.start("lock", "x", "--", "true")
            eventually(lambda: self.json("lock", "show", "x")["waiting"] == 1, "the waiter")
            waiter.send_signal(number)
            self.assertEqual(waiter.wait(5), 128 + number)
            self.assertEqual(self.json("lock", "show", "x")["waiting"], 0)

    def test_interrupt_of_a_background_command_in_a_script(self):
        # Such a shell has it ignore SIGINT; what is sent to it all the same must end it.
        script = f'"{COMMAND}" lock x -c "echo r > {self.path("ready")}; exec sleep 60" & echo $!; wait $!; echo $?'
        shell = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, env=self.environment)
        self.addCleanup(shell.stdout.close)
        pid = int(shell.stdout.readline())
        self.wait_for_file("ready")
        os.kill(pid, signal.SIGINT)
        self.assertEqual(int(shell.stdout.readline()), 130)
        shell.wait(5)

    def test_nohup(self):
        process = subprocess.Popen(
            ["nohup", COMMAND, "lock", "x", "-c", f'echo r > "{self.path("ready")}"; sleep 0.5; exit 4'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment)
        self.wait_for_file("ready")
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(5), 4)

    def test_stop_stops_the_child_too(self):
        # A process group of its own with this one as parent, as a shell makes it: the system stops no group that nobody
        # could let go on, and a test runner without a terminal may be in such a one.
        process, child = self.hold(preexec_fn=os.setpgrp)

        def state(pid):
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rpartition(")")[2].split()[0]

        process.send_signal(signal.SIGTSTP)
        eventually(lambda: state(process.pid) == "T" and state(child) == "T", "both stopped")
        process.send_signal(signal.SIGCONT)
        eventually(lambda: state(process.pid) != "T" and state(child) != "T", "both going on")
        process.terminate()
        self.assertEqual(process.wait(5), 143)

    def test_killed_holder_frees_the_lock_in_a_lease(self):
        process, child = self.hold("x", "--lease", "1s")
        self.addCleanup(os.kill, child, signal.SIGKILL)
        process.kill()
        begun = time.monotonic()
        self.expect(0, "lock", "x", "--wait", "10", "--", "true")
        self.assertLess(time.monotonic() - begun, 5)

    def test_lease_is_renewed(self):
        self.hold("x", "--lease", "3s", seconds=20)
        time.sleep(3.5)
        self.assertEqual(self.run_command("lock", "x", "-n", "--", "true").returncode, 75)


class Loss(CommandTest):
    """The server stops answering for longer than the lease."""

    def pause_server(self):
        self.server.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.server.process.send_signal, signal.SIGCONT)

    def test_child_is_stopped_and_the_status_is_79(self):
        process, child = self.hold("x", "--lease", "500ms")
        self.pause_server()
        begun = time.monotonic()
        self.assertEqual(process.wait(10), 79)
        self.assertLess(time.monotonic() - begun, 5)
        self.assertFalse(alive(child))
        self.assertIn(b"lost", process.stderr.read())

    def test_stubborn_child_is_killed(self):
        script = f'trap "" TERM; echo $$ > "{self.path("pid")}"; while :; do sleep 0.05; done'
        process = self.start("lock", "x", "--lease", "500ms", "--kill-after", "300ms", "-c", script)
        child = int(self.wait_for_file("pid"))
        self.pause_server()
        self.assertEqual(process.wait(5), 79)
        self.assertFalse(alive(child))

    def test_on_lost_kill(self):
        script = f'trap "" TERM; echo $$ > "{self.path("pid")}"; while :; do sleep 0.05; done'
        process = self.start("lock", "x", "--lease", "500ms", "--on-lost", "kill", "-c", script)
        self.wait_for_file("pid")
        self.pause_server()
        self.assertEqual(process.wait(5), 79)

    def test_on_lost_warn(self):
        gate = self.path("gate")
        script = f'echo $$ > "{self.path("pid")}"; while [ ! -e "{gate}" ]; do sleep 0.05; done; exit 6'
        process = self.start("lock", "x", "--lease", "500ms", "--on-lost", "warn", "-c", script)
        self.wait_for_file("pid")
        self.pause_server()
        self.assertTrue(any(b"goes on" in line for line in process.stderr))
        open(gate, "w").close()
        self.assertEqual(process.wait(5), 6)

    def test_stopped_wrapper_loses_the_lock(self):
        process, child = self.hold("x", "--lease", "3s")
        first = self.json("lock", "show", "x")["fence"]
        process.send_signal(signal.SIGSTOP)
        text = self.expect(0, "lock", "x", "--wait", "10", "-c", "echo $DISTCOORD_FENCE")
        self.assertGreater(int(text), first)
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.wait(5), 79)
        self.assertFalse(alive(child))


if __name__ == "__main__":
    unittest.main()
