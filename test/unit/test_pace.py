import numpy as np
import pytest

from fer_ros.pace import Pace


def beats(fresh_s, until_s, period_s=0.1):
    """Times at which messages go out, and which of them are fresh results."""
    pace = Pace(period_s, 0.0)
    sent, fresh_s = [], list(fresh_s)
    now_s = 0.0
    while now_s < until_s:
        late_s = now_s + pace.wait_s(now_s)
        if fresh_s and fresh_s[0] <= late_s:
            now_s = fresh_s.pop(0)
            if pace.take(now_s):
                sent.append((now_s, True))
        else:
            now_s = late_s
            if pace.take_late(now_s):
                sent.append((now_s, False))
    return sent


def test_without_results_the_heartbeat_has_its_rate():
    times = [at_s for at_s, _ in beats([], 10.0)]
    np.testing.assert_allclose(np.diff(times), 0.1)


@pytest.mark.parametrize('rate_hz', [10.5, 15.0, 24.0, 30.0, 60.0, 200.0])
def test_with_enough_results_all_are_fresh_and_the_mean_rate_is_kept(rate_hz):
    sent = beats(np.arange(0.0, 25.0, 1 / rate_hz), 20.0)
    assert all(fresh for _, fresh in sent)
    times = np.array([at_s for at_s, _ in sent])
    assert np.diff(times).mean() == pytest.approx(0.1, rel=0.02)
    assert np.diff(times).max() < 0.1 + 1 / rate_hz + 1e-9


def test_rare_results_go_out_at_once_and_the_heartbeat_fills_the_rest():
    results = np.arange(0.03, 10.0, 0.5)
    sent = beats(results, 10.0)
    assert {at_s for at_s, fresh in sent if fresh} <= set(results)
    assert sum(fresh for _, fresh in sent) >= 19
    assert len(sent) == pytest.approx(100, abs=3)


def test_after_the_last_result_the_heartbeat_goes_on_within_two_periods():
    times = [at_s for at_s, _ in beats(np.arange(0.0, 5.0, 1 / 30), 10.0)]
    assert np.diff(times).max() < 0.2 + 1e-9


def test_slots_that_were_missed_are_not_made_up_for():
    pace = Pace(0.1, 0.0)
    assert pace.take_late(5.0)
    assert not pace.take_late(5.0)
    assert pace.wait_s(5.0) == pytest.approx(0.1)
