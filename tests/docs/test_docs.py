"""The documentation is complete and true: what is not in it fails here. tests/docs/test_blocks.py runs its commands."""

import argparse
import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from flask.testing import FlaskClient
from pydantic import BaseModel

from api.access.needs import ACCESS, Need
from api.operations.description import DescribedApplication
from tests.docs.markdown import PAGES, anchors, blocks, links, names, prose, rows, sections, text_of
from utils.accounts import __main__ as accounts
from utils.accounts.principal import ROLES, SCOPES
from utils.board.row import NowEvent, NowRow, NowStep
from utils.log.events import Citation, Heartbeat, LoggedEvent, Reset, StreamEvent, Usage, stream_event
from utils.project import PROJECT
from utils.settings import Settings

_PACKAGES = ("api", "agents", "utils")
_EVENTS: tuple[type[BaseModel], ...] = get_args(get_args(StreamEvent)[0])
_LOGGED: tuple[type[BaseModel], ...] = get_args(get_args(LoggedEvent)[0])
_COMMON = {"type", "session_id", "run_id", "time", "seq"}  # of every stored event
_NEEDS = {
    Need.NOTHING: "nothing", Need.ACCOUNTS: "account", Need.WATCH: "watch", Need.READ: "read", Need.RUN: "run",
    Need.JUDGE: "judge",
    Need.MANAGE: "manage", Need.CHANGE: "run or manage",
    Need.EMIT: "emit", Need.CREATE: "run or emit", Need.FOLLOW: "read or emit", Need.WORK: "work",
    Need.SIGN_IN: "sign-in",
    Need.ADMINISTRATOR: "administrator", Need.FIGURES: "metrics",
}  # fmt: skip
_METHODS = ("get", "post", "put", "patch", "delete")


def test_the_readme_is_short() -> None:
    assert len((PROJECT / "README.md").read_bytes()) <= 6144


@pytest.mark.parametrize("page", PAGES)
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        file = (PROJECT / page).parent / path if path else PROJECT / page
        assert file.exists(), f"{page} links to {target}, which does not exist"
        if anchor:
            there = file.resolve().relative_to(PROJECT).as_posix()
            assert anchor in anchors(there), f"{page} links to {target}, and {there} has no such heading"


def test_the_readme_leads_to_every_page() -> None:
    reached, left = set(), ["README.md"]
    while left:
        page = left.pop()
        reached.add(page)
        for target in links(page):
            path = ((PROJECT / page).parent / target.partition("#")[0]).resolve().relative_to(PROJECT).as_posix()
            if path in PAGES and path not in reached:
                left.append(path)
    assert reached == set(PAGES)


# What a page names although it is not there: it is made by a build, or is an example of what a reader may add.
_NOT_THERE = {
    "frontend/dist",
    "tests/models/.venv",
    "frontend/node_modules",
    "frontend/dist/ringside/browser",
    "agents/team/translator_agent.py",
}
_PATH = re.compile(r"(?<![\w./:-])(?:api|agents|utils|frontend|tests|bench|deploy|docs)/[\w./-]*[\w/](?![\w*{…/])")


@pytest.mark.parametrize("page", [page for page in PAGES if page != "CHANGELOG.md"])
def test_the_files_that_a_page_names_are_there(page: str) -> None:
    named = set(_PATH.findall(text_of(page))) - _NOT_THERE
    assert {path for path in named if not (PROJECT / path).exists()} == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page != "CHANGELOG.md"])
def test_what_a_page_says_of_the_code_is_there(page: str) -> None:
    """`Runs.claim` is a method of that class, and what is said to be in a file is defined in it."""
    for name, method in re.findall(r"`([A-Z]\w+)\.(\w+)`", prose(page)):
        assert method in _methods()[name], f"{page}: {name}.{method}"
    for name, path in re.findall(r"`([\w.]+)` in `([\w/]+\.py)`", prose(page)):
        defined = re.compile(rf"^ *(?:(?:async )?def |class )?{name.rpartition('.')[2]}\b(?: =|:|\(|\[)", re.MULTILINE)
        assert defined.search((PROJECT / path).read_text()), f"{page}: {name} in {path}"


