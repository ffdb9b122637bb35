"""Opens every table of a sealed run in pandas, polars and DuckDB, without help, and compares their row counts.

Needs: pandas pyarrow polars duckdb. Use: python3 tests/golden/read_tables.py STORE/runs/RUN
"""

import json
import sys
from pathlib import Path

import duckdb
import pandas
import polars

run = Path(sys.argv[1]).resolve()
manifest = json.loads((run / "manifest.json").read_text())
tables = {}
for stage in manifest["stages"]:
    for commit in stage["commits"]:
        for entry in commit["artifacts"]:
            if entry["key"].endswith(".parquet"):
                file = run / Path(entry["key"].split(f"runs/{manifest['run']}/")[1])
                tables.setdefault(entry["name"], []).append((str(file), entry["rows"]))
for name, files in tables.items():
    paths, wanted = [path for path, _ in files], sum(rows for _, rows in files)
    found = {
        "pandas": sum(len(pandas.read_parquet(path)) for path in paths),
        "polars": polars.read_parquet(paths).height,
        "duckdb": duckdb.sql(f"select count(*) from read_parquet({paths!r})").fetchall()[0][0],
    }
    assert all(rows == wanted for rows in found.values()), (name, wanted, found)
    print(f"{name:14} {wanted:8} rows in {len(paths)} files: pandas, polars and DuckDB agree")
