// SPDX-License-Identifier: Apache-2.0
#pragma once

// Version, commit and the versions of the libraries, to standard output.
void version_print(void);
