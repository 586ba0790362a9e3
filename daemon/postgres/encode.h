// SPDX-License-Identifier: Apache-2.0
// Values in PostgreSQL's binary formats: cells of COPY BINARY, elements of arrays, parameters. Which value fits which
// type of column is one table.
#pragma once
#include "base/buffer.h"
#include "base/digest.h"
#include "event/value.h"

typedef struct Encoder Encoder; // one type of PostgreSQL

typedef enum Encode {
        ENCODE_OK,
        ENCODE_RANGE,  // right kind, but it does not fit: the event's fault
        ENCODE_MISFIT, // a value of this kind never fits such a column: declaration and migration disagree
} Encode;

// NULL: no encoder for this type. Domains have to be resolved before.
const Encoder *encoder_for(uint32_t type_oid);
// "integer": as SQL calls it.
const char *encoder_sql_type(const Encoder *encoder);
uint32_t encoder_type(const Encoder *encoder);
bool encoder_is_text(const Encoder *encoder);
// Whether every value of the kind, but for its range, goes into the type.
bool encoder_takes(const Encoder *encoder, ValueKind kind);
// Appends length and bytes of one cell; an absent value is a NULL. On failure the buffer ends where it did.
Encode encode_cell(const Encoder *encoder, Buffer *buffer, const Value *value);

void encode_null(Buffer *buffer);
void encode_text(Buffer *buffer, Span text);
void encode_bytes(Buffer *buffer, Span bytes); // bytea; ptr NULL: a NULL
void encode_uuid(Buffer *buffer, Digest digest);
void encode_bool(Buffer *buffer, bool value);
void encode_int2(Buffer *buffer, int16_t value);
void encode_int4(Buffer *buffer, int32_t value);
void encode_int8(Buffer *buffer, int64_t value);
void encode_date(Buffer *buffer, int32_t days);    // since 1970-01-01
void encode_timestamp(Buffer *buffer, int64_t us); // since 1970-01-01 UTC

// COPY … WITH (FORMAT binary): header, rows, trailer.
void copy_begin(Buffer *buffer); // empties it first
void copy_row(Buffer *buffer, uint16_t columns);
void copy_end(Buffer *buffer);

// A one-dimensional array: begin, then cells, then end. An array may stand alone (a parameter) or be a cell itself:
// then the caller writes its length around it (array_cell_begin, array_cell_end).
typedef struct Array {
        size_t start; // where its header stands in the buffer
} Array;

enum {
        OID_BOOL = 16,
        OID_BYTEA = 17,
        OID_NAME = 19,
        OID_INT8 = 20,
        OID_INT2 = 21,
        OID_INT4 = 23,
        OID_TEXT = 25,
        OID_JSON = 114,
        OID_VARCHAR = 1043,
        OID_DATE = 1082,
        OID_TIMESTAMPTZ = 1184,
        OID_NUMERIC = 1700,
        OID_UUID = 2950,
        OID_JSONB = 3802,
};

Array array_begin(Buffer *buffer, uint32_t element_type);
void array_end(Buffer *buffer, Array array, size_t count);
Array array_cell_begin(Buffer *buffer, uint32_t element_type);
void array_cell_end(Buffer *buffer, Array array, size_t count);
