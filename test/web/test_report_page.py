"""The report as a person sees it."""

import pytest
from chromium import open_page, overflow
from reports import write_report

from fer_ros.evaluation.page import write_page


@pytest.fixture(scope='module')
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp('report')
    names = ['a' * 90, '<b>bold</b>', *(f'session_{number:02d}' for number in range(18))]
    return write_page(write_report(folder, names=names, skill=0.4)).as_uri()


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('width', [400, 1400])
def test_it_fits_the_window_and_complains_of_nothing(browser, report, tmp_path, width, scheme):
    page, complaints = open_page(browser, report, width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert overflow(page) <= 0
    picture = page.screenshot(path=tmp_path / 'page.png', full_page=True)
    assert len(picture) > 50_000  # not an empty page
    assert complaints == []
    page.close()


def test_the_moment_under_the_pointer_is_read_out(browser, report):
    page, _ = open_page(browser, report)
    timeline = page.locator('.timeline').first
    timeline.locator('.scroll').hover(position={'x': 400, 'y': 60})
    said = timeline.locator('.readout').inner_text()
    assert 'fused: ' in said
    timeline.locator('.scroll').focus()
    page.keyboard.press('ArrowRight')
    assert timeline.locator('.readout').inner_text() != said
    page.close()


def test_recordings_are_sorted_and_found(browser, report):
    page, _ = open_page(browser, report)
    table = page.locator('.sortable')
    rows = table.locator('tbody tr:visible')
    for order in ('ascending', 'descending'):
        table.get_by_role('button', name='Right', exact=True).click()
        cells = [row.locator('td').nth(2) for row in rows.all()]
        values = [float(cell.get_attribute('data-value')) for cell in cells]
        assert values == sorted(values, reverse=order == 'descending')
    page.locator('#find').fill('BOLD')
    assert rows.count() == 1
    assert '<b>bold</b>' in rows.first.inner_text()
    page.close()
