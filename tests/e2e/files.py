"""Files as users have them, good and bad, and how they get onto the page."""

import base64
from pathlib import Path

from playwright.sync_api import Page
from pypdf import PdfWriter

_TRANSFER = """files => {
  const transfer = new DataTransfer();
  for (const { name, data } of files) {
    transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
  }
  return transfer;
}"""


def drop_files(page: Page, *files: Path) -> None:
    """Drag files over the page and let them go, as the browser tells it to the page."""
    described = [{"name": file.name, "data": base64.b64encode(file.read_bytes()).decode()} for file in files]
    transfer = page.evaluate_handle(_TRANSFER, described)
    for event in ("dragenter", "dragover", "drop"):
        page.get_by_role("main").dispatch_event(event, {"dataTransfer": transfer})


def encrypted_pdf(folder: Path) -> Path:
    """A PDF that nobody can read without its password."""
    writer = PdfWriter()
    writer.add_blank_page(300, 300)
    writer.encrypt("secret", algorithm="RC4-128")
    path = folder / "locked.pdf"
    writer.write(path)
    return path


def file_of(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
