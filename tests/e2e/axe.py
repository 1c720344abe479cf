"""axe lies beside the product's own files: a browser gets it once, where half a megabyte was told to each page anew."""

from pathlib import Path
from typing import Final

import axe_playwright_python

#: For ``STATICFILES_DIRS``.
FOLDER: Final = ("axe", Path(axe_playwright_python.__file__).parent)
ADDRESS: Final = "/static/axe/axe.min.js"
