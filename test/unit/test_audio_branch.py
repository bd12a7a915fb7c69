import numpy as np
import pytest

from fakes import (
    RATE_HZ,
    WINDOW_S,
    FakeAudioBackbone,
    FakeVad,
    logits_for,
    seconds,
    window_at,
)
from fer_ros.audio.branch import VoiceBranch, VoiceConfig
from fer_ros.config import parse
from fer_ros.stages import Stages
from fer_ros.types import AudioWindow


@pytest.fixture
def backbone():
    return FakeAudioBackbone(logits_for('angry'))


def config_of(**settings):
    return parse(VoiceConfig, {'vad': {'plugin': 'fakes:FakeVad'}} | settings)


def branch_of(backbone, stages=None, **settings):
    vad = FakeVad(FakeVad.Config())
    return VoiceBranch(config_of(**settings), vad, backbone, stages or Stages())


def partly_voiced(time_s, share):
    """A window that ends in speech, heard until a tenth of a second before its end."""
    samples = np.zeros(round(RATE_HZ * WINDOW_S), np.float32)
    samples[len(samples) - round(share * len(samples)) :] = 0.5
    newest_ns = seconds(time_s - 0.1)
    return AudioWindow(seconds(time_s), RATE_HZ, samples, 0.9, newest_ns)


def test_it_says_what_sound_it_takes(backbone):
    branch = branch_of(backbone)
    assert (branch.rate_hz, branch.window_s) == (RATE_HZ, WINDOW_S)


def test_the_features_are_of_the_newest_sound_and_know_how_much_was_speech(backbone):
    features = branch_of(backbone).process(partly_voiced(2.0, share=0.7))
    assert features.stamp_ns == seconds(1.9)
    assert features.quality == pytest.approx(0.7)
    np.testing.assert_array_equal(features.logits, logits_for('angry'))
    assert not features.logits.flags.writeable
    assert not features.embedding.flags.writeable


def test_the_voice_is_read_once_every_hop(backbone):
    branch = branch_of(backbone, hop=0.5)
    for frame in range(31):
        assert branch.process(window_at(frame / 30)) is not None
    assert backbone.calls == 3  # at 0, 0.5 and 1 s


def test_silence_and_too_little_speech_give_nothing_and_cost_nothing(backbone):
    branch = branch_of(backbone, min_voiced=0.2)
    assert branch.process(window_at(1.0, level=0.0)) is None
    assert branch.process(partly_voiced(2.0, share=0.1)) is None
    assert branch.process(window_at(3.0, coverage=0.0)) is None
    assert backbone.calls == 0


def test_no_least_share_still_needs_some_speech(backbone):
    assert branch_of(backbone, min_voiced=0.0).process(window_at(1.0, level=0.0)) is None


def test_who_stops_speaking_is_forgotten_at_the_next_hop(backbone):
    branch = branch_of(backbone, hop=0.5)
    assert branch.process(window_at(1.0)) is not None
    assert branch.process(window_at(1.4, level=0.0)) is not None
    assert branch.process(window_at(1.5, level=0.0)) is None


def test_reset_reads_at_once(backbone):
    branch = branch_of(backbone, hop=0.5)
    branch.process(window_at(100.0))
    branch.reset()
    assert branch.process(window_at(0.0, level=0.0)) is None
    assert branch.process(window_at(0.1)) is None
    assert branch.process(window_at(0.5)).stamp_ns == seconds(0.5)


def test_live_settings_hold_from_the_next_window_on(backbone):
    branch = branch_of(backbone, hop=10.0)
    branch.process(window_at(1.0))
    branch.apply(config_of(hop=0.1))
    branch.process(window_at(1.1))
    assert backbone.calls == 2


def test_the_stages_are_timed(backbone):
    stages = Stages()
    branch_of(backbone, stages).process(window_at(1))
    assert set(stages.take()) == {'vad', 'voice_net'}


def test_a_reading_that_fails_is_not_tried_again_before_the_next_hop():
    class Failing(FakeAudioBackbone):
        def infer(self, samples):
            self.calls += 1
            raise RuntimeError('out of memory')

    backbone = Failing(logits_for('angry'))
    branch = branch_of(backbone, hop=0.5)
    with pytest.raises(RuntimeError):
        branch.process(window_at(1.0))
    assert branch.process(window_at(1.1)) is None
    with pytest.raises(RuntimeError):
        branch.process(window_at(1.5))
    assert backbone.calls == 2
