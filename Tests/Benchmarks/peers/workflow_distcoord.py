"""The ETL workflow with this library: all its tasks go to workers."""

from __future__ import annotations

import contextlib
import subprocess
import sys

import distcoord
import workflow_etl


class Kind:
    """Tasks are told by their names what to do."""

    def __init__(self, socket: str, _port: str, folder: str) -> None:
        self.socket, self.folder = socket, folder
        self.client = distcoord.connect(f"unix://{socket}", "bench")
        self.queue = self.client.queue("etl")
        self.workflow = distcoord.Workflow("etl")
        self.workflow.add_task("extract", folder)
        for part in range(workflow_etl.PARTS):
            self.workflow.add_task(f"transform-{part}", folder, needs=["extract"])
        self.workflow.add_task(
            "load", folder, needs=[f"transform-{part}" for part in range(workflow_etl.PARTS)])

    @contextlib.contextmanager
    def workers(self, count: int):
        line = [sys.executable, __file__, self.socket]
        processes = [subprocess.Popen(line) for _ in range(count)]
        try:
            yield
        finally:
            for process in processes:
                process.kill()
                process.wait()

    def run(self) -> int:
        run = self.queue.start(self.workflow)
        return int(run.result_bytes("load"))


def handle(job: distcoord.Job) -> str:
    name, _, part = job.run_task.name.partition("-")
    folder = job.payload.decode()
    if name == "transform":
        return str(workflow_etl.transform(folder, int(part)))
    return str({"extract": workflow_etl.extract, "load": workflow_etl.load}[name](folder))


if __name__ == "__main__":
    distcoord.connect(f"unix://{sys.argv[1]}", "bench").worker(["etl"], concurrency=2).run(handle)
