"""Writes a synthetic slide as an Aperio scanner lays it out: 256-px tiles, JPEG 4:2:2 at quality 80, 0.25 um/px.

Two noise fields stand for the optical densities of haematoxylin and eosin; the image repeats every 4096 pixels and takes
about 1.5 bits a pixel. Use: python3 make_slide.py SIDE_PIXELS OUT.svs (SIDE_PIXELS a multiple of 4096)
"""

import sys

import numpy as np
import simplejpeg
import tifffile

TILE = 256
PERIOD = 4096
SHRINKS = (1, 4, 8, 16)
HAEMATOXYLIN = np.array([0.65, 0.70, 0.29])
EOSIN = np.array([0.07, 0.99, 0.11])


def noise(slope, seed):
    """Noise whose amplitude falls as frequency ** -slope, with mean 0 and deviation 1."""
    white = np.random.default_rng(seed).standard_normal((PERIOD, PERIOD)).astype(np.float32)
    down, across = np.fft.fftfreq(PERIOD)[:, None], np.fft.rfftfreq(PERIOD)[None]
    frequency = np.hypot(down, across)
    frequency[0, 0] = 1
    field = np.fft.irfft2(np.fft.rfft2(white) * frequency**-slope)
    return (field - field.mean()) / field.std()


def stained():
    haematoxylin = np.clip(0.55 + 0.30 * noise(1.25, 1) + 0.03 * noise(0.3, 4), 0, 2)
    eosin = np.clip(0.45 + 0.25 * noise(1.2, 2) + 0.02 * noise(0.3, 5), 0, 2)
    density = haematoxylin[..., None] * HAEMATOXYLIN + eosin[..., None] * EOSIN
    return np.clip(255 * np.exp(-density), 0, 255).astype(np.uint8)


def tiles(block, side):
    for y in range(0, side, TILE):
        for x in range(0, side, TILE):
            top, left = y % block.shape[0], x % block.shape[1]
            pixels = np.ascontiguousarray(block[top : top + TILE, left : left + TILE])
            yield simplejpeg.encode_jpeg(pixels, quality=80, colorspace="RGB", colorsubsampling="422")


def write(side, path):
    period = stained()
    size = f"{side}x{side} [0,0 {side}x{side}] ({TILE}x{TILE})"
    description = f"Aperio Image Library v12.0.15\r\n{size} JPEG/RGB Q=80|AppMag = 40|MPP = 0.2500"
    shared = dict(description=description, metadata=None)
    level = dict(tile=(TILE, TILE), photometric="ycbcr", subsampling=(2, 1), compression="jpeg", dtype=np.uint8)
    with tifffile.TiffWriter(path) as out:
        for shrink in SHRINKS:
            block, across = period[::shrink, ::shrink], side // shrink
            out.write(tiles(block, across), shape=(across, across, 3), **level, **shared)
            if shrink == 1:
                thumbnail = np.tile(period[::16, ::16], (side // PERIOD, side // PERIOD, 1))
                out.write(thumbnail, photometric="rgb", compression="deflate", rowsperstrip=16, **shared)


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.argv[2])
