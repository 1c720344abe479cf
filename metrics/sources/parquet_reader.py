"""Runs alone, as a process of its own: reads the Parquet file of the first argument, writes one JSON line a row.

A file of a few kilobytes can unpack to gigabytes: what it says of its size is checked before anything is read, and the
process has limits of its own in case that it lies. The second argument names the wanted columns (folded; none: all).
The first line of the answer: {"columns": all names, "read": places of those that follow, "unpacked": bytes}.
"""

import json
import sys
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any

MOST_UNPACKED = 50 << 20


def plain(value: object) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value[:200].decode("utf-8", "replace")
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)[:200]


def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def main() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_memory_pool(pa.system_memory_pool())
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    file = pq.ParquetFile(sys.argv[1], page_checksum_verification=True)
    names = list(file.schema_arrow.names)
    wanted = set(json.loads(sys.argv[2]))
    places = [n for n, name in enumerate(names) if not wanted or folded(name) in wanted]
    tops = {names[n] for n in places}
    unpacked = sum(
        group.column(n).total_uncompressed_size
        for group in map(file.metadata.row_group, range(file.metadata.num_row_groups))
        for n in range(group.num_columns)
        if group.column(n).path_in_schema.split(".")[0] in tops
    )
    print(json.dumps({"columns": names, "read": places, "unpacked": unpacked}))
    if unpacked > MOST_UNPACKED or not places:
        return
    for batch in file.iter_batches(batch_size=2048, columns=[names[n] for n in places], use_threads=False):
        columns = [batch.column(n).to_pylist() for n in range(batch.num_columns)]
        for row in zip(*columns, strict=True):
            print(json.dumps([plain(value) for value in row]))


if __name__ == "__main__":
    main()
