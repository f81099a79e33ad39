"""Data from files: the images that the book trains with, as folders, as a zip or as IDX files.

    from fastnn.data import create_data_mnist
    X, y, X_test, y_test = create_data_mnist("fashion_mnist_images")

    mnist.py     create_data_mnist and load_mnist_dataset, as in chapter 19
    images.py    load_images: folders of images, named by their class; load_image: one of them
    trees.py     where the images lie: in folders, or in a zip that is read as it is
    decoding.py  one image, by Pillow
    idx.py       load_idx: the files that MNIST is published in

Nothing here is imported by `import fastnn`; Pillow by the first image.
"""

from fastnn.data.idx import load_idx
from fastnn.data.images import Images, load_image, load_images
from fastnn.data.mnist import create_data_mnist, load_mnist_dataset

__all__ = ["Images", "create_data_mnist", "load_idx", "load_image", "load_images",
           "load_mnist_dataset"]
