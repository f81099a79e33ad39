"""A file as pytest-benchmark writes it, with made-up figures, for the tests of the report."""

import json
from pathlib import Path

from rows import Row

MACHINE = {"cpu": "Some processor", "cores": 2, "os": "Linux x86_64", "python": "3.11.7",
           "blas": "openblas 0.3", "numpy": "2.4.6", "numba": "0.68.1", "scipy": "1.17.1",
           "nnfs": "0.5.1", "fastnn": "0.1.0", "date": "2026-11-22"}


def one(name, row, ours, theirs, **more):
    """One benchmark whose ratio is theirs / ours, with quartiles 5 % around it."""
    ratio = theirs / ours
    found = {"median": ratio, "low": 0.95 * ratio, "high": 1.05 * ratio, "least": 0.9 * ratio,
             "pairs": 31, "our_seconds": ours, "their_seconds": theirs,
             "our_minimum": 0.9 * ours, "their_minimum": 0.9 * theirs, "sgemm": 1e11,
             "sgemm_threads": row.blas_threads, "copy": 1e10, "machine": MACHINE}
    return {"fullname": f"benchmarks/bench_{row.table}.py::{name}", "name": name,
            "extra_info": {**row._asdict(), **found, **more}}


def everything():
    """At least a row of each table, one that loses among them."""
    book = "spiral 2-64-3, nnfs.init(), equal in every bit"
    made = [one("fit", Row("training", book, "fastnn.fit", "the book's loop", "epoch", flops=5e5,
                           floor=9, aim=15, headline=True), 23e-6, 410e-6),
            one("steps", Row("steps", book, "the objects", "NumPy", "step", headline=True),
                79e-6, 374e-6),
            one("dense", Row("kernels", "dense forward (300, 64) by (64, 3), float32", flops=1e5,
                             bytes=1e5), 8e-6, 16e-6),
            one("adam", Row("optimizers", "Adam, 10^6 parameters", bytes=28e6, our_threads=2),
                0.6e-3, 4.3e-3),
            one("peak", Row("memory", "spiral 2-64-3, full batch, nnfs.init()", "fastnn.fit",
                            "the book's loop", "process"), 346e6, 988e6),
            one("few", Row("memory", "spiral 2-64-3, batches of 16", "fastnn.fit",
                           "the book's loop", "process"), 5.5e6, 3.4e6),
            one("cold", Row("start-up", "a process of one epoch, nothing compiled: pays off "
                            "after 40,000 epochs", "fastnn.fit", "NumPy", "process", cache="cold",
                            headline=True), 14.0, 0.4)]
    for precision, scale in (("nnfs.init()", 2), ("native", 1)):
        for x in (16, 64, 256, 1024):
            made.append(one(f"width-{precision}-{x}",
                            Row("training", f"spiral 2-{x}-3, {precision}", "fastnn.fit",
                                "the book's loop", "epoch", flops=8e3 * x,
                                curve=f"width: fit, {precision}", x=x),
                            scale * (10e-6 + 1e-7 * x), scale * (200e-6 + 1e-6 * x)))
        for x in (1, 2, 4):
            made.append(one(f"samples-{precision}-{x}",
                            Row("scaling", f"{300 * x} samples, {precision}", "fastnn.fit",
                                "the book's loop", "sample and epoch",
                                curve=f"samples: fit, {precision}", x=300 * x),
                            scale * 60e-9 / x**0.1, scale * 1e-6))
        for library, gain in (("NumPy", 5), ("fastnn", 3)):
            for (N, C) in ((3, 3), (300, 3), (4096, 1000)):
                made.append(one(f"pair-{library}-{precision}-{N}",
                                Row("softmax pair", f"({N}, {C}), {library}, {precision}",
                                    "combined", "separate", curve=f"{library}, {precision}",
                                    x=N * C), 5e-6 * N, 5e-6 * N * gain * (1 + N / 300),
                                **({"published": {"the notebook": 8.41}} if N == 3 else {})))
    for library, seconds in (("PyTorch, eager", 6e-4), ("JAX, scan", 5e-5)):
        made.append(one(library, Row("peers", "spiral 2-64-3, native float32", "fastnn.fit",
                                     library, "epoch"), 16e-6, seconds))
    return made


def written(path: Path, benchmarks) -> Path:
    """The file."""
    path.write_text(json.dumps({"machine_info": {}, "benchmarks": benchmarks}))
    return path
