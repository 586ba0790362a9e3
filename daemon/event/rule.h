// SPDX-License-Identifier: Apache-2.0
// Rules across members. A new rule is one row in the table of rule.c plus its function; the row also tells the loader
// which keys its declaration has.
#pragma once
#include "event/kind.h"

typedef struct RuleInput {
        const Catalogue *catalogue;
        const Event *event;
        int32_t today; // in the catalogue's time zone
} RuleInput;

// What the members of a rule must be.
typedef enum RuleOperands {
        OPERANDS_SCALARS, // one value each
        OPERANDS_ALIKE,   // both of one kind
        OPERANDS_ORDERED, // numbers, or dates, or times
        OPERANDS_NUMBERS,
        OPERANDS_DATES,
        OPERANDS_TEXTS,
        OPERANDS_ANY, // only their presence counts
} RuleOperands;

struct RuleOps {
        const char *name;
        bool (*holds)(const RuleInput *input, const RuleDecl *rule);
        const char *sentence; // what was wrong, for the producer
        RuleOperands operands;
        // Keys of the declaration; NULL: it has none of that role.
        const char *member;
        const char *other;
        const char *third;
        const char *members;
        const char *list; // a list, or a member of its elements
        bool by_elements; // `members` are members of the elements of `list`
        bool has_values;  // `is`, or `min` and `max`
        bool has_span;    // `days`, `years`
        bool has_types;   // `classes`, `types`
        bool has_hierarchy;
        bool may_name_id; // `other` may be "@id"
        bool inverted;    // the conditions allow instead of demanding
        bool in_time_window;
};

const RuleOps *rule_find(Span name);
// Runs the type's rules, those of the time window or the others. A rule whose reason is a warning only warns.
bool rules_check(Checker *checker, const Event *event, bool in_time_window, int32_t today);
