"""A run over many documents: read, clean, write, and go on where an earlier run stopped.

`clean_folder` does it all on this machine. Its steps are for other engines to put together: `plan` cuts the inputs into
`Shard`s, a `Folder` makes a `Task` of each that is not done, `clean_shard` carries one out anywhere (where it sees the output
folder) and gives a `Piece`, and the folder publishes it::

    with Folder(out, Settings(ruleset=cleaner.digest, format="jsonl")) as folder:
        for shard in plan(scan(inputs, by_file=True), folder.settings.digest, by_file=True):
            if not folder.done(shard):
                folder.publish(shard, [clean_shard(cleaner, shard, folder.task(shard))])
        folder.finish()
"""

from cleaner.records.writing import RUN_FILE
from cleaner.runs.folder import Folder, Settings
from cleaner.runs.local import Pool, Progress, clean_folder, unique_ids
from cleaner.runs.manifest import BusyError, StaleEpochError
from cleaner.runs.output import read_account, read_results
from cleaner.runs.parts import Format
from cleaner.runs.shards import Shard, plan
from cleaner.runs.siblings import SMALL_FOLDER, Siblings
from cleaner.runs.tasks import SECONDS_A_DOCUMENT, UNWRITABLE, Piece, Task, clean_shard, unwritable
from cleaner.runs.workers import clean_all, start_early

__all__ = [
    "RUN_FILE",
    "SECONDS_A_DOCUMENT",
    "SMALL_FOLDER",
    "UNWRITABLE",
    "BusyError",
    "Folder",
    "Format",
    "Piece",
    "Pool",
    "Progress",
    "Settings",
    "Shard",
    "Siblings",
    "StaleEpochError",
    "Task",
    "clean_all",
    "clean_folder",
    "clean_shard",
    "plan",
    "read_account",
    "read_results",
    "start_early",
    "unique_ids",
    "unwritable",
]
