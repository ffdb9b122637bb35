"""Reference values and fixtures for crates/slide, made without Renkei.

    slide_pixels.py regions SLIDE...       what OpenSlide reads: `file level x y side crc32 red green blue` of fixed regions
    slide_pixels.py fixtures FOLDER        small slides whose pixels follow a formula, written by tifffile and pydicom

PyPI: numpy openslide-python openslide-bin tifffile imagecodecs pydicom. The table in crates/slide/tests/slides/openslide.rs and
the files in crates/slide/tests/fixtures come from here.
"""

import sys
import zlib
from pathlib import Path

import numpy as np


def regions(paths):
    """Nine regions of each level, read by OpenSlide: CRC-32 of the RGB bytes and the mean of each channel."""
    import openslide

    for path in paths:
        slide = openslide.OpenSlide(path)
        for level, (width, height) in enumerate(slide.level_dimensions):
            image = np.asarray(slide.read_region((0, 0), level, (width, height)).convert("RGB"))
            side = 200
            for i in range(9):
                # In places that straddle stored tiles.
                x = (width - side) * (i % 3) // 2
                y = (height - side) * (i // 3) // 2
                rgb = image[y : y + side, x : x + side].copy()
                red, green, blue = rgb.reshape(-1, 3).mean(0)
                crc = zlib.crc32(rgb.tobytes())
                print(f'("{Path(path).name}", {level}, {x}, {y}, 0x{crc:08x}, [{red:.4f}, {green:.4f}, {blue:.4f}]),')


def formula(width, height):
    """What every fixture shows; tests/slides/fixtures.rs has the same formula."""
    y, x = np.mgrid[:height, :width]
    return np.stack([(2 * x + y) % 256, (x + 3 * y) % 256, (x * y // 8) % 256], 2).astype(np.uint8)


def fixtures(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tiffs(folder)
    dicoms(folder)


def tiffs(folder):
    import tifffile

    image = formula(150, 100)
    um = dict(resolution=(20000, 20000), resolutionunit="CENTIMETER")
    plain = dict(tile=(48, 64), photometric="rgb", metadata=None, software=False)

    def write(name, data=image, big=False, order="<", **options):
        with tifffile.TiffWriter(folder / name, bigtiff=big, byteorder=order) as out:
            out.write(data, **{**plain, **um, **options})

    write("lzw_predictor_big_endian.tif", order=">", compression="lzw", predictor=2)
    write("deflate_predictor_bigtiff.tif", big=True, compression="zlib", predictor=2)
    write("uncompressed.tif")
    write("no_resolution.tif", resolution=None, resolutionunit=None, compression="zlib")
    write("oblong.tif", resolution=(20000, 30000), compression="zlib")
    write("sixteen_bit.tif", data=image.astype(np.uint16), compression="zlib")
    write("webp.tif", compression="webp")
    write("jpeg2000_lossless.tif", compression="jpeg2000", compressionargs={"reversible": True, "level": 0})
    grey = image[..., 0]
    write("grey.tif", data=grey, photometric="minisblack", compression="zlib")
    with tifffile.TiffWriter(folder / "ome_subifds.tif", ome=True) as out:
        size = {"PhysicalSizeX": 250, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 250, "PhysicalSizeYUnit": "nm"}
        common = dict(tile=(48, 64), photometric="rgb", compression="zlib")
        out.write(image, subifds=1, metadata={"axes": "YXS", **size}, **common)
        out.write(image[::2, ::2], subfiletype=1, metadata=None, **common)


def dicoms(folder):
    def save(name, dataset):
        (folder / name).parent.mkdir(exist_ok=True)
        dataset.save_as(folder / name, enforce_file_format=True)

    image = formula(150, 100)
    save("dicom_full/level0.dcm", instance(image, "1", number=1))
    save("dicom_full/level1.dcm", instance(image[::2, ::2], "1", number=2, um=1.0))
    save("dicom_full/label.dcm", instance(image[:40, :40], "1", number=3, kind="LABEL"))
    save("dicom_sparse/level.dcm", instance(image, "2", sparse=True, coded="j2k"))
    save("dicom_j2k/level.dcm", instance(image, "3", coded="j2k"))
    save("dicom_j2k_no_table/level.dcm", instance(image, "4", coded="j2k", table=False))
    for part in range(2):
        save(f"dicom_parts/part{part}.dcm", instance(image, "5", part=part, coded="j2k"))
    save("dicom_jpeg/level.dcm", instance(image, "6", coded="jpeg"))


def instance(image, series, number=1, um=0.5, kind="VOLUME", sparse=False, coded=None, table=True, part=None):
    """One VL Whole Slide Microscopy instance of 64 x 48 frames, all needed attributes and no others."""
    import imagecodecs
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.sequence import Sequence
    from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit

    width, height = 64, 48
    rows, columns = -(-image.shape[0] // height), -(-image.shape[1] // width)
    padded = np.full((rows * height, columns * width, 3), 255, np.uint8)
    padded[: image.shape[0], : image.shape[1]] = image
    places = [(r, c) for r in range(rows) for c in range(columns)]
    if sparse:
        places = [place for place in reversed(places) if place != (0, 1)]
    if part is not None:
        places = places[:4] if part == 0 else places[4:]
    frames = [padded[r * height :][:height, c * width :][:, :width].copy() for r, c in places]

    d = Dataset()
    d.file_meta = FileMetaDataset()
    syntax = {None: ExplicitVRLittleEndian, "j2k": JPEG2000Lossless, "jpeg": JPEGBaseline8Bit}[coded]
    d.file_meta.TransferSyntaxUID = syntax
    d.file_meta.MediaStorageSOPClassUID = d.SOPClassUID = "1.2.840.10008.5.1.4.1.1.77.1.6"
    uid = f"2.25.{series}{number}{part or 0}"
    d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID = uid
    d.SeriesInstanceUID = f"2.25.1000{series}"
    d.StudyInstanceUID = f"2.25.2000{series}"
    d.PatientName, d.PatientID, d.Modality = "Doe^Jane", "secret", "SM"
    d.ImageType = ["ORIGINAL", "PRIMARY", kind, "NONE"]
    d.InstanceNumber = number
    d.SamplesPerPixel, d.PlanarConfiguration = 3, 0
    d.PhotometricInterpretation = {None: "RGB", "j2k": "YBR_RCT", "jpeg": "YBR_FULL_422"}[coded]
    d.BitsAllocated = d.BitsStored = 8
    d.HighBit, d.PixelRepresentation = 7, 0
    d.Rows, d.Columns, d.NumberOfFrames = height, width, len(frames)
    d.TotalPixelMatrixRows, d.TotalPixelMatrixColumns = image.shape[0], image.shape[1]
    d.TotalPixelMatrixFocalPlanes = d.NumberOfOpticalPaths = 1
    d.DimensionOrganizationType = "TILED_SPARSE" if sparse else "TILED_FULL"
    measures = Dataset()
    measures.PixelSpacing = [um / 1000, um / 1000]
    shared = Dataset()
    shared.PixelMeasuresSequence = Sequence([measures])
    d.SharedFunctionalGroupsSequence = Sequence([shared])
    if sparse:
        d.PerFrameFunctionalGroupsSequence = Sequence([position(r * height, c * width) for r, c in places])
    if part is not None:
        d.ConcatenationUID, d.InConcatenationNumber, d.InConcatenationTotalNumber = "2.25.77", part + 1, 2
        d.ConcatenationFrameOffsetNumber = 4 * part
    if coded:
        streams = [encode(frame, coded) for frame in frames]
        if coded == "jpeg":
            shown = np.concatenate([imagecodecs.jpeg8_decode(stream).reshape(-1) for stream in streams])
            print(f"crc of the decoded JPEG frames: 0x{zlib.crc32(shown.tobytes()):08x}")
        d.PixelData = encapsulate(streams, has_bot=table)
        d["PixelData"].is_undefined_length = True
        d["PixelData"].VR = "OB"
    else:
        d.PixelData = b"".join(f.tobytes() for f in frames)
        d["PixelData"].VR = "OB"
    return d


def encode(frame, codec):
    import imagecodecs

    if codec == "j2k":
        return imagecodecs.jpeg2k_encode(frame, reversible=True, level=0, codecformat="J2K")
    return imagecodecs.jpeg8_encode(frame, level=90, subsampling="422")


def position(y, x):
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    plane = Dataset()
    plane.ColumnPositionInTotalImagePixelMatrix, plane.RowPositionInTotalImagePixelMatrix = x + 1, y + 1
    frame = Dataset()
    frame.PlanePositionSlideSequence = Sequence([plane])
    return frame


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["regions", *paths]:
            regions(paths)
        case ["fixtures", folder]:
            fixtures(folder)
        case _:
            sys.exit(__doc__)
