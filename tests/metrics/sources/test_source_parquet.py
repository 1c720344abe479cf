"""Parquet: known by its content, read by columns, within limits."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metrics.sources import SourceError, parquet


def parquet_of(**columns: Any) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target)
    return target.getvalue()


def test_dates_and_numbers(read_file: Any) -> None:
    days = [date(2026, 1, 1), date(2026, 1, 2), None]
    fetched = read_file(
        parquet_of(Date=days, value=[Decimal("1.5"), Decimal("2.5"), Decimal(3)], note=["a", "b", "c"])
    )
    assert [(o.day.day, o.value) for o in fetched.observations] == [(1, 1.5), (2, 2.5)]
    assert [problem.line for problem in fetched.problems] == [3]


def test_moments_texts_and_truths(read_file: Any) -> None:
    moments = [datetime(2026, 1, 1, 23, 30, tzinfo=UTC), datetime(2026, 1, 2, 8, 0, tzinfo=UTC)]
    content = parquet_of(date=moments, won=[True, False])
    fetched = read_file(content, rows="events", outcome_column="won")
    assert [(o.day.day, o.numerator) for o in fetched.observations] == [(1, 1), (2, 0)]


def test_only_the_wanted_columns_are_read(read_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that is too large does not matter as long as nobody wants it."""
    monkeypatch.setattr(parquet, "MAX_UNPACKED", 20_000)
    heavy = [f"{n:030}" for n in range(2_000)]
    content = parquet_of(date=["2026-01-01"] * 2_000, value=[1.0] * 2_000, heavy=heavy)
    assert len(read_file(content).observations) == 1
    with pytest.raises(SourceError, match="too large"):
        read_file(content, filter_column="heavy", filter_value="x")


def test_damaged(read_file: Any) -> None:
    for content in (b"PAR1", b"PAR1" + b"x" * 500 + b"PAR1", parquet_of(date=["2026-01-01"])[:-9]):
        with pytest.raises(SourceError, match="cannot be read"):
            read_file(content)


def test_a_text_that_unpacks_a_million_times(read_file: Any) -> None:
    """Kept once in the file and named by every row: the answer ends before our memory does."""
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 600, pa.int32()), ["2026-01-01" + " " * 200_000])
    content = parquet_of(date=long, value=[1.0] * 600)
    assert len(content) < 100_000
    with pytest.raises(SourceError, match="cannot be read"):
        read_file(content)


def test_without_the_library(read_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SourceError, match="Parquet files cannot be read by this installation"):
        read_file(parquet_of(date=["2026-01-01"], value=[1.0]))
