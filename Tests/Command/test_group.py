"""distcoord group."""
import json
import unittest

from harness import CommandTest, eventually


class Group(CommandTest):
    def join(self, id, *arguments):
        """Joins and waits until it is a member; gives the process."""
        process = self.start(
            "group", "join", "g", "--id", id, "--lease", "3s", *arguments, "-c",
            f'echo "$DISTCOORD_GROUP_NAME $DISTCOORD_MEMBER_ID" > "{self.path(id)}"; exec sleep 60')
        self.assertEqual(self.wait_for_file(id), f"g {id}\n")
        return process

    def ids(self):
        return [member["id"] for member in self.json("group", "list", "g")]

    def test_members_are_listed_in_order_of_joining(self):
        self.assertEqual(self.json("group", "list", "g"), [])
        self.join("b", "--value", "host:1")
        self.join("a")
        first, second = self.json("group", "list", "g")
        self.assertEqual((first["id"], first["value"], first["label"]), ("b", "host:1", "ann@ci-7:4121"))
        self.assertEqual((second["id"], second["value"]), ("a", "ann@ci-7:4121"))
        self.assertRegex(self.expect(0, "group", "list", "g"), r"(?m)^b +host:1 ")

    def test_the_status_is_the_commands(self):
        self.expect(7, "group", "join", "g", "-c", "exit 7")
        self.assertEqual(self.ids(), [])

    def test_an_id_is_taken_once(self):
        self.join("a")
        result = self.run_command("group", "join", "g", "--id", "a", "--", "true")
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"'a'", result.stderr)

    def test_watch_tells_who_comes_and_goes(self):
        first = self.join("a", "--value", "1")
        watch = self.stream("group", "watch", "g")
        as_json = self.stream("group", "watch", "g", "--json")
        self.assertEqual(watch.next(), "came a 1")
        second = self.join("b", "--value", "2")
        self.assertEqual(watch.next(), "came b 2")
        first.terminate()
        self.assertEqual(first.wait(5), 143)
        self.assertEqual(watch.next(), "went a 1")
        pids = self.run_command("--parent", str(second.pid), program="pgrep").stdout.split()
        second.kill()
        self.assertEqual(watch.next(), "went b 2")
        self.run_command("-KILL", *pids, program="kill")
        self.assertEqual([as_json.json()["change"] for _ in range(4)], ["came", "came", "went", "went"])
        eventually(lambda: self.ids() == [], "an empty group")

    def test_watch_of_those_who_are_there(self):
        self.join("a", "--value", "1")
        shown = json.loads(self.expect(0, "group", "watch", "g", "-n", "--json"))
        self.assertEqual((shown["group"], shown["change"], shown["id"], shown["value"]), ("g", "came", "a", "1"))
        self.expect(75, "group", "watch", "empty", "--timeout", "100ms")


if __name__ == "__main__":
    unittest.main()
