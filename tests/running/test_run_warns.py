"""What NumPy warns of in an adopted class stands where the class has it."""

from programs_of_readers import SPIRAL
from running_programs import both

LARGE = SPIRAL.partition("\nnnfs.init")[0].partition("\nX, y")[0] + """
layer = Dense(200, 300)
layer.weights = np.full((200, 300), 1e300)
layer.biases = np.full((1, 300), -np.inf)
layer.forward(np.full((400, 200), 1e300))
layer.backprop(np.full((400, 300), 1e300))
print(layer.forward_pass.sum(), layer.dinputs.sum(), layer.dweights.sum())
"""


def test_a_large_product_warns_on_its_own_line(tmp_path):
    (tmp_path / "program.py").write_text(LARGE)
    plain, ours = both(tmp_path, "program.py")
    assert ours == plain and 'program.py:' in plain[2] and "RuntimeWarning" in plain[2]


def test_a_filter_of_the_program_reaches_it(tmp_path):
    first, after = LARGE.split("layer = ", 1)
    (tmp_path / "program.py").write_text(
        f"{first}import warnings\nwarnings.filterwarnings('ignore', module='__main__')\n"
        f"layer = {after}")
    plain, ours = both(tmp_path, "program.py")
    assert ours == plain and plain[2] == ""
