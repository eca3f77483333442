"""Asks a table a question as the built-in mode does, without its processes."""

from collections.abc import Sequence
from pathlib import Path

from agents.errors import AgentError
from agents.extraction.question import plan_parts
from agents.tables.engine import TypedTable, compute
from agents.tables.planner import Declined, Reading, plan_calculation
from agents.tables.table import read_tables
from agents.tables.words import answer_words, stated_words
from agents.text.answer_state import Turn


def typed(path: Path) -> TypedTable:
    return TypedTable(read_tables(path, path.name)[0])


def read(path: Path, question: str, history: Sequence[Turn] = ()) -> Reading | Declined | None:
    return plan_calculation(plan_parts(question, list(history))[0], typed(path).profile())


def said(path: Path, question: str, history: Sequence[Turn] = ()) -> str:
    found = read(path, question, history)
    assert isinstance(found, Reading), found
    table = typed(path)
    if found.stated:
        return stated_words(found.stated, table.profile())
    told = [(label, plan, compute(table, plan)) for label, plan in found.plans]
    return answer_words(told, found.notes, table.profile())[0]


def told(path: Path, question: str) -> str:
    """The answer, or why there is none."""
    found = read(path, question)
    assert found is not None
    if isinstance(found, Declined):
        return found.reason
    try:
        return said(path, question)
    except AgentError as refused:  # What the table holds has no such number.
        return refused.message
