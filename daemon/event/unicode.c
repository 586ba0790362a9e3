// SPDX-License-Identifier: Apache-2.0
#include "event/unicode.h"

typedef unsigned char Sixteen __attribute__((vector_size(16)));
typedef uint64_t Halves __attribute__((vector_size(16)));

static Sixteen sixteen_at(const unsigned char *p) {
        Sixteen bytes;
        memcpy(&bytes, p, sizeof(bytes));
        return bytes;
}

static bool any_set(Sixteen mask) {
        Halves halves = (Halves)mask;
        return (halves[0] | halves[1]) != 0;
}

// Sixteen bytes at a time while they are ASCII.
static size_t skip_ascii(const unsigned char *p, size_t at, size_t len) {
        for (; at + 16 <= len; at += 16)
                if (any_set((Sixteen)(sixteen_at(p + at) >= 0x80)))
                        break;
        while (at < len && p[at] < 0x80)
                at++;
        return at;
}

// Length of the sequence that starts at p, 0 when it is broken.
static size_t sequence(const unsigned char *p, size_t room) {
        unsigned char lead = p[0];
        size_t len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        unsigned char low = 0x80, high = 0xBF;
        if (lead < 0xC2 || lead > 0xF4 || room < len)
                return 0;
        if (lead == 0xE0)
                low = 0xA0;
        if (lead == 0xED)
                high = 0x9F;
        if (lead == 0xF0)
                low = 0x90;
        if (lead == 0xF4)
                high = 0x8F;
        if (p[1] < low || p[1] > high)
                return 0;
        for (size_t i = 2; i < len; i++)
                if ((p[i] & 0xC0) != 0x80)
                        return 0;
        return len;
}

bool unicode_valid(Span text, size_t *ret_at) {
        const unsigned char *p = (const unsigned char *)text.ptr;
        size_t at = 0;
        while ((at = skip_ascii(p, at, text.len)) < text.len) {
                size_t len = sequence(p + at, text.len - at);
                if (len == 0) {
                        *ret_at = at;
                        return false;
                }
                at += len;
        }
        return true;
}

size_t unicode_length(Span text) {
        size_t count = 0;
        for (size_t i = 0; i < text.len; i++)
                count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
        return count;
}

bool unicode_has_nul(Span text) {
        return text.len > 0 && memchr(text.ptr, 0, text.len) != NULL;
}

static bool is_noncharacter(const unsigned char *p) {
        if (p[0] == 0xEF)
                return (p[1] == 0xB7 && p[2] >= 0x90 && p[2] <= 0xAF) ||              // U+FDD0..U+FDEF
                       (p[1] == 0xBF && p[2] >= 0xBE);                                // U+FFFE, U+FFFF
        return p[0] >= 0xF0 && (p[1] & 0x0F) == 0x0F && p[2] == 0xBF && p[3] >= 0xBE; // U+nFFFE, U+nFFFF
}

// Sixteen bytes at a time: in most of them nothing begins that could be one.
bool unicode_has_noncharacter(Span text) {
        const unsigned char *p = (const unsigned char *)text.ptr;
        for (size_t at = 0; at < text.len; at += 16) {
                if (at + 16 <= text.len && !any_set((Sixteen)(sixteen_at(p + at) >= 0xEF)))
                        continue;
                for (size_t i = at; i < at + 16 && i < text.len; i++)
                        if (is_noncharacter(p + i))
                                return true;
        }
        return false;
}

static bool is_control(const unsigned char *p, size_t room, bool lines) {
        if (p[0] < 0x20)
                return !(lines && (p[0] == '\n' || p[0] == '\t'));
        return p[0] == 0x7F || (p[0] == 0xC2 && room > 1 && p[1] < 0xA0); // U+0080..U+009F are C2 80..C2 9F
}

bool unicode_has_control(Span text, bool lines) {
        const unsigned char *p = (const unsigned char *)text.ptr;
        for (size_t at = 0; at < text.len; at += 16) {
                if (at + 16 <= text.len) {
                        Sixteen bytes = sixteen_at(p + at);
                        if (!any_set((Sixteen)((bytes < 0x20) | (bytes == 0x7F) | (bytes == 0xC2))))
                                continue;
                }
                for (size_t i = at; i < at + 16 && i < text.len; i++)
                        if (is_control(p + i, text.len - i, lines))
                                return true;
        }
        return false;
}

// Sixteen bytes that hold no control character but tab and line feed, no backslash, and no lead byte of a control
// character or a noncharacter.
static bool is_plain_sixteen(const unsigned char *p) {
        Sixteen bytes = sixteen_at(p);
        Sixteen control = (Sixteen)(bytes < 0x20) & (Sixteen)(bytes != '\n') & (Sixteen)(bytes != '\t');
        Sixteen other = (Sixteen)(bytes == 0x7F) | (Sixteen)(bytes == '\\') | (Sixteen)(bytes == 0xC2);
        return !any_set(control | other | (Sixteen)(bytes >= 0xEF));
}

static bool is_plain_slowly(Span text) {
        return !(text.len > 0 && memchr(text.ptr, '\\', text.len)) && !unicode_has_control(text, true) &&
               !unicode_has_noncharacter(text);
}

// The last sixteen bytes overlap those before them. A lead byte mostly begins something harmless (U+FF0C, the comma
// of Chinese text): then the sixteen and the rest of their last character are looked at byte by byte.
bool unicode_is_plain(Span text) {
        const unsigned char *p = (const unsigned char *)text.ptr;
        if (text.len < 16)
                return is_plain_slowly(text);
        for (size_t at = 0; at < text.len; at += 16) {
                size_t from = at + 16 <= text.len ? at : text.len - 16;
                size_t len = from + 20 <= text.len ? 20 : text.len - from;
                if (!is_plain_sixteen(p + from) && !is_plain_slowly((Span){text.ptr + from, len}))
                        return false;
        }
        return true;
}

bool unicode_has_space(Span text) {
        static const char *const spaces[] = {"\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80",
                                             "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
                                             "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF"};
        for (size_t i = 0; i < text.len; i++) {
                unsigned char c = (unsigned char)text.ptr[i];
                if (c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F))
                        return true;
                if (c < 0xC2)
                        continue;
                for (size_t s = 0; s < sizeof(spaces) / sizeof(spaces[0]); s++)
                        if (text.len - i >= strlen(spaces[s]) &&
                            memcmp(text.ptr + i, spaces[s], strlen(spaces[s])) == 0)
                                return true;
                // U+2000..U+200A
                if (c == 0xE2 && text.len - i >= 3 && (unsigned char)text.ptr[i + 1] == 0x80 &&
                    (unsigned char)text.ptr[i + 2] <= 0x8A)
                        return true;
        }
        return false;
}
