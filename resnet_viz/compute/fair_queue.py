"""A queue that is fair to its users: owners take turns, and each owner's tasks keep their order."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque

from resnet_viz.compute.jobs import Task


class FairQueue:
    """Tasks that wait for a worker. With one owner it is first in, first out. Thread-safe."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[Task]] = OrderedDict()  # owners in the order of their turns
        self._changed = threading.Condition()
        self._closed = False

    def put(self, task: Task) -> bool:
        """Add a task; False, and nothing added, when the queue is closed."""
        with self._changed:
            if self._closed:
                return False
            self._waiting.setdefault(task.owner, deque()).append(task)
            self._changed.notify()
            return True

    def take(self) -> Task | None:
        """The next task, waited for; None when the queue is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            owner, tasks = next(iter(self._waiting.items()))
            task = tasks.popleft()
            if tasks:
                self._waiting.move_to_end(owner)
            else:
                del self._waiting[owner]
            return task

    def remove(self, task: Task) -> bool:
        """Whether the task was still waiting; it is not any more."""
        with self._changed:
            tasks = self._waiting.get(task.owner)
            if tasks is None or task not in tasks:
                return False
            tasks.remove(task)
            if not tasks:
                del self._waiting[task.owner]
            return True

    def close(self) -> list[Task]:
        """Let every `take` return None; the tasks that were waiting."""
        with self._changed:
            self._closed = True
            left = [task for tasks in self._waiting.values() for task in tasks]
            self._waiting.clear()
            self._changed.notify_all()
            return left
