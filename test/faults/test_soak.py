"""A short soak, and that its verdict sees what a long one is made for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fault_docs import put_into
from soak_verdict import Limits, Stretch, conclusion, markdown, verdict, write_csv

SECONDS = 50.0
QUIET_S = 2.0
SHORT = Limits(memory=0.1, latency_ms=200.0, extra=3, beats=0.8, blind=2)
"""Loose, for a minute on a busy machine; a leak of 1 MB/s is more than twice as much."""
GOOD = Stretch(
    at_s=0.0,
    memory_mb=400.0,
    shared_mb=20.0,
    threads=12,
    files=40,
    latency_p50_ms=60.0,
    latency_p95_ms=110.0,
    pictures_sent=30,
    faces=28,
    sound_sent=30,
    sound_received=30,
    beats=20,
    length_s=2.0,
    longest_silence_ms=140.0,
    load=1.0,
    fault='',
    failed='',
)


def course(**changes):
    """A minute of stretches; a change is a function of time in seconds."""
    return [
        replace(GOOD, at_s=at_s, **{name: change(at_s) for name, change in changes.items()})
        for at_s in range(2, 62, 2)
    ]


def not_ok(stretches):
    return {check.name for check in verdict(stretches, SHORT, rate_hz=10.0) if not check.is_ok}


def test_what_stays_as_it_was_is_good():
    assert not_ok(course()) == set()


@pytest.mark.parametrize(
    ('name', 'changes'),
    [
        ('memory', {'memory_mb': lambda t: 300.0 + t}),
        ('latency of emotion', {'latency_p50_ms': lambda t: 60.0 + 6 * t}),
        ('threads', {'threads': lambda t: 12 + t // 6}),
        ('open files', {'files': lambda t: 40 + t // 6}),
        ('heartbeat', {'beats': lambda t: 10}),
        ('sound', {'sound_received': lambda t: 29}),
        ('faces', {'faces': lambda t: 0 if t > 50 else 28}),
        ('faults', {'failed': lambda t: 'it died' if t == 40 else ''}),
    ],
)
def test_what_gets_worse_is_seen(name, changes):
    assert not_ok(course(**changes)) == {name}


def test_a_peak_of_a_busy_machine_is_no_trend():
    peaks = course(
        memory_mb=lambda t: 460.0 if t == 58 else 400.0,
        latency_p50_ms=lambda t: 900.0 if t == 58 else 60.0,
    )
    assert not_ok(peaks) == set()


def test_memory_that_some_faults_take_and_others_give_back_is_no_growth():
    saw = course(memory_mb=lambda t: 400.0 + 30 * (t % 20 > 12), fault=lambda t: f'{t % 20}')
    assert not_ok(saw) == set()


def test_what_the_first_round_of_faults_takes_for_good_is_not_judged():
    def fault(at_s):
        return f'fault {at_s % 30}'

    assert not_ok(course(memory_mb=lambda t: 300.0 + 5 * min(t, 28), fault=fault)) == set()
    assert not_ok(course(memory_mb=lambda t: 300.0 + 5 * min(t, 50), fault=fault)) == {'memory'}


def test_the_last_line_says_what_failed():
    stretches = course(beats=lambda t: 10)
    checks = verdict(stretches, SHORT, rate_hz=10.0)
    assert conclusion(checks, stretches) == 'FAILED after 1 minutes: heartbeat'
    good = verdict(course(), SHORT, rate_hz=10.0)
    assert conclusion(good, stretches) == 'passed: all 8 checks of 1 minutes'


def test_a_run_is_put_between_the_comments_of_a_page(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text('before\n<!-- soak -->\nold\n<!-- end of soak -->\nafter\n')
    put_into(page, 'soak', 'new')
    assert page.read_text() == 'before\n<!-- soak -->\nnew\n<!-- end of soak -->\nafter\n'
    with pytest.raises(ValueError, match='table'):
        put_into(page, 'table', 'new')


def test_a_short_soak_repeats_a_few_faults():
    from soak import enough_for

    few = enough_for(60.0, 8.0, list(range(80)), np.random.default_rng(1))
    assert len(few) == len(set(few)) == 2
    assert len(enough_for(3600.0, 8.0, list(range(80)), np.random.default_rng(1))) == 80


def test_the_table_has_a_row_for_each_check_and_the_file_one_for_each_stretch(tmp_path):
    stretches = course()
    write_csv(tmp_path / 'soak.csv', stretches)
    assert len((tmp_path / 'soak.csv').read_text().splitlines()) == len(stretches) + 1
    table = markdown(verdict(stretches, SHORT, rate_hz=10.0))
    assert (
        '| memory | grows by at most 10% | 400 to 400 MB, +0.0 MB (+0.0%) in 1 min; shared'
        in table
    )


@pytest.mark.timeout(300)
def test_a_minute_with_faults_leaves_the_node_as_it_was():
    from soak import HEARTBEAT_HZ, quick_faults, soak

    stretches = soak(SECONDS, QUIET_S, quick_faults(), seed=1)
    checks = verdict(stretches, SHORT, HEARTBEAT_HZ)
    assert all(check.is_ok for check in checks), markdown(checks)


def test_every_fault_has_a_name_of_its_own():
    """By the names it is seen when each fault was done once, from where on a soak is judged."""
    from soak import all_faults

    names = [fault.name for fault in all_faults()]
    assert len(set(names)) == len(names)
