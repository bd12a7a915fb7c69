import numpy as np
import pytest

from fer_ros.labels import LABELS
from fer_ros.types import NS_PER_S, AudioChunk, Estimate, Expression, read_only


def test_a_chunk_ends_where_its_last_sample_ends():
    chunk = AudioChunk(5 * NS_PER_S, 16_000, np.zeros(8000, np.float32))
    assert chunk.end_ns == 5 * NS_PER_S + NS_PER_S // 2


def test_read_only_arrays_cannot_be_written():
    array = read_only(np.zeros(3, np.float32))
    with pytest.raises(ValueError, match='read-only'):
        array[0] = 1


def test_the_confidence_is_that_of_the_label_even_when_another_leads():
    probabilities = np.zeros(len(LABELS), np.float32)
    probabilities[LABELS.index('happy')] = 0.45
    probabilities[LABELS.index('sad')] = 0.55
    estimate = Estimate(7, 'happy', probabilities, {'face': 1.0}, valence=0.2)
    assert estimate.confidence == pytest.approx(0.45)
    assert estimate.expression == Expression(7, 'happy', estimate.confidence, 0.2, None)
