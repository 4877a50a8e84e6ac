"""distcoord state."""
import json
import signal
import unittest

from harness import CommandTest, eventually


class Values(CommandTest):
    def get(self, key, *arguments):
        return self.expect(0, "state", "get", key, *arguments)

    def version(self, key):
        return self.json("state", "get", key)["version"]

    def test_what_is_set_is_got_until_it_is_deleted(self):
        self.expect(1, "state", "get", "a")
        version = int(self.expect(0, "state", "set", "a", "text"))
        self.assertEqual(self.get("a"), "text")
        self.assertEqual(self.json("state", "get", "a"), {
            "key": "a", "kind": "value", "value": "text", "value_hex": None, "size": 4, "version": version,
            "ttl_seconds": None})
        self.assertGreater(int(self.expect(0, "state", "set", "a", "")), version)
        self.assertEqual(self.get("a"), "")
        self.expect(0, "state", "del", "a")
        self.expect(1, "state", "del", "a")
        self.expect(1, "state", "get", "a")

    def test_values_from_stdin_and_values_that_look_like_flags(self):
        payload = bytes(range(256)) * 4000
        for arguments in (["-"], []):
            self.expect(0, "state", "set", "a", *arguments, input=payload)
            self.assertEqual(self.run_command("state", "get", "a").stdout, payload)
        self.assertEqual(self.json("state", "get", "a")["value_hex"], payload.hex())
        self.expect(0, "state", "set", "a", "--", "-5")
        self.assertEqual(self.get("a"), "-5")

    def test_scopes_are_apart(self):
        self.expect(0, "state", "set", "a", "1")
        self.expect(0, "state", "set", "a", "2", "--scope", "other")
        self.assertEqual((self.get("a"), self.get("a", "--scope", "other")), ("1", "2"))
        self.assertEqual(self.get("a", "--scope", "default"), "1")

    def test_compare_and_set(self):
        first = int(self.expect(0, "state", "cas", "a", "0", "one"))
        result = self.run_command("state", "cas", "a", "0", "two")
        self.assertEqual(result.returncode, 75)
        self.assertIn(f"it has version {first}".encode(), result.stderr)
        second = self.json("state", "cas", "a", str(first), "two")["version"]
        self.expect(75, "state", "cas", "a", str(first), "three")
        self.assertEqual(self.get("a"), "two")
        self.expect(75, "state", "del", "a", "--if-version", str(first))
        self.expect(0, "state", "del", "a", "--if-version", str(second))
        self.expect(75, "state", "cas", "a", str(second), "four")

    def test_time_to_live(self):
        self.expect(0, "state", "set", "a", "1", "--ttl", "1h")
        self.assertAlmostEqual(self.json("state", "get", "a")["ttl_seconds"], 3600, delta=60)
        self.expect(0, "state", "set", "a", "2", "--keep-ttl")
        self.assertAlmostEqual(self.json("state", "get", "a")["ttl_seconds"], 3600, delta=60)
        version = self.version("a")
        self.expect(0, "state", "expire", "a", "never")
        self.assertIsNone(self.json("state", "get", "a")["ttl_seconds"])
        self.expect(0, "state", "expire", "a", "50ms")
        eventually(lambda: self.run_command("state", "get", "a").returncode == 1, "it to expire")
        self.expect(1, "state", "expire", "a", "1h")
        self.assertGreater(int(self.expect(0, "state", "set", "a", "3")), version)

    def test_counters(self):
        self.assertEqual(self.expect(0, "state", "add", "n"), "1\n")
        self.assertEqual(self.expect(0, "state", "add", "n", "--by", "-4"), "-3\n")
        self.assertEqual(self.json("state", "incr", "n", "--by", "10"), {"key": "n", "value": 7})
        self.expect(0, "state", "set", "n", "text")
        self.expect(78, "state", "add", "n")

    def test_lists(self):
        self.expect(1, "state", "items", "l")
        self.assertEqual(self.expect(0, "state", "append", "l", "a"), "1\n")
        self.assertEqual(self.expect(0, "state", "append", "l", "--lines", input=b"b\nc\nd\n"), "4\n")
        self.assertEqual(self.expect(0, "state", "items", "l"), "a\nb\nc\nd\n")
        self.assertEqual(self.expect(0, "state", "items", "l", "--first", "1", "--count", "2"), "b\nc\n")
        self.assertEqual(self.expect(0, "state", "items", "l", "--first", "-1"), "d\n")
        self.assertEqual(self.expect(0, "state", "items", "l", "--last", "--count", "2"), "c\nd\n")
        self.assertEqual([item["value"] for item in self.json("state", "items", "l")], ["a", "b", "c", "d"])
        self.assertEqual(self.expect(0, "state", "append", "l", "e", "--limit", "2"), "2\n")
        self.assertEqual(self.expect(0, "state", "items", "l"), "d\ne\n")
        self.assertEqual(self.expect(78, "state", "get", "l"), "")
        shown = self.json("state", "get", "l")
        self.assertEqual((shown["kind"], shown["size"], shown["value"]), ("list", 2, None))
        self.expect(0, "state", "set", "v", "x")
        self.expect(78, "state", "append", "v", "x")

    def test_long_lists_are_printed_whole(self):
        lines = b"".join(b"%d\n" % number for number in range(2500))
        self.expect(0, "state", "append", "l", "--lines", input=lines)
        self.assertEqual(self.expect(0, "state", "items", "l").encode(), lines)
        self.assertEqual(len(self.expect(0, "state", "items", "l", "--last", "--count", "1500").split()), 1500)


