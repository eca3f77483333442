"""Programs that run elsewhere get in by the lines that the dashboard shows; it says when the first event is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2
from playwright.sync_api import Page, expect


def test_the_lines_for_http_send_an_event_that_the_page_notices(page: Page) -> None:
    page.goto("/connect")
    page.get_by_role("tab", name="HTTP").click()
    expect(page.get_by_role("tab", name="HTTP", selected=True)).to_be_visible()
    expect(page.get_by_text("Create a key first.")).to_be_visible()
    lines = page.get_by_role("tabpanel").locator("pre")
    expect(lines).to_contain_text("YOUR_KEY")
    page.get_by_role("button", name="Create key").click()
    expect(lines).to_contain_text("ringside_")
    expect(page.get_by_text("Nothing has arrived with this key yet.")).to_be_visible()
    subprocess.run(["bash", "-ec", lines.inner_text()], check=True, timeout=30, capture_output=True)
    page.get_by_role("status").get_by_role("link", name="My first session").click()
    expect(page.get_by_role("treegrid").get_by_role("row").first).to_contain_text("Build")


def test_the_lines_for_python_send_a_step_that_the_page_notices(page: Page, tmp_path: Path) -> None:
    """With the very package that the server gives out: Python can import from a wheel, which is a zip archive."""
    page.goto("/connect")
    page.get_by_role("button", name="Create key").click()
    install, program = page.get_by_role("tabpanel").locator("pre").all()
    expect(program).to_contain_text("ringside_")
    [address] = re.findall(r"http\S+\.whl", install.inner_text())
    wheel = tmp_path / "ringside.whl"
    wheel.write_bytes(httpx2.get(address).raise_for_status().content)
    environment = {**os.environ, "PYTHONPATH": str(wheel)}
    subprocess.run([sys.executable, "-c", program.inner_text()], env=environment, check=True, timeout=60)
    page.get_by_role("status").get_by_role("link", name="My first session").click()
    expect(page.get_by_role("treegrid").get_by_role("row").first).to_contain_text("Build")
