"""Writes the same small export twice: `csv/` as text in the forms that tools write, `parquet/` in typed columns.

Run once with DuckDB 1.5 (PyPI): `python generate.py`. The files are committed, since the tests run without Python.
The persons are made up.
"""

import os

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))

TABLES = {
    "person": (
        "person_id INTEGER, gender_concept_id INTEGER, year_of_birth INTEGER, month_of_birth INTEGER,"
        " day_of_birth INTEGER, birth_datetime TIMESTAMP, person_source_value VARCHAR",
        """(101, 8507, 1950, 4, 9, NULL, 'P-101'), (102, 8532, 1961, NULL, NULL, NULL, 'P-102'),
           (103, 8507, 1970, NULL, NULL, '1970-01-31 00:00:00', 'P-103'), (104, 0, 1980, 2, 29, NULL, 'P-104'),
           (105, 8521, 1990, 12, 31, '1990-12-31 10:00:00', 'P-105')""",
    ),
    "death": (
        "person_id INTEGER, death_date DATE, death_datetime TIMESTAMP",
        "(101, '2021-03-04', NULL), (105, '2022-01-01', '2022-01-01 23:59:59'), (101, '2021-03-05', NULL)",
    ),
    "condition_occurrence": (
        "person_id BIGINT, condition_concept_id BIGINT, condition_start_date DATE, condition_start_datetime TIMESTAMP,"
        " condition_end_date DATE, condition_status_concept_id INTEGER, condition_source_value VARCHAR",
        """(101, 4163261, '2015-06-01', NULL, NULL, 32893, 'C61, "prostate"'),
           (103, 4163261, '2016-06-01', '2016-06-01 08:30:00', '2016-05-01', 32899, 'two' || chr(10) || 'lines'),
           (999, 4163261, '2016-06-01', NULL, NULL, 0, 'nobody'), (104, 0, '2016-06-01', NULL, NULL, 0, 'not mapped')""",
    ),
    "drug_exposure": (
        "person_id INTEGER, drug_concept_id INTEGER, drug_exposure_start_date DATE, drug_exposure_end_date DATE,"
        " verbatim_end_date DATE, drug_type_concept_id INTEGER, sig VARCHAR",
        """(101, 1343039, '2015-07-01', '2015-07-31', NULL, 32838, 'once, daily'),
           (101, 1343039, '2015-08-01', '2015-08-31', '2015-08-15', 32818, '')""",
    ),
    "procedure_occurrence": (
        "person_id INTEGER, procedure_concept_id INTEGER, procedure_date VARCHAR, procedure_end_date VARCHAR",
        "(101, 4235738, '2015-09-10', '2015-09-11'), (103, 4235738, '2016-02-30', NULL)",
    ),
    "measurement": (
        "measurement_id DOUBLE, person_id INTEGER, measurement_concept_id INTEGER, measurement_date DATE,"
        " measurement_datetime TIMESTAMP, operator_concept_id INTEGER, value_as_number DECIMAL(18,3),"
        " value_as_concept_id INTEGER, unit_concept_id INTEGER, value_source_value VARCHAR",
        """(1, 101, 3013603, '2015-05-01', '2015-05-01 08:15:00', 4172703, 7.25, NULL, 8842, '7.25'),
           (2, 101, 3013603, '2015-10-20', NULL, 4171756, 0.008, NULL, 8842, '<0.008'),
           (3, 103, 3013603, '2016-03-01', NULL, 0, 405, 0, 8817, '405'),
           (4, 103, 3013603, '2016-04-01', NULL, NULL, 4.05, NULL, 99999, NULL),
           (5, 103, 3013603, '2016-05-01', NULL, 4, 4.05, NULL, 8842, NULL),
           (6, 102, 4041881, '2016-05-01', NULL, NULL, NULL, 45884084, NULL, 'positive'),
           (7, 102, 3025315, '2016-05-01', NULL, NULL, 61.5, NULL, 9529, NULL)""",
    ),
    "observation": (
        "person_id INTEGER, observation_concept_id INTEGER, observation_date DATE, value_as_number DOUBLE,"
        " value_as_string VARCHAR, value_as_concept_id INTEGER, unit_concept_id INTEGER",
        """(101, 4275495, '2015-05-01', NULL, 'a smoker', 45883458, NULL), (101, 4172830, '2015-05-01', 0.1, NULL, 0, 9448),
           (102, 4275495, '2015-05-01', NULL, 'words only', NULL, NULL)""",
    ),
    "visit_occurrence": (
        "person_id INTEGER, visit_concept_id INTEGER, visit_start_date DATE, visit_start_datetime TIMESTAMP,"
        " visit_end_date DATE",
        """(101, 9201, '2015-09-09', '2015-09-09 10:00:00', '2015-09-20'), (102, 9202, '2016-05-01', NULL, '2016-05-01'),
           (103, 9203, '2016-02-29', NULL, NULL), (104, 7, '2016-02-29', NULL, NULL)""",
    ),
    "observation_period": (
        "person_id INTEGER, observation_period_start_date DATE",
        "(101, '2010-01-01'), (102, '2010-01-01')",
    ),
    "concept": (
        "concept_id INTEGER, concept_name VARCHAR, vocabulary_id VARCHAR, concept_code VARCHAR",
        """(4163261, 'Malignant tumor of prostate', 'SNOMED', '399068003'), (4235738, 'Prostatectomy', 'SNOMED', '90470006'),
           (3013603, 'PSA', 'LOINC', '2857-1'), (45884084, 'Positive', 'LOINC', 'LA6576-8'),
           (1343039, 'goserelin', 'RxNorm', '50610'), (8842, 'ng/mL', 'UCUM', 'ng/mL'), (8817, 'ng/dL', 'UCUM', 'ng/dL'),
           (4041881, 'Urine protein test', 'SNOMED', '167271000'), (4275495, 'Smoking', 'Site words', 'x y')""",
    ),
}


def main():
    connection = duckdb.connect()
    for form in ("csv", "parquet"):
        os.makedirs(os.path.join(HERE, form), exist_ok=True)
    for name, (columns, rows) in TABLES.items():
        connection.execute(f"CREATE TABLE {name} ({columns})")
        connection.execute(f"INSERT INTO {name} VALUES {rows}")
        connection.execute(f"COPY {name} TO '{HERE}/csv/{name}.csv' (HEADER)")
        # Each in another compression that exports come in, and in names as another database writes them.
        packing = ["snappy", "zstd", "gzip", "lz4_raw", "brotli"][len(name) % 5]
        connection.execute(f"COPY {name} TO '{HERE}/parquet/{name.upper()}.parquet' (FORMAT parquet, COMPRESSION {packing})")


if __name__ == "__main__":
    main()
