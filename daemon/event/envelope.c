// SPDX-License-Identifier: Apache-2.0
#include "event/envelope.h"

#include <limits.h>
#include <strings.h>

#include "base/calendar.h"
#include "event/json.h"
#include "event/unicode.h"

static const Span names[ATTRIBUTE_COUNT] = {
        [ATTRIBUTE_SPECVERSION] = SPAN_CONSTANT("specversion"),
        [ATTRIBUTE_ID] = SPAN_CONSTANT("id"),
        [ATTRIBUTE_SOURCE] = SPAN_CONSTANT("source"),
        [ATTRIBUTE_TYPE] = SPAN_CONSTANT("type"),
        [ATTRIBUTE_TIME] = SPAN_CONSTANT("time"),
        [ATTRIBUTE_SUBJECT] = SPAN_CONSTANT("subject"),
        [ATTRIBUTE_DATACONTENTTYPE] = SPAN_CONSTANT("datacontenttype"),
        [ATTRIBUTE_DATASCHEMA] = SPAN_CONSTANT("dataschema"),
        [ATTRIBUTE_PARTITIONKEY] = SPAN_CONSTANT("partitionkey"),
        [ATTRIBUTE_RECORDEDTIME] = SPAN_CONSTANT("recordedtime"),
        [ATTRIBUTE_CORRECTSID] = SPAN_CONSTANT("correctsid"),
};

enum { ATTRIBUTE_HEADERS = 64 }; // CloudEvents has a dozen; each is compared with the others

static const Span BOM = SPAN_LIT("\xEF\xBB\xBF");

// `from`: where to begin, since producers mostly keep this order.
static int attribute_find(Span name, int from) {
        for (int tried = 0, i = from; tried < ATTRIBUTE_COUNT; tried++, i++) {
                i = i == ATTRIBUTE_COUNT ? 0 : i;
                if (span_equal(name, names[i]))
                        return i;
        }
        return -1;
}

static bool fail_at(Checker *checker, Reason reason, Span name, const char *detail) {
        pointer_push(checker->at, name);
        checker_reject(checker, reason, "%s", detail);
        pointer_pop(checker->at);
        return false;
}

static bool name_is_legal(Span name) {
        for (size_t i = 0; i < name.len; i++)
                if (!((name.ptr[i] >= 'a' && name.ptr[i] <= 'z') || (name.ptr[i] >= '0' && name.ptr[i] <= '9')))
                        return false;
        return name.len > 0;
}

static bool is_int32(yyjson_val *value) {
        int64_t integer;
        Span text = json_span(value);
        return yyjson_is_raw(value) && decimal_is_integer_text(text) && decimal_parse_integer(text, &integer) &&
               integer >= INT32_MIN && integer <= INT32_MAX;
}

// Attributes that nobody here knows: any legal name with a string, boolean or 32-bit integer.
static bool check_extension(Checker *checker, Span name, yyjson_val *value) {
        if (!name_is_legal(name))
                return fail_at(checker, REASON_E_ATTR_NAME, name, "attribute names are made of a-z and 0-9");
        if (yyjson_is_str(value) && unicode_has_control(json_span(value), false))
                return fail_at(checker, REASON_E_ATTR_CHAR, name, "control character");
        if (!yyjson_is_str(value) && !yyjson_is_bool(value) && !yyjson_is_null(value) && !is_int32(value))
                return fail_at(checker, REASON_E_ATTR_TYPE, name, "needs a string, boolean or 32-bit integer");
        return true;
}

// A known attribute is a string or, as null, not set. The first one in the order of the checks that is neither is
// told of; what is there of id, source and type is kept for the dead letter anyway.
static bool take_known(Checker *checker, yyjson_val *const given[ATTRIBUTE_COUNT], Envelope *envelope) {
        int wrong = ATTRIBUTE_COUNT;
        for (int i = ATTRIBUTE_COUNT - 1; i >= 0; i--) {
                if (given[i] && yyjson_is_str(given[i]))
                        envelope->attributes[i] = json_span(given[i]);
                else if (given[i] && !yyjson_is_null(given[i]))
                        wrong = i;
        }
        return wrong == ATTRIBUTE_COUNT || fail_at(checker, REASON_E_ATTR_TYPE, names[wrong], "needs a string");
}

