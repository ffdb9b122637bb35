"""The peer of `crates/records/benches/omop.rs`: the same projection and join of an OMOP export to Parquet, in DuckDB.

    cargo bench -p renkei-records --bench omop -- 4000000 /tmp/export
    python benches/peers/omop_import.py /tmp/export

DuckDB keeps persons that `person` has, maps operators, units and the codes of four concepts, converts PSA to ng/mL,
and writes the same columns with zstd. It makes no keyed hash of the person (it has no HMAC; SHA-256 over the id with
a secret in front stands for it), judges no date, unit or range, and lists no faults. One thread. Prints one JSON
object.
"""

import json
import os
import resource
import sys
import tempfile
import time

import duckdb

QUERY = """
COPY (
    SELECT substr(sha256('secret' || m.person_id::VARCHAR), 1, 32) AS person_id,
           'OMOP' AS system, m.measurement_concept_id::VARCHAR AS code, c.concept, NULL::VARCHAR AS alternates,
           m.measurement_date::TIMESTAMP AS time,
           m.value_as_number::DOUBLE * CASE WHEN c.concept = 'psa' THEN u.factor ELSE 1 END AS value,
           CASE m.operator_concept_id WHEN 4171756 THEN '<' WHEN 4172704 THEN '>' WHEN 4171754 THEN '<='
                WHEN 4171755 THEN '>=' END AS comparator,
           NULL::VARCHAR AS value_system, NULLIF(m.value_as_concept_id, 0)::VARCHAR AS value_code,
           u.unit, m.value_as_number::VARCHAR AS source_value, u.unit AS source_unit,
           'bench' AS source, 'file' AS file, m.file_row_number::UINTEGER AS line,
           NULL::VARCHAR AS resource, NULL::TIMESTAMP AS recorded
    FROM read_parquet('{folder}/measurement.parquet', file_row_number = true) m
    JOIN read_parquet('{folder}/person.parquet') p USING (person_id)
    LEFT JOIN (VALUES (3013603, 'psa'), (3025315, 'body_weight')) c(concept_id, concept)
           ON c.concept_id = m.measurement_concept_id
    LEFT JOIN (VALUES (8842, 'ng/mL', 1.0), (9529, 'kg', 1.0), (8713, 'g/dL', 1.0), (8817, 'ng/dL', 0.01))
           u(concept_id, unit, factor) ON u.concept_id = m.unit_concept_id
) TO '{output}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 131072)
"""


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    folder = sys.argv[1]
    connection = duckdb.connect(config={"threads": 1})
    with tempfile.TemporaryDirectory() as output:
        started, cpu = time.perf_counter(), cpu_seconds()
        path = os.path.join(output, "measurement.parquet")
        rows = connection.execute(QUERY.format(folder=folder, output=path)).fetchall()[0][0]
        wall, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"rows": rows, "wall_s": round(wall, 2), "cpu_s": round(cpu, 2),
                      "rows_a_cpu_second": round(rows / cpu), "peak_mib": peak}))


if __name__ == "__main__":
    main()
