# SPDX-License-Identifier: Apache-2.0
"""The static overview page: declared (overview.toml), asked (answers), drawn (cells, charts), written (layout)."""
