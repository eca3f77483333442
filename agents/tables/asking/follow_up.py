"""A short follow-up, such as 'and in summer?', takes from the earlier question what it does not say itself."""

from dataclasses import replace

from agents.tables.asking.mentions import Mention, Understanding

_ONLY = {"only", "just", "nur", "bloss", "seulement"}


def lean_on(said: Understanding, earlier: Understanding) -> Understanding:
    """A short follow-up keeps what the earlier question said, except where it says otherwise."""
    if not earlier.tokens:
        return said
    own = said.mentions
    for mention in own:  # "and in summer?", "what about Ada?"
        if mention.kind == "sense" and mention.sense in ("and", "which", "how much"):
            mention.kind = "harmless" if len(own) > 1 and mention.sense == "and" else mention.kind
        if mention.start == 0 and said.tokens[0].plain in _ONLY:
            mention.kind = "harmless"
    says_all = any(one.kind in ("column", "rows") for one in own) and any(
        one.kind == "sense" and one.sense in ("count", "sum", "mean", "max", "min") for one in own
    )
    if says_all:
        return said
    _complete_times(own, earlier.mentions)
    shift = len(earlier.tokens) + 1
    replaced = {_replaced_by(one) for one in own} - {None}
    kept = [one for one in earlier.mentions if _replaced_by(one) not in replaced]
    if any(one.sense == "per" for one in own):
        kept = [one for one in kept if not _names_one(one)]
    if any(one.kind == "sense" and one.sense == "which" for one in own) and not any(
        one.kind == "column" for one in own
    ):
        own[:] = [one for one in own if one.sense != "which"]
    for mention in own:
        mention.start, mention.end = mention.start + shift, mention.end + shift
    said.tokens = [*earlier.tokens, *earlier.tokens[-1:], *said.tokens]
    said.mentions = [*kept, *own]
    return said


def _complete_times(own: list[Mention], earlier: list[Mention]) -> None:
    """'And in March?' after February of 2025 is in 2025; 'and in 2024?' after it is February again."""
    times = [one for one in earlier if one.moment]
    if len(times) != 1:
        return
    before = times[0].moment
    assert before
    for mention in own:
        after = mention.moment
        if after is None:
            continue
        if _is_within_a_year(mention) and not after.at.year:
            mention.moment = replace(after, at=replace(after.at, year=before.at.year))
        elif not _is_within_a_year(mention) and _is_within_a_year(times[0]) and not after.until and not before.at.day:
            mention.moment = replace(before, at=replace(before.at, year=after.at.year))


def _is_within_a_year(mention: Mention) -> bool:
    moment = mention.moment
    return moment is not None and bool(moment.at.month or moment.season or moment.quarter)


def _names_one(mention: Mention) -> bool:
    """'By region' asks for all of them, where 'which region has the highest' asked for one."""
    if mention.kind == "column":
        return not mention.column.is_number
    return mention.sense in ("which", "who", "max", "min", "per")


def _replaced_by(mention: Mention) -> str | None:
    """What a follow-up replaces: values by values of the same column, months by months, years by years."""
    if mention.kind == "value":
        return f"value {mention.column.name}"
    if mention.kind == "moment":
        return "season" if _is_within_a_year(mention) else "year"
    if mention.kind == "column":
        return "number" if mention.column.is_number else f"column {mention.column.name}"
    if mention.kind == "sense" and mention.sense in ("max", "min"):
        return "direction"
    if mention.kind == "sense" and mention.sense in ("mean", "median", "sum"):
        return "function"
    return None
