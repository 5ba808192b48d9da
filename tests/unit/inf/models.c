/* SPDX-License-Identifier: MIT */
/* Which models section is for this machine, and how well a model matches a device. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "inf/plan.h"

#define HEAD "[Version]\nSignature=\"$Windows NT$\"\n"

static struct inf *inf;
static struct inf_error error;

static void
parse(const char *text)
{
    ck_assert_msg(inf_parse("t.inf", text, strlen(text), &inf, &error) == 0, "%s", error.text);
}

static void
teardown(void)
{
    inf_close(inf);
    inf = NULL;
}

static int
first_install(void *argument, const struct inf_model *model)
{
    strcpy(argument, model->install);
    return 1;
}

/* The install section of the model that is chosen; "" for none. */
static const char *
chosen(const char *text)
{
    static char install[INF_TEXT_SIZE];

    teardown();
    parse(text);
    install[0] = '\0';
    ck_assert_msg(inf_for_each_model(inf, first_install, install, &error) >= 0, "%s", error.text);
    return install;
}

START_TEST(the_models_section_that_fits_best_is_taken)
{
    /* Architecture. */
    ck_assert_str_eq(chosen(HEAD "[Manufacturer]\nm=M,NTx86,NT$ARCH$\n[M.NTx86]\na=X,i\n"
                                 "[M.NT$ARCH$]\na=Y,i\n"),
                     "Y");
    ck_assert_str_eq(chosen(HEAD "[Manufacturer]\nm=M,NTx86,NTia64\n[M.NTx86]\na=X,i\n"), "");
    ck_assert_str_eq(chosen(HEAD "[Manufacturer]\nm=M,NT,NT$ARCH$\n[M.NT]\na=X,i\n"
                                 "[M.NT$ARCH$]\na=Y,i\n"),
                     "Y");
    ck_assert_str_eq(chosen(HEAD "[Manufacturer]\nm=M\n[M]\na=X,i\n"), "X");
    /* The highest version that is not above ours, in whatever order they are named. */
    ck_assert_str_eq(chosen(HEAD "[Manufacturer]\nm=M,NT$ARCH$.10.0,NT$ARCH$.6.1,NT$ARCH$.11\n"
                                 "[M.NT$ARCH$.6.1]\na=Old,i\n[M.NT$ARCH$.10.0]\na=Ten,i\n"
                                 "[M.NT$ARCH$.11]\na=Future,i\n"),
                     "Ten");
    ck_assert_str_eq(chosen(HEAD "[Manufacturer]\nm=M,NT$ARCH$.10.0...14310,NT$ARCH$.10.0...16299,"
                                 "NT$ARCH$.10.0...99999\n[M.NT$ARCH$.10.0...14310]\na=A,i\n"
                                 "[M.NT$ARCH$.10.0...16299]\na=B,i\n"
                                 "[M.NT$ARCH$.10.0...99999]\na=C,i\n"),
                     "B");
    /* An older system's build number is of no concern. */
    ck_assert_str_eq(chosen(HEAD "[Manufacturer]\nm=M,NT$ARCH$.6.3...99999\n"
                                 "[M.NT$ARCH$.6.3...99999]\na=A,i\n"),
                     "A");
    /* Product types and suites: we are a workstation and no suite. */
    ck_assert_str_eq(chosen(HEAD "[Manufacturer]\nm=M,NT$ARCH$...3,NT$ARCH$...1,NT$ARCH$....0x80\n"
                                 "[M.NT$ARCH$...3]\na=Server,i\n[M.NT$ARCH$...1]\na=Desk,i\n"
                                 "[M.NT$ARCH$....0x80]\na=Centre,i\n"),
                     "Desk");
    /* An empty section keeps a version out. */
    ck_assert_str_eq(chosen(HEAD "[Manufacturer]\nm=M,NT$ARCH$,NT$ARCH$.10\n[M.NT$ARCH$]\na=X,i\n"
                                 "[M.NT$ARCH$.10]\n"),
                     "");
    /* Malformed decorations fit nowhere. */
    ck_assert_str_eq(chosen(HEAD "[Manufacturer]\nm=M,NT$ARCH$.x,NT$ARCH$.10.0.1.0.1.1.1\n"
                                 "[M.NT$ARCH$.x]\na=X,i\n[M.NT$ARCH$.10.0.1.0.1.1.1]\na=Y,i\n"),
                     "");
}
END_TEST

