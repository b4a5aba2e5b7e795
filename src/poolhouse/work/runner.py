"""Starts and stops the background's threads."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from poolhouse.flows.call import Services
from poolhouse.observe import Log
from poolhouse.work import logs, outbox, sweep
from poolhouse.work.import_jobs import Importer

_log = Log()
_STOP_SECONDS = 10.0
_SWEEP_REST = 0.05
"""About as long as a round of removing what is left of a large pool takes: requests have the store then."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something done again and again.

    Attributes:
        every_seconds: the pause between rounds.
        run: does one round; returns whether the next should follow at once.
        rest_seconds: the pause before one that follows at once.
    """

    name: str
    every_seconds: float
    run: Callable[[], bool]
    rest_seconds: float = 0.0


class Runner:
    """A thread for each task. A round that fails is logged, and the next one comes in its time."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._loop, args=(task,), name=task.name, daemon=True) for task in tasks
        ]

    def start(self) -> None:
        """Start all threads; the first rounds begin now."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after the rounds under way, for which at most ten seconds are waited."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)

    def _loop(self, task: Task) -> None:
        while not self._stopping.is_set():
            more = self._round(task)
            self._stopping.wait(task.rest_seconds if more else task.every_seconds)

    def _round(self, task: Task) -> bool:
        try:
            return task.run()
        except Exception:  # noqa: BLE001 (logged with its trace; the next round may fare better)
            _log.exception("task_failed", task=task.name)
            return False


def start(services: Services) -> Runner:
    """Start this process's background work; whoever starts it stops it before closing the store."""
    holder = services.entropy.uuid()
    runner = Runner(
        [
            Task("outbox", 5.0, lambda: outbox.deliver_due(services)),
            Task("logs", 5.0, lambda: logs.deliver_due(services)),
            Task("import", 1.0, Importer(services, holder).work),
            Task("sweep", 60.0, lambda: sweep.sweep(services.store, services.clock, holder), _SWEEP_REST),
        ]
    )
    runner.start()
    return runner
