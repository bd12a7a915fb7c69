"""Every fusion and every smoothing can be chosen while perception runs on the bundled sample."""

from __future__ import annotations

import pytest
from ros_graph import (
    DiagnosticArray,
    Expression,
    Graph,
    ListParameters,
    Parameter,
    ParameterType,
    ParameterValue,
    SetParameters,
    qos,
    wait_until,
)

from fer_ros import plugins
from fer_ros.config import leaves, parse_chosen


class Perception:
    """The perception node with its default models, on the sample."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._emotion = graph.listen(Expression, 'emotion', qos.EMOTION)
        self._diagnostics = graph.listen(DiagnosticArray, '/diagnostics')
        self.process = graph.start_node('perception')
        graph.bring_up('perception')
        graph.start_node('media', {'source': 'sample', 'loop': True})

    def set(self, name, value):
        """The answer to ros2 param set, of a string."""
        typed = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=value)
        request = SetParameters.Request(parameters=[Parameter(name=name, value=typed)])
        return self._graph.call(SetParameters, 'perception/set_parameters', request).results[0]

    def parameters(self, slot):
        """The names of the parameters of a slot, as they are declared now."""
        request = ListParameters.Request(prefixes=[slot])
        answer = self._graph.call(ListParameters, 'perception/list_parameters', request)
        return set(answer.result.names)

    def facts(self):
        """What the newest diagnostics say of the pipeline."""
        for message in reversed(self._diagnostics):
            for status in message.status:
                if status.name.endswith(': pipeline'):
                    return {pair.key: pair.value for pair in status.values}
        return {}

    def until_somebody(self):
        """Wait for estimates that come from now on."""
        heard = len(self._emotion)
        wait_until(
            lambda: [m.expression for m in list(self._emotion)[heard:] if m.expression],
            'somebody on emotion',
        )


@pytest.fixture(scope='module')
def perception():
    graph = Graph()
    yield Perception(graph)
    graph.close()


def wanted(kind, name):
    """The parameters that a plugin brings."""
    return {leaf.name for leaf in leaves(parse_chosen(kind, {'plugin': name}).config, kind)}


@pytest.mark.parametrize(
    ('kind', 'name'),
    [(kind, name) for kind in ('fusion', 'smoothing') for name in plugins.available(kind)],
)
def test_every_one_takes_over_and_brings_its_parameters(perception, kind, name):
    answer = perception.set(f'{kind}.plugin', name)
    assert answer.successful, answer.reason
    expected = wanted(kind, name) | {f'{kind}.plugin'}
    wait_until(lambda: perception.parameters(kind) == expected, f'the parameters {expected}')
    wait_until(lambda: perception.facts().get(kind) == name, f'{kind} {name} in diagnostics')
    before = perception.facts()['errors']
    perception.until_somebody()
    assert perception.facts()['errors'] == before, perception.facts()['last error']
    assert perception.process.running, perception.process.output


@pytest.mark.parametrize(
    ('kind', 'name', 'value', 'why'),
    [
        ('fusion', 'plugin', 'nothing_like_it', 'available: '),
        ('fusion', 'plugin', 'no_such_module:Fusion', 'failed to load'),
        ('smoothing', 'plugin', 'nothing_like_it', 'available: exponential'),
        ('smoothing', 'transitions', '/no/such/file.yaml', 'No such file'),
    ],
)
def test_what_cannot_be_used_is_refused_and_the_old_one_stays(perception, kind, name, value, why):
    if name == 'transitions':
        assert perception.set('smoothing.plugin', 'hidden_markov').successful
        wait_until(lambda: f'{kind}.{name}' in perception.parameters(kind), f'{kind}.{name}')
    in_use = perception.facts()[kind]
    answer = perception.set(f'{kind}.{name}', value)
    assert not answer.successful
    assert why in answer.reason
    perception.until_somebody()
    assert perception.facts()[kind] == ('hidden_markov' if name == 'transitions' else in_use)
