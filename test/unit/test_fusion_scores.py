import numpy as np
import pytest

from fakes import C
from fer_ros import plugins
from fer_ros.config import parse, parse_chosen
from fer_ros.evaluation import fusion_bench, fusion_scores
from fer_ros.evaluation.fusion_bench import FusionBenchError
from fer_ros.evaluation.fusion_tables import CLEAN, MISSING, SPOILT, Clips, Table, paired
from fer_ros.fusion.average import WeightedAverage, WeightsConfig
from fer_ros.training import fusion_rules


def table(labels, strength=4.0, moments=2):
    """Logits in favour of the label, and of label 7 where it is spoilt."""
    count = len(labels)
    logits = np.zeros((count, moments, C), np.float32)
    logits[np.arange(count), -1, labels] = strength
    spoilt = np.zeros((count, C), np.float32)
    spoilt[:, 7] = 2 * strength
    embedding = np.arange(count * moments * 3, dtype=np.float32).reshape(count, moments, 3)
    return Table(
        embedding=embedding,
        logits=logits,
        quality=np.full((count, moments), 0.9, np.float32),
        spoilt_embedding=embedding[:, -1],
        spoilt_logits=spoilt,
        spoilt_quality=np.full(count, 0.1, np.float32),
        labels=np.asarray(labels),
        subjects=np.array([f'person{n % 4}' for n in range(count)]),
        step_s=0.5,
    )


@pytest.fixture
def clips():
    labels = np.arange(40) % 5
    tables = {'face': table(labels), 'voice': table(labels, strength=2.0)}
    rows = {name: np.arange(40) for name in tables}
    return Clips(tables, rows, labels, tables['voice'].subjects)


def test_moments_are_oldest_first_and_end_at_zero(clips):
    face = clips.evidence(3, {})['face']
    assert [f.stamp_ns for f in face] == [-500_000_000, 0]
    assert face[-1].logits.argmax() == 3
    np.testing.assert_array_equal(face[0].embedding, clips.tables['face'].embedding[3, 0])


def test_a_missing_modality_is_a_missing_key_and_a_spoilt_one_is_bad_throughout(clips):
    evidence = clips.evidence(3, {'face': SPOILT, 'voice': MISSING})
    assert set(evidence) == {'face'}
    assert {f.logits.argmax() for f in evidence['face']} == {7}
    assert evidence['face'][-1].quality == pytest.approx(0.1)


def test_pairs_share_their_label_and_leave_out_what_has_no_partner():
    faces, voices = table(np.array([0, 0, 1, 2])), table(np.array([0, 1, 1, 3, -1]))
    pairs = paired({'face': faces, 'voice': voices}, 'voice', 2, np.random.default_rng(0))
    assert sorted(pairs.labels.tolist()) == [0, 0, 1, 1, 1, 1]
    assert (faces.labels[pairs.rows['face']] == pairs.labels).all()
    assert (voices.labels[pairs.rows['voice']] == pairs.labels).all()
    same_voice = pairs.rows['face'][pairs.rows['voice'] == 0]
    assert set(same_voice) == {0, 1}


def test_joined_tables_have_all_rows_in_order(clips):
    face = clips.tables['face']
    whole = Table.joined([face.taken(np.array([5, 6])), face.taken(np.array([7]))])
    np.testing.assert_array_equal(whole.logits, face.logits[5:8])
    assert whole.step_s == face.step_s


def test_shares_of_missing_and_spoilt_evidence_are_counted(clips):
    fusion = WeightedAverage(parse(WeightsConfig, {'weights': [0.9, 0.1]}))
    given = fusion_scores.answers(fusion, clips)
    scores = {
        condition: fusion_scores.score(fusion_scores.mixed(given, *condition), clips).accuracy
        for condition in fusion_scores.conditions(clips)
    }
    assert scores[CLEAN, '', 0.0] == 1.0
    assert scores[MISSING, 'face', 1.0] == 1.0
    assert scores[SPOILT, 'face', 1.0] == 0.0
    assert scores[SPOILT, 'face', 0.25] == 0.75
    assert len(scores) == 1 + 2 * 2 * 3


def test_intervals_are_by_people_and_not_by_clips():
    right = np.repeat([True, False, True, False], 100)
    people = np.repeat(['a', 'b', 'c', 'd'], 100)
    low, high = fusion_scores.interval_by_subject(right, people)
    assert (low, high) == (0.0, 1.0)
    low, high = fusion_scores.interval_by_subject(right, np.arange(400).astype(str))
    assert 0.42 < low < 0.5 < high < 0.58


def test_the_time_of_one_fusion_is_the_clocks(clips):
    ticks = iter(range(0, 10**9, 2500))
    fusion = WeightedAverage(WeightsConfig())
    assert fusion_scores.microseconds(fusion, clips, lambda: next(ticks)) == 2.5


def test_strategies_are_read_with_their_settings(tmp_path):
    path = tmp_path / 'strategies.yaml'
    path.write_text('sharp: {plugin: product, temperature: 0.5}\nplain: {plugin: voting}\n')
    found = fusion_bench.read_strategies(path)
    assert list(found) == ['sharp', 'plain']
    assert found['sharp'].config.temperature == 0.5
    path.write_text('[]')
    with pytest.raises(FusionBenchError, match='expected a mapping'):
        fusion_bench.read_strategies(path)


def test_the_table_has_a_line_for_each_strategy_and_each_modality_alone(clips):
    strategies = {'mean': parse_chosen('fusion', {'plugin': 'weighted_average'})}
    heard = []
    rows = list(fusion_bench.measure(strategies, clips, heard.append))
    singles = fusion_bench.alone(clips)
    text = fusion_bench.as_text(rows, clips, singles)
    starts = [line.split('  ')[0] for line in text.splitlines()]
    assert heard == ['mean']
    assert {'face alone', 'voice alone', 'mean'} <= set(starts)
    data = fusion_bench.as_data(rows, clips, singles)
    assert len(data['strategies']['mean']['conditions']) == 13
    assert data['people'] == 4


@pytest.mark.parametrize('name', fusion_rules.rules(('face', 'voice')))
def test_chosen_settings_are_likelier_than_those_it_began_with(name, clips):
    rng = np.random.default_rng(0)
    noisy = {
        key: Table(
            **{
                **vars(one),
                'logits': one.logits / 4 + rng.normal(size=one.logits.shape).astype(np.float32),
            }
        )
        for key, one in clips.tables.items()
    }
    given = Clips(noisy, clips.rows, clips.labels, clips.subjects)
    rule, fixed = fusion_rules.rules(given.modalities)[name]
    chosen = fusion_rules.choose(rule, fixed, given, steps=25)

    def likelihood(told):
        fusion = plugins.build('fusion', parse_chosen('fusion', told))
        rows = fusion_scores.answers(fusion, given)[CLEAN, '']
        return np.log(np.maximum(rows[np.arange(len(rows)), given.labels], 1e-4)).mean()

    start = rule.settings(np.array(rule.start), given.modalities)
    assert likelihood(chosen) > likelihood({'plugin': rule.plugin, **fixed, **start})
