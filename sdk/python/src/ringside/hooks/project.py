"""What a folder is called: its project and its branch, read from git's files without starting git."""

from __future__ import annotations

import os


def project_and_branch(folder: str, root: str | None = None) -> str:
    """`harbour (main)`; outside of git the folder's name."""
    git = _git_folder(folder)
    top = root or (os.path.dirname(git[0]) if git else folder)
    name = os.path.basename(os.path.abspath(top)) or top
    branch = _branch(git[1]) if git else None
    return f"{name} ({branch})" if branch else name


def _git_folder(folder: str) -> tuple[str, str] | None:
    """The `.git` of the project, and the folder with its HEAD, which another working tree has elsewhere."""
    here = os.path.abspath(folder)
    while True:
        git = os.path.join(here, ".git")
        if os.path.isdir(git):
            return git, git
        if os.path.isfile(git):
            with open(git, encoding="utf-8", errors="replace") as file:
                return git, os.path.join(here, file.read().removeprefix("gitdir:").strip())
        above = os.path.dirname(here)
        if above == here:
            return None
        here = above


def _branch(git: str) -> str | None:
    try:
        with open(os.path.join(git, "HEAD"), encoding="utf-8", errors="replace") as file:
            head = file.read().strip()
    except OSError:
        return None
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else head[:10]
