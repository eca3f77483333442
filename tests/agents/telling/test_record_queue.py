"""From the agents' records to batches of them: nothing lost, in order, text collected, and told when it is told."""

import asyncio

import pytest

from agents.telling.record_queue import RecordQueue
from agents.telling.steps import PhaseRecord, Record, TextRecord
from utils.log.events import Citation

CITATION = Citation(number=1, document_id="d", document_name="log.pdf", passage_id=1, reference="page 1", quote="84")

pytestmark = pytest.mark.anyio


async def _told(records: list[Record]) -> list[Record]:
    queue, told = RecordQueue(), []
    for record in records:
        queue.put(record)

    async def tell() -> None:
        async for batch in queue.batches():
            told.extend(batch)

    telling = asyncio.create_task(tell())
    await queue.told()
    telling.cancel()
    return told


async def test_pieces_of_text_that_come_together_are_told_as_one() -> None:
    told = await _told([TextRecord("d", "W", piece) for piece in ("In ", "winter ", "84.")])
    assert told == [TextRecord("d", "W", "In winter 84.")]


async def test_pieces_of_text_that_come_shortly_after_each_other_are_told_as_one() -> None:
    queue = RecordQueue()
    queue.put(TextRecord("d", "W", "In "))
    first = asyncio.create_task(anext(queue.batches()))
    await asyncio.sleep(0)
    queue.put(TextRecord("d", "W", "winter"))
    assert await first == [TextRecord("d", "W", "In winter")]


async def test_the_end_of_a_text_and_its_citations_survive_the_joining() -> None:
    told = await _told(
        [
            TextRecord("d", "W", "84 [1]", replaces="c"),
            TextRecord("d", "W", "."),
            TextRecord("d", "W", final=True, citations=(CITATION,)),
        ]
    )
    assert told == [TextRecord("d", "W", "84 [1].", final=True, replaces="c", citations=(CITATION,))]


async def test_other_records_keep_their_place_between_texts() -> None:
    records: list[Record] = [TextRecord("d", "W", "a"), PhaseRecord("Writing", 0.6), TextRecord("d", "W", "b")]
    assert await _told([*records]) == records


async def test_texts_of_different_drafts_stay_apart() -> None:
    records: list[Record] = [TextRecord("one", "W", "a"), TextRecord("two", "W", "b")]
    assert await _told([*records]) == records


async def test_a_batch_is_told_only_when_the_next_is_asked_for() -> None:
    queue = RecordQueue()
    queue.put(PhaseRecord("Writing", 0.6))
    batches = queue.batches()
    await anext(batches)
    waiting = asyncio.create_task(queue.told())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    asking = asyncio.ensure_future(anext(batches))
    await waiting
    asking.cancel()
