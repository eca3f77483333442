"""What is found in a run, and what is not: a healthy one may wait, poll, try again, go through many inputs."""

import random

import pytest

from tests.utils.findings.told import Told, learnt
from utils.findings.usual import Usual


@pytest.fixture
def run() -> Told:
    return Told()


def test_the_same_call_with_the_same_answer(run: Told) -> None:
    seqs = [run.call("search", {"query": "tide"}, ["high at 6"]) for _ in range(2)]
    assert run.codes == []
    seqs.append(run.call("search", {"query": "tide"}, ["high at 6"]))
    (found,) = run.found()
    assert (found.code, found.sentence) == ("repeats", "Called search(“tide”) 3 times with the same answer.")
    assert [one.seq for one in found.evidence] == seqs
    assert found.evidence[0].quote == 'search(“tide”) → ["high at 6"]'
    assert (found.agent_name, found.activity_id) == ("Scout", "step-3")


def test_it_has_to_go_on_for_a_while(run: Told) -> None:
    for _ in range(3):
        run.call("search", "tide", "high")
    assert run.found(settle=10) == []
    run.wait(10)
    assert [one.code for one in run.found(settle=10)] == ["repeats"]


@pytest.mark.parametrize(
    ("input", "output"), [("ebb", "low"), ("tide", "low")], ids=["another input", "another answer"]
)
def test_it_is_over_when_something_new_comes(run: Told, input: str, output: str) -> None:
    for _ in range(3):
        run.call("search", "tide", "high")
    run.call("search", input, output)
    assert run.codes == []


def test_it_is_over_as_soon_as_another_call_begins(run: Told) -> None:
    for _ in range(3):
        run.call("search", "tide", "high")
    run.begin("read", input="log.txt")
    assert run.codes == []


def test_it_is_over_with_the_run_and_while_it_waits(run: Told) -> None:
    for _ in range(3):
        run.call("search", "tide", "high")
    run.update("waiting")
    assert run.codes == []
    run.update("running")
    assert run.codes == []
    for _ in range(3):
        run.call("search", "tide", "high")
    assert run.codes == ["repeats"]
    run.update("completed")
    assert run.codes == []
    assert run.fold.is_over


def test_what_a_model_thinks_in_between_is_no_news(run: Told) -> None:
    for turn in range(3):
        run.call("gpt-5", f"{turn} messages", {"calls": "search"}, kind="model")
        run.call("search", "tide", "high")
    assert run.codes == ["repeats"]


def test_new_calls_of_the_same_agent_in_between_are(run: Told) -> None:
    for turn in range(5):
        run.call("list_files", {"path": "."}, ["a", "b"])
        run.call("read", {"path": f"{turn}.txt"}, f"page {turn}")
    assert run.codes == []


def test_another_agent_that_goes_on_does_not_hide_it(run: Told) -> None:
    for turn in range(3):
        run.call("search", "tide", "high", agent="Scout")
        run.call("read", f"{turn}.txt", f"page {turn}", agent="Reader")
    assert run.codes == ["repeats"]


def test_a_tool_that_is_polled_and_answers_something_else(run: Told) -> None:
    for percent in range(0, 100, 5):
        run.call("job_status", {"id": 7}, {"percent": percent}, seconds=20)
    assert run.codes == []


def test_a_loop_over_many_inputs_with_the_same_answer(run: Told) -> None:
    for number in range(30):
        run.call("check", {"row": number}, "ok")
    assert run.codes == []


def test_calls_of_which_the_answer_is_not_told_are_not_compared(run: Told) -> None:
    for _ in range(10):
        run.call("job_status", {"id": 7}, None)
    assert run.codes == []


def test_ids_of_calls_are_no_news(run: Told) -> None:
    for turn in range(3):
        run.call("search", "tide", {"content": "high", "tool_call_id": f"call-{turn}"})
    assert run.codes == ["repeats"]


def test_steps_around_others_are_not_compared(run: Told) -> None:
    for turn in range(4):
        node = run.begin("agent", kind="step", input="state")
        run.call("read", f"{turn}.txt", f"page {turn}", parent_id=node)
        run.move(node, "completed", output="state")
    assert run.codes == []


def test_back_and_forth(run: Told) -> None:
    for _ in range(3):
        run.call("search", "tide", "high")
        assert run.codes == []
        run.call("read", "log.txt", "ebb")
    (found,) = run.found()
    assert found.code == "alternates"
    assert (
        found.sentence
        == "Goes back and forth between search(“tide”) and read(“log.txt”): 3 rounds with the same results."
    )
    assert len(found.evidence) == 6
    run.call("search", "tide", "high")
    run.call("read", "log.txt", "ebb")
    assert run.sentences == [found.sentence.replace("3 rounds", "4 rounds")]
    run.call("read", "other.txt", "flow")
    assert run.codes == []


