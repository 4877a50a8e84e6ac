"""distcoord topic: publish, subscribe, consume, show, seek, trim, delete-group."""
import json
import os
import signal
import unittest

from harness import CommandTest, alive, eventually


class TopicTest(CommandTest):
    """Works with a topic called t and a group called g."""

    def publish(self, *arguments, **options):
        return self.expect(0, "topic", "publish", "t", *arguments, **options).strip()

    def publish_lines(self, *lines):
        self.expect(0, "topic", "publish", "t", "--lines", input="".join(line + "\n" for line in lines).encode())

    def consume(self, *arguments, status=0, **options):
        """Consumes all messages there are; gives stdout."""
        return self.expect(status, "topic", "consume", "t", "g", "-n", *arguments, **options)

    def group(self):
        return self.json("topic", "show", "t")["groups"][0]


class Reading(TopicTest):
    def test_messages_are_kept_and_read_from_any_position(self):
        ids = [self.publish(text) for text in ("one", "two", "three")]
        self.assertEqual(self.expect(0, "topic", "subscribe", "t", "--after", "0", "-n"), "one\ntwo\nthree\n")
        self.assertEqual(self.expect(0, "topic", "subscribe", "t", "--after", ids[1], "-n"), "three\n")
        self.assertEqual(self.expect(0, "topic", "subscribe", "t", "--since", "2020-01-01T00:00Z", "-n", "--count",
                                     "1"), "one\n")
        self.assertEqual(self.expect(0, "topic", "subscribe", "t", "-n"), "")
        self.expect(64, "topic", "subscribe", "t", "--after", "nonsense", "-n")
        self.expect(75, "topic", "subscribe", "t", "--timeout", "100ms")

    def test_a_subscription_sees_what_is_published(self):
        stream = self.stream("topic", "subscribe", "t", "--after", "0", "--json")
        id = self.publish("-", input=b"from stdin")
        shown = stream.json()
        self.assertRegex(shown.pop("published"), r"^20\d\d-")
        self.assertEqual(shown, {
            "topic": "t", "id": id, "deliveries": 1, "message": "from stdin", "message_hex": None, "missed": 0})
        stream.process.terminate()
        self.assertEqual(stream.process.wait(5), 143)

    def test_lines(self):
        self.assertEqual(self.publish("--lines", input=b"a\nb\n\nc"), "4")
        self.assertEqual(self.expect(0, "topic", "subscribe", "t", "--after", "0", "-n"), "a\nb\n\nc\n")
        lines = b"".join(b"%d\n" % number for number in range(3000))
        self.assertEqual(json.loads(self.publish("--lines", "--json", input=lines))["published"], 3000)

    def test_show_and_trim(self):
        self.expect(1, "topic", "show", "t")
        ids = [self.publish(text) for text in ("one", "two", "three")]
        shown = self.json("topic", "show", "t")
        self.assertEqual((shown["messages"], shown["published"], shown["oldest"], shown["newest"], shown["groups"]),
                         (3, 3, ids[0], ids[2], []))
        self.expect(64, "topic", "trim", "t", "--keep", "1")
        self.assertEqual(self.expect(0, "topic", "trim", "t", "--keep", "1", "-y"), "2\n")
        self.assertEqual(self.json("topic", "show", "t")["oldest"], ids[2])
        result = self.run_command("topic", "subscribe", "t", "--after", ids[0], "-n")
        self.assertEqual(result.stdout, b"three\n")
        self.assertIn(b"1 message was missed", result.stderr)

    def test_what_is_kept(self):
        for text in ("a", "b"):
            self.publish(text, "--max-messages", "all", "--max-age", "forever")
        self.expect(64, "topic", "publish", "t", "x", "--max-messages", "0")
        self.expect(64, "topic", "publish", "t", "x", "--max-age", "1ms")
        self.assertEqual(self.json("topic", "show", "t")["messages"], 2)


