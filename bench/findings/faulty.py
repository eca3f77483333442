"""A healthy run that goes wrong at some point, and the moment from which on it was wrong."""

from collections.abc import Callable

from bench.findings.healthy import SHAPES
from bench.findings.told import ToldRun

Fault = Callable[[ToldRun], float]
_GOES_ON = 60.0  # seconds for which it is wrong and nobody stops it


def _calls_again(run: ToldRun) -> float:
    query, answer = {"q": run.words(2)}, run.words(8)

    def once() -> None:
        run.call("Agent", "gpt-5", f"messages at {run.at}", "Search again.", kind="model", seconds=3)
        run.call("Agent", "search", query, answer, seconds=1)

    return _goes_on(run, once, 3)


def _back_and_forth(run: ToldRun) -> float:
    first, second = run.words(2), run.words(3)

    def once() -> None:
        run.call("Editor", "draft", first, second, seconds=2)
        run.call("Critic", "review", second, "Once more.", seconds=2)

    return _goes_on(run, once, 3)


def _fails_again(run: ToldRun) -> float:
    page = run.words(1)

    def once() -> None:
        run.call("Agent", "fetch", page, None, seconds=2, failed=f"Timed out after {run.random.randint(9, 99)} s")
        run.wait(2)

    return _goes_on(run, once, 3)


def _writes_for_ever(run: ToldRun) -> float:
    words, told = f"{run.words(12)}, ", 0.0
    model = run.begin("Writer", "tiny-model", "model", input=run.words(4))
    for piece in range(400):
        run.wait(0.2, 0.2)
        run.tell("agentMessage", message_id="loop", agent_name="Writer", delta=words)
        told = run.at if (piece + 1) * len(words) <= 500 else told
    run.end(model, output="")
    return told


def _says_again(run: ToldRun) -> float:
    words = f"I will now {run.words(9)}."

    def once() -> None:
        run.wait(3)
        run.say("Talker", words)

    return _goes_on(run, once, 3)


def _goes_on(run: ToldRun, once: Callable[[], None], times: int) -> float:
    for _ in range(times):
        once()
    wrong_at = run.at
    while run.at < wrong_at + _GOES_ON:
        once()
    return wrong_at


FAULTS: dict[str, Fault] = {
    "the same call": _calls_again, "back and forth": _back_and_forth, "the same error": _fails_again,
    "the same words in one text": _writes_for_ever, "the same text": _says_again,
}  # fmt: skip


def faulty_run(seed: int, fault: Fault) -> tuple[ToldRun, float]:
    """It begins as a healthy one; the seconds at which it has gone wrong."""
    run = ToldRun(seed)
    run.random.choice(SHAPES)(run)
    run.burst = 0.0
    return run, fault(run)


def hanging_run(seed: int) -> tuple[ToldRun, dict[str, str]]:
    """One of whose steps nothing is heard any more; the step, of a kind that others have ended."""
    run = ToldRun(seed)
    run.random.choice(SHAPES)(run)
    run.burst = 0.0
    agent, action, kind = run.random.choice(
        [("Thinker", "search", "tool"), ("Coder", "run_tests", "tool"), ("Researcher", "gpt-5", "model"),
         ("Thinker", "o5-pro", "model"), ("Checker", "check", "tool"), ("Nobody", "never_seen", "tool")]
    )  # fmt: skip
    return run, run.begin(agent, action, kind, input=run.words(3))