@pytest.mark.parametrize("page", PAGES)
def test_a_block_of_code_names_its_language_and_says_why_it_is_not_run(page: str) -> None:
    for block in blocks(page):
        assert block.language, f"{block.place} names no language"
        assert ("no-run" in block.info) == (block.reason is not None), f"{block.place}: no-run needs a reason before it"


def test_every_event_is_in_the_list_of_events() -> None:
    begins = prose("docs/events.md").partition("## ")[0]
    stored = {row[0].strip("`"): row[1] for row in rows(begins)}
    assert stored == {_type(event): "yes" if event in _LOGGED else "no" for event in _EVENTS}


@pytest.mark.parametrize("event", [*_EVENTS, Usage, Citation], ids=lambda event: event.__name__)
def test_every_field_of_an_event_is_documented(event: type[BaseModel]) -> None:
    section = sections("docs/events.md")[_type(event) or event.__name__]
    fields = set(event.model_fields) - (
        _COMMON if event in _LOGGED else {"type", "session_id"} if event in _EVENTS else set()
    )
    documented = {row[0].strip("`"): " ".join(row[1:]) for row in rows(section)}
    assert set(documented) == fields
    for name in fields:
        for value in _values(event.model_fields[name].annotation):
            assert f"`{value}`" in documented[name], f"{event.__name__}.{name} may be {value}"


@pytest.mark.parametrize("told", [NowRow, NowStep], ids=lambda told: told.__name__)
def test_every_field_of_the_board_is_documented(told: type[BaseModel]) -> None:
    section = sections("docs/events.md")[_type(told) or told.__name__]
    documented = {name: " ".join(row[1:]) for row in rows(section) for name in re.findall(r"`(\w+)`", row[0])}
    assert set(documented) == set(told.model_fields) - {"type"}
    for name, words in documented.items():
        for value in _values(told.model_fields[name].annotation):
            assert f"`{value}`" in words, f"{told.__name__}.{name} may be {value}"


def test_every_event_of_the_board_is_documented() -> None:
    begins = sections("docs/events.md")["Now"].partition("###")[0]
    types = {_type(event) for event in get_args(get_args(NowEvent)[0])}
    assert types <= {row[0].strip("`") for row in rows(begins)}


def test_the_fields_that_all_stored_events_have_are_documented() -> None:
    begins = sections("docs/events.md")["Fields"].partition("\n\n")[2]
    assert {row[0].strip("`") for row in rows(begins)[: len(_COMMON)]} == _COMMON
    for event in _LOGGED:
        assert set(event.model_fields) >= _COMMON


def test_the_examples_of_the_wire_format_are_valid() -> None:
    examples = [block.text for block in blocks("docs/events.md") if block.language == "text"]
    assert len(examples) == 3
    for example in examples:
        for frame in example.strip().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in frame.splitlines())
            if set(fields) == {"retry"}:
                continue
            event = stream_event.validate_json(fields["data"])
            assert fields["event"] == event.type
            expected = {Heartbeat: None}.get(
                type(event), event.first - 1 if isinstance(event, Reset) else getattr(event, "seq", 0)
            )
            assert fields.get("id") == (None if expected is None else str(expected))


def _documented_settings() -> dict[str, tuple[str, str]]:
    text = text_of("docs/settings.md").partition("## Other environment variables")[0]
    return {row[0].strip("`"): (row[1].strip("`"), row[2]) for row in rows(text)}


def test_every_setting_is_documented_and_no_other() -> None:
    assert set(_documented_settings()) == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_documented_with_its_default(name: str) -> None:
    default, meaning = _documented_settings()[name.upper()]
    value = Settings.model_fields[name].default
    assert default == ("–" if value is None else str(value))
    assert meaning


