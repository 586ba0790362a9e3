// SPDX-License-Identifier: Apache-2.0
// What the declarations call things in Chinese and English: event types, members, values of enumerations, languages.
#pragma once
#include "event/catalogue.h"

typedef struct Label {
        Span type;   // len 0: of the whole catalogue
        Span member; // "parts/category", len 0: the type itself; of the whole catalogue: "language"
        Span value;  // len 0: the member itself
        Span zh;
        Span en;
} Label;

typedef void LabelFn(void *userdata, const Label *label);

// Each label once. The texts live as long as the catalogue, the path of a member only during the call.
void labels_walk(const Catalogue *catalogue, LabelFn *fn, void *userdata);