static bool check_extensions(Checker *checker, yyjson_val *root) {
        size_t i, max;
        yyjson_val *key, *value;
        yyjson_obj_foreach(root, i, max, key, value) {
                Span name = json_span(key);
                bool data = span_equal(name, SPAN_LIT("data")) || span_equal(name, SPAN_LIT("data_base64"));
                if (!data && attribute_find(name, 0) < 0 && !check_extension(checker, name, value))
                        return false;
        }
        return true;
}

static bool read_structured_members(Checker *checker, yyjson_val *root, Envelope *envelope) {
        size_t i, max;
        yyjson_val *key, *value;
        yyjson_val *given[ATTRIBUTE_COUNT] = {NULL};
        bool extensions = false;
        int next = 0;
        yyjson_obj_foreach(root, i, max, key, value) {
                Span name = json_span(key);
                int attribute = attribute_find(name, next);
                if (attribute >= 0) {
                        given[attribute] = value;
                        next = attribute + 1;
                } else if (span_equal(name, SPAN_LIT("data")))
                        envelope->data = value;
                else if (span_equal(name, SPAN_LIT("data_base64")))
                        envelope->has_data_base64 = !yyjson_is_null(value);
                else
                        extensions = true;
        }
        return take_known(checker, given, envelope) && (!extensions || check_extensions(checker, root));
}

static bool same_as_header(yyjson_val *root, Span name, Span header) {
        yyjson_val *value = yyjson_obj_getn(root, name.ptr, name.len);
        return !value || !yyjson_is_str(value) || span_equal(json_span(value), header);
}

static bool is_attribute_header(const Header *header) {
        return header->name.len >= 3 && strncasecmp(header->name.ptr, "ce_", 3) == 0;
}

static Span attribute_of(const Header *header) {
        return (Span){header->name.ptr + 3, header->name.len - 3};
}

// In structured mode the event itself counts; headers that say otherwise are worth a warning.
static void compare_headers(Checker *checker, const Message *message, yyjson_val *root) {
        for (size_t i = 0; i < message->header_count; i++) {
                const Header *header = &message->headers[i];
                if (is_attribute_header(header) && !same_as_header(root, attribute_of(header), header->value))
                        checker->warnings |= reason_bit(REASON_W_HEADER_MISMATCH);
        }
}

static yyjson_val *read_json(Checker *checker, Span whole) {
        JsonLimits limits = {checker->catalogue->limits.depth};
        Span text = whole;
        size_t bad;
        if (text.len >= BOM.len && memcmp(text.ptr, BOM.ptr, BOM.len) == 0) {
                checker->warnings |= reason_bit(REASON_W_BOM);
                text = (Span){text.ptr + BOM.len, text.len - BOM.len};
        }
        yyjson_val *root = json_read(text, &limits, checker->at, checker->arena, &checker->read, checker->why);
        checker->text = text;
        if (!root && !unicode_valid(whole, &bad))
                checker_reject(checker, REASON_E_UTF8, "byte %zu is no UTF-8", bad + 1);
        return root;
}

static bool read_structured(Checker *checker, const Message *message, Envelope *envelope) {
        yyjson_val *root = read_json(checker, message->value);
        if (!root)
                return false;
        if (yyjson_is_arr(root))
                return checker_reject(checker, REASON_E_BATCH_UNSUPPORTED, "an array; send one event a message");
        if (!yyjson_is_obj(root))
                return checker_reject(checker, REASON_E_NOT_OBJECT, "a CloudEvent is a JSON object");
        envelope->plain = checker->read.plain;
        compare_headers(checker, message, root);
        return read_structured_members(checker, root, envelope);
}

static bool header_is_sound(Checker *checker, const Message *message, size_t index) {
        const Header *header = &message->headers[index];
        Span name = attribute_of(header);
        size_t bad;
        if (!unicode_valid(header->name, &bad) || !unicode_valid(header->value, &bad)) {
                Span safe = unicode_valid(name, &bad) ? name : SPAN_LIT("header");
                return fail_at(checker, REASON_E_UTF8, safe, "header is not UTF-8");
        }
        if (!name_is_legal(name) || span_is(name, "data"))
                return fail_at(checker, REASON_E_ATTR_NAME, name,
                               "attribute names are made of a-z and 0-9, not 'data'");
        for (size_t i = 0; i < index; i++)
                if (is_attribute_header(&message->headers[i]) && span_equal(attribute_of(&message->headers[i]), name))
                        return fail_at(checker, REASON_E_ATTR_DUP, name, "the same header twice");
        if (header->value.ptr && unicode_has_control(header->value, false))
                return fail_at(checker, REASON_E_ATTR_CHAR, name, "control character");
        return true;
}

