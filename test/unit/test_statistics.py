import numpy as np
import pytest

from fer_ros.statistics import Recent


def test_rates_cover_the_time_since_the_last_report():
    recent = Recent(now_s=10.0)
    for _ in range(6):
        recent.count('image')
    first = recent.report(now_s=12.0)
    second = recent.report(now_s=13.0)
    assert first.rate('image') == pytest.approx(3.0)
    assert second.rate('image') == 0.0
    assert second.totals['image'] == 6


def test_percentiles_are_those_of_numpy_and_start_anew_with_each_report():
    recent = Recent(now_s=0.0)
    values = np.random.default_rng(1).normal(size=100)
    for value in values:
        recent.add('latency', float(value))
    report = recent.report(now_s=1.0)
    assert report.percentile('latency', 95) == pytest.approx(np.percentile(values, 95))
    assert recent.report(now_s=2.0).percentile('latency', 95) is None


def test_only_the_newest_values_are_kept_so_that_memory_is_bounded():
    recent = Recent(now_s=0.0)
    for value in range(5000):
        recent.add('latency', float(value))
    assert recent.report(now_s=1.0).percentile('latency', 0) == 4000.0


def test_names_are_listed_by_prefix():
    recent = Recent(now_s=0.0)
    for name in ('stage fuse', 'stage detect', 'latency'):
        recent.add(name, 1.0)
    assert recent.report(now_s=1.0).names('stage ') == ['stage detect', 'stage fuse']
