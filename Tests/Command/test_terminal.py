"""distcoord in a terminal: the child reads from it, and Ctrl-C reaches it once."""
import os
import pty
import select
import signal
import time
import unittest

from harness import COMMAND, CommandTest, alive


class Terminal(CommandTest):
    def start_in_terminal(self, *arguments):
        return self.start_in_terminal_program(COMMAND, *arguments)

    def start_in_terminal_program(self, program, *arguments):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(program, [program, *arguments], self.environment)
        self.addCleanup(os.close, terminal)
        return pid, terminal

    def read_until(self, terminal, text, within=5):
        seen = b""
        end = time.monotonic() + within
        while text not in seen:
            self.assertLess(time.monotonic(), end, seen)
            if select.select([terminal], [], [], 0.1)[0]:
                seen += os.read(terminal, 4096)
        return seen

    def status(self, pid):
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_child_reads_from_the_terminal(self):
        pid, terminal = self.start_in_terminal("lock", "x", "--", "sh", "-c", 'read line; echo "<$line>"')
        os.write(terminal, b"typed\n")
        self.read_until(terminal, b"<typed>")
        self.assertEqual(self.status(pid), 0)

    def test_child_in_a_pipeline_reads_from_the_terminal(self):
        script = f'echo piped | "{COMMAND}" lock x -- sh -c \'cat; read line < /dev/tty; echo "<$line>"\''
        pid, terminal = self.start_in_terminal_program("/bin/sh", "-c", script)
        self.read_until(terminal, b"piped")
        os.write(terminal, b"typed\n")
        self.read_until(terminal, b"<typed>")
        self.assertEqual(self.status(pid), 0)

    def test_no_grandchild_survives_a_signal_from_elsewhere(self):
        pid, terminal = self.start_in_terminal("lock", "x", "-c", f'sleep 60 & echo $! > "{self.path("pid")}"; wait')
        grandchild = int(self.wait_for_file("pid"))
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(self.status(pid), 143)
        self.assertFalse(alive(grandchild))

    def test_ctrl_c_ends_the_child_and_frees_the_lock(self):
        pid, terminal = self.start_in_terminal("lock", "x", "-c", "echo ready; exec sleep 60")
        self.read_until(terminal, b"ready")
        os.write(terminal, b"\x03")
        self.assertEqual(self.status(pid), 130)
        self.expect(1, "lock", "show", "x")

    def test_ctrl_c_reaches_the_child_once(self):
        script = "trap 'n=$((n+1)); echo int $n' INT; echo ready; sleep 1; sleep 1; echo end $n"
        pid, terminal = self.start_in_terminal("lock", "x", "-c", script)
        self.read_until(terminal, b"ready")
        os.write(terminal, b"\x03")
        self.assertIn(b"end 1", self.read_until(terminal, b"end "))
        self.assertEqual(self.status(pid), 0)

    def test_ctrl_c_while_waiting(self):
        self.hold()
        pid, terminal = self.start_in_terminal("lock", "x", "--", "true")
        time.sleep(0.3)
        os.write(terminal, b"\x03")
        self.assertEqual(self.status(pid), 130)
        self.assertEqual(self.json("lock", "show", "x")["waiting"], 0)


if __name__ == "__main__":
    unittest.main()
