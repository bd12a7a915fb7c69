from dataclasses import replace

import numpy as np
import pytest
from mouths import amounts, history_of, speech, window_of

from fer_ros.speaking import SpeakerChooser, SpeakerConfig

LEFT, RIGHT = 1, 2
FIRST, SECOND = speech(24.0, seed=1), speech(24.0, seed=2)
BOTH_TALK = {LEFT: amounts(FIRST, 0.7, seed=3), RIGHT: amounts(SECOND, 0.7, seed=4)}
"""Two people whose mouths both move, each to speech of their own."""


def choices(sound, mouths, focus=LEFT, offset_s=0.0, stamped_s=0.0):
    """Who speaks from 3 s on, ten times a second."""
    chooser = SpeakerChooser(SpeakerConfig())
    history = history_of(mouths, 24.0)
    chosen = []
    for end_s in np.arange(3.0, 23.0, 0.1):
        window = window_of(sound, end_s, offset_s=stamped_s)
        chooser.listen(window, history, list(mouths), offset_s)
        chosen.append(chooser.choose(list(mouths), focus))
    return np.array(chosen)


@pytest.mark.parametrize(('sound', 'speaker'), [(FIRST, LEFT), (SECOND, RIGHT)])
@pytest.mark.parametrize('focus', [LEFT, RIGHT])
def test_the_voice_is_that_of_the_mouth_that_moves_with_it(sound, speaker, focus):
    assert (choices(sound, BOTH_TALK, focus) == speaker).mean() > 0.95


def test_a_resting_mouth_does_not_speak():
    times, _ = BOTH_TALK[LEFT]
    resting = -2.0 + 0.1 * np.random.default_rng(5).standard_normal(len(times))
    chosen = choices(SECOND, {LEFT: (times, resting), RIGHT: BOTH_TALK[RIGHT]}, focus=LEFT)
    assert (chosen == RIGHT).mean() > 0.9


def test_the_voice_goes_over_when_the_other_one_begins():
    half = len(FIRST) // 2
    sound = np.concatenate((FIRST[:half], SECOND[half:]))
    chosen = choices(sound, BOTH_TALK)
    assert (chosen[:88] == LEFT).mean() > 0.95  # until 11.8 s; the turn is at 12 s
    assert (chosen[120:] == RIGHT).mean() > 0.95  # from 15 s on


@pytest.mark.parametrize('focus', [LEFT, RIGHT, None])
def test_the_voice_is_that_of_the_focus_where_nobody_in_sight_speaks(focus):
    still = {track: (times, 0.0 * moved) for track, (times, moved) in BOTH_TALK.items()}
    assert set(choices(FIRST, still, focus).tolist()) == {focus}


def test_one_face_alone_is_not_compared():
    chooser = SpeakerChooser(SpeakerConfig())
    history = history_of({RIGHT: BOTH_TALK[RIGHT]}, 24.0)
    chooser.listen(window_of(FIRST, 5.0), history, [RIGHT], 0.0)
    assert chooser.correlations == {}
    assert chooser.choose([RIGHT], RIGHT) == RIGHT
    assert chooser.choose([], None) is None


@pytest.mark.parametrize('offset_s', [-0.3, 0.3])
def test_sound_that_is_stamped_wrong_finds_its_mouth_by_the_offset(offset_s):
    chosen = choices(SECOND, BOTH_TALK, LEFT, offset_s=offset_s, stamped_s=offset_s)
    assert (chosen == RIGHT).mean() > 0.95
    ignored = choices(SECOND, BOTH_TALK, LEFT, offset_s=0.0, stamped_s=offset_s)
    assert (ignored == RIGHT).mean() < 0.8


def test_a_speaker_keeps_the_voice_until_another_is_clearly_better():
    chooser = SpeakerChooser(SpeakerConfig(min_correlation=0.2, switch_margin=0.2))
    chooser.correlations = {LEFT: 0.5, RIGHT: 0.1}
    assert chooser.choose([LEFT, RIGHT], RIGHT) == LEFT
    chooser.correlations = {LEFT: 0.3, RIGHT: 0.45}
    assert chooser.choose([LEFT, RIGHT], RIGHT) == LEFT
    chooser.correlations = {LEFT: 0.3, RIGHT: 0.55}
    assert chooser.choose([LEFT, RIGHT], LEFT) == RIGHT
    chooser.correlations = {LEFT: 0.1, RIGHT: 0.15}
    assert chooser.choose([LEFT, RIGHT], LEFT) == RIGHT


def test_a_speaker_who_leaves_gives_the_voice_back():
    chooser = SpeakerChooser(SpeakerConfig())
    chooser.correlations = {LEFT: 0.5, RIGHT: 0.1}
    assert chooser.choose([LEFT, RIGHT], RIGHT) == LEFT
    assert chooser.choose([RIGHT], RIGHT) == RIGHT
    chooser.correlations = {}
    assert chooser.choose([LEFT, RIGHT], RIGHT) == RIGHT


def test_a_speaker_whose_mouth_is_hidden_is_replaced_by_one_who_speaks():
    chooser = SpeakerChooser(SpeakerConfig())
    chooser.correlations = {LEFT: 0.9}
    assert chooser.choose([LEFT, RIGHT], RIGHT) == LEFT
    chooser.correlations = {RIGHT: 0.4}
    assert chooser.choose([LEFT, RIGHT], LEFT) == RIGHT


def test_reset_forgets_who_spoke():
    chooser = SpeakerChooser(SpeakerConfig())
    chooser.correlations = {LEFT: 0.9}
    chooser.choose([LEFT, RIGHT], RIGHT)
    chooser.reset()
    assert chooser.choose([LEFT, RIGHT], RIGHT) == RIGHT


def test_a_window_with_a_gap_tells_nothing():
    chooser = SpeakerChooser(SpeakerConfig())
    history = history_of(BOTH_TALK, 24.0)
    whole = window_of(FIRST, 10.0)
    samples = whole.samples.copy()
    samples[20000:24000] = 0.0
    holed = replace(whole, samples=samples, coverage=1 - 4000 / len(samples))
    chooser.listen(holed, history, [LEFT, RIGHT], 0.0)
    assert chooser.correlations == {}
