"""Other libraries are imported by what needs them, and by nothing else."""

import subprocess
import sys

OTHERS = "PIL", "onnx", "safetensors", "tensorboardX", "google.protobuf"


def test_importing_brings_no_other_library():
    program = (f"import sys, fastnn, fastnn.callbacks, fastnn.data, fastnn.exports\n"
               f"print([name for name in {OTHERS!r} if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=True)
    assert done.stdout == "[]\n", done.stdout


def test_importing_fastnn_brings_neither_data_nor_exports():
    program = ("import sys, fastnn\nprint([name for name in sys.modules if name.startswith("
               "('fastnn.data', 'fastnn.exports', 'fastnn.callbacks', 'fastnn.files.names'))])")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=True)
    assert done.stdout == "[]\n", done.stdout


def test_importing_fastnn_brings_no_library_but_what_it_needs():
    """Whatever an extra is: a list of them would have to be kept."""
    program = """
import sys, numpy, numpy.random, platformdirs
def present():
    return {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
before = present()
import fastnn
print(present() - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=True)
    assert done.stdout == "{'fastnn'}\n", done.stdout