class Listing(CommandTest):
    def test_keys_by_prefix_in_order(self):
        for key in ("b/2", "a/1", "b/1", "c"):
            self.expect(0, "state", "set", key, "value of " + key)
        self.expect(0, "state", "append", "b/3", "x")
        self.assertEqual(self.expect(0, "state", "ls"), "a/1\nb/1\nb/2\nb/3\nc\n")
        self.assertEqual(self.expect(0, "state", "ls", "b/"), "b/1\nb/2\nb/3\n")
        self.assertEqual(self.expect(0, "state", "ls", "b/", "--limit", "2"), "b/1\nb/2\n")
        self.assertEqual(self.expect(0, "state", "ls", "none"), "")
        self.assertEqual(self.json("state", "ls", "none"), [])
        self.assertEqual([entry["value"] for entry in self.json("state", "ls", "b/1")], ["value of b/1"])
        lines = self.expect(0, "state", "ls", "b/", "-o", "jsonl").splitlines()
        self.assertEqual([json.loads(line)["key"] for line in lines], ["b/1", "b/2", "b/3"])
        self.assertRegex(self.expect(0, "state", "ls", "b/", "--long"), r"(?m)^b/1 +value +12 +\d+ +value of b/1$")

    def test_clear(self):
        for key in ("a/1", "a/2", "b"):
            self.expect(0, "state", "set", key, "x")
        self.expect(64, "state", "clear", "a/")
        self.assertEqual(self.expect(0, "state", "clear", "a/", "-y"), "2\n")
        self.assertEqual(self.expect(0, "state", "ls"), "b\n")
        self.assertEqual(self.json("state", "clear", "-y"), {"deleted": 1})


class Watching(CommandTest):
    def test_a_key(self):
        watch = self.stream("state", "watch", "a")
        self.expect(0, "state", "set", "a", "one\ntwo")
        self.assertEqual(watch.next(), r"value a one\ntwo")
        self.expect(0, "state", "set", "other", "x")
        self.expect(0, "state", "del", "a")
        self.assertEqual(watch.next(), "absent a")
        self.expect(0, "state", "append", "a", "x")
        self.assertEqual(watch.next(), "list a 1")
        watch.process.send_signal(signal.SIGINT)
        self.assertEqual(watch.process.wait(5), 130)

    def test_a_prefix_as_json_lines(self):
        self.expect(0, "state", "set", "a/1", "x")
        watch = self.stream("state", "watch", "--prefix", "a/", "--json", "--count", "3")
        self.assertEqual(watch.json()["key"], "a/1")
        version = self.json("state", "set", "a/2", "y", "--ttl", "2500ms")["version"]
        shown = watch.json()
        self.assertEqual((shown["key"], shown["value"], shown["version"]), ("a/2", "y", version))
        self.assertEqual(watch.json()["kind"], "absent")
        self.assertEqual(watch.process.wait(5), 0)

    def test_what_is_there_now(self):
        self.expect(0, "state", "set", "a", "x")
        self.assertEqual(self.expect(0, "state", "watch", "a", "-n"), "value a x\n")
        self.expect(75, "state", "watch", "--prefix", "none", "--timeout", "100ms")
        self.expect(64, "state", "watch")
        self.expect(64, "state", "watch", "a", "--prefix", "b")


if __name__ == "__main__":
    unittest.main()