def test_other_environment_variables_are_documented() -> None:
    sources = [*_sources(*_PACKAGES), PROJECT / "gunicorn.conf.py", PROJECT / "main.py", PROJECT / "wsgi.py"]
    read = {name for path in sources for name in _environment_names(ast.parse(path.read_text()))}
    read |= set(re.findall(r"\$\{([A-Z_]{3,})", (PROJECT / "startup.sh").read_text())) - {"BASH_SOURCE"}
    assert {"WEBSITE_HOSTNAME", "PROMETHEUS_MULTIPROC_DIR", "WEBSITE_SITE_NAME"} <= read
    documented = names(sections("docs/settings.md")["Other environment variables"])
    assert documented == read - {name.upper() for name in Settings.model_fields}


@pytest.mark.any_database
def test_every_endpoint_is_documented_in_its_group_with_what_it_needs(app: DescribedApplication) -> None:
    by_section = sections("docs/api.md")
    documented = {
        (title, row[0].strip("`"), row[1])
        for title, text in by_section.items()
        for row in rows(text)
        if row[0][1:2].isupper()
    }
    described = app.api_doc["paths"]
    needs = {
        (method, re.sub(r"<(?:int:)?(\w+)>", r"{\1}", rule.rule)): _NEEDS[ACCESS[rule.endpoint]]
        for rule in app.url_map.iter_rules() if rule.endpoint in ACCESS for method in rule.methods or ()
    }  # fmt: skip
    expected = {
        (operation["tags"][0], f"{method.upper()} {path}", needs[method.upper(), path])
        for path, operations in described.items() for method, operation in operations.items() if method in _METHODS
    }  # fmt: skip
    assert documented - {one for one in documented if one[0] == "HTTP API"} == expected


def test_the_words_for_what_an_endpoint_needs_are_explained() -> None:
    assert set(_NEEDS) == set(Need)
    assert names(sections("docs/access.md")["What an endpoint needs"]) == set(_NEEDS.values())


def test_every_role_and_scope_is_documented() -> None:
    by_section = sections("docs/access.md")
    assert names(by_section["Roles"]) == set(ROLES)
    assert names(by_section["API keys"]) == set(SCOPES)


@pytest.mark.any_database
def test_every_metric_is_documented(client: FlaskClient) -> None:
    exposed = re.findall(r"^# TYPE (ringside_\w+) (\w+)$", client.get("/metrics").text, re.MULTILINE)
    documented = {row[0].strip("`"): row[1] for row in rows(sections("docs/operations.md")["Metrics"])}
    # A process that shares no figures with others adds when it made each.
    assert documented == {name: kind for name, kind in exposed if not name.endswith("_created")}
    assert len(documented) >= 5


# Started by other code, never by hand.
_INNER = {
    "agents.processes.keeper", "agents.reading.document_parser", "agents.tables.process", "agents.models.trial",
    "agents.chronicle.writing"
}  # fmt: skip


def test_every_command_is_documented() -> None:
    modules = {_module(path) for path in _sources(*_PACKAGES) if 'if __name__ == "__main__"' in path.read_text()}
    assert modules > _INNER
    pages = "\n".join(map(text_of, PAGES))
    for module in modules:
        where = text_of("docs/architecture.md") if module in _INNER else pages
        assert f"python -m {module}" in where, f"python -m {module} is not documented"
    [subcommands] = [one for one in accounts._parser()._actions if isinstance(one, argparse._SubParsersAction)]
    for name in subcommands.choices:
        assert f"python -m utils.accounts {name}" in text_of("docs/operations.md")
    for script in ("./startup.sh --prepare", "tests/run.sh", "bench/run.sh", "python main.py"):
        assert script in pages


def test_every_part_of_the_checks_is_documented() -> None:
    [known] = re.findall(r'^parts="([\w ]+)"', (PROJECT / "tests" / "run.sh").read_text(), re.MULTILINE)
    assert names(sections("docs/development.md")["Tests"]) >= set(known.split())
    for page in PAGES:
        for part in re.findall(r"^tests/run\.sh ([a-z]\w*)\b(?!/)", text_of(page), re.MULTILINE):
            assert part in known.split(), f"{page}: tests/run.sh {part}"


