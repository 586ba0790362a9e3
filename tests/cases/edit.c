// SPDX-License-Identifier: Apache-2.0
// Edits of the base message. Numbers stay text, so that their spelling is judged as it was written.
#include <stdio.h>
#include <stdlib.h>

#include "cases/cases.h"

enum { REPEAT_MAX = 1000000 };

static yyjson_doc *parse(Runner *runner, Span json) {
        yyjson_read_err error;
        yyjson_doc *doc =
                yyjson_read_opts((char *)(uintptr_t)json.ptr, json.len, YYJSON_READ_NUMBER_AS_RAW, NULL, &error);
        if (!doc)
                runner_fault(runner, runner->line, "not JSON: %s at byte %zu", error.msg, error.pos + 1);
        return doc;
}

void edit_forget(Runner *runner) {
        yyjson_mut_doc_free(runner->edited);
        yyjson_doc_free(runner->base);
        runner->edited = NULL;
        runner->base = NULL;
        runner->has_message = false;
        runner->message_line = 0;
        runner->edit_line = 0;
}

void edit_base(Runner *runner, Span json) {
        runner->base = parse(runner, json);
        runner->message = json;
        runner->has_message = runner->base != NULL;
        runner->message_line = runner->base ? runner->line : 0;
}

// The copy that is edited, or NULL when there is nothing that may be.
static yyjson_mut_doc *open_copy(Runner *runner) {
        check_end(runner);
        if (!runner->base) {
                runner_fault(runner, runner->line, "only a 'base' can be edited");
                return NULL;
        }
        if (!runner->edited)
                runner->edited = yyjson_doc_mut_copy(runner->base, NULL);
        if (runner->edit_line == 0)
                runner->edit_line = runner->line;
        return runner->edited;
}

static void put(Runner *runner, Span pointer, yyjson_mut_doc *doc, yyjson_mut_val *value) {
        yyjson_ptr_err error;
        // Without create_parent: what stands above it must exist.
        if (!yyjson_mut_doc_ptr_setx(doc, pointer.ptr, pointer.len, value, false, NULL, &error))
                runner_fault(runner, runner->line, "could not set '%.*s': %s", (int)pointer.len, pointer.ptr,
                             error.msg);
}

static void set_json(Runner *runner, Span pointer, Span json) {
        yyjson_mut_doc *doc = open_copy(runner);
        yyjson_doc *value = doc ? parse(runner, json) : NULL;
        if (value)
                put(runner, pointer, doc, yyjson_val_mut_copy(doc, yyjson_doc_get_root(value)));
        yyjson_doc_free(value);
}

void edit_set(Runner *runner, Span rest) {
        Span pointer = runner_word(&rest);
        set_json(runner, pointer, rest);
}

void edit_delete(Runner *runner, Span rest) {
        yyjson_mut_doc *doc = open_copy(runner);
        yyjson_ptr_err error;
        if (doc && !yyjson_mut_doc_ptr_removex(doc, rest.ptr, rest.len, NULL, &error))
                runner_fault(runner, runner->line, "could not remove '%.*s': %s", (int)rest.len, rest.ptr, error.msg);
}

void edit_repeat(Runner *runner, Span rest, bool as_string) {
        Span pointer = runner_word(&rest);
        Span number = runner_word(&rest);
        char *end;
        Buffer text = BUFFER_NULL;
        unsigned long count = strtoul(number.ptr, &end, 10);
        if (end != number.ptr + number.len || number.len == 0 || count > REPEAT_MAX) {
                runner_fault(runner, runner->line, "needs a pointer, a count and JSON");
                return;
        }
        // A JSON string without its quotes is what stands between two others.
        bool quoted = rest.len >= 2 && rest.ptr[0] == '"' && rest.ptr[rest.len - 1] == '"';
        if (as_string && !quoted) {
                runner_fault(runner, runner->line, "'repeat' needs a JSON string");
                return;
        }
        Span piece = as_string ? (Span){rest.ptr + 1, rest.len - 2} : rest;
        buffer_put_u8(&text, as_string ? '"' : '[');
        for (unsigned long i = 0; i < count; i++) {
                if (!as_string && i > 0)
                        buffer_put_u8(&text, ',');
                buffer_put_span(&text, piece);
        }
        buffer_put_u8(&text, as_string ? '"' : ']');
        set_json(runner, pointer, (Span){text.ptr, text.len});
        buffer_deinit(&text);
}

Span edit_text(Runner *runner) {
        size_t len;
        Span text = runner->message;
        if (runner->edited) {
                char *written = yyjson_mut_write(runner->edited, 0, &len);
                if (!written)
                        abort();
                text = arena_copy(&runner->arena, (Span){written, len});
                free(written);
                yyjson_mut_doc_free(runner->edited);
                runner->edited = NULL;
        }
        runner->message_line = runner->edit_line = 0;
        return text;
}
