"""Reading: tiles a CPU-second of one thread, on the same slide."""

from functools import partial

import rounds

CEILING = "libjpeg-turbo alone (simplejpeg)"
READERS = {
    CEILING: "libjpeg-turbo",
    "cuCIM on CPU": "cuCIM",
    "microtome": "microtome",
    "fastslide": "fastslide",
    "tiffslide": "tiffslide",
    "openslide-python": "openslide-python",
}
RENKEI = ["cargo", "bench", "-q", "-p", "renkei-slide", "--bench", "read", "--"]
TARGET = 0.85
UNIT = "tiles/CPU-s"


def rows(slide):
    measures = {name: partial(rounds.peer, "read", reader, slide) for name, reader in READERS.items()}
    measures["Renkei"] = partial(rounds.call, *RENKEI, slide.resolve())
    found = rounds.alternate(measures)
    ours, ceiling = found.pop("Renkei"), found[CEILING].get("by_cpu")
    for name, of in found.items():
        yield "reading", name, of.get("by_cpu"), UNIT, ceiling, None, of.get("fault", "")
    fault = ours.get("fault", "")
    yield "reading", "Renkei: fetch, decode", ours.get("read"), UNIT, ceiling, None, fault
    note = fault or f"its own libjpeg-turbo alone: {ours['alone']:,.0f}"
    yield "reading", "Renkei: fetch, decode, cut tiles", ours.get("cut"), UNIT, ceiling, TARGET, note
