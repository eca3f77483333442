"""``python -m bench.trust``: the part ``trust`` of the benchmark by itself, with other seeds, files and models.

Ends with 1 when a goal was missed.
"""

import argparse
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.report import Figure, render
from bench.trust.answers import ask, tables, this_month
from bench.trust.library import library
from bench.trust.talk import Asked


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.trust", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=this_month(), help="of the files and questions; default: this month"
    )
    parser.add_argument("--questions", type=int, help="ask so many of them only")
    parser.add_argument("--kinds", nargs="+", default=(), metavar="KIND", help="of files: csv, docx, …; default: all")
    parser.add_argument("--verbose", action="store_true", help="list the wrong answers")
    parser.add_argument(
        "--answers",
        type=Path,
        metavar="FILE",
        help="write every question with its answer and verdict, a JSON object a line",
    )
    parser.add_argument(
        "--files", type=Path, metavar="FOLDER", help="only write the files there, with questions.txt, and ask nothing"
    )
    parser.add_argument(
        "--model-server", metavar="URL", help="let a model answer: the address of an OpenAI-compatible server"
    )
    parser.add_argument("--model", default="default", help="its name there")
    parser.add_argument(
        "--seconds", type=float, default=60, help="a run that takes longer is cancelled, and has no answer"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the server is stopped, too
    if options.files:
        _write(options.files, options.seed)
        return
    model = (options.model_server, options.model) if options.model_server else None
    asking = ask(options.seed, questions=options.questions, kinds=options.kinds, model=model, seconds=options.seconds)
    asked = list(_kept(asking, options.answers) if options.answers else asking)
    if options.verbose:
        print(_list([one for one in asked if one.verdict.outcome == "wrong"]))
    results = list(tables(asked))
    print(f"Seed {options.seed}.\n\n{render(results)}")
    if any(isinstance(result, Figure) and result.result == "miss" for result in results):
        sys.exit(1)


def _write(folder: Path, seed: int) -> None:
    """Names begin with a number, for several files of a set may have the same name."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = []
    for at, (what, upload) in enumerate(library(seed).items(), 1):
        for name, content in (*upload.beside, (upload.name, upload.content)):
            (folder / f"{at:02d}-{name}").write_bytes(content)
        listed.append(f"\n{at:02d}-{upload.name}: {what}\n")
        listed += [f"  {question.kind}: {question.text} → {question.right}\n" for question in upload.questions]
    (folder / "questions.txt").write_text("".join(listed))


def _kept(asking: Iterator[Asked], file: Path) -> Iterator[Asked]:
    """Each is written as it comes: with a slow model the whole takes hours, and what was asked until a stop counts."""
    with file.open("w", buffering=1) as kept:
        for one in asking:
            kept.write(json.dumps(_line(one), ensure_ascii=False) + "\n")
            yield one


def _line(asked: Asked) -> dict[str, object]:
    return {
        "outcome": asked.verdict.outcome, "why": asked.verdict.why, "file": asked.upload.name, "kind": asked.question.kind,
        "language": asked.question.language, "question": asked.question.text, "right": str(asked.question.right),
        "answer": asked.reply.text, "citations": asked.reply.citations, "failure": asked.reply.failure,
    }  # fmt: skip


def _list(wrong: Sequence[Asked]) -> str:
    return "\n".join(
        f"{one.upload.name}: {one.question.text}\n  right:  {one.question.right}\n  answer: {one.reply.text}\n  {one.verdict.why}\n"
        for one in wrong
    )


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
