"""The Document Agent reads what has not been read yet into passages with page or row references."""

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from agents.errors import AgentError, describe
from agents.reading.document_parser import ParsedDocument, parse
from agents.sandbox.unnamed_file import unnamed_file
from agents.team.context import AnswerContext
from agents.team.copies import copies_of
from agents.team.tool_gate import REFUSED
from agents.telling.steps import PhaseRecord, Step, step, write
from agents.text.answer_state import AnswerState, Copy
from agents.text.language import counted, sentences
from utils.sessions.documents import DocumentError, DocumentRecord
from utils.sessions.passages import NewPassage

NAME = "Document Agent"
_SIDE_BY_SIDE = 2


async def read_documents(state: AnswerState, runtime: Runtime[AnswerContext]) -> AnswerState:
    """Read every new document. One that cannot be read is told and left out; when none can, the run fails."""
    context = runtime.context
    write(PhaseRecord("Reading", 0.15))
    records = await asyncio.to_thread(context.documents.list, context.session_id)
    if any(record.status == "uploaded" for record in records) or not any(map(_is_read, records)):
        records = await _read_new(records, context) if records else []
    readable = [record for record in records if _is_read(record)]
    copies = await _copies(readable, context)
    readable = [record for record in readable if record.id not in copies]
    # Where two tables answer as well, the one that is a document of its own is meant rather than one within a text.
    tables = sorted((record for record in readable if record.has_tables), key=lambda record: not record.is_table)
    unread = [_unreadable(record) for record in records if record.status == "failed"]
    unread += [_unread(record) for record in readable if record.notes]
    return {
        "tables": [record.id for record in tables], "readable": len(readable), "unread": unread, "copies": copies,
        "failures": context.gate.failures_of(NAME),
    }  # fmt: skip


async def _copies(readable: list[DocumentRecord], context: AnswerContext) -> dict[str, Copy]:
    """What was added twice, by the ids of the later ones."""
    try:
        found = await asyncio.to_thread(copies_of, readable, context.documents)
    except DocumentError:  # One was deleted since the run began: what is left is looked at as it is.
        return {}
    copies = {
        record.id: Copy(name=record.name, of=found[record.id].name, of_id=found[record.id].id)
        for record in readable if record.id in found
    }  # fmt: skip
    if copies:
        with step("Leave out copies", agent=NAME, key="copies") as leaving:
            leaving.details = counted(len(copies), "document")
            leaving.output = [f"{one['name']} has the same content as {one['of']}." for one in copies.values()]
    return copies


def _is_read(record: DocumentRecord) -> bool:
    return record.status == "read"


async def _read_new(records: list[DocumentRecord], context: AnswerContext) -> list[DocumentRecord]:
    """Read what is new, a few at a time. Raises AgentError when not a single document of the session is readable."""
    waiting = [record for record in records if record.status == "uploaded"]
    with step("Read the documents", agent=NAME, key="read") as reading:
        await context.gate.settle(NAME, [("read_document", _about(record)) for record in waiting])
        slots = asyncio.Semaphore(_SIDE_BY_SIDE)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_read_or_tell(record, context, slots, reading)) for record in waiting]
        failures = [failure for task in tasks if (failure := task.result())]
        reading.details = f"{len(waiting) - len(failures)} read" + (f", {len(failures)} failed" if failures else "")
        records = await asyncio.to_thread(context.documents.list, context.session_id)
        if records and not any(map(_is_read, records)):
            refused = context.gate.failures_of(NAME)
            raise AgentError(refused[0]["code"], refused[0]["message"]) if refused else _nothing_readable(records)
    return records


async def _read_or_tell(
    record: DocumentRecord, context: AnswerContext, slots: asyncio.Semaphore, reading: Step
) -> AgentError | None:
    """Read one document; a failure belongs to the document and is returned, so that the others go on."""
    async with slots:
        try:
            about, title = _about(record), f"Read {record.name}"
            with step(title, kind="tool", key=f"{reading.key}/{record.id}", input=about) as this:
                await context.gate.require(NAME, "read_document", about, title)
                parsed = await _parse(record, context, this)
                passages = [NewPassage(reference, text) for reference, text in parsed.passages]
                await asyncio.to_thread(context.passages.replace, record.id, passages)
                read = (parsed.pages, parsed.rows, parsed.notes)
                await asyncio.to_thread(context.documents.mark_read, record.id, *read)
                this.details = _extent(parsed, record.is_table)
                this.output = {"pages": parsed.pages, "rows": parsed.rows, "passages": len(passages)}
        except DocumentError:  # Deleted since the run began: nothing to read and nobody to tell.
            return None
        except AgentError as error:
            if not error.retryable and error.code != REFUSED:  # what is refused today may be read tomorrow
                await asyncio.to_thread(context.documents.mark_failed, record.id, error.message)
            reading.trouble(error.code, describe(error))
            return error
    return None


def _about(record: DocumentRecord) -> dict[str, Any]:
    return {"document": record.name, "document_id": record.id, "bytes": record.size}


async def _parse(record: DocumentRecord, context: AnswerContext, this: Step) -> ParsedDocument:
    async with unnamed_file(context.documents, record.id) as path:
        return await parse(
            path, record.name, on_progress=this.move, seconds=context.parse_seconds, memory_mb=context.parse_memory_mb
        )


def _unreadable(record: DocumentRecord) -> str:
    """A sentence: what the error says beyond its first is for whoever added the document."""
    why = sentences(record.error or "")[:1]
    told = f"{record.name} could not be read" + "".join(f": {one}" for one in why)
    return told.replace(f": {record.name} ", ": it ")


def _unread(record: DocumentRecord) -> str:
    said = " ".join(record.notes)
    return f"{record.name} could not be read in full: {said[0].lower()}{said[1:]}"


def _extent(parsed: ParsedDocument, is_table: bool) -> str:
    extent = counted(len(parsed.passages), "passage")
    if parsed.pages is not None:
        extent = f"{counted(parsed.pages, 'page')}, {extent}"
    elif is_table and parsed.rows is not None:
        extent = counted(parsed.rows, "row")
    said = [*parsed.remarks, *parsed.notes]
    return " ".join([extent + ("." if said else ""), *said])


def _nothing_readable(records: list[DocumentRecord]) -> AgentError:
    if len(records) == 1:
        return AgentError("no_readable_document", records[0].error or f"{records[0].name} could not be read.")
    reasons = " ".join(record.error for record in records[:3] if record.error)
    message = f"None of the {len(records)} documents could be read. {reasons} Add at least one that can."
    return AgentError("no_readable_document", message)
