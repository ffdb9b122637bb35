"""The peer of encode.rs: ONNX Runtime's Python package on input tensors that lie ready in memory.

Needs: numpy onnxruntime. Use: python3 onnxruntime_alone.py MODEL.onnx...
"""

import sys
import threading
import time

import numpy as np
import onnxruntime

PERIOD = 3.0


def open_session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def measure(path, sessions, threads, batch):
    runners = [open_session(path, threads) for _ in range(sessions)]
    spec = runners[0].get_inputs()[0]
    dtype = np.uint8 if "uint8" in spec.type else np.float32
    pixels = np.arange(batch * 224 * 224 * 3) * 31 % 251
    data = pixels.astype(dtype).reshape([batch, *spec.shape[1:]])
    if dtype == np.float32:
        data = (data - 127) / 128
    data = np.ascontiguousarray(data, dtype)
    runners[0].run(None, {spec.name: data})
    counts = [0] * sessions
    end = time.perf_counter() + PERIOD

    def loop(place):
        while time.perf_counter() < end:
            runners[place].run(None, {spec.name: data})
            counts[place] += batch

    start, cpu = time.perf_counter(), time.process_time()
    workers = [threading.Thread(target=loop, args=(place,)) for place in range(sessions)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    tiles = sum(counts)
    what = f"{path.rsplit('/')[-1]} sessions {sessions} threads {threads} batch {batch}"
    print(f"python {what}: {tiles / wall:.0f} tiles/s, {tiles / cpu:.0f} tiles/CPU-s", flush=True)


for model in sys.argv[1:]:
    for count, width in [(1, 1), (1, 2), (2, 1)]:
        for size in [1, 4, 8, 32, 64]:
            measure(model, count, width, size)