def test_two_agents_that_hand_over_to_each_other(run: Told) -> None:
    for _ in range(3):
        run.call("Hand over", "to Writer", None, agent="Editor", kind="handoff")
        run.call("Hand over", "to Editor", None, agent="Writer", kind="handoff")
    assert run.codes == ["alternates"]


def test_back_and_forth_that_gets_somewhere(run: Told) -> None:
    for turn in range(6):
        run.call("edit", f"line {turn}", "saved")
        run.call("test", "all", f"{10 - turn} fail")
    assert run.codes == []


def test_the_same_error(run: Told) -> None:
    run.call("fetch", "http://a", None, failed="Timed out after 30 s (request 8f3a9c21)")
    run.call("fetch", "http://a", None, failed="Timed out after 31 s (request 11b2c3d4)")
    assert run.codes == []
    run.call("fetch", "http://a", None, failed="Timed out after 29 s (request 99aabbcc)")
    (found,) = run.found()
    assert found.code == "error_repeats"
    assert found.sentence.startswith("fetch(“http://a”) failed 3 times with the same error: “Timed out")
    run.call("fetch", "http://a", "<html>")
    assert run.codes == []


def test_errors_beside_the_steps(run: Told) -> None:
    for number in range(3):
        run.event("error", code="rate_limited", message=f"Too many requests. Wait {number} s.", agent_name="Scout")
    assert run.codes == ["error_repeats"]


def test_other_errors_and_retries_that_succeed(run: Told) -> None:
    for number in range(6):
        run.call("fetch", f"page {number}", None, failed="Timed out")
        run.call("fetch", f"page {number}", None, failed="Timed out")
        run.call("fetch", f"page {number}", "<html>")
    run.call("fetch", "a", None, failed="Not found")
    run.call("fetch", "a", None, failed="Forbidden")
    run.call("fetch", "a", None, failed="Timed out")
    assert run.codes == []


def test_a_few_inputs_of_many_that_fail_alike(run: Told) -> None:
    for number in range(4):
        run.call("fetch", f"page {number}", None, failed="Not found")
    assert run.codes == []
    run.call("fetch", "page 5", None, failed="Not found")
    assert run.codes == ["error_repeats"]


def test_what_is_found_is_no_error_of_the_run(run: Told) -> None:
    heard = run.fold.heard
    run.wait(5)
    for _ in range(3):
        run.event("error", code="stuck_silent", message="Nothing was heard.")
    assert run.codes == []
    assert run.fold.heard == heard


def test_the_same_text_again(run: Told) -> None:
    words = "I will now look at the harbour log and answer."
    for number in range(3):
        assert run.codes == []
        run.say(f"m{number}", words[:20], final=False)
        run.say(f"m{number}", words[20:])
    (found,) = run.found()
    assert found.sentence.startswith("Wrote the same text 3 times")
    run.call("search", "tide", "high")
    assert run.codes == []


def test_short_texts_are_not_counted(run: Told) -> None:
    for number in range(6):
        run.say(f"m{number}", "Let me look.")
    assert run.codes == []


def test_a_model_that_writes_the_same_words_for_ever(run: Told) -> None:
    run.say("m", "The answer is as follows. ", final=False)
    for _ in range(40):
        run.say("m", "and the tide is high, ", final=False)
    (found,) = run.found()
    assert found.code == "text_repeats"
    assert found.sentence.startswith("Writes the same words over and over: ")
    run.say("m", "")
    assert run.codes == []


def test_a_long_text_with_tables_and_lists_is_none(run: Told) -> None:
    words = random.Random(7).choices(
        ["harbour", "tide", "boat", "quay", "log", "night", "watch", "rope", "sail"], k=3000
    )
    for start in range(0, 3000, 10):
        run.say("m", f"| {' '.join(words[start : start + 10])} | --- | 0 | 0 |\n", final=False)
    run.say("m", "-" * 400, final=False)
    assert run.codes == []


def test_a_step_that_is_silent(run: Told) -> None:
    step = run.begin("crawl", input="harbour.example")
    assert run.wait(599).codes == []
    (found,) = run.wait(1).found()
    assert found.code == "silent"
    words = "Nothing was heard of crawl(“harbour.example”) for 10 minutes; how long it takes is not known yet."
    assert (found.sentence, found.activity_id) == (words, step)
    run.move(step)
    assert run.codes == []


def test_a_step_that_is_known_is_found_sooner() -> None:
    run = Told(learnt(Usual(300), "Scout", "crawl", "tool", [2, 3, 2, 4, 3, 2, 2, 3]))
    run.begin("crawl", input="harbour.example")
    assert run.wait(119).codes == []
    (found,) = run.wait(1).found()
    assert found.sentence.endswith(" for 2 minutes; it usually takes at most 4 seconds.")


