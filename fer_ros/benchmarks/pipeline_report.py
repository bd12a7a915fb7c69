"""What `fer-ros bench pipeline` prints."""

from __future__ import annotations

from collections.abc import Sequence

from fer_ros.benchmarks.pipeline import REST, CaseResult, PipelineRun
from fer_ros.benchmarks.spread import Spread
from fer_ros.benchmarks.tables import Table

_TIMES = ('min ms', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms')


def report(run: PipelineRun, table: Table, *, with_stages: bool) -> str:
    """All of it, in paragraphs."""
    facts = ', '.join(f'{name} {value}' for name, value in run.facts.items())
    counts = ', '.join(
        f'{stage} {count / 1e6:.1f} M' for stage, count in run.multiply_adds.items()
    )
    parts = [
        run.machine.summary,
        f'{facts}, threads {run.threads}',
        f'machine: {run.rates.multiply_adds / 1e9:.0f} G multiply-adds/s with {run.rates.threads} '
        f'threads, {run.rates.bytes / 1e9:.0f} GB/s; multiply-adds: {counts}',
        f'loaded in {run.load_s:.1f} s, first frame {run.first_frame_ms:.0f} ms, '
        f'peak memory {run.cases[-1].usage.peak_rss_mb:.0f} MB',
    ]
    if with_stages:
        parts += [f'{result.case.name}\n\n{stage_table(result, table)}' for result in run.cases]
    parts.append(case_table(run.cases, table))
    parts += [
        f'{result.case.name}: against others, interleaved, on the same pictures\n\n'
        f'{peer_table(run, result, table)}'
        for result in run.cases
        if result.peers
    ]
    return '\n\n'.join(parts)


def stage_table(result: CaseResult, table: Table) -> str:
    """Every stage of one stream, and the whole frame below them."""
    rows = []
    for name, stage in result.stages.items():
        times = [f'{stage.time.mean_ms:.2f}', *[''] * 4] if name == REST else _times(stage.time)
        floor = '' if stage.floor_ms is None else f'{stage.floor_ms:.2f}'
        runs = '' if name == REST else str(stage.time.runs)
        rows.append([name, runs, *times, f'{stage.share:.1%}', floor])
    rows.append(['frame', str(result.frame.runs), *_times(result.frame), '100.0%', ''])
    return table(('stage', 'runs', *_TIMES, 'share', 'floor ms'), rows)


def case_table(results: Sequence[CaseResult], table: Table) -> str:
    """One line for each stream."""
    rows = [
        [
            result.case.name,
            f'{result.found:.1f}',
            f'{result.face_px:.0f} px',
            *_times(result.frame),
            f'{result.cpu_ms:.1f}',
            f'{result.cpu_share:.0%}',
            f'{result.usage.rss_mb:.0f} MB',
        ]
        for result in results
    ]
    return table(('stream', 'found', 'edge', *_TIMES, 'CPU ms', 'CPU', 'RSS'), rows)


def peer_table(run: PipelineRun, result: CaseResult, table: Table) -> str:
    """Ours and each peer on one stream, with how many times longer it takes than ours."""
    rows = [
        [
            'fer_ros',
            str(run.threads),
            f'{result.found:.1f}',
            *_times(result.frame)[:3],
            f'{result.frame.mean_ms:.2f}',
            f'{result.cpu_ms:.1f}',
            f'{result.usage.peak_rss_mb:.0f} MB',
            f'{run.load_s:.1f} s',
            *[''] * 3,
        ]
    ]
    rows += [
        [
            f'{peer.name} {peer.version}',
            str(peer.threads),
            f'{peer.found:.1f}',
            *_times(peer.time)[:3],
            f'{peer.time.mean_ms:.2f}',
            f'{peer.cpu_ms:.1f}',
            f'{peer.usage.peak_rss_mb:.0f} MB',
            f'{peer.load_s:.1f} s',
            f'{peer.ratio_p50:.1f}',
            f'{peer.ratio_mean:.1f}',
            f'{peer.ratio_cpu:.1f}',
        ]
        for peer in result.peers
    ]
    head = ('', 'threads', 'found', *_TIMES[:3], 'mean ms', 'CPU ms', 'peak RSS', 'load')
    return table((*head, 'p50 ratio', 'mean ratio', 'CPU ratio'), rows)


def _times(time: Spread) -> list[str]:
    return [
        f'{value:.2f}'
        for value in (time.min_ms, time.p50_ms, time.p95_ms, time.p99_ms, time.max_ms)
    ]
