// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <libpq-fe.h>

#include "postgres/connection.h"

size_t result_rows(const Result *result) {
        return (size_t)PQntuples(result);
}

Span result_span(const Result *result, size_t row, size_t column) {
        return (Span){PQgetvalue(result, (int)row, (int)column), (size_t)PQgetlength(result, (int)row, (int)column)};
}

static uint64_t big_endian(const Result *result, size_t row, size_t column, size_t len) {
        Span bytes = result_span(result, row, column);
        uint64_t value = 0;
        assert(bytes.len == len);
        for (size_t i = 0; i < len; i++)
                value = value << 8 | (uint8_t)bytes.ptr[i];
        return value;
}

bool result_bool(const Result *result, size_t row, size_t column) {
        return big_endian(result, row, column, 1) != 0;
}

int16_t result_int2(const Result *result, size_t row, size_t column) {
        return (int16_t)big_endian(result, row, column, 2);
}

int32_t result_int4(const Result *result, size_t row, size_t column) {
        return (int32_t)big_endian(result, row, column, 4);
}

int64_t result_int8(const Result *result, size_t row, size_t column) {
        return (int64_t)big_endian(result, row, column, 8);
}

bool result_tag_is(const Result *result, const char *tag) {
        return strcmp(PQcmdStatus((Result *)result), tag) == 0;
}
