"""The ETL workflow with Graflow: its group of tasks that run in parallel goes to workers over Redis."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

import redis
import workflow_etl
from graflow.coordination.coordinator import CoordinationBackend
from graflow.core.context import ExecutionContext
from graflow.core.decorators import task
from graflow.core.engine import WorkflowEngine
from graflow.core.workflow import workflow

HOST = "127.0.0.1"


class Kind:
    """`port` is a TCP port of the server: its workers are told nothing else."""

    def __init__(self, _socket: str, port: str, folder: str) -> None:
        self.port, self.folder = port, folder
        self.client = redis.Redis(host=HOST, port=int(port), decode_responses=True)

    @contextlib.contextmanager
    def workers(self, count: int):
        line = [sys.executable, "-m", "graflow.worker.main", "--redis-host", HOST, "--redis-port", self.port,
                "--log-level", "ERROR", "--max-concurrent-tasks", "2", "--worker-id"]
        # What tasks are made of is sent to workers, but for modules, which they must find.
        environment = {**os.environ, "PYTHONPATH": os.path.dirname(os.path.abspath(__file__))}
        processes = [subprocess.Popen([*line, f"worker-{number}"], stdout=subprocess.DEVNULL, env=environment)
                     for number in range(count)]
        try:
            yield
        finally:
            for process in processes:
                process.kill()
                process.wait()

    def run(self) -> int:
        folder = self.folder
        with workflow("etl") as flow:

            @task(id="extract")
            def extract():
                return workflow_etl.extract(folder)

            def part(number: int):
                @task(id=f"transform-{number}")
                def transform():
                    return workflow_etl.transform(folder, number)

                return transform

            @task(id="load")
            def load():
                return workflow_etl.load(folder)

            parts = [part(number) for number in range(workflow_etl.PARTS)]
            group = parts[0] | parts[1]
            for one in parts[2:]:
                group = group | one
            config = {"redis_client": self.client, "key_prefix": "graflow"}
            group = group.with_execution(backend=CoordinationBackend.REDIS, backend_config=config)
            extract >> group >> load  # pylint: disable=pointless-statement
            context = ExecutionContext.create(
                flow.graph, start_node="extract", channel_backend="redis", config=config)
            return WorkflowEngine().execute(context)