def test_a_step_that_usually_takes_long_is_waited_for() -> None:
    run = Told(learnt(Usual(300), "Scout", "train", "tool", [3000, 3600, 2800, 4000, 3500]))
    run.begin("train")
    assert run.wait(6 * 3600).codes == []
    assert run.wait(10 * 3600).codes == ["silent"]


def test_progress_texts_and_states_are_life(run: Told) -> None:
    step = run.begin("train")
    for _ in range(20):
        run.wait(500).move(step, progress=0.5)
    model = run.begin("gpt-5", kind="model", agent="Writer")
    run.move(step, "completed")
    for _ in range(20):
        run.wait(250).say("m", "word ", final=False, agent="Writer", channel="reasoning", activity_id=model)
    for _ in range(5):
        run.wait(250).event("agentStatusUpdate", agent_name="Writer", status="working")
    assert run.codes == []
    assert run.wait(300).codes == ["silent"]


def test_a_sign_of_life_lets_one_wait_longer_and_ends_nothing(run: Told) -> None:
    run.begin("train")
    run.wait(500).fold.is_alive(run.at)
    assert run.wait(599).codes == []
    (found,) = run.wait(1).found()
    run.fold.is_told(found)
    run.fold.is_alive(run.at)
    assert run.codes == ["silent"]


def test_a_parent_whose_child_works_is_not_stuck(run: Told) -> None:
    parent = run.begin("answer", kind="step")
    for number in range(20):
        run.call("read", number, number, seconds=400, parent_id=parent)
        assert run.codes == []
    run.begin("read", input="last", parent_id=parent)
    assert run.wait(600).found()[0].activity_id != parent


def test_one_of_several_children_that_hangs_is_found(run: Told) -> None:
    parent = run.begin("answer", kind="step")
    hangs = run.begin("read", input="a", parent_id=parent, agent="A")
    for number in range(7):
        run.call("read", number, number, seconds=100, parent_id=parent, agent="B")
    assert [one.activity_id for one in run.found()] == [hangs]


def test_who_waits_for_a_person_is_not_stuck(run: Told) -> None:
    parent = run.begin("pay", kind="step")
    asks = run.begin("ask", kind="approval", parent_id=parent)
    run.move(asks, "waiting")
    assert run.wait(90_000).codes == []
    run.move(asks, "completed")
    run.move(parent, "completed")
    assert all(ended.silence < 10 for ended in run.fold.ended), "to wait for a person is no silence to learn from"


def test_a_queued_or_waiting_run_and_an_agent_that_waits_are_not_stuck(run: Told) -> None:
    run.begin("crawl", agent="Scout")
    for status in ("waiting", "queued"):
        run.update(status)
        assert run.wait(90_000).codes == []
    run.update("running")
    run.event("agentStatusUpdate", agent_name="Scout", status="waiting")
    assert run.wait(90_000).codes == []
    run.event("agentStatusUpdate", agent_name="Scout", status="working")
    assert run.wait(601).codes == ["silent"]


def test_a_run_without_a_step_that_is_open(run: Told) -> None:
    run.call("read", 1, 1)
    assert run.wait(299).codes == []
    assert run.wait(1).sentences == ["Nothing was heard for 5 minutes, and no step is under way."]


def test_what_is_told_late_opens_no_step(run: Told) -> None:
    step = run.begin("crawl")
    run.wait(1).move(step, "completed")
    run.move(step, "started")
    run.update("running")
    assert run.wait(250).codes == []
    assert not len(run.fold._steps)


def test_a_step_that_is_named_by_what_it_does_may_begin_again(run: Told) -> None:
    for _ in range(3):
        run.wait(1).call("search", "tide", "high", activity_id="search")
    assert run.codes == ["repeats"]
    run.wait(1).begin("search", input="tide", activity_id="search")
    assert not len(run.fold._steps), "it may have been told late"


def test_outside_of_runs_only_open_steps_are_waited_for() -> None:
    run = Told(run_id="")
    run.fold.status = ""
    run.call("read", 1, 1)
    assert run.fold.is_over
    run.begin("crawl")
    assert run.wait(601).codes == ["silent"]


def test_the_longest_silence_of_a_step_is_learnt(run: Told) -> None:
    step = run.begin("train")
    run.wait(30).move(step)
    run.wait(50).move(step)
    run.wait(10).move(step, "completed")
    (ended,) = run.fold.ended
    assert ended == ("Scout", "train", "tool", pytest.approx(50))


def test_memory_stays_small(run: Told) -> None:
    for number in range(3000):
        run.begin(f"step {number}", agent=f"agent {number}", input=number)
        run.say(f"m{number}", "x" * 50, final=False)
        run.fold.ended.clear()
    assert len(run.fold._steps) <= 500
    assert len(run.fold._repetition._seen) <= 512
    assert len(run.fold._texts._texts) <= 50
