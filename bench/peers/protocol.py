"""How a peer takes commands: a line of JSON in, a line of JSON out, as bench/src/main.rs does."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any


def serve(handlers: dict[str, Callable[..., dict[str, Any]]]) -> None:
    """Answers commands until there are no more."""
    # Whatever a library prints must not end up among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            command = json.loads(line)
            answer = handlers[command.pop("do")](**command)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


class Measure:
    """How long the block takes, in the words of bench/src/resources.rs."""

    def __enter__(self) -> Measure:
        self._started = (time.perf_counter(), time.thread_time(), time.process_time())
        return self

    def __exit__(self, *_: object) -> None:
        ended = (time.perf_counter(), time.thread_time(), time.process_time())
        names = ("seconds", "thread_seconds", "cpu_seconds")
        self.taken = dict(zip(names, (b - a for a, b in zip(self._started, ended, strict=True))))
