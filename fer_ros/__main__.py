"""``python -m fer_ros`` is the command fer-ros."""

import sys

from fer_ros import interrupts

interrupts.leave_at_once()

from fer_ros.cli import main  # noqa: E402

sys.exit(main())
