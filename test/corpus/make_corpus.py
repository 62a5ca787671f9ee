"""Makes the Parquet files of the corpus, and what must be read from them.

    python3 -m venv venv && venv/bin/pip install pyarrow==26.0.1 pandas==3.1.1 duckdb==2.0.1 polars==2.1.0 deltalake==1.6.6 fastparquet==2026.9.0
    venv/bin/python test/corpus/make_corpus.py test/corpus
"""

import datetime as dt
import decimal
import json
import math
import pathlib
import shutil
import sys
import tempfile

import deltalake
import duckdb
import fastparquet
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path(sys.argv[1])
UTC = dt.timezone.utc

TABLE = pa.table(
    {
        "id": pa.array([1, 2, 3, 2**53 + 1, -5], pa.int64()),
        "name": pa.array(["Ann", "Bob", None, 'Zoë "q"', "日本"], pa.string()),
        "tags": pa.array([["a", "b"], [], None, ["c", None], ["d"]], pa.list_(pa.string())),
        "pos": pa.array(
            [{"x": 1.5, "y": 2}, None, {"x": None, "y": 3}, {"x": 0.0, "y": None}, {"x": -1.0, "y": 0}],
            pa.struct([("x", pa.float64()), ("y", pa.int32())]),
        ),
        "map": pa.array([[("k", 1)], [], None, [("a", None), ("b", 2)], [("z", 9)]], pa.map_(pa.string(), pa.int32())),
        "lists": pa.array([[[1, 2], [3]], [[]], [], None, [None, [4]]], pa.list_(pa.list_(pa.int32()))),
        "structs": pa.array(
            [
                [{"a": 1, "b": ["x"]}],
                [],
                None,
                [{"a": None, "b": None}, {"a": 2, "b": []}],
                [{"a": 3, "b": ["y", "z"]}, None],
            ],
            pa.list_(pa.struct([("a", pa.int32()), ("b", pa.list_(pa.string()))])),
        ),
        "flag": pa.array([True, False, None, True, False]),
        "bytes": pa.array([b"\xff\x00", b"", None, b"abc", b"\x80"], pa.binary()),
        "fixed": pa.array([b"abcd", None, b"\x00\x01\x02\x03", b"zzzz", b"    "], pa.binary(4)),
        "price": pa.array([decimal.Decimal(t) if t else None for t in ["12.50", "-0.01", "", "0.00", "99999999.99"]], pa.decimal128(10, 2)),
        "day": pa.array([dt.date(2020, 2, 29), dt.date(1969, 12, 31), None, dt.date(1970, 1, 1), dt.date(2026, 1, 31)]),
        "local": pa.array(
            [dt.datetime(2026, 1, 31, 12, 0, 0, 123456), dt.datetime(1969, 12, 31, 23, 59, 59, 999999), None, dt.datetime(1970, 1, 1), dt.datetime(2000, 1, 1)],
            pa.timestamp("us"),
        ),
        "at": pa.array(
            [dt.datetime(2026, 1, 31, 12, tzinfo=UTC), None, dt.datetime(1970, 1, 1, tzinfo=UTC), dt.datetime(2000, 1, 1, tzinfo=UTC), dt.datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=UTC)],
            pa.timestamp("us", tz="UTC"),
        ),
        "time": pa.array([dt.time(1, 2, 3, 4000), None, dt.time(0), dt.time(23, 59, 59, 999999), dt.time(12)], pa.time64("us")),
        "single": pa.array([1.5, None, math.nan, math.inf, -0.25], pa.float32()),
        "unsigned": pa.array([2**64 - 1, 0, None, 1, 2], pa.uint64()),
        "small": pa.array([2**32 - 1, 0, None, 1, 2], pa.uint32()),
        "category": pa.array(["r", "g", "r", None, "r"]).dictionary_encode(),
        "half": pa.array([1.5, None, 0.5, 2.0, -1.0], pa.float16()),
        "none": pa.array([None] * 5, pa.null()),
    }
)
LONG = {"id", "unsigned", "n", "total", "big", "__index_level_0__"}


