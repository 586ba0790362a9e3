// SPDX-License-Identifier: Apache-2.0
// The 16 bytes under which an event is known for ever: docs/identity.md has the encoding and test vectors.
#pragma once
#include "base/digest.h"

// If `id` is a UUID of version 7 in lower-case text, the first 6 bytes are its own first 6 (so keys of one time lie
// side by side in the index) and 10 bytes are of SHA-256(source 0x00 id); otherwise all 16 are of that hash.
Digest identity_key(Span source, Span id);
