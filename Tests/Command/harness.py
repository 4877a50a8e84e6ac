"""A private server, and the real command run against it.

The command is DISTCOORD_COMMAND, or the release build of this checkout.
"""
import atexit
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("DISTCOORD_COMMAND") or str(ROOT / ".build" / "release" / "distcoord-command")


class Server:
    """A redis-server on a unix socket, gone with the test process."""

    def __init__(self, *arguments):
        self.folder = tempfile.mkdtemp(prefix="distcoord-test-")
        self.socket = os.path.join(self.folder, "redis.sock")
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", self.folder,
             "--maxmemory-policy", "noeviction", *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.stop)
        eventually(lambda: os.path.exists(self.socket), "the server's socket")

    @property
    def url(self):
        return "unix://" + self.socket

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def eventually(condition, what, within=10.0):
    """Waits until the condition holds; gives what it gave."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(0.01)


def alive(pid):
    """Whether the process runs; a zombie that nobody has reaped does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Lines:
    """What a process prints, line by line, each waited for with a bound."""

    def __init__(self, process):
        self.process = process
        self.got = queue.Queue()
        # Of its own, so that ending the process and closing its pipes needs no agreement with the thread.
        descriptor = os.dup(process.stdout.fileno())
        threading.Thread(target=self.read, args=(descriptor,), daemon=True).start()

    def read(self, descriptor):
        with os.fdopen(descriptor, "rb") as stream:
            for line in stream:
                self.got.put(line)
        self.got.put(None)

    def next(self, within=10.0):
        """The next line; none at the end."""
        try:
            line = self.got.get(timeout=within)
        except queue.Empty:
            raise AssertionError(f"no line within {within} s") from None
        return None if line is None else line.decode().removesuffix("\n")

    def json(self):
        return json.loads(self.next())


class CommandTest(unittest.TestCase):
    """Each test has a namespace of its own on one server."""

    server = None
    command = COMMAND

    @classmethod
    def setUpClass(cls):
        if not os.access(COMMAND, os.X_OK):
            raise AssertionError(f"{COMMAND} is not there: build it, or set DISTCOORD_COMMAND")
        if CommandTest.server is None:
            CommandTest.server = Server()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="distcoord-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("DISTCOORD_", "REDIS"))}
        self.environment["DISTCOORD_URL"] = self.server.url
        self.environment["DISTCOORD_NAMESPACE"] = "test-" + uuid.uuid4().hex
        self.environment["DISTCOORD_LABEL"] = "ann@ci-7:4121"

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_command(self, *arguments, program=COMMAND, input=b"", timeout=30, **environment):
        return subprocess.run(
            [program, *arguments], input=input, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
            env={**self.environment, **environment})

    def start(self, *arguments, program=COMMAND, stdin=subprocess.DEVNULL, **options):
        process = subprocess.Popen(
            [program, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.environment, **options)

        def end():
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            # Not read to their end: a child of a killed wrapper may hold them open.
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()

        self.addCleanup(end)
        return process

    def stream(self, *arguments, **options):
        """Starts a command whose lines are waited for one by one."""
        return Lines(self.start(*arguments, **options))

    def expect(self, status, *arguments, **options):
        """Runs to the end; gives stdout as text."""
        result = self.run_command(*arguments, **options)
        self.assertEqual(result.returncode, status, (result.stdout, result.stderr))
        return result.stdout.decode()

    def json(self, *arguments, status=0):
        return json.loads(self.expect(status, *arguments, "--json"))

    def wait_for_file(self, name):
        """The text of a file that a child writes in one go."""
        path = self.path(name)
        eventually(lambda: os.path.exists(path) and os.path.getsize(path) > 0, f"file {name}")
        with open(path) as file:
            return file.read()

    def hold(self, name="x", *arguments, group="lock", seconds=60, **options):
        """Starts a holder of a lock and waits until it holds; gives the process and the child's pid."""
        pid_file = "held-" + uuid.uuid4().hex
        process = self.start(
            group, name, *arguments, "--", "sh", "-c", f'echo $$ > "{self.path(pid_file)}"; exec sleep {seconds}',
            **options)
        return process, int(self.wait_for_file(pid_file))

    def wait_for_waiters(self, count, name="x"):
        eventually(lambda: self.json("lock", "show", name)["waiting"] == count, f"{count} to wait for '{name}'")


class QueueTest(CommandTest):
    """Works with a queue called q."""

    def push(self, *arguments, **options):
        return self.expect(0, "queue", "push", "q", *arguments, **options).strip()

    def counts(self):
        return self.json("queue", "show", "q")

    def work(self, *arguments, status=0, **options):
        """Runs all jobs there are; gives stdout."""
        return self.expect(status, "worker", "run", "q", "--burst", *arguments, **options)

    def shown(self, id):
        return self.json("job", "show", id, "--queue", "q")

    def wait_for_state(self, id, state):
        return eventually(lambda: (job := self.shown(id))["state"] == state and job, f"job {id} to be {state}")

    def ids(self, *arguments):
        return [job["id"] for job in self.json("job", "list", "q", *arguments)]

    def end(self, worker):
        """Ends a worker in an orderly way; gives what it counted."""
        worker.terminate()
        output = worker.communicate(timeout=20)[0]
        self.assertEqual(worker.returncode, 0, output)
        return output
