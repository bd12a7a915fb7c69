import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special

from fer_ros.labels import LABELS, LabelError, canonical, index_of, softmax, to_canonical


@pytest.mark.parametrize(
    ('word', 'label'),
    [
        ('neutral', 'neutral'),
        ('Calm', 'neutral'),
        ('joy', 'happy'),
        ('Happiness', 'happy'),
        (' SAD ', 'sad'),
        ('surprise', 'surprised'),
        ('fear', 'scared'),
        ('fearful', 'scared'),
        ('disgust', 'disgusted'),
        ('anger', 'angry'),
        ('contempt', 'contempt'),
    ],
)
def test_words_of_other_vocabularies_are_known(word, label):
    assert canonical(word) == label
    assert LABELS[index_of(word)] == label


def test_an_unknown_word_is_refused_with_the_known_ones():
    with pytest.raises(LabelError, match=r"'bored'; known: afraid, .*surprised"):
        canonical('bored')


def test_logits_are_permuted_by_name():
    fer2013 = ('angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral')
    logits = np.arange(14, dtype=np.float32).reshape(2, 7)
    ours = to_canonical(logits, fer2013)
    assert ours.shape == (2, len(LABELS))
    for column, word in enumerate(fer2013):
        np.testing.assert_array_equal(ours[:, index_of(word)], logits[:, column])
    assert (ours[:, index_of('contempt')] == -np.inf).all()


def test_two_words_for_one_label_add_their_probabilities():
    words = ('neutral', 'calm', 'happy', 'sad')
    logits = np.array([[0.3, -1.0, 2.0, 0.5]], dtype=np.float32)
    before = special.softmax(logits, axis=-1)[0]
    after = softmax(to_canonical(logits, words))[0]
    assert after[index_of('neutral')] == pytest.approx(before[0] + before[1], abs=1e-6)
    assert after[index_of('happy')] == pytest.approx(before[2], abs=1e-6)


def test_more_logits_than_labels_are_refused():
    with pytest.raises(LabelError, match='3 logits for 2 labels'):
        to_canonical(np.zeros((1, 3), np.float32), ('happy', 'sad'))


@given(hnp.arrays(np.float32, (3, 5), elements=st.floats(-(2.0**99), 2.0**99, width=32)))
def test_softmax_agrees_with_scipy(logits):
    np.testing.assert_allclose(
        softmax(logits), special.softmax(logits.astype(np.float64), axis=-1), atol=1e-6
    )


def test_softmax_gives_labels_that_are_not_modelled_no_probability():
    got = softmax(np.array([1.0, -np.inf, 1.0], dtype=np.float32))
    np.testing.assert_array_equal(got, [0.5, 0.0, 0.5])
