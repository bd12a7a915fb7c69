"""Pages in a real browser, where one is installed."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
# a container has no user namespaces for the sandbox, and only our own pages are opened
OPTIONS = ('--no-sandbox', '--mute-audio', '--autoplay-policy=no-user-gesture-required')


@contextmanager
def open_browser():
    """A headless Chromium; skips the test with a reason where there is none."""
    playwright = pytest.importorskip('playwright.sync_api', reason='playwright is not installed')
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f'no browser: none of {", ".join(NAMES)} is installed')
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


def open_page(browser, url, width=1400, height=900, scheme='light'):
    """A page, and a list that gets everything that it complains about."""
    page = browser.new_page(viewport={'width': width, 'height': height}, color_scheme=scheme)
    page.set_default_timeout(60_000)
    complaints = []
    page.on('console', lambda message: complaints.append(message.text))
    page.on('pageerror', lambda error: complaints.append(str(error)))
    page.on('requestfailed', lambda request: complaints.append(request.url))
    page.goto(url)
    return page, complaints


def overflow(page):
    """How many pixels the page is wider than its window."""
    return page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
