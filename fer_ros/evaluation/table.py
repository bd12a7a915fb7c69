"""The table of estimates as Parquet, where pyarrow is installed: programs read it much faster."""

from __future__ import annotations

from pathlib import Path

from fer_ros.evaluation.results import ESTIMATE_COLUMNS

_TEXT = {'recording', 'modality', 'label', 'sources', 'weights', 'truth'}
_WHOLE = {'stamp_ns', 'track', 'focus'}


def write_parquet(path: Path) -> Path | None:
    """Write a table of estimates, a CSV file, beside it; None where pyarrow is not installed."""
    try:
        import pyarrow as pa
        from pyarrow import csv, parquet
    except ImportError:
        return None
    types = {
        name: pa.string() if name in _TEXT else pa.int64() if name in _WHOLE else pa.float64()
        for name in ESTIMATE_COLUMNS
    }
    out = path.with_suffix('.parquet')
    options = csv.ConvertOptions(column_types=types, strings_can_be_null=False)
    with (
        csv.open_csv(path, convert_options=options) as batches,
        parquet.ParquetWriter(out, batches.schema) as writer,
    ):
        for batch in batches:
            writer.write_batch(batch)
    return out