class Consuming(TopicTest):
    def test_without_a_command_messages_are_printed_and_done(self):
        self.publish_lines("one", "two")
        self.assertEqual(self.consume(), "one\ntwo\n")
        self.assertEqual(self.consume(), "")
        self.assertEqual(self.group(), {"group": "g", "waiting": 0, "held": 0, "consumers": 0})

    def test_a_command_gets_each_message(self):
        self.publish_lines("one", "two")
        text = 'cat; echo " $DISTCOORD_TOPIC $DISTCOORD_GROUP $DISTCOORD_CONSUMER $DISTCOORD_DELIVERIES"'
        self.assertEqual(self.consume("--name", "me", "-c", text), "one t g me 1\ntwo t g me 1\n")
        self.assertEqual(self.group()["held"], 0)

    def test_large_messages_reach_the_command(self):
        payload = os.urandom(300_000)
        self.publish("-", input=payload)
        self.publish("-", input=payload)
        # The first command does not read what it gets, which must not hold up the second.
        self.consume("-c", f'if mkdir "{self.path("first")}"; then exit; fi; cat > "{self.path("got")}"')
        with open(self.path("got"), "rb") as file:
            self.assertEqual(file.read(), payload)

    def test_a_failed_message_comes_again(self):
        self.publish("one")
        result = self.run_command(
            "topic", "consume", "t", "g", "--count", "2", "--retry-after", "50ms", "--json", "-c",
            f'echo $DISTCOORD_DELIVERIES >> "{self.path("seen")}"; [ $DISTCOORD_DELIVERIES = 2 ]')
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual((report["done"], report["given_back"], report["given_up"]), (1, 1, 0))
        self.assertIn(b"exit 1", result.stderr)
        self.assertEqual(self.wait_for_file("seen"), "1\n2\n")
        # At once, if that is what is said.
        self.publish("two")
        self.consume("--count", "1", "--retry-after", "0", "--", "false")
        self.assertEqual(self.consume(), "two\n")

    def test_a_message_is_given_up_after_its_attempts(self):
        self.publish("bad")
        result = self.run_command(
            "topic", "consume", "t", "g", "--count", "2", "--retry-after", "0", "--attempts", "2", "--json", "--",
            "false")
        self.assertEqual(json.loads(result.stdout)["given_up"], 1)
        self.assertIn(b"given up after 2 deliveries", result.stderr)
        self.assertEqual(self.group()["held"], 0)
        self.assertEqual(self.consume(), "")

    def test_a_command_that_cannot_be_run_costs_no_message(self):
        self.publish("one")
        self.consume("--", "/no/such/program", status=127)
        self.assertEqual(self.consume(), "one\n")

    def test_what_a_killed_consumer_held_goes_to_another(self):
        self.publish("one")
        pid_file = self.path("pid")
        first = self.start("topic", "consume", "t", "g", "--lease", "3s", "-c",
                           f'echo $$ > "{pid_file}"; exec sleep 60')
        child = int(self.wait_for_file("pid"))
        second = self.stream("topic", "consume", "t", "g", "--json")
        first.kill()
        shown = second.json()
        self.assertEqual((shown["message"], shown["deliveries"]), ("one", 2))
        os.kill(child, signal.SIGKILL)

    def test_a_signal_lets_the_running_command_finish(self):
        self.publish_lines("one", "two")
        gate = self.path("gate")
        process = self.start(
            "topic", "consume", "t", "g", "-c",
            f'echo $$ > "{self.path("pid")}"; while [ ! -e "{gate}" ]; do sleep 0.02; done; cat')
        self.wait_for_file("pid")
        process.terminate()
        open(gate, "w").close()
        output, errors = process.communicate(timeout=10)
        self.assertEqual((process.returncode, output), (0, b"one"), errors)
        self.assertEqual(self.consume(), "two\n")

    def test_grace_ends_and_a_second_signal_ends_it_at_once(self):
        for flags, signals in ((["--grace", "100ms"], 1), ([], 2)):
            with self.subTest(flags=flags):
                self.publish("one")
                pid_file = f"pid-{signals}"
                process = self.start(
                    "topic", "consume", "t", "g", *flags, "-c",
                    f'echo $$ > "{self.path(pid_file)}"; exec sleep 60')
                child = int(self.wait_for_file(pid_file))
                process.terminate()
                if signals == 2:
                    # Two that come before one of them is heeded are one.
                    eventually(lambda: process.poll() is not None or process.send_signal(signal.SIGTERM), "its end")
                self.assertEqual(process.wait(10), 0)
                self.assertFalse(alive(child))
                self.assertEqual(self.consume(), "one\n")

    def test_groups_are_moved_and_deleted(self):
        self.publish_lines("one", "two")
        self.expect(1, "topic", "seek", "t", "g", "--after", "0")
        self.consume()
        self.expect(0, "topic", "seek", "t", "g", "--after", "0")
        self.assertEqual(self.consume("--count", "1"), "one\n")
        self.expect(0, "topic", "seek", "t", "g", "--new")
        self.assertEqual(self.consume(), "")
        self.expect(64, "topic", "seek", "t", "g")
        self.expect(64, "topic", "delete-group", "t", "g")
        self.expect(0, "topic", "delete-group", "t", "g", "-y")
        self.expect(1, "topic", "delete-group", "t", "g", "-y")
        self.assertEqual(self.consume("--from-new"), "")
        self.assertEqual(self.json("topic", "show", "t")["groups"][0]["waiting"], 0)

    def test_a_name_is_taken_once(self):
        first = self.stream("topic", "consume", "t", "g", "--name", "me")
        self.publish("one")
        self.assertEqual(first.next(), "one")
        self.consume("--name", "me", status=75)
        first.process.send_signal(signal.SIGINT)
        self.assertEqual(first.process.wait(5), 130)


if __name__ == "__main__":
    unittest.main()
