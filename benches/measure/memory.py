"""Peak resident memory of a run over one large slide, with a budget of 1 GiB for buffers."""

GIB = 1 << 30
MOST_GIB = 2.0


def row(renkei_run, mosaic, encoder):
    name = "Renkei: `renkei run --memory 1GiB`, 50,000 x 50,000 pixels"
    try:
        # The mosaic's 240-px stored tiles, each at the resolution that the encoder's card asks for.
        report = renkei_run(slide=mosaic, slides=1, um_per_px=0.25, encoder=encoder, stride=240, shard=2048)
    except RuntimeError as error:
        return f"| memory | {name} | - | - | at most {MOST_GIB:.0f} GiB | {error} |"
    peak, size = report["peak"] / GIB, mosaic.stat().st_size / GIB
    met = "met" if peak <= MOST_GIB else "**missed**"
    note = f"{report['tiles']:,} tiles at {report['embed']:,.0f} tiles/s, file of {size:.2f} GiB"
    return f"| memory | {name} | {peak:.2f} GiB at peak | - | at most {MOST_GIB:.0f} GiB: {met} | {note} |"
