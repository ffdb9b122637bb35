"""Reads 256-px tiles of a slide's finest level on one thread, row by row, with one of the readers.

Prints tiles a second by CPU and by wall clock. Use: python3 read.py READER SLIDE
"""

import json
import sys
import time

import numpy as np

TILE = 256
TILES = 2048


def simplejpeg_alone(path):
    """libjpeg-turbo on the stored tiles: the ceiling."""
    import simplejpeg
    import tifffile

    page, file = tifffile.TiffFile(path).pages[0], open(path, "rb")
    across = page.imagewidth // TILE

    def read(x, y):
        index = y // TILE * across + x // TILE
        file.seek(page.dataoffsets[index])
        return simplejpeg.decode_jpeg(file.read(page.databytecounts[index]), colorspace="RGB")

    return read


def openslide(path):
    import openslide

    slide = openslide.OpenSlide(path)
    return lambda x, y: np.asarray(slide.read_region((x, y), 0, (TILE, TILE)).convert("RGB"))


def tiffslide(path):
    import tiffslide

    slide = tiffslide.TiffSlide(path)
    return lambda x, y: slide.read_region((x, y), 0, (TILE, TILE), as_array=True)


def fastslide(path):
    import fastslide

    slide = fastslide.FastSlide.from_file_path(path)
    return lambda x, y: slide.read_region((x, y), 0, (TILE, TILE)).numpy()


def cucim(path):
    import cucim

    slide = cucim.CuImage(path)
    return lambda x, y: np.asarray(slide.read_region((x, y), (TILE, TILE), 0))


def microtome(path):
    import microtome

    slide = microtome.open(path)
    return lambda x, y: slide.read_tile(0, x // TILE, y // TILE)


READERS = {
    "libjpeg-turbo": simplejpeg_alone,
    "cuCIM": cucim,
    "microtome": microtome,
    "fastslide": fastslide,
    "tiffslide": tiffslide,
    "openslide-python": openslide,
}


def measure(reader, path):
    import tifffile

    across = tifffile.TiffFile(path).pages[0].imagewidth // TILE
    places = [(place % across * TILE, place // across * TILE) for place in range(TILES)]
    read = READERS[reader](path)
    read(*places[-1])
    wall, cpu = time.perf_counter(), time.process_time()
    for x, y in places:
        assert read(x, y).shape[:2] == (TILE, TILE)
    return {"by_cpu": TILES / (time.process_time() - cpu), "by_wall": TILES / (time.perf_counter() - wall)}


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
