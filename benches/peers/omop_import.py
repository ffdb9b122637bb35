"""The peer of `crates/records/benches/omop.rs`: the same projection and join of an OMOP export to Parquet, in DuckDB.

    cargo bench -p renkei-records --bench omop -- 4000000 /tmp/export
    python benches/peers/omop_import.py /tmp/export

DuckDB does what the import does to these rows: keeps persons that `person` has, gives each the same keyed hash
(HMAC-SHA-256, once a person), maps operators, units and the codes of two concepts, converts PSA to ng/mL, leaves out
values outside the possible range and dates before 1900, and writes the same columns with zstd. Renkei beyond that reads
any type of column, holds every code against the shape of its system, lists faults, digests what it reads and writes, and
finds persons who are there twice. One thread. Prints one JSON object; with a second argument the table is left there.
"""

import json
import os
import resource
import sys
import tempfile
import time

import duckdb

SECRET = bytes([1] * 32)


def pad(byte):
    return bytes(key ^ byte for key in SECRET.ljust(64, b"\0")).hex()


# HMAC (RFC 2104) of the person's id, from the hash that DuckDB has.
QUERY = """
COPY (
    WITH p AS (
        SELECT DISTINCT person_id, substr(sha256(unhex('{outer}') || unhex(sha256(
            unhex('{inner}') || encode(person_id::VARCHAR)))), 1, 32) AS pseudonym
        FROM read_parquet('{folder}/person.parquet')
    )
    SELECT p.pseudonym AS person_id,
           'OMOP' AS system, m.measurement_concept_id::VARCHAR AS code, c.concept, NULL::VARCHAR AS alternates,
           CASE WHEN m.measurement_date >= DATE '1900-01-01' THEN m.measurement_date::TIMESTAMP END AS time,
           CASE WHEN c.most IS NULL OR m.value_as_number * u.factor BETWEEN 0 AND c.most
                THEN m.value_as_number::DOUBLE * CASE WHEN c.concept = 'psa' THEN u.factor ELSE 1 END END AS value,
           CASE m.operator_concept_id WHEN 4171756 THEN '<' WHEN 4172704 THEN '>' WHEN 4171754 THEN '<='
                WHEN 4171755 THEN '>=' END AS comparator,
           NULL::VARCHAR AS value_system, NULLIF(m.value_as_concept_id, 0)::VARCHAR AS value_code,
           u.unit, m.value_as_number::VARCHAR AS source_value, u.unit AS source_unit,
           'bench' AS source, 'file' AS file, (m.file_row_number + 1)::UINTEGER AS line,
           NULL::VARCHAR AS resource, NULL::TIMESTAMP AS recorded
    FROM read_parquet('{folder}/measurement.parquet', file_row_number = true) m
    JOIN p USING (person_id)
    LEFT JOIN (VALUES (3013603, 'psa', 100000), (3025315, 'body_weight', 700)) c(concept_id, concept, most)
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
        path = sys.argv[2] if len(sys.argv) > 2 else os.path.join(output, "measurement.parquet")
        query = QUERY.format(folder=folder, output=path, outer=pad(0x5C), inner=pad(0x36))
        rows = connection.execute(query).fetchall()[0][0]
        wall, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"rows": rows, "wall_s": round(wall, 2), "cpu_s": round(cpu, 2),
                      "rows_a_cpu_second": round(rows / cpu), "peak_mib": peak}))


if __name__ == "__main__":
    main()
