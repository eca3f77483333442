"""Groups of views, whose operations are described when somebody asks for the description."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ParametersTuple
from flask_openapi3.utils import parse_parameters

from api.bodies.errors import ErrorBody


class ViewGroup(APIBlueprint):
    """Its views give their names to the methods of the generated client.

    The library describes an operation where its view is defined. The schemas of all of them take longer to make than
    anything else of the start, and most processes are never asked for them.
    """

    def __init__(self, name: str, title: str, url_prefix: str | None = None) -> None:
        super().__init__(
            name,
            __name__,
            url_prefix=url_prefix,
            abp_tags=[Tag(name=title)],
            abp_responses={400: ErrorBody, 500: ErrorBody},
            operation_id_callback=_view_name,
        )
        self._to_describe: list[Callable[[], object]] = []

    def _collect_openapi_info(self, rule: str, func: Callable[..., Any], **described: Any) -> ParametersTuple:
        self._to_describe.append(partial(super()._collect_openapi_info, rule, func, **described))
        return parse_parameters(func, doc_ui=False)

    def describe(self) -> None:
        """Fill in its paths, schemas and tags."""
        while self._to_describe:
            self._to_describe.pop(0)()


def _view_name(*, name: str, path: str, method: str) -> str:
    del path, method
    return name
