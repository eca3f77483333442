"""An exception is made where it is raised: one that is kept gets longer each time, and keeps all that it passed."""

import ast
from collections.abc import Iterator

import pytest

from utils.project import PROJECT

FILES = [path for package in ("api", "agents", "utils") for path in sorted((PROJECT / package).rglob("*.py"))]


def kept(source: str) -> Iterator[str]:
    """The names that a module or a class gives to an exception."""
    tree = ast.parse(source)
    for room in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]:
        for line in room.body:
            made = line.value if isinstance(line, ast.Assign | ast.AnnAssign) else None
            if isinstance(made, ast.Call) and ast.unparse(made.func).endswith(("Error", "Exception")):
                yield ast.unparse(line).partition(" ")[0]


def test_no_module_keeps_an_exception_to_raise() -> None:
    assert FILES
    assert {str(path): found for path in FILES if (found := list(kept(path.read_text())))} == {}


@pytest.mark.parametrize(
    "source",
    ['WRONG = ApiError(401, "wrong")', "WRONG: Final = errors.ApiError(401)", "class A:\n    B = ValueError()"],
)
def test_one_would_be_found(source: str) -> None:
    assert list(kept(source))
