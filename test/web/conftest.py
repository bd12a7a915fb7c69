"""The browser of all tests of pages."""

import pytest
from chromium import open_browser


@pytest.fixture(scope='package')
def browser():
    with open_browser() as opened:
        yield opened
