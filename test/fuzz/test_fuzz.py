"""Whatever bytes come in, the package answers or raises one of its own errors.

A few seconds of it, always the same; ``make fuzz`` goes on for as long as one likes.
"""

import random

import pytest
from fuzz_findings import FINDINGS
from fuzz_targets import TARGETS, is_ours
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

by_target = pytest.mark.parametrize('name', TARGETS)


def check(name, data, folder):
    try:
        TARGETS[name].read(data, folder)
    except Exception as error:
        if not is_ours(error):
            raise


@by_target
def test_the_examples_to_start_from_are_read(name, tmp_path):
    for number, data in enumerate(TARGETS[name].seeds()):
        folder = tmp_path / str(number)
        folder.mkdir()
        TARGETS[name].read(data, folder)


@by_target
def test_damaged_bytes_are_read_or_refused(name, tmp_path_factory):
    target = TARGETS[name]
    seeds = target.seeds()

    @settings(
        max_examples=target.examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(seeds), st.integers(0, 2**32))
    def damaged(seed, number):
        data = target.damage(seed, random.Random(number))
        check(name, data, tmp_path_factory.mktemp('fuzz'))

    damaged()


@by_target
def test_arbitrary_bytes_are_read_or_refused(name, tmp_path_factory):
    @settings(
        max_examples=20,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.binary(max_size=200))
    def arbitrary(data):
        check(name, data, tmp_path_factory.mktemp('fuzz'))

    arbitrary()


@pytest.mark.parametrize(('name', 'data'), FINDINGS, ids=range(len(FINDINGS)))
def test_what_was_once_found_stays_found(name, data, tmp_path):
    with pytest.raises(ValueError, match=r'\w') as info:
        TARGETS[name].read(data, tmp_path)
    assert is_ours(info.value)
