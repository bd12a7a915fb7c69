import numpy as np
import pytest

from fer_ros.data import cremad_votes
from fer_ros.data.cremad_votes import CremadVotesError
from fer_ros.evaluation import fusion_votes
from fer_ros.labels import LABELS, index_of, softmax

LETTERS = 'ADFHNS'
HEAD = 'clip,actor,sex,intended,' + ','.join(
    f'{who}_{letter}' for who in ('voice', 'face', 'av') for letter in LETTERS
)


@pytest.fixture
def votes_file(tmp_path):
    def write(*rows, head=HEAD):
        path = tmp_path / cremad_votes.FILE
        path.write_text('\n'.join((head, *rows)) + '\n', encoding='utf-8')
        return path

    return write


ANGRY = 'a,1001,Male,A,8,0,0,0,2,0,3,3,0,0,0,0,9,0,0,0,0,1'
SAD = 'b,1002,Female,S,0,0,0,0,1,3,0,0,0,0,0,9,0,0,0,0,5,5'


def test_votes_are_read_by_the_names_of_the_columns(votes_file):
    votes = cremad_votes.read(votes_file(ANGRY, SAD))
    assert votes.actors.tolist() == ['1001', '1002']
    assert votes.intended.tolist() == [0, 5]
    assert votes.counts['voice'].tolist() == [[8, 0, 0, 0, 2, 0], [0, 0, 0, 0, 1, 3]]
    assert votes.counts['face'][0].tolist() == [3, 3, 0, 0, 0, 0]
    assert votes.reference[1].tolist() == [0, 0, 0, 0, 5, 5]


def test_a_file_without_those_who_did_both_will_do(votes_file):
    columns = HEAD.split(',')[:-6]
    rows = [','.join(row.split(',')[:-6]) for row in (ANGRY, SAD)]
    assert cremad_votes.read(votes_file(*rows, head=','.join(columns))).reference is None


@pytest.mark.parametrize(
    'row',
    [ANGRY.replace(',A,', ',X,'), 'a,1001,Male,A,1', ANGRY.replace('8,0,0,0,2,0', '0,' * 5 + '0')],
)
def test_a_file_of_another_layout_is_refused(votes_file, row):
    with pytest.raises(CremadVotesError, match='not a file of votes'):
        cremad_votes.read(votes_file(row))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CremadVotesError, match=r'no cremad_votes\.csv'):
        cremad_votes.read(tmp_path)


def test_no_actor_is_in_two_folds_and_sexes_are_balanced(data_folder):
    folds = cremad_votes.fold_file()
    votes = cremad_votes.read(data_folder)
    assert frozenset().union(*folds.values()) == frozenset(votes.actors.tolist())
    for actors in folds.values():
        women = {a for a, sex in zip(votes.actors, votes.sexes, strict=True) if sex == 'Female'}
        assert 0.4 < len(women & actors) / len(actors) < 0.6


def test_counts_become_smoothed_probabilities_of_the_six_emotions(votes_file):
    clips = fusion_votes.clips_of(cremad_votes.read(votes_file(ANGRY, SAD)))
    (voice,) = clips.evidence(0, {'face': 'missing'})['voice']
    got = softmax(voice.logits)
    assert got[index_of('angry')] == pytest.approx(8.5 / 13)
    assert got[index_of('neutral')] == pytest.approx(2.5 / 13)
    assert got[index_of('surprised')] == 0.0
    assert [LABELS[label] for label in clips.labels] == ['angry', 'sad']


def test_more_votes_are_better_evidence(votes_file):
    clips = fusion_votes.clips_of(cremad_votes.read(votes_file(ANGRY, SAD)))
    ten, four = (clips.evidence(n, {})['voice'][0].quality for n in range(2))
    assert ten == pytest.approx(10 / 15)
    assert four == pytest.approx(4 / 9)


def test_only_the_asked_actors_are_taken(votes_file):
    votes = cremad_votes.read(votes_file(ANGRY, SAD))
    clips = fusion_votes.clips_of(votes, {'1002'})
    assert clips.subjects.tolist() == ['1002']


def test_equal_votes_of_people_count_by_their_share(votes_file):
    people = fusion_votes.people(cremad_votes.read(votes_file(ANGRY, SAD)))
    assert people == pytest.approx({'voice': 1.0, 'face': (0.5 + 1) / 2, 'both': (1 + 0.5) / 2})


def test_those_who_guess_say_nothing(votes_file):
    rows = [ANGRY.replace('1001', str(number)) for number in range(400)]
    clips = fusion_votes.clips_of(cremad_votes.read(votes_file(*rows)))
    states = {'voice': 'spoilt'}
    guessed = [softmax(clips.evidence(n, states)['voice'][0].logits) for n in range(len(clips))]
    assert np.mean(guessed, axis=0)[index_of('angry')] == pytest.approx(1 / 6, abs=0.02)
