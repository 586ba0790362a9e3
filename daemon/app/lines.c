// SPDX-License-Identifier: Apache-2.0
#include "app/lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

bool lines_open(Lines *lines, const char *file) {
        *lines = (Lines){.stream = stdin, .name = file ? file : "standard input"};
        if (!file || strcmp(file, "-") == 0)
                return true;
        lines->stream = fopen(file, "re");
        if (lines->stream)
                return true;
        memory_check_errno();
        fprintf(stderr, "kepud: could not open %s: %s\n", file, strerror(errno));
        return false;
}

bool lines_next(Lines *lines, Span *ret_line) {
        errno = 0;
        ssize_t n = getdelim(&lines->text, &lines->size, '\n', lines->stream);
        if (n <= 0) {
                memory_check_errno(); // no end of the file
                return false;
        }
        lines->number++;
        size_t len = (size_t)n;
        *ret_line = (Span){lines->text, lines->text[len - 1] == '\n' ? len - 1 : len};
        return true;
}

bool lines_close(Lines *lines) {
        bool good = !lines->stream || !ferror(lines->stream);
        if (!good)
                fprintf(stderr, "kepud: could not read %s\n", lines->name);
        if (lines->stream && lines->stream != stdin)
                fclose(lines->stream);
        free(lines->text);
        *lines = (Lines){.stream = NULL};
        return good;
}

void lines_put_field(Buffer *out, Span text) {
        if (text.len == 0)
                buffer_put_u8(out, '-');
        for (size_t i = 0; i < text.len; i++) {
                unsigned char c = (unsigned char)text.ptr[i];
                if (c == '\t')
                        buffer_put_string(out, "\\t");
                else if (c == '\n')
                        buffer_put_string(out, "\\n");
                else if (c == '\r')
                        buffer_put_string(out, "\\r");
                else if (c == '\\')
                        buffer_put_string(out, "\\\\");
                else if (c < 0x20 || c == 0x7F)
                        buffer_printf(out, "\\u00%02X", c);
                else if (c == 0xC2 && i + 1 < text.len && (unsigned char)text.ptr[i + 1] < 0xA0)
                        buffer_printf(out, "\\u00%02X", (unsigned char)text.ptr[++i]); // U+0080 to U+009F
                else
                        buffer_put_u8(out, c);
        }
}