static bool read_binary(Checker *checker, const Message *message, Span content_type, Envelope *envelope) {
        for (size_t i = 0; i < message->header_count; i++) {
                const Header *header = &message->headers[i];
                int attribute = is_attribute_header(header) ? attribute_find(attribute_of(header), 0) : -1;
                size_t bad;
                if (attribute >= 0 && unicode_valid(header->value, &bad))
                        envelope->attributes[attribute] = header->value;
        }
        for (size_t i = 0; i < message->header_count; i++)
                if (is_attribute_header(&message->headers[i]) && !header_is_sound(checker, message, i))
                        return false;
        envelope->attributes[ATTRIBUTE_DATACONTENTTYPE] = content_type;
        pointer_push(checker->at, SPAN_LIT("data"));
        envelope->data = read_json(checker, message->value);
        if (!envelope->data)
                return false;
        pointer_pop(checker->at);
        return true;
}

static Span header_value(const Message *message, const char *name) {
        for (size_t i = 0; i < message->header_count; i++)
                if (message->headers[i].name.len == strlen(name) &&
                    strncasecmp(message->headers[i].name.ptr, name, strlen(name)) == 0)
                        return message->headers[i].value;
        return SPAN_NULL;
}

// Without parameters ("; charset=UTF-8") and blanks around it.
static Span media_type(Span content_type) {
        Span type = content_type;
        const char *end = type.len ? memchr(type.ptr, ';', type.len) : NULL;
        if (end)
                type.len = (size_t)(end - type.ptr);
        while (type.len > 0 && (type.ptr[type.len - 1] == ' ' || type.ptr[type.len - 1] == '\t'))
                type.len--;
        while (type.len > 0 && (*type.ptr == ' ' || *type.ptr == '\t')) {
                type.ptr++;
                type.len--;
        }
        return type;
}

static bool same_word(Span a, const char *b) {
        return a.len == strlen(b) && strncasecmp(a.ptr, b, a.len) == 0;
}

static bool begins_with(Span text, const char *prefix) {
        return text.len >= strlen(prefix) && strncasecmp(text.ptr, prefix, strlen(prefix)) == 0;
}

static size_t count_attribute_headers(const Message *message) {
        size_t count = 0;
        for (size_t i = 0; i < message->header_count; i++)
                count += is_attribute_header(&message->headers[i]);
        return count;
}

// Before anything is compared with anything: what is refused here costs no more than its bytes.
static bool check_size(Checker *checker, const Message *message) {
        size_t most = checker->catalogue->limits.message_bytes;
        size_t headers = message_bytes(message) - message->value.len;
        if (message->value.len > most)
                return checker_reject(checker, REASON_E_TOO_LARGE, "%zu bytes, at most %zu", message->value.len,
                                      most);
        if (headers > most)
                return checker_reject(checker, REASON_E_TOO_LARGE, "%zu bytes of key and headers, at most %zu",
                                      headers, most);
        if (count_attribute_headers(message) > ATTRIBUTE_HEADERS)
                return checker_reject(checker, REASON_E_TOO_LARGE, "more than %d ce_ headers", ATTRIBUTE_HEADERS);
        return true;
}

bool envelope_read(Checker *checker, const Message *message, Envelope *envelope) {
        Span content_type = header_value(message, "content-type");
        Span media = media_type(content_type);
        if (message->value.len == 0)
                return checker_reject(checker, REASON_E_EMPTY, "the message has no value");
        if (!check_size(checker, message))
                return false;
        if (begins_with(media, "application/cloudevents-batch"))
                return checker_reject(checker, REASON_E_BATCH_UNSUPPORTED, "send one event a message");
        if (begins_with(media, "application/cloudevents") && !same_word(media, "application/cloudevents+json"))
                return checker_reject(checker, REASON_E_CONTENT_TYPE, "only application/cloudevents+json is read");
        if (media.len == 0 ? count_attribute_headers(message) == 0 : begins_with(media, "application/cloudevents"))
                return read_structured(checker, message, envelope);
        return read_binary(checker, message, content_type, envelope);
}

