import numpy as np
import pytest
from mouths import amounts, history_of, speech, window_of
from scipy import stats

from fer_ros.av_offset import OffsetEstimator, SyncConfig, confidence

SECONDS = 30.0


def learn(sound, seen, offset_s=0.0, config=None, until_s=SECONDS, **of_window):
    """An estimator after it heard a sound and saw a mouth."""
    estimator = OffsetEstimator(config or SyncConfig())
    mouths = history_of({1: seen}, until_s)
    for end_s in np.arange(1.0, until_s, 0.04):
        estimator.add(window_of(sound, end_s, offset_s=offset_s, **of_window), mouths, 1)
    return estimator


@pytest.mark.parametrize('offset_s', [-0.4, -0.15, 0.0, 0.03, 0.2, 0.45])
def test_a_known_offset_is_found_to_a_hundredth_of_a_second(offset_s):
    sound = speech(SECONDS + 1, seed=1)
    found = learn(sound, amounts(sound, noise=1.0, seed=2), offset_s).estimate()
    assert found.offset_s == pytest.approx(offset_s, abs=0.015)
    assert found.confidence > 0.99


def test_evidence_is_the_speech_that_was_compared():
    sound = speech(SECONDS + 1, seed=1)
    estimator = learn(sound, amounts(sound, noise=1.0, seed=2))
    assert SECONDS - 5.0 < estimator.evidence_s <= SECONDS
    assert estimator.best().evidence_s == estimator.evidence_s


def test_a_mouth_of_somebody_else_has_no_offset():
    known = 0
    for seed in range(20):
        other = amounts(speech(SECONDS + 1, seed=seed), noise=0.5, seed=seed)
        known += learn(speech(SECONDS + 1, seed=100 + seed), other).estimate() is not None
    assert known <= 1


def test_a_mouth_that_rests_has_no_offset():
    sound = speech(SECONDS + 1, seed=1)
    times, moved = amounts(sound, noise=0.0, seed=0)
    resting = 0.02 * np.random.default_rng(3).standard_normal(len(times))
    assert learn(sound, (times, resting)).estimate() is None
    assert learn(sound, (times, 0.0 * moved)).estimate() is None


def test_silence_has_no_offset():
    sound = speech(SECONDS + 1, seed=1)
    seen = amounts(sound, noise=0.5, seed=2)
    assert learn(0.0 * sound, seen).estimate() is None


def test_an_offset_out_of_reach_is_not_mistaken_for_another():
    sound = speech(SECONDS + 1, seed=4)
    seen = amounts(sound, noise=0.5, seed=5)
    assert learn(sound, seen, 0.9).estimate() is None
    far = SyncConfig(max_offset=1.0)
    assert learn(sound, seen, 0.9, far, seconds=4.0).estimate().offset_s == pytest.approx(
        0.9, abs=0.02
    )


def test_little_speech_tells_nothing():
    sound = speech(SECONDS, seed=1)
    estimator = learn(sound, amounts(sound, noise=0.2, seed=2), until_s=5.0)
    assert 0.0 < estimator.evidence_s < 5.0
    assert estimator.best() is estimator.estimate() is None


def test_confidence_grows_with_the_evidence():
    sound = speech(SECONDS, seed=1)
    seen = amounts(sound, noise=3.0, seed=2)
    short, long = (learn(sound, seen, until_s=until).best().confidence for until in (12.0, 30.0))
    assert long > short


def test_sound_that_arrives_a_little_late_is_taken_in_and_much_later_is_not():
    sound = speech(SECONDS + 1, seed=1)
    seen = amounts(sound, noise=0.5, seed=2)
    assert learn(sound, seen, late_s=0.2).estimate().offset_s == pytest.approx(0.0, abs=0.02)
    assert learn(sound, seen, late_s=0.4).evidence_s == 0.0


def test_a_window_without_room_for_the_offsets_tells_nothing():
    sound = speech(SECONDS + 1, seed=1)
    assert learn(sound, amounts(sound, noise=0.5, seed=2), seconds=1.0).evidence_s == 0.0


def test_only_the_newest_speech_counts():
    sound = speech(80.0, seed=1)
    seen = amounts(sound, noise=0.5, seed=2)
    estimator = OffsetEstimator(SyncConfig(memory=20.0))
    mouths = history_of({1: seen}, 80.0)
    for offset_s, begin_s in ((0.3, 3.0), (-0.1, 40.0)):
        for end_s in np.arange(begin_s, begin_s + 35.0, 0.04):
            estimator.add(window_of(sound, end_s, offset_s=offset_s), mouths, 1)
    assert estimator.evidence_s <= 20.0
    assert estimator.estimate().offset_s == pytest.approx(-0.1, abs=0.02)


def test_time_that_jumps_back_goes_on_with_what_is_known():
    sound = speech(SECONDS + 1, seed=1)
    seen = amounts(sound, noise=0.5, seed=2)
    estimator = learn(sound, seen)
    before = estimator.evidence_s
    mouths = history_of({1: seen}, SECONDS)
    assert not estimator.add(window_of(sound, 5.0), mouths, 1)
    estimator.restart()
    assert estimator.add(window_of(sound, 5.0), mouths, 1)
    assert estimator.evidence_s > before
    estimator.clear()
    assert (estimator.evidence_s, estimator.best()) == (0.0, None)


def test_the_confidence_that_is_needed_can_change():
    sound = speech(SECONDS + 1, seed=1)
    estimator = learn(sound, amounts(sound, noise=4.0, seed=2), until_s=12.0)
    confidence = estimator.best().confidence
    estimator.config = SyncConfig(min_confidence=confidence - 0.001)
    assert estimator.estimate() == estimator.best()
    estimator.config = SyncConfig(min_confidence=confidence + 0.001)
    assert estimator.estimate() is None


def test_the_confidence_is_that_of_a_paired_t_test():
    rng = np.random.default_rng(0)
    best, rival = 20, 60
    curves = 0.1 * rng.standard_normal((6, 81))
    curves[:, best] += 1.0
    curves[:, rival] += 0.9
    expected = stats.ttest_rel(curves[:, best], curves[:, rival], alternative='greater').pvalue
    found = confidence(curves, curves.mean(axis=0), best)
    assert 0.5 < found < 0.9999
    assert found == pytest.approx(1.0 - expected)
