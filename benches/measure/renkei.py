"""Runs the shipped program over a synthetic cohort and returns what it reports."""

import json
import os
import shutil
import subprocess

CASES = 40
SPEC = """\
# Written by benches/renkei.py. The cohort is synthetic: nobody's records.
version: 1
name: bench
store: store
seed: 1
banner: synthetic records, for timing only
cohort:
  tables: [{{name: cases, uri: cohort.csv}}]
  case_id: case_id
  columns: {{age: {{known: before_index}}, stage: {{known: before_index}}}}
  predictors: [{{column: age, kind: number}}, {{column: stage, kind: number}}]
endpoint:
  name: synthetic event
  origin: synthetic origin
  time: {{column: months, unit: months}}
  event: {{column: event, event: ['1'], censored: ['0']}}
  horizons_years: [1]
slides: {{table: slides.csv}}
encoder: {{folder: "{encoder}"}}
tissue: {{method: everything}}
tiles: {{stride_px: {stride}, tiles_per_shard: {shard}}}
features: {{dimensions: 4, key_features: 4}}
model: {{folds: 2, bootstrap: 20, permutations: 0}}
"""


def write_input(folder, slide, slides, um_per_px, encoder, stride, shard):
    """A spec over `slides` cases that share one slide file; the other cases have none."""
    rows = (f"case-{n:02},{50 + n * 7 % 23},{n % 3},{6 + n * 11 % 37},{n % 2}\n" for n in range(CASES))
    (folder / "cohort.csv").write_text("case_id,age,stage,months,event\n" + "".join(rows))
    rows = (f"slide-{n:02},case-{n:02},{slide},{um_per_px}\n" for n in range(slides))
    (folder / "slides.csv").write_text("slide_id,case_id,uri,um_per_px\n" + "".join(rows))
    (folder / "run.yaml").write_text(SPEC.format(encoder=encoder, stride=stride, shard=shard))
    key = folder / "site.key"
    key.write_bytes(b"a key for timing only, of nobody")
    key.chmod(0o600)
    return key


def run(program, library, folder, *, slide, slides, um_per_px, encoder, stride=256, shard=512):
    """One run from an empty store; its report, with `embed` (tiles a second) and `peak` (resident bytes) added."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    key = write_input(folder, slide.resolve(), slides, um_per_px, encoder.resolve(), stride, shard)
    command = [program, "run", folder / "run.yaml", "--memory", "1GiB", "--format", "json"]
    environment = {**os.environ, "RENKEI_ONNXRUNTIME": str(library.resolve()), "RENKEI_SITE_KEY": str(key)}
    with open(folder / "out.json", "w") as out, open(folder / "log", "w") as log:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"renkei run failed: see {folder / 'log'}")
    report = json.loads((folder / "out.json").read_text())
    return {**report, "embed": report["tiles"] / dict(report["seconds"])["embed"], "peak": usage.ru_maxrss * 1024}