// ---- rules of the profile ----

static bool check_text_attributes(Checker *checker, const Envelope *envelope) {
        for (int i = 0; i < ATTRIBUTE_COUNT && !envelope->plain; i++)
                if (unicode_has_control(envelope->attributes[i], false))
                        return fail_at(checker, REASON_E_ATTR_CHAR, names[i], "control character");
        return true;
}

static bool is_uri_character(char c) {
        static const bool others[UCHAR_MAX + 1] = {
                ['-'] = true, ['.'] = true, ['_'] = true, ['~'] = true, [':'] = true,  ['/'] = true,
                ['?'] = true, ['#'] = true, ['['] = true, [']'] = true, ['@'] = true,  ['!'] = true,
                ['$'] = true, ['&'] = true, ['('] = true, [')'] = true, ['\''] = true, ['*'] = true,
                ['+'] = true, [','] = true, [';'] = true, ['='] = true, ['%'] = true,
        };
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others[(unsigned char)c];
}

static bool is_hex(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// RFC 3986 characters, complete percent escapes, at most one fragment.
static bool is_uri_reference(Span uri) {
        size_t fragments = 0;
        for (size_t i = 0; i < uri.len; i++) {
                if (!is_uri_character(uri.ptr[i]))
                        return false;
                if (uri.ptr[i] == '%' && !(i + 2 < uri.len && is_hex(uri.ptr[i + 1]) && is_hex(uri.ptr[i + 2])))
                        return false;
                fragments += uri.ptr[i] == '#';
        }
        return fragments <= 1;
}

static bool needed(Checker *checker, const Envelope *envelope, Attribute attribute, Reason missing, size_t most) {
        Span value = envelope->attributes[attribute];
        if (value.len == 0)
                return fail_at(checker, missing, names[attribute], "needed, and not empty");
        if (most > 0 && value.len > most && unicode_length(value) > most)
                return fail_at(checker, REASON_E_ATTR_LEN, names[attribute], "too long");
        if (!envelope->plain && unicode_has_control(value, false))
                return fail_at(checker, REASON_E_ATTR_CHAR, names[attribute], "control character");
        return true;
}

static bool check_type(Checker *checker, Span name, bool only_stored, Event *event) {
        event->type = catalogue_type(checker->catalogue, name);
        if (!event->type)
                return fail_at(checker, REASON_E_TYPE_UNKNOWN, SPAN_LIT("type"),
                               "no such type in this catalogue; types are case-sensitive");
        if (only_stored && !event->type->stored)
                return fail_at(checker, REASON_E_TYPE_UNKNOWN, SPAN_LIT("type"),
                               "declared, but not stored yet by this version");
        return true;
}

static bool check_identity(Checker *checker, const Envelope *envelope, bool only_stored, Event *event) {
        const Span *given = envelope->attributes;
        if (!span_is(given[ATTRIBUTE_SPECVERSION], "1.0"))
                return fail_at(checker, REASON_E_SPECVERSION, SPAN_LIT("specversion"), "needs to be \"1.0\"");
        if (!needed(checker, envelope, ATTRIBUTE_ID, REASON_E_ID_MISSING, 128) ||
            !needed(checker, envelope, ATTRIBUTE_SOURCE, REASON_E_SOURCE_MISSING, 255))
                return false;
        if (!is_uri_reference(given[ATTRIBUTE_SOURCE]))
                return fail_at(checker, REASON_E_SOURCE_URI, SPAN_LIT("source"), "not a URI reference (RFC 3986)");
        if (!needed(checker, envelope, ATTRIBUTE_TYPE, REASON_E_TYPE_MISSING, 0) ||
            !check_type(checker, given[ATTRIBUTE_TYPE], only_stored, event))
                return false;
        if (!needed(checker, envelope, ATTRIBUTE_TIME, REASON_E_TIME_MISSING, 0))
                return false;
        if (!calendar_parse_timestamp(given[ATTRIBUTE_TIME], &event->time_us))
                return fail_at(checker, REASON_E_TIME_FORMAT, SPAN_LIT("time"),
                               "needs RFC 3339 with an offset, as 2021-09-17T10:00:00+08:00");
        return true;
}

// application/json or anything/anything+json.
static bool is_json_media(Span content_type) {
        Span media = media_type(content_type);
        if (same_word(media, "application/json"))
                return true;
        const char *slash = media.len ? memchr(media.ptr, '/', media.len) : NULL;
        return slash && media.len > 5 && strncasecmp(media.ptr + media.len - 5, "+json", 5) == 0;
}

static bool check_dataschema(Checker *checker, Span uri, const EventType *type) {
        Span prefix = type->dataschema;
        bool ours = prefix.len > 0 && uri.len > prefix.len && memcmp(uri.ptr, prefix.ptr, prefix.len) == 0;
        int64_t version = 0;
        Span number = ours ? (Span){uri.ptr + prefix.len, uri.len - prefix.len} : SPAN_NULL;
        if (!ours || number.len > 9 || number.ptr[0] < '1' || number.ptr[0] > '9' ||
            !decimal_parse_integer(number, &version))
                return fail_at(checker, REASON_E_DATASCHEMA, SPAN_LIT("dataschema"), "not the schema of this type");
        if (version > type->version)
                checker->warnings |= reason_bit(REASON_W_SCHEMA_AHEAD);
        return true;
}

static bool check_corrects(Checker *checker, Span corrects, const Event *event) {
        if (event->type->event_class != CLASS_FACT)
                return fail_at(checker, REASON_E_CORRECT_TYPE, SPAN_LIT("correctsid"),
                               "only facts are corrected; a state gets a higher revision");
        if (corrects.len == 0 || unicode_length(corrects) > 128)
                return fail_at(checker, REASON_E_ATTR_LEN, SPAN_LIT("correctsid"), "1 to 128 characters");
        if (span_equal(corrects, event->id))
                return fail_at(checker, REASON_E_RULE_SELF, SPAN_LIT("correctsid"), "an event cannot correct itself");
        return true;
}

static bool check_optional(Checker *checker, const Envelope *envelope, Event *event) {
        const Span *given = envelope->attributes;
        if (given[ATTRIBUTE_DATACONTENTTYPE].ptr && !is_json_media(given[ATTRIBUTE_DATACONTENTTYPE]))
                return fail_at(checker, REASON_E_CONTENT_TYPE, SPAN_LIT("datacontenttype"), "data has to be JSON");
        if (given[ATTRIBUTE_DATASCHEMA].ptr && !check_dataschema(checker, given[ATTRIBUTE_DATASCHEMA], event->type))
                return false;
        event->recorded_us = INT64_MIN;
        if (given[ATTRIBUTE_RECORDEDTIME].ptr &&
            !calendar_parse_timestamp(given[ATTRIBUTE_RECORDEDTIME], &event->recorded_us))
                return fail_at(checker, REASON_E_TIME_FORMAT, SPAN_LIT("recordedtime"), "needs RFC 3339 with offset");
        if (given[ATTRIBUTE_CORRECTSID].ptr && !check_corrects(checker, given[ATTRIBUTE_CORRECTSID], event))
                return false;
        return true;
}

static bool check_data(Checker *checker, const Envelope *envelope) {
        if (envelope->has_data_base64)
                return fail_at(checker, REASON_E_DATA_BASE64, SPAN_LIT("data_base64"),
                               "data has to be a JSON object");
        if (!envelope->data)
                return fail_at(checker, REASON_E_DATA_MISSING, SPAN_LIT("data"), "no data");
        if (!yyjson_is_obj(envelope->data))
                return fail_at(checker, REASON_E_DATA_NOT_OBJECT, SPAN_LIT("data"), "data has to be a JSON object");
        return true;
}

bool envelope_check(Checker *checker, const Envelope *envelope, bool only_stored, Event *event) {
        event->id = envelope->attributes[ATTRIBUTE_ID];
        event->source = envelope->attributes[ATTRIBUTE_SOURCE];
        event->subject = envelope->attributes[ATTRIBUTE_SUBJECT];
        event->partition_key = envelope->attributes[ATTRIBUTE_PARTITIONKEY];
        event->corrects_id = envelope->attributes[ATTRIBUTE_CORRECTSID];
        return check_identity(checker, envelope, only_stored, event) && check_text_attributes(checker, envelope) &&
               check_optional(checker, envelope, event) && check_data(checker, envelope);
}
