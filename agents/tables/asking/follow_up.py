"""A short follow-up, such as 'and in summer?', takes from the earlier question what it does not say itself."""

from agents.tables.asking.mentions import Mention
from agents.tables.asking.question import Question


def lean_on(question: Question) -> None:
    """A short follow-up keeps what the earlier question said, except where it says otherwise."""
    assert question.earlier
    own = question.said.mentions
    for mention in own:  # "and in summer?", "what about Ada?"
        if mention.kind == "sense" and mention.sense in ("and", "which", "how much"):
            mention.kind = "harmless" if len(own) > 1 and mention.sense == "and" else mention.kind
    says_all = any(one.kind in ("column", "rows") for one in own) and any(
        one.kind == "sense" and one.sense in ("count", "sum", "mean", "max", "min", "per") for one in own
    )
    if says_all:
        return
    shift = len(question.earlier.tokens) + 1
    replaced = {_replaced_by(one) for one in own} - {None}
    kept = [one for one in question.earlier.mentions if _replaced_by(one) not in replaced]
    if any(one.kind == "sense" and one.sense == "which" for one in own) and not any(
        one.kind == "column" for one in own
    ):
        own[:] = [one for one in own if one.sense != "which"]
    for mention in own:
        mention.start, mention.end = mention.start + shift, mention.end + shift
    question.said.tokens = [*question.earlier.tokens, *question.earlier.tokens[-1:], *question.said.tokens]
    question.said.mentions = [*kept, *own]


def _replaced_by(mention: Mention) -> str | None:
    """What a follow-up replaces: values by values of the same column, months by months, years by years."""
    if mention.kind == "value":
        return f"value {mention.column.name}"
    if mention.kind == "moment" and mention.moment:
        return "year" if not (mention.moment.at.month or mention.moment.season or mention.moment.quarter) else "season"
    if mention.kind == "column":
        return "number" if mention.column.is_number else f"column {mention.column.name}"
    if mention.kind == "sense" and mention.sense in ("max", "min"):
        return "direction"
    if mention.kind == "sense" and mention.sense in ("mean", "median", "sum"):
        return "function"
    return None
