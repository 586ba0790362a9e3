// SPDX-License-Identifier: Apache-2.0
#include "postgres/encode.h"

#include "postgres/numeric.h"

// PostgreSQL counts from 2000-01-01.
#define EPOCH_DAYS 10957
#define EPOCH_US   (EPOCH_DAYS * INT64_C(86400000000))

void encode_null(Buffer *buffer) {
        buffer_put_u32(buffer, UINT32_MAX);
}

void encode_text(Buffer *buffer, Span text) {
        char *cell = buffer_reserve(buffer, 4 + text.len);
        uint32_t len = __builtin_bswap32((uint32_t)text.len);
        memcpy(cell, &len, 4);
        if (text.len)
                memcpy(cell + 4, text.ptr, text.len);
        buffer->len += 4 + text.len;
}

void encode_bytes(Buffer *buffer, Span bytes) {
        if (bytes.ptr)
                encode_text(buffer, bytes);
        else
                encode_null(buffer);
}

void encode_uuid(Buffer *buffer, Digest digest) {
        encode_text(buffer, (Span){(const char *)digest.bytes, DIGEST_LEN});
}

void encode_bool(Buffer *buffer, bool value) {
        char byte = value ? 1 : 0;
        encode_text(buffer, (Span){&byte, 1});
}

void encode_int2(Buffer *buffer, int16_t value) {
        uint16_t wire = __builtin_bswap16((uint16_t)value);
        encode_text(buffer, (Span){(const char *)&wire, sizeof(wire)});
}

void encode_int4(Buffer *buffer, int32_t value) {
        uint32_t wire = __builtin_bswap32((uint32_t)value);
        encode_text(buffer, (Span){(const char *)&wire, sizeof(wire)});
}

void encode_int8(Buffer *buffer, int64_t value) {
        uint64_t wire = __builtin_bswap64((uint64_t)value);
        encode_text(buffer, (Span){(const char *)&wire, sizeof(wire)});
}

void encode_date(Buffer *buffer, int32_t days) {
        encode_int4(buffer, days - EPOCH_DAYS);
}

void encode_timestamp(Buffer *buffer, int64_t us) {
        encode_int8(buffer, us - EPOCH_US);
}

void copy_begin(Buffer *buffer) {
        static const char signature[] = "PGCOPY\n\377\r\n";
        buffer->len = 0;
        buffer_put(buffer, signature, sizeof(signature)); // with its NUL
        buffer_put_u32(buffer, 0);                        // flags
        buffer_put_u32(buffer, 0);                        // length of the header extension
}

void copy_row(Buffer *buffer, uint16_t columns) {
        buffer_put_u16(buffer, columns);
}

void copy_end(Buffer *buffer) {
        buffer_put_u16(buffer, UINT16_MAX);
}

static void patch_u32(Buffer *buffer, size_t at, uint32_t value) {
        uint32_t wire = __builtin_bswap32(value);
        memcpy(buffer->ptr + at, &wire, sizeof(wire));
}

Array array_begin(Buffer *buffer, uint32_t element_type) {
        Array array = {buffer->len};
        buffer_put_u32(buffer, 1); // dimensions
        buffer_put_u32(buffer, 1); // may hold NULLs
        buffer_put_u32(buffer, element_type);
        buffer_put_u32(buffer, 0); // elements
        buffer_put_u32(buffer, 1); // first index
        return array;
}

void array_end(Buffer *buffer, Array array, size_t count) {
        if (count == 0) { // an empty array has no dimension
                buffer->len = array.start + 12;
                patch_u32(buffer, array.start, 0);
                return;
        }
        patch_u32(buffer, array.start + 12, (uint32_t)count);
}

Array array_cell_begin(Buffer *buffer, uint32_t element_type) {
        buffer_put_u32(buffer, 0); // length, known at the end
        return array_begin(buffer, element_type);
}

void array_cell_end(Buffer *buffer, Array array, size_t count) {
        array_end(buffer, array, count);
        patch_u32(buffer, array.start - 4, (uint32_t)(buffer->len - array.start));
}

// ---- values

typedef Encode EncodeFn(Buffer *buffer, const Value *value);

struct Encoder {
        uint32_t oid;
        const char *sql_type;
        EncodeFn *fn;
        uint32_t kinds; // bits of ValueKind that fit
        bool text;
};

#define KIND(kind) (1U << VALUE_##kind)

static Encode put_span(Buffer *buffer, const Value *value) {
        encode_text(buffer, value->text);
        return ENCODE_OK;
}

static Encode put_text(Buffer *buffer, const Value *value) {
        if (value->kind == VALUE_BOOLEAN)
                encode_text(buffer, value->integer ? SPAN_LIT("true") : SPAN_LIT("false"));
        else if (value->kind == VALUE_INTEGER)
                numeric_text(buffer, value->integer);
        else
                encode_text(buffer, value->text);
        return ENCODE_OK;
}

static Encode put_jsonb(Buffer *buffer, const Value *value) {
        buffer_put_u32(buffer, (uint32_t)value->text.len + 1);
        buffer_put_u8(buffer, 1); // version of the format
        buffer_put_span(buffer, value->text);
        return ENCODE_OK;
}

