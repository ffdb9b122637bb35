"""Slide -> tiles -> features -> Parquet, as each peer is used for it; tiles a second after start-up.

All read with fastslide and run ONNX Runtime with one thread a worker. Use: python3 pipeline.py PEER SLIDE MODEL.onnx OUT_FOLDER
"""

import json
import os
import shutil
import sys
import time

import numpy as np

TILE = 256
ACROSS = 64
TILES = 2048
BATCH = 64
WORKERS = 2
WIDTH = 256


class Embedder:
    """Reads tiles and encodes the 224 pixels in the middle of each."""

    def __init__(self, slide, model):
        import fastslide
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.slide = fastslide.FastSlide.from_file_path(slide)

    def tile(self, x, y):
        return self.slide.read_region((int(x), int(y)), 0, (TILE, TILE)).numpy()[16:240, 16:240, :3]

    def features(self, xs, ys):
        tiles = np.stack([self.tile(x, y) for x, y in zip(xs, ys, strict=True)])
        return self.session.run(None, {"x": np.ascontiguousarray(tiles)})[0]


class RayEmbedder(Embedder):
    def __call__(self, batch):
        return {**batch, "feature": self.features(batch["x"], batch["y"])}


def batches(xs, ys):
    return [(xs[at : at + BATCH], ys[at : at + BATCH]) for at in range(0, TILES, BATCH)]


def write(xs, ys, features, out):
    import pyarrow
    import pyarrow.parquet

    vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(np.concatenate(features).ravel()), WIDTH)
    pyarrow.parquet.write_table(pyarrow.table({"x": xs, "y": ys, "feature": vectors}), f"{out}/features.parquet")


def plain(slide, model, xs, ys, out):
    embedder = Embedder(slide, model)
    yield
    write(xs, ys, [embedder.features(*batch) for batch in batches(xs, ys)], out)


def start_worker(slide, model):
    global worker
    worker = Embedder(slide, model)


def features_of(batch):
    return worker.features(*batch)


def processes(slide, model, xs, ys, out):
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(WORKERS, start_worker, (slide, model)) as pool:
        pool.map(features_of, batches(xs, ys)[:WORKERS], chunksize=1)
        yield
        write(xs, ys, pool.map(features_of, batches(xs, ys), chunksize=1), out)


def daft(slide, model, xs, ys, out):
    import daft

    @daft.cls(use_process=False)
    class Column:
        def __init__(self):
            self.embedder = Embedder(slide, model)

        @daft.method.batch(
            return_dtype=daft.DataType.fixed_size_list(daft.DataType.float32(), WIDTH), batch_size=BATCH
        )
        def features(self, x, y):
            return list(self.embedder.features(x.to_pylist(), y.to_pylist()))

    yield
    table = daft.from_pydict({"x": xs, "y": ys})
    table.with_column("feature", Column().features(table["x"], table["y"])).write_parquet(out)


def ray(slide, model, xs, ys, out):
    import logging

    import pyarrow
    import ray

    ray.init(num_cpus=WORKERS, logging_level=logging.ERROR, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    rows = ray.data.from_arrow(pyarrow.table({"x": xs, "y": ys})).repartition(16)
    workers = dict(batch_size=BATCH, concurrency=WORKERS, num_cpus=0.25)
    rows.map_batches(RayEmbedder, fn_constructor_args=(slide, model), **workers).write_parquet(out)


PEERS = {"plain": plain, "processes": processes, "daft": daft, "ray": ray}


def rows_in(out):
    import pyarrow.dataset

    files = [os.path.join(folder, file) for folder, _, files in os.walk(out) for file in files]
    return pyarrow.dataset.dataset([file for file in files if file.endswith(".parquet")]).count_rows()


def measure(peer, slide, model, out):
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    xs = [place % ACROSS * TILE for place in range(TILES)]
    ys = [place // ACROSS * TILE for place in range(TILES)]
    work = PEERS[peer](slide, model, xs, ys, out)
    next(work)
    start = time.perf_counter()
    for _ in work:
        pass
    seconds = time.perf_counter() - start
    assert rows_in(out) == TILES
    return {"by_wall": TILES / seconds}


if __name__ == "__main__":
    slide, model, out = map(os.path.abspath, sys.argv[2:])
    print(json.dumps(measure(sys.argv[1], slide, model, out)))
