"""Healthy runs of many kinds, as programs tell of them: each waits, tries again, polls or takes long in its own way.

Their shapes are those of recordings: spans of Pydantic AI and LangChain, events of CrewAI, streams of LangGraph and of
n8n, coding agents, and the built-in agents.
"""

from collections.abc import Callable

from bench.findings.told import ToldRun

Shape = Callable[[ToldRun], None]


def _documents(run: ToldRun) -> None:
    """As the built-in agents work: read, search, write, review, and perhaps write again."""
    root = run.begin("Supervisor", "Answer the question", "step", input="When?")["activity_id"]
    for number in range(run.random.randint(1, 9)):
        run.call("Document Agent", f"Read report {number}.pdf", {"n": number}, f"{number} passages", parent=root)
    for _ in range(run.random.randint(1, 6)):
        run.call("Research Agent", "Search", {"query": run.words(2)}, {"found": run.random.randint(0, 9)}, parent=root)
    for _ in range(run.random.randint(1, 3)):
        model = run.begin("Writer Agent", "Write the answer", "model", root, input=run.words(20))
        run.write("Writer Agent", 120, seconds=0.4)
        run.end(model, output=run.words(40))
        run.call("Review Agent", "Check the answer", run.words(9), run.words(5), kind="model", seconds=6, parent=root)
    run.end(
        {"activity_id": root, "agent_name": "Supervisor", "action": "Answer the question", "kind": "step"}, output="So."
    )


def _crew(run: ToldRun) -> None:
    """Tasks one after the other, each with model calls whose inputs grow, and tools."""
    for task in range(run.random.randint(2, 5)):
        agent = run.random.choice(["Researcher", "Analyst", "Writer"])
        step = run.begin(agent, f"Task {task}", "step", input=run.words(9))
        for turn in range(run.random.randint(1, 8)):
            run.call(agent, "gpt-5", f"{task} {turn} messages", {"text": run.words(30)}, kind="model", seconds=8,
                     spread=0.8, parent=step["activity_id"])  # fmt: skip
            if run.random.random() < 0.7:
                tool = run.random.choice(["search", "read_page", "calculate"])
                run.call(
                    agent, tool, {"q": run.words(3)}, run.words(20), seconds=1.5, spread=0.9, parent=step["activity_id"]
                )
        run.end(step, output=run.words(30))


def _coding(run: ToldRun) -> None:
    """Edits and tests: the same tests fail alike several times, with edits in between; files are listed again."""
    for edit in range(run.random.randint(3, 20)):
        if run.random.random() < 0.4:
            run.call("Coder", "list_files", {"path": "."}, ["a.py", "b.py"], seconds=0.2)
        run.call("Coder", "read_file", {"path": f"{run.words(1)}.py", "from": edit}, run.words(40), seconds=0.2)
        run.call("Coder", "claude", f"{edit} messages", run.words(20), kind="model", seconds=12, spread=0.9)
        if run.random.random() < 0.3:
            run.say("Coder", "Let me look at the next file and run the tests again.")
        run.call("Coder", "edit_file", {"path": "a.py", "text": run.words(20)}, "saved", seconds=0.2)
        failed = "2 tests failed in 3.1 s" if run.random.random() < 0.6 else ""
        run.call("Coder", "run_tests", {}, f"{edit} passed", seconds=15, spread=0.8, failed=failed)
        if run.random.random() < 0.2:
            run.call("Coder", "git_status", {}, "M a.py", seconds=0.3)


def _polling(run: ToldRun) -> None:
    """A job elsewhere is asked for until it is done: the answer tells how far it is."""
    run.call("Operator", "start_job", {"name": run.words(2)}, {"job": 7})
    done = 0
    while done < 100:
        run.wait(15, 0.3)
        done += run.random.choice([0, 3, 8, 15])  # sometimes it has not moved
        run.call("Operator", "job_status", {"job": 7}, {"percent": min(done, 100), "at": round(run.at)}, seconds=0.4)
        if run.random.random() < 0.3:
            run.call("Operator", "gpt-5", f"{done} %", "Wait.", kind="model", seconds=4)


