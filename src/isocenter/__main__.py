"""Runs the command line as `python -m isocenter`."""

import sys

from isocenter.cli import main

sys.exit(main())
