"""distcoord event: the flag, and channels."""
import json
import signal
import subprocess
import unittest

from harness import CommandTest, eventually


class Flag(CommandTest):
    def test_set_clear_show(self):
        self.assertEqual(self.expect(1, "event", "show", "e"), "not set\n")
        self.expect(0, "event", "set", "e")
        self.assertEqual(self.expect(0, "event", "show", "e"), "set\n")
        self.assertEqual(self.json("event", "show", "e"), {"event": "e", "set": True})
        self.expect(0, "event", "wait", "e", "-n")
        self.expect(0, "event", "clear", "e")
        self.expect(1, "event", "show", "e")

    def test_wait_ends_with_set_in_time_and_by_signal(self):
        self.expect(75, "event", "wait", "e", "--timeout", "100ms")
        self.expect(9, "event", "wait", "e", "-n", "-E", "9")
        waiter, interrupted = (self.start("event", "wait", "e") for _ in range(2))
        interrupted.send_signal(signal.SIGINT)
        self.assertIn(interrupted.wait(5), (130, -signal.SIGINT))
        self.expect(0, "event", "set", "e")
        self.assertEqual(waiter.wait(5), 0)


class Channel(CommandTest):
    def subscribe(self, *arguments):
        """A subscription that is in place, as the first message shows."""
        stream = self.stream("event", "subscribe", "c", *arguments)
        eventually(lambda: self.publish("ready") == 1, "the subscription")
        stream.next()
        return stream

    def publish(self, *arguments, **options):
        return int(self.expect(0, "event", "publish", "c", *arguments, **options))

    def test_messages_reach_those_who_listen(self):
        self.assertEqual(self.publish("nobody"), 0)
        stream = self.subscribe()
        self.assertEqual(self.publish("one"), 1)
        self.assertEqual(stream.next(), "one")
        self.publish("-", input=b"from stdin")
        self.assertEqual(stream.next(), "from stdin")
        self.expect(0, "event", "publish", "--lines", "c", input=b"a\nb\n")
        self.assertEqual([stream.next(), stream.next()], ["a", "b"])

    def test_json(self):
        stream = self.subscribe("--json")
        self.publish("text")
        self.assertEqual(
            stream.json(), {"channel": "c", "message": "text", "message_hex": None, "missed": 0})
        self.publish("-", input=b"\xff\x00")
        self.assertEqual(stream.json()["message_hex"], "ff00")
        receivers = self.json("event", "publish", "c", "x")
        self.assertEqual(receivers, {"channel": "c", "receivers": 1})

    def test_several_channels(self):
        stream = self.stream("event", "subscribe", "c", "d")
        eventually(lambda: self.publish("x") == 1, "the subscription")
        self.expect(0, "event", "publish", "d", "y")
        lines = [stream.next()]
        while not lines[-1].startswith("d"):
            lines.append(stream.next())
        self.assertEqual((lines[0], lines[-1]), ("c\tx", "d\ty"))

    def test_ends_after_a_number_in_time_and_by_signal(self):
        stream = self.stream("event", "subscribe", "c", "--count", "1")
        eventually(lambda: self.publish("x") == 1, "the subscription")
        self.assertEqual(stream.process.wait(5), 0)
        self.expect(75, "event", "subscribe", "c", "--timeout", "100ms")
        stream = self.subscribe()
        stream.process.terminate()
        self.assertEqual(stream.process.wait(5), 143)

    def test_ends_with_its_reader_without_waiting_for_a_message(self):
        process = self.start("event", "subscribe", "c")
        eventually(lambda: self.publish("x") == 1, "the subscription")
        self.assertTrue(process.stdout.readline())
        process.stdout.close()
        self.assertEqual(process.wait(5), 141)
        self.assertEqual(process.stderr.read(), b"")

    def test_messages_come_as_they_are_printed(self):
        process = self.start("event", "subscribe", "c", stdin=subprocess.DEVNULL)
        eventually(lambda: self.publish("-", input=b"\x00\xff\n.") == 1, "the subscription")
        self.assertEqual(process.stdout.read(5), b"\x00\xff\n.\n")


if __name__ == "__main__":
    unittest.main()
