"""A notebook's cells in a fresh process: warnings are errors, no network, pictures looked at."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from processes import path_to_fastnn

_RUN = """
import ast, json, socket, sys, warnings
import matplotlib
matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot as plt
from fastnn.examples.shelf import example

def refused(*arguments):
    raise OSError("an example asks for the network")

socket.socket.connect = refused
warnings.simplefilter("error")
pictures, names = [], {"__name__": "__main__"}
for number, cell in enumerate(example(sys.argv[1]).cells()):
    if cell.kind != "code":
        continue
    exec(compile(cell.source, f"{sys.argv[1]}, cell {number}", "exec"), names)
    for figure in map(plt.figure, plt.get_fignums()):
        figure.canvas.draw()
        pictures.append(float(np.asarray(figure.canvas.buffer_rgba())[..., :3].std()))
    plt.close("all")
print(json.dumps(pictures))
"""


def execute(name: str, folder: Path) -> tuple[str, list[float]]:
    """What the notebook prints in an empty folder, and the spread of each picture's colours."""
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_RUN), name], cwd=folder, timeout=600, text=True,
        encoding="utf-8", capture_output=True,
        env={**os.environ, "PYTHONPATH": path_to_fastnn(), "PYTHONIOENCODING": "utf-8",
             "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)})
    if process.returncode:
        pytest.fail(f"{name}: exit code {process.returncode}\n{process.stderr[-3000:]}")
    printed, _, pictures = process.stdout.rstrip("\n").rpartition("\n")
    return printed, json.loads(pictures)
