"""The node that the documents show as an example of a reader of emotion."""

from __future__ import annotations

import re
import sys

from ros_graph import ROOT, Expression, qos, wait_until


def test_the_node_of_the_documents_says_what_it_hears(graph, tmp_path):
    text = (ROOT / 'docs' / 'using_emotion.md').read_text()
    script = tmp_path / 'attentive.py'
    script.write_text(re.search(r'^```python\n(.*?)^```', text, re.DOTALL | re.MULTILINE)[1])
    emotion = graph.node.create_publisher(Expression, 'emotion', qos.EMOTION)
    process = graph.start([sys.executable, str(script)])

    def says(line, expression, confidence, age_s=0):
        def said():
            message = Expression(expression=expression, confidence=confidence)
            message.header.stamp = graph.node.get_clock().now().to_msg()
            message.header.stamp.sec -= age_s
            emotion.publish(message)
            return process.output.splitlines()[-1:] and line in process.output.splitlines()[-1]

        wait_until(said, f'the line: {line}')

    says('I see: happy', 'happy', 0.8)
    says('nothing sure', 'happy', 0.3)
    says('I see: sad', 'sad', 0.8)
    says('nothing sure', 'sad', 0.8, age_s=5)
