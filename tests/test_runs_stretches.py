from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from cleaner.records import Reference, Unreadable
from cleaner.report import Totals
from cleaner.runs.shards import Shard, plan
from cleaner.runs.stretches import Stretch, Stretches, WorkerError
from cleaner.runs.tasks import Kept, Note, Piece, Task


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return Task(stem=f"{tmp_path}/x", format="jsonl")


def shard(documents: int) -> Shard:
    [made] = plan([Unreadable(str(number), "never read") for number in range(documents)], "settings")
    return made


def spans(stretches: list[Stretch]) -> list[tuple[int, int | None]]:
    return [(one.task.first, one.task.stop) for one in stretches]


def lost_while_in_hand(stretches: Stretches, stretch: Stretch, position: int) -> list[Stretch]:
    stretch.task.note.write_bytes(Note(position, process=1).packed())
    return stretches.again(stretch, "ended its process")


def run(stretches: Stretches, first: Stretch, deadly: set[int]) -> list[Piece]:
    """All pieces, where these documents end the process; in which each document is done once."""
    waiting = [first]
    while True:
        stretch = waiting.pop(0)
        stop = 1000 if stretch.task.stop is None else stretch.task.stop
        dies = next((at for at in range(stretch.task.first, stop) if at in deadly and at not in stretch.task.failed), None)
        if dies is None:
            piece = Piece(task=stretch.task, totals=Totals(), places=(), records={})
            if pieces := stretches.done(stretch, piece):
                return pieces
        else:
            waiting += lost_while_in_hand(stretches, stretch, dies)


@pytest.mark.parametrize("deadly", [set(), {0}, {9}, {3, 4}, set(range(10))])
def test_only_documents_that_end_their_process_are_recorded_as_failed(task: Task, deadly: set[int]) -> None:
    stretches = Stretches()
    pieces = run(stretches, stretches.begin(shard(10), task), deadly)
    assert {at for piece in pieces for at in piece.task.failed} == deadly
    edges = spans([Stretch(shard="", task=piece.task) for piece in pieces])
    assert edges[0][0] == 0
    assert edges[-1][1] == 10
    assert all(end == start for (_, end), (start, _) in pairwise(edges))


def test_a_document_is_tried_once_more_alone_before_it_is_blamed(task: Task) -> None:
    stretches = Stretches()
    cut = lost_while_in_hand(stretches, stretches.begin(shard(10), task), 4)
    assert spans(cut) == [(0, 4), (4, 5), (5, 10)]
    [alone] = lost_while_in_hand(stretches, cut[1], 4)
    assert (alone.attempts, alone.task.failed) == (1, {})
    [blamed] = lost_while_in_hand(stretches, alone, 4)
    assert blamed.task.failed == {4: "the document ended its process"}


def test_each_try_writes_under_a_name_of_its_own_and_what_the_last_left_is_removed(task: Task) -> None:
    stretches = Stretches()
    first = stretches.begin(shard(2), task)
    for path in (first.task.part("main"), first.task.texts / "0.txt"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    names = {one.task.stem for one in lost_while_in_hand(stretches, first, 0)}
    assert len(names) == 2
    assert task.stem not in names
    assert list(Path(task.stem).parent.iterdir()) == []


def test_where_a_machine_was_taken_away_no_document_is_blamed(task: Task) -> None:
    stretches = Stretches()
    stretch = stretches.begin(shard(1), task)
    for _ in range(5):
        [stretch] = stretches.again(stretch, "node died", 0)
    assert (stretch.task.failed, stretch.attempts) == ({}, 0)


def test_what_is_lost_again_and_again_is_given_up(task: Task) -> None:
    stretches = Stretches()
    stretch = stretches.begin(shard(1), task)

    def tries() -> Iterator[Stretch]:
        one = stretch
        while True:
            [one] = stretches.again(one, "node died", 0)
            yield one

    with pytest.raises(WorkerError, match="node died"):
        list(tries())


def test_of_a_file_of_records_the_end_is_left_open(task: Task) -> None:
    [file] = plan([Reference("x.jsonl", "x.jsonl", "jsonl", "stamp", 10)], "settings", by_file=True)
    stretches = Stretches()
    whole = stretches.begin(file, task)
    assert spans([whole]) == [(0, None)]
    assert spans(stretches.again(whole, "ended its process")) == [(0, None)]
    assert spans(lost_while_in_hand(stretches, whole, 7)) == [(0, 7), (7, 8), (8, None)]


def test_records_that_were_taken_over_stay_with_their_stretch(task: Task) -> None:
    kept = {at: Kept("part", at, "main") for at in (1, 8)}
    stretches = Stretches()
    whole = stretches.begin(shard(10), Task(stem=task.stem, format="jsonl", kept=kept))
    assert [set(one.task.kept) for one in lost_while_in_hand(stretches, whole, 4)] == [{1}, set(), {8}]
