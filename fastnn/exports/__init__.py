"""A network's parameters and what it computes, for other programs and from them.

    from fastnn.exports import export_onnx, load_arrays, load_safetensors, save_safetensors
    export_onnx(model, "model.onnx")              # what it predicts, for onnxruntime and others
    save_safetensors(model, "model.safetensors")  # its parameters
    load_arrays(model, keras_model.get_weights(), layout="keras")

    onnx_file.py         export_onnx: layers -> nodes of a graph
    onnx_graph.py        a graph that is being written
    onnx_formulas.py     a formula in plain NumPy -> nodes
    safetensors_file.py  save_safetensors, load_safetensors
    arrays.py            load_arrays: plain arrays by Keras', PyTorch's or our names
    chain.py             what of a network is kept, and how it lands on disk

`Model.save` keeps more: the state of the optimizer and all that goes on training needs.
Nothing here is imported by `import fastnn`; other libraries by the first use.
"""

from fastnn.exports.arrays import load_arrays
from fastnn.exports.onnx_file import export_onnx
from fastnn.exports.safetensors_file import load_safetensors, save_safetensors

__all__ = ["export_onnx", "load_arrays", "load_safetensors", "save_safetensors"]
