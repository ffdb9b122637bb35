"""FHIR R4 NDJSON to Parquet with `json` and pyarrow: the loop that a data engineer writes first.

It takes the same columns out of the same resources as Renkei's records import does, with the same pseudonyms, and
prints one JSON object. `python benches/peers/fhir_import.py FOLDER OUTPUT`
"""

import hashlib
import hmac
import json
import os
import pathlib
import sys
import time
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

SECRET = bytes([1] * 32)
BATCH = 128 * 1024

TEXT = pa.string()
ORIGIN = [("source", TEXT), ("file", TEXT), ("line", pa.uint32()), ("resource", TEXT), ("recorded", pa.timestamp("s"))]
PERSON = pa.schema([("person_id", TEXT), ("birth_date", pa.date32()), ("birth_year", pa.int16()), ("sex", TEXT),
                    ("death_date", pa.date32()), *ORIGIN])
MEASUREMENT = pa.schema([("person_id", TEXT), ("system", TEXT), ("code", TEXT), ("concept", TEXT),
                         ("alternates", TEXT), ("time", pa.timestamp("s")), ("value", pa.float64()),
                         ("comparator", TEXT), ("value_system", TEXT), ("value_code", TEXT), ("unit", TEXT),
                         ("source_value", TEXT), ("source_unit", TEXT), *ORIGIN])
CONCEPTS = {("http://loinc.org", "2857-1"): "psa", ("http://loinc.org", "29463-7"): "body_weight",
            ("http://loinc.org", "8302-2"): "body_height"}
# Of each concept: its unit, and what makes of other units that one.
UNITS = {"psa": ("ng/mL", {"ng/mL": 1, "ng/ml": 1, "ug/L": 1, "ng/dL": 0.01}), "body_weight": ("kg", {"kg": 1, "g": 0.001}),
         "body_height": ("cm", {"cm": 1, "m": 100})}

pseudonyms: dict[str, str] = {}


def keyed(text: str) -> str:
    return hmac.new(SECRET, text.encode(), "sha256").hexdigest()[:32]


def pseudonym(patient: str) -> str:
    known = pseudonyms.get(patient)
    if known is None:
        known = pseudonyms[patient] = keyed(patient)
    return known


def moment(text: str | None):
    """The wall clock of a date or time, as seconds."""
    if not text or len(text) < 10:
        return None
    return datetime.fromisoformat(text[:19])


def day(text: str | None):
    found = moment(text)
    return found.date() if found else None


class Table:
    """Rows on their way into one Parquet file."""

    def __init__(self, path: pathlib.Path, schema: pa.Schema):
        self.schema, self.rows, self.count = schema, [], 0
        self.writer = pq.ParquetWriter(path, schema, compression="zstd")

    def add(self, row: tuple) -> None:
        self.rows.append(row)
        if len(self.rows) == BATCH:
            self.flush()

    def flush(self) -> None:
        columns = zip(*self.rows) if self.rows else [[] for _ in self.schema]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self.schema)]
        self.writer.write_table(pa.Table.from_arrays(arrays, schema=self.schema))
        self.count += len(self.rows)
        self.rows = []

    def close(self) -> int:
        self.flush()
        self.writer.close()
        return self.count


def origin(resource: dict, file: str, line: int) -> tuple:
    recorded = resource.get("meta", {}).get("lastUpdated") or resource.get("issued")
    return "bench", file, line, keyed(resource["id"]), moment(recorded)


def patient(resource: dict, file: str, line: int, table: Table) -> None:
    birth = day(resource.get("birthDate"))
    table.add((pseudonym(resource["id"]), birth, birth and birth.year, resource.get("gender"),
               day(resource.get("deceasedDateTime")), *origin(resource, file, line)))


def quantity_cells(quantity: dict, concept: str | None) -> tuple:
    """Value, comparator, unit, the value as written, the unit as written."""
    number, unit = quantity.get("value"), quantity.get("code") or quantity.get("unit")
    if number is None:
        return None, None, None, None, None
    canonical, factors = UNITS.get(concept, (unit, {unit: 1}))
    factor = factors.get(unit)
    value = None if factor is None else float(number) * factor
    return value, quantity.get("comparator"), canonical, f"{quantity.get('comparator', '')}{number}", unit


def observation(resource: dict, file: str, line: int, table: Table) -> None:
    if resource.get("status") not in ("final", "amended", "corrected"):
        return
    person = pseudonym(resource["subject"]["reference"].rsplit("/", 1)[-1])
    time, where = moment(resource.get("effectiveDateTime")), origin(resource, file, line)
    for part in [resource, *resource.get("component", [])]:
        codings = part.get("code", {}).get("coding", [])
        quantity, coded = part.get("valueQuantity"), part.get("valueCodeableConcept")
        if not codings or (quantity is None and coded is None):
            continue
        chosen = next((c for c in codings if (c.get("system"), c.get("code")) in CONCEPTS), codings[0])
        concept = CONCEPTS.get((chosen.get("system"), chosen.get("code")))
        others = " ".join(f"{c.get('system')}|{c.get('code')}" for c in codings if c is not chosen)
        found = coded["coding"][0] if coded and coded.get("coding") else {}
        value, comparator, unit, written, source_unit = quantity_cells(quantity or {}, concept)
        table.add((person, chosen.get("system"), chosen.get("code"), concept, others or None, time, value, comparator,
                   found.get("system"), found.get("code"), unit, written, source_unit, *where))


def main(folder: pathlib.Path, output: pathlib.Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    started, cpu, size = time.perf_counter(), os.times(), 0
    persons = Table(output / "person.parquet", PERSON)
    measurements = Table(output / "measurement.parquet", MEASUREMENT)
    for path in sorted(folder.glob("*.ndjson")):
        file, digest = keyed(path.name), hashlib.sha256()
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                digest.update(line)
                size += len(line)
                resource = json.loads(line)
                match resource["resourceType"]:
                    case "Patient":
                        patient(resource, file, number, persons)
                    case "Observation":
                        observation(resource, file, number, measurements)
    rows = persons.close() + measurements.close()
    after = os.times()
    used = after.user + after.system - cpu.user - cpu.system
    print(json.dumps({"rows": rows, "bytes": size, "wall_s": round(time.perf_counter() - started, 2),
                      "cpu_s": round(used, 2), "mb_a_cpu_second": round(size / 1e6 / used)}))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
