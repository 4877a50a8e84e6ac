"""distcoord batch: create, seal, wait, show."""
import json
import unittest

from harness import QueueTest, eventually


class Batch(QueueTest):
    def create(self):
        return self.expect(0, "batch", "create", "q").strip()

    def test_batch_that_goes_well(self):
        batch = self.create()
        self.assertEqual(self.json("batch", "create", "q")["queue"], "q")
        self.push("--lines", "--batch", batch, input=b"a\nb\nc\n")
        shown = self.json("batch", "show", "q", batch)
        self.assertEqual((shown["total"], shown["completed"], shown["sealed"], shown["done"]), (3, 0, False, False))
        waiter = self.start("batch", "wait", "q", batch, "--json")
        self.work("--", "true")
        self.assertFalse(self.json("batch", "show", "q", batch)["done"])
        self.expect(0, "batch", "seal", "q", batch)
        output, errors = waiter.communicate(timeout=20)
        self.assertEqual(waiter.returncode, 0, errors)
        self.assertEqual((json.loads(output)["completed"], json.loads(output)["done"]), (3, True))
        self.assertIn(b"3 of 3 completed", errors)
        self.assertEqual(self.expect(0, "batch", "wait", "q", batch, "--progress", "none"), "")

    def test_failures_are_1(self):
        batch = self.create()
        self.push("--lines", "--batch", batch, "--attempts", "1", input=b"good\nbad\n")
        cancelled = self.push("x", "--batch", batch, "--delay", "1h")
        self.expect(0, "batch", "seal", "q", batch)
        self.work("-c", '[ "$(cat)" = good ]')
        self.expect(0, "job", "cancel", cancelled)
        result = self.run_command("batch", "wait", "q", batch)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"1 of 3 completed, 1 failed, 1 cancelled", result.stderr)

    def test_not_done_in_time_is_75(self):
        batch = self.create()
        self.push("x", "--batch", batch)
        result = self.run_command("batch", "wait", "q", batch, "--timeout", "100ms")
        self.assertEqual(result.returncode, 75)
        self.assertIn(b"not sealed", result.stderr)
        self.expect(0, "batch", "seal", "q", batch)
        self.assertIn(b"1 job has not ended", self.run_command("batch", "wait", "q", batch, "-n").stderr)
        self.expect(5, "batch", "wait", "q", batch, "-n", "-E", "5")

    def test_sealed_and_unknown(self):
        self.expect(1, "batch", "show", "q", "unknown")
        self.expect(1, "batch", "wait", "q", "unknown")
        batch = self.create()
        self.expect(0, "batch", "seal", "q", batch)
        self.assertEqual(self.json("batch", "wait", "q", batch)["total"], 0)
        self.expect(78, "queue", "push", "q", "x", "--batch", batch)


if __name__ == "__main__":
    unittest.main()
