// SPDX-License-Identifier: Apache-2.0
#include "base/settings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum { BARE_DIGITS = 9 };

__attribute__((format(printf, 3, 0))) static void fault_at(Settings *settings, int line, const char *format,
                                                           va_list args) {
        cleanup(freep) char *text = NULL;
        cleanup(freep) char *whole = NULL;
        if (vasprintf(&text, format, args) < 0)
                memory_exhausted();
        whole = line > 0 ? xasprintf("%s:%d: %s", settings->file, line, text)
                         : xasprintf("%s: %s", settings->file, text);
        settings->faults++;
        settings->report(settings->userdata, whole);
}

__attribute__((format(printf, 3, 4))) static void fault_line(Settings *settings, int line, const char *format, ...) {
        va_list args;
        va_start(args, format);
        fault_at(settings, line, format, args);
        va_end(args);
}

void settings_fault(Settings *settings, const config_setting_t *at, const char *format, ...) {
        va_list args;
        va_start(args, format);
        fault_at(settings, at ? (int)config_setting_source_line(at) : 0, format, args);
        va_end(args);
}

static char *read_whole(const char *file) {
        FILE *stream = fopen(file, "re");
        char *text = NULL;
        size_t room = 0;
        if (!stream)
                return NULL;
        errno = 0;
        ssize_t n = getdelim(&text, &room, '\0', stream);
        fclose(stream);
        if (n < 0) {
                memory_check_errno(); // an empty file leaves it alone
                free(text);
                return xstrdup("");
        }
        return text;
}

// Leaves strings and comments out.
static const char *skip_quiet(const char *p, int *line) {
        if (*p == '"') {
                for (p++; *p && *p != '"'; p++) {
                        *line += *p == '\n';
                        if (*p == '\\' && p[1])
                                p++;
                }
                return *p ? p + 1 : p;
        }
        if (*p == '#' || (p[0] == '/' && p[1] == '/'))
                return p + strcspn(p, "\n");
        if (p[0] == '/' && p[1] == '*') {
                const char *end = strstr(p + 2, "*/");
                for (; *p && p != end; p++)
                        *line += *p == '\n';
                return end ? end + 2 : p;
        }
        return p;
}