static uint32_t
rank(const char *const *hardware, const char *const *compatible, struct inf_model *model)
{
    const struct inf_device_ids ids = {.hardware = hardware, .compatible = compatible};
    uint32_t result;

    ck_assert_msg(inf_match(inf, &ids, &result, model, &error) == 0, "%s", error.text);
    return result;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

START_TEST(ranks_are_as_documented)
{
    struct inf_model model;

    parse(HEAD "[Manufacturer]\nm=M,NT$ARCH$\n[M.NT$ARCH$]\n"
               "one=One,hw1,cp1,cp2\ntwo=Two,HW2\nthree=Three,,cp9\n"
               "[One]\nFeatureScore=F0\n[Two]\n[Three]\n");
    ck_assert_uint_eq(rank(LIST("hw1"), NULL, &model), 0x00F00000);
    ck_assert_str_eq(model.install, "One");
    ck_assert_uint_eq(rank(LIST("a", "hw2"), NULL, &model), 0x00FF0001);
    ck_assert_str_eq(model.install, "Two");
    /* The device's hardware id is a compatible id of the model. */
    ck_assert_uint_eq(rank(LIST("a", "b", "cp2"), NULL, NULL), 0x00F01002);
    /* The device's compatible id is the model's hardware id. */
    ck_assert_uint_eq(rank(LIST("a"), LIST("b", "hw1"), NULL), 0x00F02001);
    /* Compatible to compatible: j + k * 0x100. */
    ck_assert_uint_eq(rank(LIST("a"), LIST("b", "cp2"), NULL), 0x00F03101);
    ck_assert_uint_eq(rank(LIST("a"), LIST("cp9"), &model), 0x00FF3000);
    ck_assert_str_eq(model.install, "Three");
    ck_assert_uint_eq(rank(LIST("a"), LIST("b"), NULL), INF_NO_MATCH);
    /* The feature score outweighs the kind of match. */
    ck_assert_uint_eq(rank(LIST("hw2"), LIST("cp1"), &model), 0x00F03000);
    ck_assert_str_eq(model.install, "One");
}
END_TEST

START_TEST(a_bad_feature_score_is_refused)
{
    const struct inf_device_ids ids = {.hardware = LIST("h")};
    uint32_t result;

    parse(HEAD "[Manufacturer]\nm=M\n[M]\na=I,h\n[I]\nFeatureScore=100\n");
    ck_assert_int_eq(inf_match(inf, &ids, &result, NULL, &error), -EINVAL);
    ck_assert_str_eq(error.text, "t.inf:8: FeatureScore: \"100\" is not a number from 00 to FF");
}
END_TEST

START_TEST(date_and_version_decide_between_equals)
{
    struct inf_version older = {.year = 2020, .month = 12, .day = 31, .version = {2, 0, 0, 0}};
    struct inf_version newer = {.year = 2021, .month = 1, .day = 1, .version = {1, 0, 0, 0}};
    struct inf_version higher = newer;

    higher.version[3] = 1;
    ck_assert_int_lt(inf_compare(5, &older, 6, &newer), 0);
    ck_assert_int_gt(inf_compare(5, &older, 5, &newer), 0);
    ck_assert_int_lt(inf_compare(5, &higher, 5, &newer), 0);
    ck_assert_int_eq(inf_compare(5, &newer, 5, &newer), 0);
}
END_TEST

START_TEST(the_version_section_is_read)
{
    struct inf_version version;

    parse("[Version]\nSignature=$CHICAGO$\nClass=Sample\nClassGuid=%Guid%\nProvider=\"Some, Ltd\"\n"
          "DriverVer=06/21/2006,10.0.19041.1\n[Strings]\nGuid={g}\n");
    ck_assert_int_eq(inf_read_version(inf, &version, &error), 0);
    ck_assert_str_eq(version.class_guid, "{g}");
    ck_assert_str_eq(version.provider, "Some, Ltd");
    ck_assert_uint_eq(version.year, 2006);
    ck_assert_uint_eq(version.day, 21);
    ck_assert_uint_eq(version.version[2], 19041);
    teardown();
    parse(HEAD "DriverVer=21/06/2006\n");
    ck_assert_int_eq(inf_read_version(inf, &version, &error), -EINVAL);
    ck_assert_str_eq(error.text, "t.inf:3: DriverVer: \"21/06/2006\" is not a date mm/dd/yyyy");
    teardown();
    parse(HEAD "DriverVer=01/02/2006,1.2.70000\n");
    ck_assert_int_eq(inf_read_version(inf, &version, &error), -EINVAL);
}
END_TEST

START_TEST(strings_of_our_language_come_first)
{
    const struct inf_line *line;
    char out[64];

    parse("[A]\nk=%a%,%b%,%c%\n[Strings]\na=neutral\nb=neutral\n[Strings.0409]\na=english\n"
          "[Strings.0407]\na=deutsch\nc=nur deutsch\n");
    line = inf_find(inf, "A", "k");
    ck_assert_int_eq(inf_expand(inf, line, line->fields[0], out, sizeof(out), &error), 0);
    ck_assert_str_eq(out, "english");
    ck_assert_int_eq(inf_expand(inf, line, line->fields[1], out, sizeof(out), &error), 0);
    ck_assert_str_eq(out, "neutral");
    ck_assert_int_eq(inf_expand(inf, line, line->fields[2], out, sizeof(out), &error), 0);
    ck_assert_str_eq(out, "nur deutsch");
}
END_TEST

START_TEST(old_files_are_in_code_page_1252)
{
    parse("[A]\nk=\"Ger\xe4t \x80\"\n");
    ck_assert_str_eq(inf_find(inf, "A", "k")->fields[0], "Gerät €");
}
END_TEST

START_TEST(templates_are_filled_in)
{
    parse("[A]\nk=$KMDFVERSION$,$UMDFVERSION$x,a$b,$$ARCH$\n");
    ck_assert_str_eq(inf_find(inf, "A", "k")->fields[0], "1.33");
    ck_assert_str_eq(inf_find(inf, "A", "k")->fields[1], "2.33.0x");
    ck_assert_str_eq(inf_find(inf, "A", "k")->fields[2], "a$b");
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("models");
    Suite *suite = suite_create("models");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, the_models_section_that_fits_best_is_taken);
    tcase_add_test(tcase, ranks_are_as_documented);
    tcase_add_test(tcase, a_bad_feature_score_is_refused);
    tcase_add_test(tcase, date_and_version_decide_between_equals);
    tcase_add_test(tcase, the_version_section_is_read);
    tcase_add_test(tcase, strings_of_our_language_come_first);
    tcase_add_test(tcase, old_files_are_in_code_page_1252);
    tcase_add_test(tcase, templates_are_filled_in);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
