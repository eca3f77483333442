"""A column type: several sentences in one text, a line each."""

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator


class Lines(TypeDecorator[list[str]]):
    """A list of texts without line breaks. Nothing stored is an empty list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str:
        return "\n".join(value or [])

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str]:
        return value.split("\n") if value else []
