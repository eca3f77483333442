"""Compression of long JSON answers: a session's history shrinks to a tenth. Streams are not compressed."""

from flask import Flask
from flask_compress import Compress

_SETTINGS = {
    "COMPRESS_MIMETYPES": ["application/json"],
    "COMPRESS_MIN_SIZE": 4096,  # below that it costs more time than it saves
    "COMPRESS_LEVEL": 1,  # gzip, what browsers take without TLS: a third of the time of its default, a little larger
    "COMPRESS_STREAMS": False,
    "COMPRESS_EVALUATE_CONDITIONAL_REQUEST": False,
}


def register_compression(app: Flask) -> None:
    app.config.update(_SETTINGS)
    Compress(app)