def plain(value, column):
    """As the test writes what it has read."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, bytes):
        return "bytes " + value.hex()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None:
            micros = f"{value.microsecond:06}000" if value.microsecond % 1000 else f"{value.microsecond // 1000:03}"
            return "Date " + value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{micros}Z"
        return value.isoformat().rstrip("0").rstrip(".") if value.microsecond else value.isoformat()
    if isinstance(value, dt.time):
        return value.isoformat().rstrip("0") if value.microsecond else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int):
        return f"{value}n" if column in LONG else value
    if isinstance(value, float):
        return value if math.isfinite(value) else "NaN" if math.isnan(value) else "Infinity"
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return {key: plain(item, column) for key, item in value}
    if isinstance(value, list):
        return {} if column == "map" and not value else [plain(item, column) for item in value]
    return {key: plain(item, key) for key, item in value.items()}


def expect(name, rows):
    text = json.dumps([{key: plain(value, key) for key, value in row.items()} for row in rows], ensure_ascii=False)
    expected.setdefault(text, []).append(name)


expected = {}
for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
    for version in ["1.0", "2.0"]:
        name = f"pyarrow-{codec}-v{version[0]}.parquet"
        dictionary = codec not in ("gzip", "lz4")
        pq.write_table(TABLE, OUT / name, compression=codec, data_page_version=version, use_dictionary=dictionary, row_group_size=3)
        expect(name, TABLE.to_pylist())

# Rows enough for several pages a column, lists that go on over pages, and the delta encodings.
COUNT = 300
MANY = pa.table(
    {
        "id": pa.array([i * i * (-1) ** i for i in range(COUNT)], pa.int64()),
        "name": pa.array([f"person number {i // 3:04}" if i % 7 else None for i in range(COUNT)]),
        "bytes": pa.array([bytes([i % 256]) * (i % 5) for i in range(COUNT)], pa.binary()),
        "single": pa.array([i / 4 for i in range(COUNT)], pa.float32()),
        "tags": pa.array([[f"t{j}" for j in range(i % 40)] if i % 11 else None for i in range(COUNT)], pa.list_(pa.string())),
    }
)
pq.write_table(
    MANY,
    OUT / "pyarrow-delta-v2.parquet",
    use_dictionary=False,
    data_page_version="2.0",
    data_page_size=256,
    write_batch_size=16,
    column_encoding={
        "id": "DELTA_BINARY_PACKED",
        "name": "DELTA_BYTE_ARRAY",
        "bytes": "DELTA_LENGTH_BYTE_ARRAY",
        "single": "BYTE_STREAM_SPLIT",
        "tags.list.element": "DELTA_BYTE_ARRAY",
    },
)
expect("pyarrow-delta-v2.parquet", MANY.to_pylist())
pq.write_table(MANY, OUT / "pyarrow-pages-v1.parquet", data_page_size=128, write_batch_size=16, compression="zstd")
expect("pyarrow-pages-v1.parquet", MANY.to_pylist())

frame = pd.DataFrame(
    {"n": [1, 2, 3], "ratio": [0.5, None, 2.0], "name": ["a", "b", None], "when": pd.to_datetime(["2026-01-31", "2026-02-01 12:30:00.5", None], format="ISO8601")}
)
frame.to_parquet(OUT / "pandas.parquet", index=False)
expect("pandas.parquet", [{"n": 1, "ratio": 0.5, "name": "a", "when": dt.datetime(2026, 1, 31)}, {"n": 2, "ratio": None, "name": "b", "when": dt.datetime(2026, 2, 1, 12, 30, 0, 500000)}, {"n": 3, "ratio": 2.0, "name": None, "when": None}])

# A day without rows, and a first row group without any: pyarrow says that its columns are at 0.
EMPTY = pa.table({"id": pa.array([], pa.int64()), "name": pa.array([], pa.string())})
pq.write_table(EMPTY, OUT / "no-rows.parquet")
expect("no-rows.parquet", [])
EMPTY.to_pandas().to_parquet(OUT / "pandas-no-rows.parquet")
expect("pandas-no-rows.parquet", [])
with pq.ParquetWriter(OUT / "no-rows-in-group.parquet", EMPTY.schema) as writer:
    some = pa.table({"id": pa.array([1, 2], pa.int64()), "name": pa.array(["a", "b"])})
    for table in [EMPTY, some, EMPTY]:
        writer.write_table(table)
expect("no-rows-in-group.parquet", some.to_pylist())

early = dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
late = dt.datetime(2026, 1, 31, 12, 0, 0, 9, tzinfo=UTC)
TIMES = pa.table(
    {
        "micros": pa.array([late, early], pa.timestamp("us", tz="UTC")),
        "nanos": pa.array([-1, 1769860800000000001], pa.timestamp("ns", tz="UTC")),
    }
)
pq.write_table(TIMES, OUT / "sub-millisecond-times.parquet")
NANOS = ["Date 1969-12-31T23:59:59.999999999Z", "Date 2026-01-31T12:00:00.000000001Z"]
expect("sub-millisecond-times.parquet", [{"micros": late, "nanos": NANOS[0]}, {"micros": early, "nanos": NANOS[1]}])
pq.write_table(pa.table({"int96": pa.array([early, late], pa.timestamp("us", tz="UTC"))}), OUT / "int96.parquet", use_deprecated_int96_timestamps=True)
expect("int96.parquet", [{"int96": early}, {"int96": late}])

SQL = """
SELECT i::BIGINT AS big, 'row ' || i AS text, [i, NULL, i + 1]::INT[] AS list, {'a': i::INT, 'b': [i::VARCHAR]} AS struct,
  MAP {'k': i::INT} AS map, (i * 1.25)::DECIMAL(18, 3) AS price, DATE '2026-01-01' + i::INT AS day,
  TIMESTAMP '2026-01-01 00:00:00.25' + INTERVAL (i) HOUR AS local, TIMESTAMPTZ '2026-01-01 00:00:00Z' AS at,
  TIME '12:34:56.5' AS time, '0123456789abcdef'::BLOB AS bytes, '{"deep": [1, 2]}'::JSON AS json,
  '123e4567-e89b-12d3-a456-426614174000'::UUID AS uuid, 'b'::ENUM('a', 'b') AS enum, i % 2 = 0 AS flag, 1.5::FLOAT AS single
