"""From the agents' records to batches of events: nothing lost, in order, text collected."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agents.sse_multi_agent_system import _batches
from agents.steps import PhaseRecord, Record, TextRecord
from utils.activity_events import Citation

CITATION = Citation(number=1, document_id="d", document_name="log.pdf", passage_id=1, reference="page 1", quote="84")


def _collect(records: list[Record | Exception]) -> list[list[Record]]:
    async def source() -> AsyncIterator[Record]:
        for record in records:
            if isinstance(record, Exception):
                raise record
            yield record

    async def collect() -> list[list[Record]]:
        return [batch async for batch in _batches(source())]

    return asyncio.run(collect())


def _flat(batches: list[list[Record]]) -> list[Record]:
    return [record for batch in batches for record in batch]


def test_pieces_of_text_that_come_together_are_told_as_one() -> None:
    told = _flat(_collect([TextRecord("d", "W", piece) for piece in ("In ", "winter ", "84.")]))
    assert told == [TextRecord("d", "W", "In winter 84.")]


def test_the_end_of_a_text_and_its_citations_survive_the_joining() -> None:
    told = _flat(
        _collect([
            TextRecord("d", "W", "84 [1]", replaces="c"), TextRecord("d", "W", "."),
            TextRecord("d", "W", final=True, citations=(CITATION,)),
        ])
    )  # fmt: skip
    assert told == [TextRecord("d", "W", "84 [1].", final=True, replaces="c", citations=(CITATION,))]


def test_other_records_keep_their_place_between_texts() -> None:
    records: list[Record] = [TextRecord("d", "W", "a"), PhaseRecord("Writing", 0.6), TextRecord("d", "W", "b")]
    assert _flat(_collect([*records])) == records


def test_texts_of_different_drafts_stay_apart() -> None:
    records: list[Record] = [TextRecord("one", "W", "a"), TextRecord("two", "W", "b")]
    assert _flat(_collect([*records])) == records


def test_what_came_before_a_failure_is_told_before_it_is_raised() -> None:
    told: list[Record] = []

    async def source() -> AsyncIterator[Record]:
        yield PhaseRecord("Writing", 0.6)
        raise ValueError("broken")

    async def collect() -> None:
        async for batch in _batches(source()):
            told.extend(batch)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(collect())
    assert told == [PhaseRecord("Writing", 0.6)]


def test_leaving_early_stops_the_source() -> None:
    stopped = asyncio.Event()

    async def source() -> AsyncIterator[Record]:
        try:
            yield PhaseRecord("Writing", 0.6)
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def leave() -> None:
        batches = _batches(source())
        async for _ in batches:
            break
        await batches.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(stopped.wait(), 5)

    asyncio.run(leave())
