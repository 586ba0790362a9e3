# SPDX-License-Identifier: Apache-2.0
"""Valid events of all types that contradict, correct, void and repeat each other; reproducible from a seed."""
