"""The chronicle of a run: what happened in it, in sentences."""

from pydantic import Field

from api.bodies.base import ResponseBody


class ChronicleSentence(ResponseBody):
    text: str | None = Field(
        description="null: what the model wrote of these events does not hold. Tell of them in another way."
    )
    seqs: list[int] = Field(description="The events that it rests on.")


class Chronicle(ResponseBody):
    model: str = Field(description="Who wrote it.")
    head: int = Field(description="The newest event of the run that it takes into account.")
    sentences: list[ChronicleSentence]
