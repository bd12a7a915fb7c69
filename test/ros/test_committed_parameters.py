"""The committed parameter files, given to the nodes as ROS itself gives them."""

import sys

import pytest
from ros_graph import (
    ROOT,
    GetState,
    Parameter,
    ParameterType,
    ParameterValue,
    SetParametersAtomically,
)


def start(graph, node, file):
    words = ['--ros-args', '--params-file', str(ROOT / 'config' / file)]
    return graph.start([sys.executable, '-m', f'fer_ros.ros.{node}_node', *words])


@pytest.mark.parametrize(
    ('node', 'file'), [('perception', 'perception.yaml'), ('policy', 'policy_node.yaml')]
)
def test_a_node_starts_with_its_file(graph, node, file):
    process = start(graph, node, file)
    state = graph.call(GetState, f'{node}/get_state', GetState.Request())
    assert state.current_state.label == 'unconfigured', process.output


def test_a_list_that_is_empty_in_the_file_can_be_filled(graph):
    start(graph, 'perception', 'perception.yaml')
    labels = ParameterValue(
        type=ParameterType.PARAMETER_STRING_ARRAY, string_array_value=['happy', 'sad']
    )
    priors = ParameterValue(
        type=ParameterType.PARAMETER_DOUBLE_ARRAY, double_array_value=[0.3, 0.2]
    )
    request = SetParametersAtomically.Request(
        parameters=[
            Parameter(name='fusion.prior_labels', value=labels),
            Parameter(name='fusion.priors', value=priors),
        ]
    )
    service = 'perception/set_parameters_atomically'
    answer = graph.call(SetParametersAtomically, service, request)
    assert answer.result.successful, answer.result.reason
