"""Whoever asks something that does not answer waits only so long, and does not ask it again and again."""

import threading

import pytest

from utils.metrics.probe import Probe, TooSlowError


def test_an_answer_that_is_overdue_is_waited_for_by_all_and_asked_for_once() -> None:
    asked, answer = [], threading.Event()

    def question() -> str:
        asked.append(1)
        assert answer.wait(10)
        return f"answer {len(asked)}"

    probe = Probe("test", question)
    for _ in range(3):
        probe.begin()
        with pytest.raises(TooSlowError):
            probe.look(0.01)
    assert len(asked) == 1
    answer.set()
    assert probe.look(10) == "answer 1"
    probe.begin()
    assert probe.look(10) == "answer 2"


def test_an_error_is_told_and_the_next_question_is_asked_anew() -> None:
    outcomes = iter([ValueError("broken"), "mended"])

    def question() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return str(outcome)

    probe = Probe("test", question)
    with pytest.raises(ValueError, match="broken"):
        probe.look(10)
    probe.begin()
    assert probe.look(10) == "mended"


def test_a_question_for_which_there_was_no_thread_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = Probe("test", lambda: "an answer")

    def no_room(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as crowded:
        crowded.setattr(threading.Thread, "start", no_room)
        probe.begin()
        with pytest.raises(RuntimeError, match="new thread"):
            probe.look(0.01)
    probe.begin()
    assert probe.look(10) == "an answer"
