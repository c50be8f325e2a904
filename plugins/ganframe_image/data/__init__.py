"""Pictures from inside the package, from files and from folders."""

from ganframe_image.data.arrays import Arrays
from ganframe_image.data.cifar import CIFAR10
from ganframe_image.data.derived import Derived, SuperResolution, TwoDomains
from ganframe_image.data.digits import Digits
from ganframe_image.data.folder import ImageFolder
from ganframe_image.data.hdf5 import HDF5
from ganframe_image.data.huggingface import HuggingFace
from ganframe_image.data.idx import IDX
from ganframe_image.data.masked import Masked
from ganframe_image.data.pairs import PairedFolder, UnpairedFolders
from ganframe_image.data.stacked import StackedDigits

DATA = [
    CIFAR10, HDF5, IDX, Arrays, Derived, Digits, HuggingFace, ImageFolder, Masked, PairedFolder, StackedDigits,
    SuperResolution, TwoDomains, UnpairedFolders,
]  # fmt: skip
