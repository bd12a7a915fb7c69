"""Estimates -> messages.  The stamps are those of capture; nothing here asks for 'now'."""

from __future__ import annotations

import math
from collections.abc import Mapping

from builtin_interfaces.msg import Time
from hri_msgs.msg import Expression as ExpressionMsg
from hri_msgs.msg import IdsList, NormalizedRegionOfInterest2D
from std_msgs.msg import Header
from vision_msgs.msg import Classification, ObjectHypothesis

from fer_ros.labels import LABELS
from fer_ros.types import NS_PER_S, Estimate, Expression, Face


def time_msg(stamp_ns: int) -> Time:
    """Nanoseconds as a message."""
    return Time(sec=stamp_ns // NS_PER_S, nanosec=stamp_ns % NS_PER_S)


def stamp_of(message_header: Header) -> int:
    """The stamp in nanoseconds."""
    return message_header.stamp.sec * NS_PER_S + message_header.stamp.nanosec


def header(stamp_ns: int, frame_id: str) -> Header:
    """When and where the evidence was captured."""
    return Header(stamp=time_msg(stamp_ns), frame_id=frame_id)


def expression_msg(expression: Expression, frame_id: str) -> ExpressionMsg:
    """What is not estimated is NaN, which fails every comparison in a behaviour tree."""
    return ExpressionMsg(
        header=header(expression.stamp_ns, frame_id),
        expression=expression.label,
        valence=_or_nan(expression.valence),
        arousal=_or_nan(expression.arousal),
        confidence=expression.confidence,
    )


def expression_of(message: ExpressionMsg) -> Expression:
    """The other way round."""
    return Expression(
        stamp_of(message.header),
        message.expression,
        message.confidence,
        _or_none(message.valence),
        _or_none(message.arousal),
    )


def nobody(stamp_ns: int) -> Expression:
    """What /emotion says when nobody is there or nothing is known."""
    return Expression(stamp_ns, '', 0.0)


def scores_msg(estimate: Estimate | None, stamp_ns: int, frame_id: str) -> Classification:
    """The whole distribution, best first; empty for nobody."""
    shares = zip(LABELS, estimate.probabilities.tolist(), strict=True) if estimate else ()
    return _ranked(dict(shares), stamp_ns, frame_id)


def weights_msg(estimate: Estimate | None, stamp_ns: int, frame_id: str) -> Classification:
    """How much each modality counted, the one that counted most first; empty for nobody."""
    return _ranked(estimate.weights if estimate else {}, stamp_ns, frame_id)


def face_id(track_id: int) -> str:
    """A ROS4HRI id, which must be usable in a topic name."""
    return f'f{track_id:05d}'


def ids_msg(track_ids: list[int], stamp_ns: int, frame_id: str) -> IdsList:
    """Which faces are tracked."""
    return IdsList(header=header(stamp_ns, frame_id), ids=[face_id(i) for i in track_ids])


def roi_msg(
    face: Face, width: int, height: int, stamp_ns: int, frame_id: str
) -> NormalizedRegionOfInterest2D:
    """The box in shares [0, 1] of the image, clipped to it."""
    return NormalizedRegionOfInterest2D(
        header=header(stamp_ns, frame_id),
        xmin=_share(face.x, width),
        ymin=_share(face.y, height),
        xmax=_share(face.x + face.w, width),
        ymax=_share(face.y + face.h, height),
        c=min(1.0, max(0.0, face.score)),
    )


def _ranked(shares: Mapping[str, float], stamp_ns: int, frame_id: str) -> Classification:
    results = [
        ObjectHypothesis(class_id=name, score=share)
        for name, share in sorted(shares.items(), key=lambda item: -item[1])
    ]
    return Classification(header=header(stamp_ns, frame_id), results=results)


def _share(position: float, extent: int) -> float:
    return min(1.0, max(0.0, position / extent))


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