static bool is_word(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

static void refuse_long_integers(Settings *settings, const char *text) {
        int line = 1;
        for (const char *p = text; *p;) {
                const char *after = skip_quiet(p, &line);
                if (after != p) {
                        p = after;
                        continue;
                }
                size_t word = 0;
                while (is_word(p[word]))
                        word++;
                bool hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
                if (word > BARE_DIGITS && (hex || strspn(p, "0123456789") > BARE_DIGITS))
                        fault_line(settings, line,
                                   "the number %.*s has more than %d digits; write it as a string: \"%.*s\"",
                                   (int)word, p, BARE_DIGITS, (int)word, p);
                line += *p == '\n';
                p += word ? word : 1;
        }
}

// libconfig 1.5 does not look whether it got memory for a name or a string.
static void must_be_whole(const config_setting_t *setting) {
        bool named = config_setting_is_root(setting) || config_setting_name(setting) ||
                     !config_setting_is_group(config_setting_parent(setting));
        bool text = config_setting_type(setting) != CONFIG_TYPE_STRING || config_setting_get_string(setting);
        if (!named || !text)
                memory_exhausted();
        for (int i = 0; config_setting_is_aggregate(setting) && i < config_setting_length(setting); i++)
                must_be_whole(config_setting_get_elem(setting, (unsigned)i));
}

bool settings_read(Settings *settings, config_t *config, const char *file) {
        settings->file = file;
        unsigned before = settings->faults;
        cleanup(freep) char *text = read_whole(file);
        if (!text) {
                memory_check_errno();
                fault_line(settings, 0, "could not read: %s", strerror(errno));
                return false;
        }
        refuse_long_integers(settings, text);
        errno = 0;
        if (config_read_file(config, file))
                must_be_whole(config_root_setting(config));
        else if (config_error_type(config) == CONFIG_ERR_FILE_IO && errno == ENOMEM)
                memory_exhausted();
        else
                fault_line(settings, config_error_line(config), "%s", config_error_text(config));
        return settings->faults == before;
}

// Edit distance, for "did you mean"; names are short.
static size_t distance(const char *a, const char *b) {
        size_t row[65];
        size_t columns = strlen(b) < 64 ? strlen(b) : 64;
        for (size_t j = 0; j <= columns; j++)
                row[j] = j;
        for (size_t i = 1; a[i - 1]; i++) {
                size_t diagonal = row[0];
                row[0] = i;
                for (size_t j = 1; j <= columns; j++) {
                        size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
                        diagonal = row[j];
                        size_t shorter = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
                        row[j] = replaced < shorter ? replaced : shorter;
                }
        }
        return row[columns];
}

static const char *nearest(const char *name, const char *const *known) {
        const char *best = NULL;
        size_t least = 3; // more than two edits is another word
        for (; *known; known++)
                if (distance(name, *known) < least) {
                        least = distance(name, *known);
                        best = *known;
                }
        return best;
}

static bool is_known(const char *name, const char *const *known) {
        for (; *known; known++)
                if (strcmp(name, *known) == 0)
                        return true;
        return false;
}

void settings_only(Settings *settings, const config_setting_t *group, const char *const *known) {
        for (int i = 0; i < config_setting_length(group); i++) {
                const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
                const char *name = config_setting_name(member);
                if (!name || is_known(name, known))
                        continue;
                const char *meant = nearest(name, known);
                if (meant)
                        settings_fault(settings, member, "unknown key '%s'; did you mean '%s'?", name, meant);
                else
                        settings_fault(settings, member, "unknown key '%s'", name);
        }
}

const config_setting_t *settings_member(Settings *settings, const config_setting_t *group, const char *key,
                                        bool required) {
        const config_setting_t *member = config_setting_get_member(group, key);
        if (!member && required)
                settings_fault(settings, group, "'%s' is missing", key);
        return member;
}

const char *settings_string(Settings *settings, const config_setting_t *group, const char *key, bool required) {
        const config_setting_t *member = settings_member(settings, group, key, required);
        if (member && config_setting_type(member) != CONFIG_TYPE_STRING) {
                settings_fault(settings, member, "'%s' has to be a string", key);
                return NULL;
        }
        return member ? config_setting_get_string(member) : NULL;
}

bool settings_bool(Settings *settings, const config_setting_t *group, const char *key, bool otherwise) {
        const config_setting_t *member = config_setting_get_member(group, key);
        if (member && config_setting_type(member) != CONFIG_TYPE_BOOL) {
                settings_fault(settings, member, "'%s' has to be true or false", key);
                return otherwise;
        }
        return member ? config_setting_get_bool(member) != 0 : otherwise;
}

static bool integer_of(const config_setting_t *member, int64_t *ret_integer) {
        if (config_setting_type(member) == CONFIG_TYPE_INT) {
                *ret_integer = config_setting_get_int(member);
                return true;
        }
        if (config_setting_type(member) != CONFIG_TYPE_STRING)
                return false;
        char *end;
        const char *text = config_setting_get_string(member);
        errno = 0;
        *ret_integer = strtoll(text, &end, 10);
        return errno == 0 && *text != '\0' && *end == '\0';
}

bool settings_integer(Settings *settings, const config_setting_t *group, const char *key, int64_t min, int64_t max,
                      int64_t *ret_integer) {
        const config_setting_t *member = config_setting_get_member(group, key);
        int64_t integer;
        if (!member)
                return false;
        if (!integer_of(member, &integer)) {
                settings_fault(settings, member, "'%s' has to be an integer", key);
                return false;
        }
        if (integer < min || integer > max) {
                settings_fault(settings, member, "'%s' has to lie between %lld and %lld", key, (long long)min,
                               (long long)max);
                return false;
        }
        *ret_integer = integer;
        return true;
}
