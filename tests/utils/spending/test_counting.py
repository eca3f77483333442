"""A parent's sum is never added to its children's, in whatever tree and whatever order."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from utils.spending.counting import NO_TOKENS, Cost, Counted, Tokens, Told, count

_tokens = st.builds(
    lambda into, cached, out, thought: Tokens(into, min(cached, into), out, min(thought, out)),
    *[st.integers(0, 1000)] * 4,
)  # fmt: skip


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[str, str | None], dict[str, Tokens]]:
    """The parents of some steps, and what some of them tell."""
    size = draw(st.integers(1, 12))
    parents = {str(n): None if n == 0 else draw(st.sampled_from([None, *map(str, range(n))])) for n in range(size)}
    told = {id: draw(_tokens) for id in parents if draw(st.booleans())}
    return parents, told


def free(_: str, tokens: Tokens) -> Cost | None:
    return Cost(tokens.total, "EUR")


def counted_of(told: Mapping[str, Tokens], parents: Mapping[str, str | None]) -> dict[str, Counted]:
    return count([Told(id, tokens) for id, tokens in told.items()], parents, free)


def inside(id: str, parents: Mapping[str, str | None]) -> set[str]:
    """A step and all within it."""
    found = {id}
    while more := {one for one, outer in parents.items() if outer in found} - found:
        found |= more
    return found


@given(trees())
def test_what_counts_within_a_step_is_the_larger_of_what_it_tells_and_of_what_is_within(
    tree: tuple[dict[str, str | None], dict[str, Tokens]],
) -> None:
    parents, told = tree
    counted = counted_of(told, parents)
    assert counted.keys() == told.keys()
    for id, own in told.items():
        within = NO_TOKENS
        for one in inside(id, parents) - {id}:
            within = within.plus(counted[one].tokens) if one in counted else within
        assert within.plus(counted[id].tokens) == own.at_least(within)


@given(trees(), st.randoms())
def test_the_order_in_which_steps_are_told_changes_nothing(
    tree: tuple[dict[str, str | None], dict[str, Tokens]], chance: st.DataObject
) -> None:
    parents, told = tree
    mixed = list(told.items())
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert counted_of(dict(mixed), parents) == counted_of(told, parents)


@given(trees())
def test_leaves_count_whole_and_nothing_counts_less_than_nothing(
    tree: tuple[dict[str, str | None], dict[str, Tokens]],
) -> None:
    parents, told = tree
    counted = counted_of(told, parents)
    for id in told:
        assert min(counted[id].tokens) >= 0
        if not (inside(id, parents) - {id}) & told.keys():
            assert counted[id].tokens == told[id]


@given(trees(), st.data())
def test_steps_around_each_other_in_a_circle_count_and_end(
    tree: tuple[dict[str, str | None], dict[str, Tokens]], data: st.DataObject
) -> None:
    parents, told = tree
    circle = parents | {id: data.draw(st.sampled_from(list(parents))) for id in parents if data.draw(st.booleans())}
    counted = counted_of(told, circle)
    assert counted.keys() == told.keys()
    whole = sum(one.tokens.total for one in counted.values())
    assert max((one.total for one in told.values()), default=0) <= whole <= sum(one.total for one in told.values())


def test_a_crew_that_tells_its_sum_counts_for_what_is_beyond_its_calls() -> None:
    parents = {"crew": None, "task": "crew", "call-1": "task", "call-2": "task"}
    told = {"crew": Tokens(110, 0, 20), "call-1": Tokens(60, 0, 10), "call-2": Tokens(40, 0, 10)}
    counted = counted_of(told, parents)
    assert counted["crew"].tokens == Tokens(10, 0, 0)
    assert sum(one.tokens.total for one in counted.values()) == 130


def test_a_cost_that_a_step_tells_comes_before_any_price_and_is_not_added_to_what_is_within() -> None:
    parents = {"crew": None, "call": "crew"}
    tokens = Tokens(10, 0, 1)
    told = [Told("crew", tokens, Cost(50, "EUR")), Told("call", tokens, Cost(30, "EUR"))]
    counted = count(told, parents, free)
    assert [counted[id].cost for id in ("call", "crew")] == [Cost(30, "EUR"), Cost(20, "EUR")]
    told[1] = Told("call", tokens, Cost(30, "USD"))  # whether they are a part of the fifty cannot be known
    assert [counted.cost for counted in count(told, parents, free).values()] == [Cost(30, "USD"), Cost(0, "EUR")]


def test_without_a_price_nothing_is_guessed() -> None:
    counted = count([Told("a", Tokens(1, 0, 1)), Told("b", NO_TOKENS)], {}, lambda *_: None)
    assert counted == {"a": Counted(Tokens(1, 0, 1), None), "b": Counted(NO_TOKENS, None)}
