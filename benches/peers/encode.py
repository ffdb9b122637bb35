"""ONNX Runtime alone, on tiles that lie ready in memory, on two cores: tiles a second at its best setting.

Use: python3 encode.py MODEL.onnx
"""

import json
import sys
import threading
import time

import numpy as np
import onnxruntime

# Sessions at once, threads of each, tiles a batch.
SETTINGS = [(2, 1, 1), (2, 1, 2), (2, 1, 4), (2, 1, 8), (1, 2, 32)]
PERIOD_S = 2.0


def session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def tiles(spec, batch):
    pixels = np.random.default_rng(0).integers(0, 256, [batch, *spec.shape[1:]])
    return pixels.astype(np.uint8) if "uint8" in spec.type else ((pixels - 127) / 128).astype(np.float32)


def rate(path, count, threads, batch):
    sessions = [session(path, threads) for _ in range(count)]
    spec = sessions[0].get_inputs()[0]
    fed = {spec.name: tiles(spec, batch)}
    for each in sessions:
        each.run(None, fed)
    done = [0] * count
    start = time.perf_counter()

    def work(place):
        while time.perf_counter() - start < PERIOD_S:
            sessions[place].run(None, fed)
            done[place] += batch

    workers = [threading.Thread(target=work, args=(place,)) for place in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(done) / (time.perf_counter() - start)


def best(path):
    rates = {setting: rate(path, *setting) for setting in SETTINGS}
    count, threads, batch = max(rates, key=rates.get)
    return {"by_wall": max(rates.values()), "setting": f"{count} x {threads} threads, batch {batch}"}


if __name__ == "__main__":
    print(json.dumps(best(sys.argv[1])))
