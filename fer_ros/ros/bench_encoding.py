"""What the perception node publishes of one result, for benchmarks: built and serialised.

Sending it is not in it: `fer-ros bench node` measures that, with a real reader.
"""

from __future__ import annotations

from rclpy.serialization import serialize_message

from fer_ros.pipeline import Result
from fer_ros.ros import encode


def encoded_size(result: Result) -> int:
    """Bytes of the messages that one result and one heartbeat give."""
    stamp_ns = result.stamp_ns
    frame_id = result.frame.frame_id if result.frame else ''
    focus = result.focus.fused if result.focus else None
    expression = focus.expression if focus else encode.nobody(stamp_ns)
    messages = [
        encode.scores_msg(focus, stamp_ns, frame_id),
        encode.weights_msg(focus, stamp_ns, frame_id),
        encode.expression_msg(expression, frame_id),
    ]
    if result.focus:
        alone = result.focus.alone.values()
        messages += [encode.expression_msg(one.expression, frame_id) for one in alone]
    if result.frame:
        height, width = result.frame.image.shape[:2]
        seen = [
            (person.face, person.fused)
            for person in result.people
            if person.face is not None and person.face.track_id is not None
        ]
        ids = sorted(face.track_id for face, _ in seen)
        messages.append(encode.ids_msg(ids, stamp_ns, frame_id))
        for face, fused in seen:
            messages.append(encode.roi_msg(face, width, height, stamp_ns, frame_id))
            messages.append(encode.expression_msg(fused.expression, frame_id))
    return sum(len(serialize_message(message)) for message in messages)
