import numpy as np
import pytest

from fakes import C, features_for, seconds
from fer_ros.fusion.packing import AGE_S, EMBEDDING, LOGS, PRESENT, QUALITY, pack, thinned
from fer_ros.types import Features

SIZES = {'face': 4, 'voice': 6}


def features(stamp_s, size=4, quality=0.5):
    logits = np.zeros(C, np.float32)
    return Features(seconds(stamp_s), np.arange(1, size + 1, dtype=np.float32), logits, quality)


def test_the_newest_is_always_among_those_that_are_kept():
    track = [features(0.1 * step) for step in range(30)]
    assert [round(f.stamp_ns / 1e9, 1) for f in thinned(track, 1)] == [2.9]
    kept = [f.stamp_ns for f in thinned(track, 4)]
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (track[0].stamp_ns, track[-1].stamp_ns)


def test_what_is_missing_is_zero_and_the_newest_is_last():
    evidence = {'face': [features(1.0), features(2.0)]}
    (row,) = pack(evidence, [('face',)], SIZES, steps=3)
    assert row.shape == (2, 3, EMBEDDING + 6)
    assert not row[1].any()
    np.testing.assert_allclose(row[0, :, PRESENT], [0, 1, 1])
    np.testing.assert_allclose(row[0, :, AGE_S], [0, 1, 0])
    np.testing.assert_allclose(row[0, :, QUALITY], [0, 0.5, 0.5])
    np.testing.assert_allclose(row[0, 2, EMBEDDING:], [1, 2, 3, 4, 0, 0])
    np.testing.assert_allclose(np.exp(row[0, 2, LOGS:EMBEDDING]), np.full(C, 1 / C), rtol=1e-5)


def test_a_subset_is_what_it_would_be_without_the_others():
    both = {'face': [features(2.0)], 'voice': [features(2.0, size=6)]}
    alone = pack({'voice': both['voice']}, [('voice',)], SIZES, steps=2)
    np.testing.assert_array_equal(pack(both, [('face', 'voice'), ('voice',)], SIZES, 2)[1:], alone)


def test_an_embedding_of_another_model_is_refused():
    with pytest.raises(ValueError, match='the embedding of face has 4 numbers, must have 9'):
        pack({'face': [features_for('happy')]}, [('face',)], {'face': 9}, 1)
