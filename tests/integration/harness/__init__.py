# SPDX-License-Identifier: Apache-2.0
"""What the integration tests start and look at: PostgreSQL, brokers, the daemon."""
