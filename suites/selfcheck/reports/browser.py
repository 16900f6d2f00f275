"""A page of the reports in a real browser: Chromium, driven by Playwright (the extra ``browser``)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENS = {"wide": (1400, 900), "narrow": (400, 900)}  # columns and lines of pixels


def missing():
    """Say what there is not, "" if a page can be opened."""
    if not all(map(find_spec, ("playwright", "axe_playwright_python"))):
        return "no Playwright: pip install -e '.[browser]'"
    return "" if any(map(shutil.which, NAMES)) else f"no browser: none of {', '.join(NAMES)}"


needs_browser = pytest.mark.skipif(bool(missing()), reason=missing() or "there is one")


@contextmanager
def opened(file: Path, screen="wide", state="", **context) -> Iterator:
    """Open a page as ``file#state``; what its script complains about, and what it asks for, fails the test."""
    from playwright.sync_api import sync_playwright

    width, height = SCREENS[screen]
    path = next(filter(None, map(shutil.which, NAMES)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            made = browser.new_context(viewport={"width": width, "height": height}, **context)
            page, problems = made.new_page(), []
            page.on("pageerror", lambda error: problems.append(f"error: {error}"))
            page.on("console", lambda said: problems.append(f"console: {said.text}"))
            page.on("dialog", lambda dialog: (problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
            page.on(
                "request", lambda request: problems.append(f"request: {request.url}") if not _own(request) else None
            )
            page.goto(f"{file.as_uri()}{state}")
            yield page
            assert problems == []
        finally:
            browser.close()


def _own(request) -> bool:
    return request.url.startswith(("file:", "data:"))


def findings(page) -> list[str]:
    """Return what axe-core finds wrong with the page as it is."""
    from axe_playwright_python.sync_playwright import Axe

    return [
        f"{found['id']}: {node['html'][:200]} {node['failureSummary']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
    ]
