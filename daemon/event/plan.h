// SPDX-License-Identifier: Apache-2.0
// What declarations compile to: the inside of event/. Loaded once, then read-only.
#pragma once
#include "event/catalogue.h"
#include "event/decimal.h"
#include "event/pattern.h"

#define NO_INDEX UINT32_MAX

typedef struct KindOps KindOps; // event/kind.h
typedef struct RuleOps RuleOps; // event/rule.h

typedef struct EnumValue {
        Span value;
        Span zh;
        Span en;
} EnumValue;

// Codes must begin with one of these.
typedef struct Prefixes {
        uint32_t length;
        Span *values;
        uint32_t count;
        Span *except;
        uint32_t except_count;
        Reason reason;
} Prefixes;

struct Field {
        Span member;
        Span path; // from its scope: "document/title"; sorts and names the content
        const KindOps *ops;
        uint32_t slot; // in its scope
        bool required;
        bool drop;
        bool unique; // list
        bool mask;   // text, texts
        bool has_default;
        Value default_value;
        uint32_t of_slot;   // NO_INDEX: qualifies nothing
        uint32_t reference; // NO_INDEX: names nothing
        Span column;        // len 0: none
        bool has_min;
        bool has_max;
        Decimal min; // numbers, dates (days), lengths, counts
        Decimal max;
        uint32_t digits;
        Pattern *pattern;
        Span form; // the pattern as it is written, for producers
        Pattern *key_pattern;
        Pattern *value_pattern;
        Prefixes *prefixes;
        EnumValue *values;
        uint32_t value_count;
        Field *fields; // object: its members, slots of the same scope
        uint32_t field_count;
        Span value_member; // object: the member that stands for it in a column
        Scope *items;      // list: the element
        Span zh;
        Span en;
        Span file;
        int line;
};

// Members that share one array of slots: those of `data`, or those of one element of a list.
struct Scope {
        Field *fields;
        uint32_t field_count;
        uint32_t slot_count;
        const Field **by_path; // leaves, lists and maps in the order of their content pairs
        uint32_t by_path_count;
        const Field **by_slot;
        const Field **naming; // fields that name a row of a reference
        uint32_t naming_count;
        bool scalar; // a list of scalars: one field without a name
};

// Where a column's value comes from.
typedef enum SourceKind {
        SOURCE_NONE, // nothing fills it: NULL
        SOURCE_CONSTANT,
        SOURCE_EVENT_SLOT,
        SOURCE_ELEMENT_SLOT,
        SOURCE_EVENT_KEY,
        SOURCE_ID,
        SOURCE_SOURCE,
        SOURCE_TYPE,
        SOURCE_TIME,
        SOURCE_DATE,
        SOURCE_OCCURRED_ON,
        SOURCE_NATURAL_KEY,
        SOURCE_REVISION,
        SOURCE_MEMBERS,
        SOURCE_POSITION,
        SOURCE_VALUE,
        SOURCE_LANGUAGE,
        SOURCE_TEXT,
        SOURCE_TARGET_KEY,
        SOURCE_CORRECTS_KEY,
        SOURCE_CORRECTS_ID,
        SOURCE_YEAR_START, // 1 January of the year in an integer member of the event
        SOURCE_YEAR_END,   // 31 December
} SourceKind;

typedef struct Source {
        SourceKind kind;
        uint32_t slot;
        Value constant;
} Source;

// A member named from a rule or a table: in the event or in the element of the list at hand.
typedef struct Member {
        bool element;
        uint32_t slot;
        const Field *field;
} Member;

// One use of a table by a type.
typedef struct TableUse {
        uint32_t table;
        Source *sources;         // one for each column of the table
        const Field *each_list;  // NULL: not per element
        const Field *each_texts; // NULL: not per language
        bool texts_in_element;
        uint32_t when_slot;    // NO_INDEX: always
        uint32_t members_slot; // fullest: the object or map that is counted
        uint32_t key_members;  // fullest: members that are key, not description
        Member *natural_key;
        uint32_t natural_key_count;
} TableUse;

typedef struct Condition {
        Member member;
        bool present;
        Span *is;
        uint32_t is_count;
} Condition;

struct RuleDecl {
        const RuleOps *ops;
        Reason reason;
        Condition *when;
        uint32_t when_count;
        Member member; // each rule uses what it needs
        Member other;
        Member third;
        Member *members;
        uint32_t member_count;
        const Field *list;
        bool has_min;
        bool has_max;
        Decimal min;
        Decimal max;
        Span *is;
        uint32_t is_count;
        bool from_id; // differs: from the event's own id
        bool classes[3];
        int32_t days;
        int32_t years;
        const struct Hierarchy *hierarchy;
};

typedef enum OccurredOn { OCCURRED_MEMBER, OCCURRED_DATE, OCCURRED_YEAR_END } OccurredOn;

typedef struct TypePlan {
        Scope scope;
        OccurredOn occurred_on;
        Member occurred_member;
        Member entity[4];
        uint32_t entity_count;
        Member key[4];
        uint32_t key_count;
        Member *natural_key;
        uint32_t natural_key_count;
        uint32_t revision_slot;
        uint32_t target_slot;
        TableUse *uses;
        uint32_t use_count;
        RuleDecl *rules;
        uint32_t rule_count;
} TypePlan;

typedef struct Level {
        Span name;
        uint32_t length;
        Span shape; // '?' is any digit
} Level;

typedef struct Hierarchy {
        Span name;
        uint32_t prefix;
        Level *levels; // highest first
        uint32_t level_count;
} Hierarchy;

typedef struct Redaction {
        Pattern *pattern;
        uint32_t keep_first;
        uint32_t fill;
        uint32_t keep_last;
        Span replace;   // len 0: stars
        char keep_from; // 0: none
} Redaction;

typedef struct Language {
        Span tag;
        Span zh;
        Span en;
} Language;

typedef struct CataloguePlan {
        Language *languages;
        uint32_t language_count;
        Redaction *redactions;
        uint32_t redaction_count;
        Hierarchy *hierarchies;
        uint32_t hierarchy_count;
        TableUse takes_back; // table NO_INDEX: facts cannot be corrected
        Pattern **patterns;  // all of them, to be freed
        uint32_t pattern_count;
        uint32_t pattern_size;
} CataloguePlan;
