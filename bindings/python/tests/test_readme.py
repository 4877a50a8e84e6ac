"""The sample of the README runs as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from support import Server


def test_the_sample_runs(server: Server, namespace: str) -> None:
    text = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
    samples = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert samples
    for sample in samples:
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", sample], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=60, env={**os.environ, "DISTCOORD_URL": server.url, "DISTCOORD_NAMESPACE": namespace})
        assert run.returncode == 0, run.stderr
        assert "HELLO" in run.stdout
        assert ("fencing number" in sample) == ("fencing number" in run.stdout)
