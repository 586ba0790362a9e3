# SPDX-License-Identifier: Apache-2.0
"""What every dashboard view must hold, worked out from events alone: see README.md."""
