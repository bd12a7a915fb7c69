"""The contract of policies."""

from __future__ import annotations

from fer_ros.labels import LABELS
from fer_ros.protocols import Policy
from fer_ros.testing.requiring import require
from fer_ros.types import NS_PER_S, Decision, Expression


def check_policy(policy: Policy) -> None:
    """Run a policy through people who come, change, leave, and through time that jumps back."""
    require(isinstance(policy, Policy), 'there is no method decide')
    first = [_decide(policy, *moment) for moment in _story()]
    again = [_decide(policy, *moment) for moment in _story()]
    require(
        first == again,
        'the same story told again gave other decisions: time that jumps back must start anew',
    )


def _story() -> list[tuple[Expression | None, int]]:
    """What a policy hears, and when."""
    story: list[tuple[Expression | None, int]] = []
    labels = [*LABELS, 'bored', '']
    for step in range(200):
        now_ns = (1000 + step) * NS_PER_S // 4
        expression = Expression(now_ns, labels[step // 8 % len(labels)], step % 8 / 7)
        story.append((None if step % 50 > 45 else expression, now_ns))
    return story


def _decide(policy: Policy, expression: Expression | None, now_ns: int) -> Decision:
    decision = policy.decide(expression, now_ns)
    require(isinstance(decision, Decision), f'decide() gave {decision!r}, not a Decision')
    require(decision.stamp_ns == now_ns, 'the stamp of a decision must be now_ns')
    require(bool(decision.behaviour), 'a decision must name a behaviour')
    return decision
