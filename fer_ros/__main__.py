"""``python -m fer_ros`` is the command fer-ros."""

import sys

from fer_ros.cli import main

sys.exit(main())
