// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include "event/redact.h"

typedef struct Masked {
        const char *text;
        const char *masked; // NULL: stays as it is
} Masked;

// With the patterns of the shipped catalogue: e-mail, mobile number, identity card, one after the other.
static const Masked shipped[] = {
        {"13812345678", "138****5678"},
        {"联系13812345678。", "联系138****5678。"},
        {"电话：13812345678、19912345678", "电话：138****5678、199****5678"},
        {"13812345678 13912345678", "138****5678 139****5678"},
        {"13812345678科普13912345678", "138****5678科普139****5678"},
        {"12812345678", NULL},
        {"1381234567", NULL},
        {"138123456789", NULL},
        {"a13812345678", NULL},
        {"13812345678a", NULL},
        {"+8613812345678", NULL}, // touches digits
        {"(138)12345678", NULL},
        {"11010519491231002X", "110*************2X"},
        {"身份证110105194912310021号", "身份证110*************21号"},
        {"110105194912310021", "110*************21"},
        {"010105194912310021", NULL},
        {"1101051949123100211", NULL},
        {"wang@kepu.cn", "***@kepu.cn"},
        {"邮箱wang.li+x@a-b.kepu.cn。", "邮箱***@a-b.kepu.cn。"},
        {"13812345678@139.com", "***@139.com"}, // e-mail first: the number is gone
        {"a@b.cn 13812345678", "***@b.cn 138****5678"},
        {"13812345678 a@b.cn", "138****5678 ***@b.cn"},
        {"a@13812345678.cn", "***@138****5678.cn"}, // one after the other over the whole text
        {"a@b.cn.@c.cn", "***@b.cn***@c.cn"},       // the next begins where the last ended
        {"a@b.cn,c@d.cn", "***@b.cn,***@d.cn"},
        {"a@b", NULL},
        {"@b.cn", NULL},
        {"", NULL},
        {"科普活动", NULL},
};

static void assert_masked(const Catalogue *catalogue, const Masked *cases, size_t count) {
        for (size_t i = 0; i < count; i++) {
                Arena arena = ARENA_NULL;
                bool masked = false;
                // exactly as long as it is, so that a read beyond the end is seen
                size_t len = strlen(cases[i].text);
                char *exact = memcpy(xmalloc(len), cases[i].text, len);
                Span result = redact_text(catalogue, (Span){exact, len}, &arena, &masked);
                assert_span(result, cases[i].masked ? cases[i].masked : cases[i].text);
                assert_int_equal(masked, cases[i].masked != NULL);
                if (!masked)
                        assert_ptr_equal(result.ptr, exact);
                free(exact);
                arena_deinit(&arena);
        }
}

static void personal_data(void **state) {
        (void)state;
        Catalogue *catalogue = shipped_catalogue();
        assert_masked(catalogue, shipped, sizeof(shipped) / sizeof(shipped[0]));
        catalogue_free(catalogue);
}

static Catalogue *with_pattern(const char *redaction) {
        cleanup(freep) char *domain = xasprintf("name = \"x\"; time_zone = \"UTC\"; redact = ( { %s } );", redaction);
        return good_catalogue(domain, NULL);
}

static void assert_one(const char *redaction, const char *text, const char *masked) {
        Catalogue *catalogue = with_pattern(redaction);
        Masked one = {text, masked};
        assert_masked(catalogue, &one, 1);
        catalogue_free(catalogue);
}

static void what_stays_of_a_match(void **state) {
        (void)state;
        assert_one("pattern = \"[0-9]+\";", "a123b", "ab");
        assert_one("pattern = \"[0-9]+\"; fill = 3;", "a12345b6", "a***b***");
        assert_one("pattern = \"[0-9]+\"; keep_first = 1; fill = 2; keep_last = 1;", "12345", "1**5");
        // shorter than what may stay: nothing twice
        assert_one("pattern = \"[0-9]+\"; keep_first = 3; fill = 1; keep_last = 3;", "12", "12*");
        assert_one("pattern = \"[0-9]+\"; keep_first = 3; fill = 1; keep_last = 3;", "1234", "123*4");
        assert_one("pattern = \"[0-9]+\"; keep_last = 9; fill = 1;", "1234", "*1234");
        assert_one("pattern = \"[0-9]+\"; replace = \"#\";", "1 22 333", "# # #");
        assert_one("pattern = \"[0-9]+x?\"; replace = \"#\"; keep_from = \"x\";", "1 22x 333", "# #x #");
        assert_one("pattern = \"[0-9]\"; replace = \"<number>\";", "111", "<number><number><number>");
        assert_one("pattern = \"^a\"; fill = 1;", "aaa", "*aa");
}

// A look-ahead matches nothing at all in places; that is no finding.
static void empty_matches_mask_nothing(void **state) {
        (void)state;
        assert_one("pattern = \"(?=b)\"; fill = 4;", "abab", NULL);
}

// Just-in-time code alone would leave it as it is.
static void an_address_of_two_thousand_parts(void **state) {
        (void)state;
        Catalogue *catalogue = shipped_catalogue();
        Arena arena = ARENA_NULL;
        bool masked = false;
        char text[4001] = "a@";
        for (size_t i = 2; i < 4000; i++)
                text[i] = i % 2 ? '.' : 'b';
        text[3999] = 'b';
        Span result = redact_text(catalogue, (Span){text, 4000}, &arena, &masked);
        assert_true(masked);
        assert_memory_equal(result.ptr, "***@b.b.b", 9);
        arena_deinit(&arena);
        catalogue_free(catalogue);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(personal_data),
                cmocka_unit_test(what_stays_of_a_match),
                cmocka_unit_test(empty_matches_mask_nothing),
                cmocka_unit_test(an_address_of_two_thousand_parts),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