static Encode put_bool(Buffer *buffer, const Value *value) {
        bool is_true = value->kind == VALUE_BOOLEAN ? value->integer != 0 : span_is(value->text, "true");
        if (value->kind == VALUE_TEXT && !is_true && !span_is(value->text, "false"))
                return ENCODE_MISFIT;
        encode_bool(buffer, is_true);
        return ENCODE_OK;
}

// An integer, or a constant of a declaration that reads as one.
static Encode integer_of(const Value *value, int64_t min, int64_t max, int64_t *ret) {
        int64_t integer = 0;
        if (value->kind == VALUE_INTEGER)
                integer = value->integer;
        else if (!numeric_parse_integer(value->text, &integer))
                return value->kind == VALUE_DECIMAL ? ENCODE_RANGE : ENCODE_MISFIT;
        if (integer < min || integer > max)
                return ENCODE_RANGE;
        *ret = integer;
        return ENCODE_OK;
}

static Encode put_int2(Buffer *buffer, const Value *value) {
        int64_t integer = 0;
        Encode how = integer_of(value, INT16_MIN, INT16_MAX, &integer);
        if (how == ENCODE_OK)
                encode_int2(buffer, (int16_t)integer);
        return how;
}

static Encode put_int4(Buffer *buffer, const Value *value) {
        int64_t integer = 0;
        Encode how = integer_of(value, INT32_MIN, INT32_MAX, &integer);
        if (how == ENCODE_OK)
                encode_int4(buffer, (int32_t)integer);
        return how;
}

static Encode put_int8(Buffer *buffer, const Value *value) {
        int64_t integer = 0;
        Encode how = integer_of(value, INT64_MIN, INT64_MAX, &integer);
        if (how == ENCODE_OK)
                encode_int8(buffer, integer);
        return how;
}

static Encode put_numeric(Buffer *buffer, const Value *value) {
        if (value->kind == VALUE_INTEGER) {
                numeric_encode_integer(buffer, value->integer);
                return ENCODE_OK;
        }
        if (numeric_encode(buffer, value->text))
                return ENCODE_OK;
        return value->kind == VALUE_DECIMAL ? ENCODE_RANGE : ENCODE_MISFIT;
}

static Encode put_date(Buffer *buffer, const Value *value) {
        encode_date(buffer, (int32_t)value->integer);
        return ENCODE_OK;
}

static Encode put_timestamp(Buffer *buffer, const Value *value) {
        encode_timestamp(buffer, value->integer);
        return ENCODE_OK;
}

// Constants of declarations are text, or whatever they look like; so text fits where it can be read as the type.
static const Encoder encoders[] = {
        {OID_TEXT, "text", put_text, KIND(TEXT) | KIND(DECIMAL) | KIND(INTEGER) | KIND(BOOLEAN) | KIND(JSON), true},
        {OID_VARCHAR, "text", put_text, KIND(TEXT) | KIND(DECIMAL) | KIND(INTEGER) | KIND(BOOLEAN), true},
        {OID_NAME, "name", put_text, KIND(TEXT), true},
        {OID_BOOL, "boolean", put_bool, KIND(BOOLEAN) | KIND(TEXT), false},
        {OID_INT2, "smallint", put_int2, KIND(INTEGER) | KIND(DECIMAL) | KIND(TEXT), false},
        {OID_INT4, "integer", put_int4, KIND(INTEGER) | KIND(DECIMAL) | KIND(TEXT), false},
        {OID_INT8, "bigint", put_int8, KIND(INTEGER) | KIND(DECIMAL) | KIND(TEXT), false},
        {OID_NUMERIC, "numeric", put_numeric, KIND(INTEGER) | KIND(DECIMAL) | KIND(TEXT), false},
        {OID_DATE, "date", put_date, KIND(DATE), false},
        {OID_TIMESTAMPTZ, "timestamptz", put_timestamp, KIND(TIMESTAMP), false},
        {OID_UUID, "uuid", put_span, KIND(UUID), false},
        {OID_JSONB, "jsonb", put_jsonb, KIND(JSON) | KIND(TEXT), false},
        {OID_JSON, "json", put_span, KIND(JSON) | KIND(TEXT), false},
        {OID_BYTEA, "bytea", put_span, KIND(UUID) | KIND(TEXT), false},
};

const Encoder *encoder_for(uint32_t type_oid) {
        for (size_t i = 0; i < sizeof(encoders) / sizeof(*encoders); i++)
                if (encoders[i].oid == type_oid)
                        return &encoders[i];
        return NULL;
}

const char *encoder_sql_type(const Encoder *encoder) {
        return encoder->sql_type;
}

uint32_t encoder_type(const Encoder *encoder) {
        return encoder->oid == OID_VARCHAR ? OID_TEXT : encoder->oid; // arrays of it go as text[]
}

bool encoder_is_text(const Encoder *encoder) {
        return encoder->text;
}

// A text can be read as a number only when a declaration wrote it so.
bool encoder_takes(const Encoder *encoder, ValueKind kind) {
        if (kind == VALUE_TEXT)
                return encoder->text || encoder->oid == OID_BYTEA;
        return ((encoder->kinds >> kind) & 1) != 0;
}

Encode encode_cell(const Encoder *encoder, Buffer *buffer, const Value *value) {
        if (value->kind == VALUE_ABSENT) {
                encode_null(buffer);
                return ENCODE_OK;
        }
        if (((encoder->kinds >> value->kind) & 1) == 0)
                return ENCODE_MISFIT;
        return encoder->fn(buffer, value);
}
