"""Pictures of agents: whatever was uploaded, a small square WebP, or plain words."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngImageFile, PngInfo
from PIL.WebPImagePlugin import WebPImageFile

from tests.support.pictures import picture
from utils.registry import avatar
from utils.registry.avatar import MAX_BYTES, AvatarError, avatar_from

CANARY = b"taken at 59.91 N"


def seen(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(avatar_from(data)))
    assert (image.format, image.size) == ("WEBP", (256, 256))
    return image


def colour(image: Image.Image, x: int, y: int) -> str:
    red, green, blue = image.convert("RGB").getpixel((x, y))  # type: ignore[misc]
    return max((red, "red"), (green, "green"), (blue, "blue"))[1]


def refusal(data: bytes) -> str:
    with pytest.raises(AvatarError) as refused:
        avatar_from(data)
    assert str(refused.value).endswith(".")
    return refused.value.code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (40, 30), (256, 256), (300, 2000)])
def test_every_kind_and_size_becomes_a_square_webp(kind: str, size: tuple[int, int]) -> None:
    assert colour(seen(picture(kind, size)), 128, 128) == "red"


def test_the_middle_is_kept() -> None:
    wide = Image.new("RGB", (600, 200), "red")
    wide.paste("blue", (200, 0, 400, 200))
    made = io.BytesIO()
    wide.save(made, "PNG")
    image = seen(made.getvalue())
    assert {colour(image, x, y) for x in (8, 128, 248) for y in (8, 128, 248)} == {"blue"}


def test_it_stands_as_the_camera_was_held() -> None:
    photo = Image.new("RGB", (200, 200), "red")
    photo.paste("blue", (0, 0, 100, 200))  # the left half
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90 degrees
    made = io.BytesIO()
    photo.save(made, "JPEG", exif=exif)
    image = seen(made.getvalue())
    assert (colour(image, 128, 20), colour(image, 128, 236)) == ("blue", "red")


def test_what_the_file_tells_of_itself_is_dropped() -> None:
    exif, text = Image.Exif(), PngInfo()
    exif[0x010E] = CANARY.decode()
    text.add_text("Comment", CANARY.decode())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for data in (
        picture("JPEG", exif=exif, icc_profile=profile, comment=CANARY),
        picture("PNG", pnginfo=text, exif=exif, icc_profile=profile),
        picture("WEBP", exif=exif, icc_profile=profile, xmp=CANARY),
    ):
        assert CANARY in data or b"ICC" in data or b"iCCP" in data
        made = avatar_from(data)
        assert CANARY not in made
        for chunk in (b"EXIF", b"XMP ", b"ICCP", b"Exif"):
            assert chunk not in made
        assert not {"exif", "icc_profile", "xmp"} & set(Image.open(io.BytesIO(made)).info)


def test_what_is_see_through_stays_so() -> None:
    assert seen(picture(colour=(255, 0, 0, 0))).convert("RGBA").getpixel((128, 128))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_way_to_write_colours_is_read(mode: str) -> None:
    made = io.BytesIO()
    image = Image.new(mode, (50, 50), 40_000) if mode == "I;16" else Image.new("RGB", (50, 50), "white").convert(mode)
    image.save(made, "JPEG" if mode == "CMYK" else "PNG")
    red, green, blue = seen(made.getvalue()).convert("RGB").getpixel((128, 128))  # type: ignore[misc]
    assert red == green == blue
    assert (red > 250) == (mode != "I;16")
    assert red > 120


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"GIF89a" + bytes(50), b"BM" + bytes(90)],
    ids=["nothing", "little", "svg", "pdf", "gif", "bmp"],
)
def test_another_kind_of_file_is_refused_whatever_it_is_called(data: bytes) -> None:
    assert refusal(data) == "not_an_image"


def test_a_gif_that_begins_like_a_png_is_not_decoded_as_a_gif() -> None:
    gif = io.BytesIO()
    Image.new("RGB", (9, 9)).save(gif, "GIF")
    assert refusal(b"\x89PNG\r\n\x1a\n" + gif.getvalue()) == "not_an_image"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_damaged_picture_is_refused_wherever_it_breaks_off(kind: str) -> None:
    noise = Image.effect_noise((64, 64), 80)
    made = io.BytesIO()
    noise.save(made, kind)
    whole = made.getvalue()
    for length in range(12, len(whole) - 64, max(1, len(whole) // 40)):
        assert refusal(whole[:length]) == "not_an_image", length


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(5_000, 4_001), (20_000, 20_000), (60_000, 60_000), (2**31 - 1, 1)])
def test_a_few_bytes_that_say_they_are_many_pixels_are_not_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[object] = []

    def load(image: object) -> None:
        decoded.append(image)

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    assert refusal(bomb(*size)) == "not_an_image"
    assert decoded == []


def scans(count: int) -> bytes:
    """A JPEG that is gone over so many times."""
    whole = picture("JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * (count - whole.count(b"\xff\xda") + 1) + whole[-2:]


def test_a_jpeg_of_very_many_scans_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert colour(seen(scans(100)), 128, 128) == "red"
    monkeypatch.setattr(avatar, "_made", lambda *_: pytest.fail("it was decoded"))
    assert refusal(scans(101)) == "not_an_image"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_moving_pictures_only_the_first_is_decoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = io.BytesIO()
    frames = [Image.new("RGB", (60, 60), colour) for colour in ("red", "blue", "green", "white")]
    frames[0].save(made, kind, save_all=True, append_images=frames[1:])
    assert Image.open(io.BytesIO(made.getvalue())).n_frames == 4  # type: ignore[attr-defined]
    decoded: list[int] = []
    if kind == "PNG":
        load = PngImageFile.load_prepare
        monkeypatch.setattr(PngImageFile, "load_prepare", lambda image: (decoded.append(1), load(image))[1])
    else:
        following = WebPImageFile._get_next
        monkeypatch.setattr(WebPImageFile, "_get_next", lambda image: (decoded.append(1), following(image))[1])
    image = avatar_from(made.getvalue())
    assert len(decoded) == 1
    assert colour(Image.open(io.BytesIO(image)), 128, 128) == "red"


def test_nobody_waits_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(avatar, "_PATIENCE_SECONDS", 0.01)
    with avatar._one_at_a_time:
        assert refusal(picture()) == "crowded"
    assert refusal(picture()[:60]) == "not_an_image"
    avatar_from(picture())


def test_text_that_unpacks_to_very_much_is_refused() -> None:
    packed = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9))
    whole = picture()
    assert refusal(whole[:33] + packed + whole[33:]) == "not_an_image"


def test_a_larger_file_is_refused_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(avatar, "_made", lambda *_: pytest.fail("it was looked at"))
    assert refusal(picture() + bytes(MAX_BYTES)) == "too_large"


def test_the_library_is_loaded_when_a_picture_comes() -> None:
    """It costs a start 60 ms."""
    import subprocess
    import sys

    code = "import sys, api.app; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
