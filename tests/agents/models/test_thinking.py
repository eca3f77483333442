"""Reasoning that a model writes into its text."""

import pytest

from agents.models.thinking import Thinking


def heard(text: str, size: int) -> tuple[str, str]:
    """The answer and the reasoning of a text that comes in pieces."""
    thinking, answer, reasoning = Thinking(), "", ""
    pieces = [piece for at in range(0, len(text), size) for piece in thinking.add(text[at : at + size])]
    for piece in [*pieces, *thinking.rest()]:
        if piece.takes_back:
            reasoning, answer = reasoning + answer, ""
        elif piece.channel == "reasoning":
            reasoning += piece.text
        else:
            answer += piece.text
    return answer, reasoning


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("text", "answer", "reasoning"),
    [
        ("Plain text, a < b and <b>bold</b> [1].", "Plain text, a < b and <b>bold</b> [1].", ""),
        ("<think>Hm.</think>\n\nEighty-four.", "Eighty-four.", "Hm."),
        ("\n <Think>Hm.</THINK> Eighty-four.", "Eighty-four.", "Hm."),
        ("<thinking>Hm.</thinking>84 [1].", "84 [1].", "Hm."),
        ("<thinking>Hm.</think>84.", "84.", "Hm."),
        ("[THINK]Hm [1].[/THINK]84 [1].", "84 [1].", "Hm [1]."),
        ("◁think▷Hm.◁/think▷84.", "84.", "Hm."),
        ("<think></think>84.", "84.", ""),
        ("<|channel>thought\nHm.<channel|>84.", "84.", "\nHm."),
        ("<|start_header_id|>assistant<|end_header_id|>\n\n84.<|eot_id|>", "84.", ""),
        ("84.</s>", "84.", ""),
        ("84.</s>\n</s> ", "84.", ""),
        ("84.</s><|im_end|>", "84.", ""),
        ("The price <s>12</s> is 15.", "The price <s>12</s> is 15.", ""),
        ("It was <s>12</s>", "It was <s>12</s>", ""),
        ('It was <S class="old">12</S></s>', 'It was <S class="old">12</S>', ""),
        ("</s> ends it.", "</s> ends it.", ""),
        ("<think>Was <s>12</s> or</s> so.</s></think>84.</s>", "84.", "Was <s>12</s> or</s> so."),
        ("<think>Only </s> <s> here</think>84.</s>", "84.", "Only </s> <s> here"),
        ("84.<end_of_turn>", "84.", ""),
        ("84.<｜end▁of▁sentence｜>", "84.", ""),
        ("<think>One.</think>In winter <think>Two.</think>she carries 84.", "In winter she carries 84.", "One.Two."),
        ("<think>Without an end, {", "", "Without an end, {"),
        ("Hm, 84 or 90?</think>\n84.", "84.", "Hm, 84 or 90?"),
        ("<think>a<think>b</think>c</think>84.", "84.", "abc"),
        ("84 <thi", "84 <thi", ""),
        ("<think>Hm.</thi", "", "Hm.</thi"),
        ("Write `<think>` first.", "Write `<think>` first.", ""),
        ("```xml\n<think>x</think>\n```\nSo it is.", "```xml\n<think>x</think>\n```\nSo it is.", ""),
        (
            "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>84.<|return|>",
            "84.", "Hm.",
        ),
        (
            "<|start|>assistant<|channel|>commentary to=functions.x <|constrain|>json<|message|>{}<|call|>"
            "<|start|>assistant<|message|>84.", "84.", "{}",
        ),
    ],
)  # fmt: skip
def test_reasoning_is_told_apart_however_the_text_is_cut(text: str, answer: str, reasoning: str, size: int) -> None:
    assert heard(text, size) == (answer, reasoning)


def test_text_is_not_held_back_longer_than_a_mark_could_be() -> None:
    thinking = Thinking()
    assert thinking.add("a <") == [("answer", "a ", False)]
    assert thinking.add("tab") == [("answer", "<tab", False)]


@pytest.mark.parametrize("piece", ["[1] ", "`[1]` [", "a\n[", "<th "])
def test_a_long_text_full_of_beginnings_is_read_once(piece: str) -> None:
    text = piece * 200_000
    assert heard(text, len(text)) == (text, "")


def test_a_header_without_an_end_is_no_answer() -> None:
    assert heard("<|start|>[ " * 80_000, 100_000) == ("", "")


def test_backticks_of_a_line_count_over_all_its_pieces() -> None:
    assert heard("a `b\n`c [1]` <think>Hm.</think>", 1) == ("a `b\n`c [1]` ", "Hm.")
    code = "`c `d` <think>e</think>\n  ```\n<think>\n```"
    assert heard(code, 3) == (code, "")
