"""An agent's picture: an upload becomes a small square WebP without metadata."""

import io
from threading import Lock

MAX_BYTES = 1024 * 1024
SIDE = 256
_MOST_PIXELS = 20_000_000  # more than a phone's camera makes; bounds the memory that decoding takes
# The first bytes of each format, and their offset; file names are not trusted.
_BEGINNINGS = {"PNG": (b"\x89PNG\r\n\x1a\n", 0), "JPEG": (b"\xff\xd8\xff", 0), "WEBP": (b"WEBP", 8)}
_MOST_SCANS = 100  # of a progressive JPEG: ten are usual; each takes few bytes and costs a pass over all pixels
_one_at_a_time = Lock()  # decoding takes memory
_PATIENCE_SECONDS = 1.0  # a waiting request occupies a thread of the server


class AvatarError(ValueError):
    """The file cannot be used. ``code``: too_large, not_an_image, or crowded (try again later)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def too_large() -> AvatarError:
    return AvatarError("too_large", f"The picture is larger than {MAX_BYTES // 1024 // 1024} MB. Choose a smaller one.")


def avatar_from(data: bytes) -> bytes:
    """A WebP of 256 by 256 pixels: the upright centre of a PNG, JPEG or WebP. Raises AvatarError."""
    if len(data) > MAX_BYTES:
        raise too_large()
    kind = next((kind for kind, (start, at) in _BEGINNINGS.items() if data[at : at + len(start)] == start), None)
    if kind is None:
        raise AvatarError("not_an_image", "This file is not a picture. Choose a PNG, JPEG or WebP file.")
    # Within a scan, FF is followed by 00 or is a marker, so this count misses no scan.
    if kind == "JPEG" and data.count(b"\xff\xda") > _MOST_SCANS:
        raise AvatarError(
            "not_an_image", "This picture has too many progressive scans. Save it again, or choose another."
        )
    if not _one_at_a_time.acquire(timeout=_PATIENCE_SECONDS):
        raise AvatarError("crowded", "Too many pictures are being uploaded at the same time. Try again in a moment.")
    try:
        return _made(data, kind)
    except AvatarError:
        raise
    except Exception as error:  # Pillow raises many types of errors for malformed files
        raise AvatarError("not_an_image", "This picture is damaged. Save it again, or choose another.") from error
    finally:
        _one_at_a_time.release()


def _made(data: bytes, kind: str) -> bytes:
    from PIL import Image, ImageOps  # takes 60 ms, and few requests need it

    with Image.open(io.BytesIO(data), formats=[kind]) as opened:
        # Checked before decoding: a few bytes can claim to be a billion pixels.
        if opened.width * opened.height > _MOST_PIXELS:
            raise AvatarError("not_an_image", "This picture has too many pixels. Scale it down first.")
        opened.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG can be decoded small
        upright = ImageOps.exif_transpose(opened)
        if upright.mode.startswith("I;16"):
            upright = upright.convert("I").point(lambda value: value / 256).convert("L")
        plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    square = ImageOps.fit(plain, (SIDE, SIDE), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    square.save(made, "WEBP", quality=86, method=4)  # without EXIF data and colour profile
    return made.getvalue()