FROM range(5) t(i)
"""
for codec in ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"]:
    for version in ["V1", "V2"]:
        name = f"duckdb-{codec}-{version.lower()}.parquet"
        duckdb.sql(f"COPY ({SQL}) TO '{OUT / name}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version})")
        expect(
            name,
            [
                {
                    "big": i, "text": f"row {i}", "list": [i, None, i + 1], "struct": {"a": i, "b": [str(i)]}, "map": {"k": i},
                    "price": f"{i * 1.25:.3f}", "day": dt.date(2026, 1, 1 + i),
                    "local": dt.datetime(2026, 1, 1, i, 0, 0, 250000), "at": dt.datetime(2026, 1, 1, tzinfo=UTC),
                    "time": dt.time(12, 34, 56, 500000), "bytes": b"0123456789abcdef", "json": {"deep": [1, 2]},
                    "uuid": "123e4567-e89b-12d3-a456-426614174000", "enum": "b", "flag": i % 2 == 0, "single": 1.5,
                }
                for i in range(5)
            ],
        )
# Indexes of data frames: a range with a name, of which the file has only the ends, one without a name, row numbers and texts.
indexed = pd.DataFrame({"id": [1, 2, 3], "n": [1, 2, 3]}).set_index("id")
indexed.to_parquet(OUT / "pandas-range-index.parquet")
expect("pandas-range-index.parquet", [{"n": n, "id": n} for n in (1, 2, 3)])
odd = pd.DataFrame({"n": [1, 2, 3, 4]}).iloc[[0, 1, 3]]
odd.to_parquet(OUT / "pandas-row-numbers.parquet")
expect("pandas-row-numbers.parquet", [{"n": 1}, {"n": 2}, {"n": 4}])
pd.DataFrame({"n": [1]}, index=["a"]).to_parquet(OUT / "pandas-text-index.parquet")
expect("pandas-text-index.parquet", [{"n": 1, "__index_level_0__": "a"}])
# Types that Parquet hasn't: numbers in the file, which only pandas' metadata tells.
spans = pd.DataFrame({"took": pd.to_timedelta(["1D"]), "month": pd.period_range("2026-01", periods=1, freq="M")})
spans.to_parquet(OUT / "pandas-spans.parquet")
expect("pandas-spans.parquet", [{"took": 86_400_000_000, "month": 672}])

# As each writer writes by default.
FRAME = pl.DataFrame(
    {
        "big": pl.Series([2**63 - 1, None]),
        "small8": pl.Series([-128, None], dtype=pl.Int8),
        "unsigned": pl.Series([2**64 - 1, None], dtype=pl.UInt64),
        "single": pl.Series([2.0, None], dtype=pl.Float32),
        "price": pl.Series([decimal.Decimal("1.50"), None], dtype=pl.Decimal(38, 2)),
        "category": pl.Series(["a", None], dtype=pl.Categorical),
        "enum": pl.Series(["a", None], dtype=pl.Enum(["a"])),
        "local": pl.Series([dt.datetime(2026, 1, 31, 12, 0, 0, 1), None]),
        "at": pl.Series([dt.datetime(2026, 1, 31, tzinfo=UTC), None], dtype=pl.Datetime("ns", "UTC")),
        "time": pl.Series([dt.time(1, 2, 3, 4), None]),
        "day": pl.Series([dt.date(2026, 1, 31), None]),
        "bytes": pl.Series([b"\xff", None]),
        "list": pl.Series([["a"], None]),
        "array": pl.Series([[1.5, 2.0], None], dtype=pl.Array(pl.Float64, 2)),
        "struct": pl.Series([{"a": "x", "b": None}, None]),
        "none": pl.Series([None, None]),
        "text": pl.Series(["é", None]),
    }
)
FRAME.write_parquet(OUT / "polars.parquet")
expect("polars.parquet", FRAME.to_dicts())

SPARK = pa.table({"text": ["a", None], "at": pa.array([late, early], pa.timestamp("us", tz="UTC")), "n": [1, 2]})
pq.write_table(SPARK, OUT / "spark.parquet", flavor="spark")
expect("spark.parquet", SPARK.to_pylist())

plainly = pd.DataFrame({"id": [1, 2], "name": ["a", "é"], "ratio": [1.0, 2.5], "flag": [True, False]})
fastparquet.write(str(OUT / "fastparquet.parquet"), plainly)
expect("fastparquet.parquet", plainly.to_dict("records"))

with tempfile.TemporaryDirectory() as folder:
    lake = pa.table({"id": [1, 2], "name": ["a", None], "at": pa.array([late, early], pa.timestamp("us", tz="UTC")), "day": [dt.date(2026, 1, 31)] * 2})
    deltalake.write_deltalake(folder, lake)
    (written,) = pathlib.Path(folder).glob("*.parquet")
    shutil.copy(written, OUT / "delta-rs.parquet")
    expect("delta-rs.parquet", lake.to_pylist())

WIDE = pa.table(
    {
        "large": pa.array(["a", None], pa.large_string()),
        "view": pa.array(["b", None], pa.string_view()),
        "bytes": pa.array([b"x", None], pa.large_binary()),
        "seconds": pa.array([dt.datetime(2026, 1, 31), None], pa.timestamp("s")),
        "millis": pa.array([dt.time(1, 2, 3, 4000), None], pa.time32("ms")),
        "wide": pa.array([decimal.Decimal("1.5"), None], pa.decimal256(50, 1)),
        "pair": pa.array([["a", "b"], None], pa.list_(pa.string(), 2)),
        "zoned": pa.array([late.replace(microsecond=0), None], pa.timestamp("ms", tz="Europe/Berlin")),
    }
)
pq.write_table(WIDE, OUT / "pyarrow-types.parquet")
expect("pyarrow-types.parquet", WIDE.to_pylist())

# Texts that aren't said to be any, as Hive, Impala and old versions of Spark write them: read by an option.
pq.write_table(pa.table({"name": pa.array(["é".encode(), None])}), OUT / "no-annotation.parquet", store_schema=False)
expect("no-annotation.parquet", [{"name": "é".encode()}, {"name": None}])

with open(OUT / "parquet-expected.ndjson", "w") as lines:
    for rows, files in expected.items():
        lines.write(f'{{"files": {json.dumps(files)}, "rows": {rows}}}\n')
