// SPDX-License-Identifier: Apache-2.0
// Hashes over what an event says. The encoding outlives versions: docs/identity.md has it, with test vectors.
#pragma once
#include "base/buffer.h"
#include "event/plan.h"

// Over type, time, correctsid and the declared members after defaults and masking. `scratch` is emptied first.
Digest content_hash(const Event *event, Buffer *scratch);
// Over the members of a natural key; `element` is NULL outside of lists.
Digest content_natural_key(const Event *event, const Member *members, uint32_t count, const Value *element,
                           Buffer *scratch);