def test_the_commands_of_the_documentation_exist() -> None:
    named = {name for page in PAGES for name in re.findall(r"python -m ([a-z_][\w.]*)", text_of(page))} - {"pytest"}
    for name in named:
        path = PROJECT / name.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), f"python -m {name}"


def test_every_error_code_of_the_api_is_documented() -> None:
    raised = {code for path in _sources("api", "utils") for code in _codes(ast.parse(path.read_text()))}
    documented = names(sections("docs/api.md")["Error codes"])
    assert raised - _OF_RUNS - documented == set()
    assert documented - raised - {"method_not_allowed", "unsupported_media_type"} == set()


# Codes of events that utils writes about runs.
_OF_RUNS = {"process_lost"}


def test_every_error_code_of_a_run_is_documented() -> None:
    raised = {code for path in _sources("agents") for code in _codes(ast.parse(path.read_text()))}
    raised |= {
        code for path in _sources("agents") for code in re.findall(r'"((?:model|outside)_[a-z_]+)"', path.read_text())
    }
    documented = names(sections("docs/agents.md")["Errors of a run"])
    assert len(raised) > 30
    assert (raised | _OF_RUNS) - documented == set()


def test_every_package_has_its_place_in_the_architecture() -> None:
    there = {f"{top}/" for top in _PACKAGES}
    there |= {f"{top}/{path.parent.name}/" for top in _PACKAGES for path in PROJECT.glob(f"{top}/*/__init__.py")}
    documented = names(sections("docs/architecture.md")["Packages"])
    assert {name for name in documented if name.startswith(tuple(f"{top}/" for top in _PACKAGES))} == there


def test_every_kind_of_agent_is_documented() -> None:
    described = json.loads((PROJECT / "frontend" / "openapi.json").read_text())["components"]["schemas"]
    documented = names(sections("docs/agents.md")["Register an agent"])
    assert set(described["BackendKind"]["properties"]["name"]["enum"]) <= documented


def _type(event: type[BaseModel]) -> str | None:
    field = event.model_fields.get("type")
    return None if field is None else str(field.default)


def _values(annotation: Any) -> Iterator[str]:
    """The words that a Literal within the annotation allows."""
    for one in get_args(annotation):
        if isinstance(one, str):
            yield one
        else:
            yield from _values(one)


def _sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((PROJECT / package).rglob("*.py"))]


@cache
def _methods() -> dict[str, set[str]]:
    """The methods of all classes, by the names of the classes."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in _sources(*_PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found[node.name] |= {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
    return found


def _module(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__main__")


def _environment_names(tree: ast.Module) -> Iterator[str]:
    """Of the variables that a module looks up in os.environ."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))):
                yield name
            case ast.Call(
                func=ast.Attribute(
                    attr="get" | "pop" | "setdefault", value=ast.Attribute(attr="environ", value=ast.Name(id="os"))
                ),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name
            case ast.Call(func=ast.Attribute(attr="getenv"), args=[ast.Constant(value=str(name)), *_]):
                yield name
            case ast.BinOp(left=ast.Set(elts=elements), right=ast.Call()) if "environ" in ast.dump(node.right):
                yield from (one.value for one in elements if isinstance(one, ast.Constant))


def _codes(tree: ast.Module) -> Iterator[str]:
    """The codes of the errors that a module makes."""
    for node in ast.walk(tree):
        given: list[ast.expr] = []
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if _MAKES_AN_ERROR.fullmatch(name):
                given = [*node.args[:2], *(one.value for one in node.keywords if one.arg == "code")]
            case ast.ClassDef(name=name, body=body) if _MAKES_AN_ERROR.fullmatch(name):
                given = [
                    one.value for one in body if isinstance(one, ast.Assign) and ast.unparse(one).startswith("code =")
                ]
            case ast.AnnAssign(target=ast.Name(id="INTERNAL"), value=ast.Constant() as value):
                given = [value]
        for one in given:
            if isinstance(one, ast.Constant) and re.fullmatch(r"[a-z]+(?:_[a-z]+)*", str(one.value)):
                yield str(one.value)


_MAKES_AN_ERROR = re.compile(r"(?!AssertionError)\w*Error|error_response|ErrorDetail")