def _many_inputs(run: ToldRun) -> None:
    """One input after the other with much the same answers; some fail, once or twice, and then succeed or do not."""
    for row in range(run.random.randint(20, 150)):
        chance = run.random.random()
        for _ in range(2 if chance < 0.03 else 1 if chance < 0.1 else 0):
            run.call(
                "Checker",
                "check",
                {"row": row},
                None,
                seconds=0.6,
                failed=f"503 from the service (request {row * 7919})",
            )
            run.wait(2)
        if chance > 0.02:
            run.call(
                "Checker", "check", {"row": row}, run.random.choice(["ok", "ok", "differs"]), seconds=0.6, spread=0.8
            )


def _slow_model(run: ToldRun) -> None:
    """Answers without a stream, which take minutes now and then."""
    for turn in range(run.random.randint(2, 10)):
        run.call("Thinker", "o5-pro", f"{turn} messages", run.words(60), kind="model", seconds=35, spread=0.8)
        run.call("Thinker", "search", {"q": run.words(3)}, run.words(9), seconds=2)


def _long_tool(run: ToldRun) -> None:
    """Hours, with a word now and then."""
    step = run.begin("Trainer", "train", "tool", input={"epochs": 40, "seed": run.random.random()})
    for epoch in range(run.random.randint(20, 120)):
        run.wait(60, 0.4)
        run.tell(
            "agentActivity", status="in-progress", progress=min(1.0, epoch / 120), details=f"Epoch {epoch}", **step
        )
    run.end(step, output={"loss": run.random.random()})


def _parallel(run: ToldRun) -> None:
    """Several at once, of which some take much longer than others."""
    root = run.begin("Lead", "Research", "step", input=run.words(4))["activity_id"]
    began, ends = run.at, []
    for child in range(run.random.randint(3, 8)):
        run.at = began + child * 0.1
        for turn in range(run.random.randint(1, 5)):
            run.call(
                f"Searcher {child % 3}",
                "search",
                {"q": run.words(3), "turn": turn},
                run.words(9),
                seconds=3,
                parent=root,
            )
            run.call(f"Searcher {child % 3}", "gpt-5", run.words(9), run.words(30), kind="model", seconds=9, spread=0.9,
                     parent=root)  # fmt: skip
        ends.append(run.at)
    run.at = max(ends)
    run.events.sort(key=lambda told: told[0])
    run.end({"activity_id": root, "agent_name": "Lead", "action": "Research", "kind": "step"}, output=run.words(9))


def _asks(run: ToldRun) -> None:
    """A person decides, after hours."""
    run.call("Purser", "read_invoice", {"id": run.random.randint(1, 999)}, run.words(9))
    step = run.begin("Purser", "Pay", "approval")
    run.tell("agentActivity", status="waiting", input={"question": "Pay?"}, **step)
    run.wait(4000, 1.0)
    run.end(step, output={"choice": "approve"})
    run.call("Purser", "pay", {"amount": run.random.randint(1, 999)}, "paid", seconds=2)


def _reasoning(run: ToldRun) -> None:
    """Long thoughts and long texts, with tables."""
    for turn in range(run.random.randint(1, 4)):
        model = run.begin("Author", "deep-think", "model", input=f"{turn} {run.words(5)}")
        run.write("Author", 900, seconds=0.5, reasoning=model["activity_id"])
        run.write("Author", 500, seconds=0.3)
        run.end(model, output=run.words(50))


def _workflow(run: ToldRun) -> None:
    """Nodes whose inputs nobody tells, over and over for each item, told in bursts."""
    run.burst = 5.0
    for item in range(run.random.randint(3, 30)):
        for node in ("Fetch", "Transform", "Send"):
            run.call("Workflow", node, None, {"item": item} if node == "Fetch" else None, kind="step", seconds=1.2)


SHAPES: tuple[Shape, ...] = (
    _documents, _crew, _coding, _polling, _many_inputs, _slow_model, _long_tool, _parallel, _asks, _reasoning,
    _workflow,
)  # fmt: skip


def healthy_run(seed: int) -> ToldRun:
    """One, or two after the other."""
    run = ToldRun(seed)
    for shape in run.random.sample(SHAPES, run.random.choice([1, 1, 2])):
        shape(run)
        run.burst = 0.0
        run.wait(1)
    run.update("completed")
    return run
