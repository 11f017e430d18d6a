"""What there is to do; each task says what it gives to systems and how their answers are scored."""

from collections.abc import Mapping

from cleaner.bench.tasks import encoding, garbled, language, loss, pages
from cleaner.bench.tasks.task import Case, Scores, Task

__all__ = ["TASKS", "Case", "Scores", "Task"]

_ALL = (
    *(pages.HTML, pages.DUMP, pages.AFTER, loss.TASK),
    *(encoding.TASK, encoding.LOST, encoding.CHARSET),
    *(garbled.TASK, language.TASK),
)
TASKS: Mapping[str, Task] = {task.name: task for task in _ALL}
"""All but ``speed``, which is measured and not scored; see `cleaner.bench.speed`."""
