import numpy as np
import pytest

from fer_ros.clock_watch import ClockReport, StreamClock
from fer_ros.types import NS_PER_S

START_NS = 1_700_000_000 * NS_PER_S


def ns(seconds):
    return round(seconds * NS_PER_S)


def camera(clock, seconds=120.0, fps=30.0, drift=0.0, delay_s=0.03, late_s=0.0, start_ns=START_NS):
    """Pictures of a camera whose clock is slow by ``drift``, late at random."""
    rng = np.random.default_rng(0)
    for number in range(round(seconds * fps)):
        true_s = number / fps
        arrival_s = true_s + delay_s + rng.exponential(late_s) if late_s else true_s + delay_s
        clock.add(start_ns + ns(true_s * (1 - drift)), start_ns + ns(arrival_s))


def microphone(clock, seconds=180.0, chunk_s=0.02, slow=0.0, jitter_s=0.0, lost=0.0, twice=0.0):
    """Chunks of a sound card whose clock is slow by ``slow``, stamped by a true clock."""
    rng = np.random.default_rng(0)
    for number in range(round(seconds / chunk_s)):
        begun_s = number * chunk_s * (1 + slow)
        stamp_ns = START_NS + ns(begun_s + rng.uniform(0, jitter_s))
        if rng.random() < lost:
            continue
        for _ in range(2 if rng.random() < twice else 1):
            clock.add(stamp_ns, START_NS + ns(begun_s + chunk_s + 0.005), ns(chunk_s))


@pytest.fixture
def clock():
    return StreamClock()


def test_nothing_is_known_of_a_stream_that_never_came(clock):
    assert clock.report() == ClockReport(None, None, None, None, None)


def test_the_time_from_capture_to_arrival_is_measured(clock):
    camera(clock, delay_s=0.042)
    report = clock.report()
    assert report.offset_s == pytest.approx(0.042, abs=1e-6)
    assert report.jitter_s == pytest.approx(0.0, abs=1e-6)
    assert report.drift_ppm == pytest.approx(0.0, abs=0.1)
    assert report.sample_drift_ppm is None


def test_for_sound_it_counts_from_the_last_sample(clock):
    microphone(clock, chunk_s=0.1)
    assert clock.report().offset_s == pytest.approx(0.005, abs=1e-6)


def test_stamps_of_the_future_show_as_a_negative_offset(clock):
    camera(clock, delay_s=-0.5)
    assert clock.report().offset_s == pytest.approx(-0.5)


def test_jitter_is_the_middle_90_percent(clock):
    camera(clock, late_s=0.01)
    wanted = np.diff(np.percentile(np.random.default_rng(1).exponential(0.01, 10**5), (5, 95)))[0]
    assert clock.report().jitter_s == pytest.approx(wanted, rel=0.2)


@pytest.mark.parametrize('drift_ppm', [-200, 30])
@pytest.mark.parametrize(('late_s', 'error_ppm'), [(0.0, 1), (0.005, 40)])
def test_drift_of_the_stamps_is_measured(clock, drift_ppm, late_s, error_ppm):
    camera(clock, drift=drift_ppm * 1e-6, late_s=late_s, seconds=300)
    assert clock.report().drift_ppm == pytest.approx(drift_ppm, abs=error_ppm)


@pytest.mark.parametrize('slow_ppm', [-300, 1000])
@pytest.mark.parametrize('chunk_s', [0.01, 0.1, 1.0])
@pytest.mark.parametrize(('jitter_s', 'error_ppm'), [(0.0, 1), (0.004, 40)])
def test_drift_of_the_sound_card_is_measured(clock, slow_ppm, chunk_s, jitter_s, error_ppm):
    microphone(clock, slow=slow_ppm * 1e-6, chunk_s=chunk_s, jitter_s=jitter_s)
    report = clock.report()
    assert report.sample_drift_ppm == pytest.approx(slow_ppm, abs=error_ppm)
    if chunk_s <= 0.02:
        assert report.sample_jitter_s == pytest.approx(0.9 * jitter_s, rel=0.1, abs=0.001)


@pytest.mark.parametrize('chunk_s', [0.01, 0.1])
@pytest.mark.parametrize('troubles', [{'lost': 0.05}, {'twice': 0.1}, {'lost': 0.3, 'twice': 0.3}])
def test_chunks_that_are_lost_or_come_twice_are_no_drift(clock, chunk_s, troubles):
    microphone(clock, slow=1e-4, chunk_s=chunk_s, jitter_s=0.0005, **troubles)
    assert clock.report().sample_drift_ppm == pytest.approx(100, abs=30)


def test_a_clock_that_is_set_starts_a_new_measurement(clock):
    camera(clock, delay_s=0.03)
    camera(clock, delay_s=70.0, drift=1e-4, start_ns=START_NS + ns(120))
    report = clock.report()
    assert report.offset_s == pytest.approx(70.0, abs=0.1)
    assert report.drift_ppm == pytest.approx(100, abs=1)


def test_a_bag_that_loops_starts_a_new_measurement(clock):
    camera(clock, delay_s=0.03, seconds=60)
    camera(clock, delay_s=0.05, seconds=70)
    assert clock.report().offset_s == pytest.approx(0.05, abs=1e-6)
    assert clock.report().drift_ppm == pytest.approx(0.0, abs=0.1)


def test_a_drift_is_not_told_within_a_minute(clock):
    camera(clock, seconds=59)
    assert clock.report().drift_ppm is None
    assert clock.report().offset_s is not None


def test_a_network_that_stops_for_two_seconds_shows_as_jitter(clock):
    """And as nothing else."""
    for number in range(20 * 120):
        captured_s, free_s = number * 0.05, 0.01
        if number * 0.05 % 6 > 3.5:  # what was held up comes all at once
            free_s = 6 - number * 0.05 % 6
        captured_ns = START_NS + ns(captured_s)
        clock.add(captured_ns, captured_ns + ns(0.05 + free_s), ns(0.05))
    report = clock.report()
    assert report.jitter_s > 0.1
    assert report.drift_ppm == pytest.approx(0.0, abs=5)
    assert report.sample_drift_ppm == pytest.approx(0.0, abs=1)
