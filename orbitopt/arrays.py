"""Type aliases of arrays; the docstrings of the functions give the shapes."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Columns: TypeAlias = dict[str, npt.NDArray[np.generic]]
"""Arrays of equal length by name: one dataset of a chart."""
