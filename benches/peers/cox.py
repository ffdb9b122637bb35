"""Cox regression beside R's `coxph.fit`, on the same data, in turn.

    python benches/peers/cox.py [ROWS] [COLUMNS] [FITS] [ROUNDS]

Runs `cargo bench -p renkei-stats --bench cox` and `benches/peers/cox.R` ROUNDS times one after the other and prints one
JSON object: median seconds of one fit (wall, and user and kernel time of all threads), their ratios by round, and how
far the coefficients and standard errors are apart at most, relative to those of R at a strict tolerance.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

PEERS = pathlib.Path(__file__).parent


def run(command):
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def apart(ours, theirs):
    return max(abs(a / b - 1) for a, b in zip(ours, theirs, strict=True))


def main(rows="1000000", columns="50", fits="1", rounds="3"):
    cargo = ["cargo", "bench", "-q", "-p", "renkei-stats", "--bench", "cox", "--"]
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = str(pathlib.Path(folder) / "cohort.bin")
        run([*cargo, rows, columns, "1", file])
        for _ in range(int(rounds)):
            ours.append(run([*cargo, rows, columns, fits]))
            theirs.append(run(["Rscript", str(PEERS / "cox.R"), file, rows, columns, fits]))
    result = {"rows": int(rows), "columns": int(columns), "events": ours[0]["events"]}
    for clock in ("wall_s", "cpu_s"):
        result[clock] = [statistics.median(run[clock] for run in runs) for runs in (ours, theirs)]
        result[f"ratio_{clock}"] = [round(r[clock] / o[clock], 2) for o, r in zip(ours, theirs, strict=True)]
    result["iterations"] = [ours[0]["iterations"], theirs[0]["iterations"]]
    result["coefficients_apart"] = apart(ours[0]["coefficients"], theirs[0]["strict"])
    result["std_errors_apart"] = apart(ours[0]["std_errors"], theirs[0]["std_errors"])
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
