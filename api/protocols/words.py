"""What people and models said, within what a span was given or returned."""

from typing import Any

ASKERS, ANSWERERS = ("user", "human"), ("assistant", "ai", "model")
_MESSAGES = ("messages", "contents")  # what an object calls its messages
_TEXTS = ("input", "output", "answer", "question", "prompt", "content", "text")  # or its only text
_WORDS = ("parts", "content", "contents", "message")  # what a message calls its words
_PARTS = {"type", "text", "toolUse", "toolResult", "functionCall", "function_call", "functionResponse",
          "function_response"}  # fmt: skip
_THOUGHTS = ("reasoning", "thinking")
_LONGEST = 200_000  # characters of a question or answer


def last_said(content: Any, roles: tuple[str, ...]) -> str | None:
    """The text of the last message of one of the roles; a text alone, or the one that an object holds, is said, too."""
    if isinstance(content, str):
        return _said(content)
    if isinstance(content, dict):
        for name in _MESSAGES:
            if name in content:
                return last_said(content[name], roles)
        held = [content[name] for name in _TEXTS if name in content]
        if len(held) != 1 or not isinstance(held[0], (str, list, dict)):
            return None
        return _said(held[0]) if isinstance(held[0], str) else last_said(_messages(held[0]), roles)
    return _last_of(content, roles) if isinstance(content, list) else None


def _last_of(messages: list[Any], roles: tuple[str, ...]) -> str | None:
    if all(map(_names_nobody, messages)):  # as a stream that was put together: they are of whoever is asked for
        found = [_said_in(_inner(message)) for message in messages]
    else:
        found = [said_by(message, roles) for message in messages]
    return next((text for text in reversed(found) if text), None)


def said_by(message: Any, roles: tuple[str, ...]) -> str | None:
    match message:
        case [str() as role, str() as text]:
            return _said(text) if role in roles else None
        case {"type": str() as role, "data": dict() as data}:
            return _said(_words_of(data.get("content"))) if role in roles else None
        case {"message": dict() as inner, **rest}:
            return said_by({**rest, **inner}, roles)
        case dict():
            if (message.get("role") or message.get("type")) not in roles:
                return None
            return _said_in(message)
    return None


def _said_in(message: dict[str, Any]) -> str | None:
    return next((said for name in _WORDS if (said := _said(_words_of(message.get(name))))), None)


def _names_nobody(message: Any) -> bool:
    return isinstance(message, dict) and _inner(message).keys().isdisjoint(("role", "type"))


def _inner(message: dict[str, Any]) -> dict[str, Any]:
    inner = message.get("message")
    return {**message, **inner} if isinstance(inner, dict) else message


def is_parts(content: Any) -> bool:
    """Whether it is a message's content in parts, as several providers have it."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(part, dict) and not _PARTS.isdisjoint(part) for part in content)
    )


def _messages(held: Any) -> list[Any]:
    return held if isinstance(held, list) else [held]


def _words_of(content: Any) -> str:
    """The text of a message's content, which may be in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    return "\n".join(words for part in parts if (words := _words_of_part(part)))


def _words_of_part(part: Any) -> str:
    match part:
        case str():
            return part
        case {"message_content": inner}:
            return _words_of_part(inner)
        case {"type": "text", "content": str() as words} | {"text": str() as words}:
            return "" if part.get("type") in _THOUGHTS or part.get("thought") is True else words
    return ""


def _said(text: str) -> str | None:
    text = text.replace("\0", "").strip()
    return (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…") or None
