"""Whether something has changed, over HTTP."""

from typing import Any

from flask import Flask

from tests.support.browser import Browser


def test_each_marker_moves_with_what_it_stands_for(app: Flask, browser: Browser, add: Any) -> None:
    def moved() -> list[str]:
        nonlocal before
        now = other.get("/api/changes").json
        names = [name for name in now if now[name] != before[name]]
        before = now
        return names

    max_ = add("Max", "member")
    other = Browser(app, max_)
    session = browser.post("/api/sessions", json={}).json["id"]
    before = other.get("/api/changes").json
    assert set(before) == {"sessions", "account", "feedback"}
    assert moved() == []
    browser.patch(f"/api/sessions/{session}", json={"shared": True})
    assert moved() == ["sessions"]
    run = browser.post(f"/api/sessions/{session}/messages", json={"content": "Why?"}).json["run"]["id"]
    moved()
    browser.open(f"/api/runs/{run}/feedback", method="PUT", json={"verdict": "up"})
    assert moved() == ["feedback"], "no list is loaded anew for it"
    browser.patch(f"/api/team/users/{max_.id}", json={"role": "viewer"})
    assert moved() == ["sessions", "account"], "he may change nothing in them any more"
    browser.patch("/api/team", json={"name": "Lighthouse"})
    assert "account" in moved()


def test_markers_do_not_tell_what_they_are_made_of(browser: Browser) -> None:
    for marker in browser.get("/api/changes").json.values():
        assert len(marker) == 24
        assert set(marker) <= set("0123456789abcdef")
