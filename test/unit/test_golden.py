import numpy as np
import pytest
import yaml

from fer_ros import golden


class Answers:
    """A face backbone whose logits are given."""

    crop_size = 16

    def __init__(self, tilt=0.0):
        self._logits = np.zeros((2, 8), np.float32)
        self._logits[:, 1] = tilt

    def infer(self, crops):
        assert crops.shape == (2, 16, 16, 3)
        assert crops.dtype == np.uint8
        return np.zeros((2, 1), np.float32), self._logits


def test_the_same_answer_passes_and_another_one_does_not(tmp_path):
    golden.write(tmp_path, 'face_backbone', Answers())
    golden.check(tmp_path, 'face_backbone', Answers(tilt=0.01))
    with pytest.raises(golden.GoldenError, match='off by'):
        golden.check(tmp_path, 'face_backbone', Answers(tilt=1.0))


def test_a_missing_or_broken_answer_is_named(tmp_path):
    with pytest.raises(golden.GoldenError, match=r'golden\.yaml'):
        golden.check(tmp_path, 'face_backbone', Answers())
    (tmp_path / golden.FILE).write_text(yaml.safe_dump({'probabilities': [{'happy': 1.0}]}))
    with pytest.raises(golden.GoldenError, match='neutral'):
        golden.check(tmp_path, 'face_backbone', Answers())


def test_the_fixed_sound_is_within_range():
    samples = golden.sound(16_000, 3.0)
    assert samples.shape == (2, 48_000)
    assert 0.1 < np.abs(samples).max() <= 1.0
