/* SPDX-License-Identifier: MIT */
/* The steps that an install section comes to. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "inf/plan.h"

static struct inf *inf;
static struct inf *included;
static struct inf_plan plan;
static struct inf_error error;

static void
teardown(void)
{
    inf_plan_free(&plan);
    inf_close(inf);
    inf_close(included);
    inf = included = NULL;
}

static const struct inf *
open_include(void *argument, const char *name)
{
    return strcasecmp(name, "other.inf") == 0 ? included : NULL;
}

static const struct inf_includes includes = {.open = open_include};

static int
make(const char *text)
{
    inf_plan_free(&plan);
    inf_close(inf);
    inf = NULL;
    ck_assert_msg(inf_parse("t.inf", text, strlen(text), &inf, &error) == 0, "%s", error.text);
    return inf_plan_install(inf, "I", &includes, &plan, &error);
}

static void
must_make(const char *text)
{
    ck_assert_msg(make(text) == 0, "%s", error.text);
}

static const struct inf_registry *
value(const char *name)
{
    unsigned i;

    for (i = 0; i < plan.registry_count; i++) {
        if (plan.registry[i].name != NULL && strcmp(plan.registry[i].name, name) == 0) {
            return &plan.registry[i];
        }
    }
    ck_abort_msg("no value %s", name);
}

static void
expect(const char *name, uint32_t type, const void *data, uint32_t size)
{
    const struct inf_registry *found = value(name);

    ck_assert_uint_eq(found->type, type);
    ck_assert_uint_eq(found->size, size);
    ck_assert_mem_eq(found->data, data, size);
}

START_TEST(every_type_of_value_is_read)
{
    must_make("[I]\nAddReg=R\n[R]\n"
              "HKR,,Text,,\"a \"\"b\"\"\"\n"
              "HKR,Sub\\Key,Expand,0x20000,\"%SystemRoot%\\%x%\"\n"
              "HKR,,Multi,0x00010000,one,two,\"three, four\"\n"
              "HKR,,Number,0x10001,42\n"
              "HKR,,Hex,%DWORD%,0xFFFFFFFF\n"
              "HKR,,Negative,0x10001,-1\n"
              "HKR,,Bytes4,0x10001,01,02,03,04\n"
              "HKR,,Wide,0xB0001,0x123456789\n"
              "HKR,,Raw,1,00,ff,\\\n  0x10\n"
              "HKR,,Own,0x00380001,1,0\n"
              "HKR,,None,0x20001\n"
              "HKLM,Software\\X,,,\"the default\"\n"
              "HKR,Only\n"
              "HKR,Key,,0x10\n"
              "[Strings]\nDWORD=0x00010001\nx=y\n");
    expect("Text", 1, u"a \"b\"", 12);
    ck_assert_int_eq(value("Text")->root, INF_ROOT_SOFTWARE);
    expect("Expand", 2, u"%SystemRoot%\\y", 30);
    ck_assert_str_eq(value("Expand")->subkey, "Sub\\Key");
    expect("Multi", 7, u"one\0two\0three, four\0", 42);
    expect("Number", 4, "\x2a\0\0\0", 4);
    expect("Hex", 4, "\xff\xff\xff\xff", 4);
    expect("Negative", 4, "\xff\xff\xff\xff", 4);
    expect("Bytes4", 4, "\1\2\3\4", 4);
    expect("Wide", 11, "\x89\x67\x45\x23\1\0\0\0", 8);
    expect("Raw", 3, "\0\xff\x10", 3);
    expect("Own", 0x38, "\1\0", 2);
    expect("None", 0, "", 0);
    expect("", 1, u"the default", 24);
    ck_assert_int_eq(value("")->root, INF_ROOT_HKLM);
    ck_assert_uint_eq(plan.registry_count, 14);
    ck_assert_ptr_null(plan.registry[12].name);
    ck_assert_uint_ne(plan.registry[12].flags & INF_REG_KEY_ONLY, 0);
    ck_assert_str_eq(plan.registry[13].subkey, "Key");
}
END_TEST

START_TEST(hkr_is_what_the_section_says)
{
    must_make("[I.NT]\nAddReg=R\nDelReg=D\n[I.NT.HW]\nAddReg=R\n"
              "[I.NT.Services]\nAddService=Svc,2,S,E\n"
              "[S]\nServiceBinary=%12%\\a.sys\nAddReg=R\n[E]\nAddReg=R\n"
              "[I.NT.Interfaces]\n"
              "AddInterface={11111111-2222-3333-4444-555555555555},ref,F\n[F]\nAddReg=R\n"
              "[R]\nHKR,,Name,,x\n[D]\nHKR,,Gone\nHKR,Tree\nHKR,,List,0x18002,one\n");
    ck_assert_uint_eq(plan.registry_count, 8);
    ck_assert_int_eq(plan.registry[0].root, INF_ROOT_SOFTWARE);
    ck_assert(plan.registry[1].remove);
    ck_assert_str_eq(plan.registry[1].name, "Gone");
    ck_assert_ptr_null(plan.registry[2].name);
    ck_assert_uint_eq(plan.registry[3].flags, INF_REG_APPEND);
    ck_assert_uint_eq(plan.registry[3].size, 8);
    ck_assert_int_eq(plan.registry[4].root, INF_ROOT_HARDWARE);
    ck_assert_int_eq(plan.registry[5].root, INF_ROOT_SERVICE);
    ck_assert_str_eq(plan.registry[5].owner, "Svc");
    ck_assert_int_eq(plan.registry[6].root, INF_ROOT_EVENT_LOG);
    ck_assert_int_eq(plan.registry[7].root, INF_ROOT_INTERFACE);
    ck_assert_uint_eq(plan.registry[7].interface, 0);
    ck_assert_str_eq(plan.interfaces[0].reference, "ref");
}
END_TEST

START_TEST(services_and_frameworks_are_read)
{
    must_make("[I.NT.Services]\nAddService=Svc,%ASSOC%,S\nAddService=Filter,,F\n"
              "DelService=Old,0x200\n"
              "[S]\nDisplayName=%Svc.Name%\nServiceType=1\nStartType=%DEMAND%\nErrorControl=1\n"
              "ServiceBinary=%13%\\svc.sys\nLoadOrderGroup=Base\nDependencies=One,+Two\n"
              "[F]\nServiceBinary=%12%\\f.sys\nStartType=0\n"
              "[I.NT.Wdf]\nKmdfService=Svc,W\nUmdfService=Um,U\nUmdfServiceOrder=Low,Um\n"
              "UmdfDispatcher=nativeusb\n[W]\nKmdfLibraryVersion=1.15\n"
              "[U]\nUmdfLibraryVersion=2.15.0\nServiceBinary=%13%\\um.dll\nDriverCLSID={c}\n"
              "[I.NT.Filters]\nAddFilter=Filter,,P\nAddFilter=Other,0,L\n"
              "[P]\nFilterPosition=Upper\n[L]\nFilterLevel=Encryption\n"
              "[Strings]\nSvc.Name=\"The service\"\nDEMAND=3\nASSOC=0x00000002\n");
    ck_assert_uint_eq(plan.services_count, 3);
    ck_assert_ptr_eq(inf_plan_function(&plan), &plan.services[0]);
    ck_assert_str_eq(plan.services[0].display_name, "The service");
    ck_assert_uint_eq(plan.services[0].start, 3);
    ck_assert_str_eq(plan.services[0].dependencies[1], "+Two");
    ck_assert_ptr_null(plan.services[0].dependencies[2]);
    ck_assert_str_eq(inf_binary_name(plan.services[0].binary), "svc.sys");
    ck_assert_uint_eq(plan.services[1].start, 0);
    ck_assert(plan.services[2].remove);
    ck_assert_uint_eq(plan.wdf_services_count, 2);
    ck_assert_str_eq(plan.wdf_services[0].library_version, "1.15");
    ck_assert_str_eq(plan.wdf_services[1].clsid, "{c}");
    ck_assert_str_eq(plan.umdf_order[0], "Low");
    ck_assert_str_eq(plan.umdf_settings[0].value, "NativeUSB");
    ck_assert(!inf_plan_is_umdf(&plan));
    ck_assert_uint_eq(plan.filters_count, 2);
    ck_assert(plan.filters[0].upper);
    ck_assert_ptr_null(plan.filters[0].level);
    ck_assert_str_eq(plan.filters[1].level, "Encryption");
}
END_TEST

START_TEST(files_go_where_destination_dirs_say)
{
    must_make("[DestinationDirs]\nDefaultDestDir=12\nFw=11,firmware\n"
              "[I]\nCopyFiles=List,@single.bin,Fw\nDelFiles=List\nRenFiles=Ren\n"
              "[List]\na.sys\nb.sys,b_x64.sys,,0x10\n[Fw]\nfw.bin\n[Ren]\nnew,old\n");
    ck_assert_uint_eq(plan.files_count, 7);
    ck_assert_str_eq(plan.files[0].target, "a.sys");
    ck_assert_int_eq(plan.files[0].dirid, 12);
    ck_assert_str_eq(plan.files[1].source, "b_x64.sys");
    ck_assert_str_eq(plan.files[2].source, "single.bin");
    ck_assert_int_eq(plan.files[3].dirid, 11);
    ck_assert_str_eq(plan.files[3].subdir, "firmware");
    ck_assert(plan.files[4].remove);
    ck_assert(plan.files[6].rename);
    ck_assert_str_eq(plan.files[6].source, "old");
}
END_TEST

START_TEST(properties_are_read)
{
    must_make("[I]\nAddProperty=P\n[P]\nDeviceIcon,,,,\"icon.ico\"\n"
              "{11111111-2222-3333-4444-555555555555},3,0x07,,5\n"
              "{11111111-2222-3333-4444-555555555555},4,18,,text\n");
    ck_assert_uint_eq(plan.properties_count, 3);
    ck_assert_str_eq(plan.properties[0].name, "DeviceIcon");
    ck_assert_uint_eq(plan.properties[1].id, 3);
    ck_assert_mem_eq(plan.properties[1].data, "\5\0\0\0", 4);
    ck_assert_mem_eq(plan.properties[2].data, u"text", 10);
}
END_TEST

START_TEST(needed_sections_are_taken_from_included_files)
{
    static const char other[] = "[Version]\n[Part.NT]\nAddReg=R\n[Part.NT.Services]\n"
                                "AddService=Shared,2,S\n[S]\nServiceBinary=%12%\\shared.sys\n"
                                "[R]\nHKR,,FromOther,,%Word%\n[Strings]\nWord=theirs\n";

    ck_assert_int_eq(inf_parse("other.inf", other, strlen(other), &included, &error), 0);
    must_make("[I.NT]\nInclude=other.inf\nNeeds=Part.NT,Own\n"
              "[I.NT.Services]\nInclude=other.inf\nNeeds=Part.NT.Services\n"
              "[Own]\nAddReg=R2\n[R2]\nHKR,,FromOwn,,%Word%\n[Strings]\nWord=ours\n");
    ck_assert_uint_eq(plan.notes_count, 0);
    expect("FromOther", 1, u"theirs", 14);
    expect("FromOwn", 1, u"ours", 10);
    ck_assert_str_eq(inf_plan_function(&plan)->name, "Shared");
    /* What is not there is said and passed over. */
    must_make("[I]\nInclude=machine.inf\nNeeds=Far.NT\nFooBar=1\n");
    ck_assert_uint_eq(plan.notes_count, 2);
    ck_assert_str_eq(plan.notes[0].text,
                     "t.inf:3: Needs = Far.NT: the INF that has it is not installed");
    ck_assert_str_eq(plan.notes[1].text, "t.inf:4: \"FooBar\" is not known in such a section");
    ck_assert_int_eq(make("[I]\nNeeds=A\n[A]\nNeeds=A\n"), -ELOOP);
}
END_TEST

START_TEST(a_reflector_from_the_systems_inf_means_umdf)
{
    must_make("[I.NT]\nInclude=wudfrd.inf\nNeeds=WUDFRD.NT\n"
              "[I.NT.Wdf]\nUmdfService=Um,U\nUmdfServiceOrder=Um\n"
              "[U]\nUmdfLibraryVersion=2.33.0\nServiceBinary=%13%\\um.dll\n");
    ck_assert(inf_plan_is_umdf(&plan));
}
END_TEST

static const struct {
    const char *text;
    const char *message;
} wrongs[] = {
    {"[Other]\n", "t.inf: there is no install section [I]"},
    {"[I]\nAddReg=R\n", "t.inf:2: AddReg: there is no section [R]"},
    {"[I]\nAddReg=R\n[R]\nHKX,,a,,b\n", "t.inf:4: \"HKX\" is not HKR"},
    {"[I]\nAddReg=R\n[R]\nHKR,,a,zz,b\n", "t.inf:4: : \"zz\" is not a number"},
    {"[I]\nAddReg=R\n[R]\nHKR,,a,0x10001,b\n", "t.inf:4: \"b\" is not a number"},
    {"[I]\nAddReg=R\n[R]\nHKR,,a,1,100\n", "t.inf:4: \"100\" is not a byte"},
    {"[I]\nAddReg=R\n[R]\nHKR,,a,0x30000,1\n", "t.inf:4: the flags 0x00030000 are no type"},
    {"[I]\nAddReg=R\n[R]\nHKR,,a,8,b\n", "t.inf:4: the flags 0x00000008 append"},
    {"[I]\nCopyFiles=@a\n", "t.inf:2: [DestinationDirs] has neither"},
    {"[DestinationDirs]\nDefaultDestDir=x\n[I]\nCopyFiles=@a\n",
     "t.inf:2: \"x\" is not the number"},
    {"[DestinationDirs]\nDefaultDestDir=12\n[I]\nCopyFiles=@..\n", "t.inf:4: \"..\" is not a file"},
    {"[DestinationDirs]\nDefaultDestDir=12\n[I]\nCopyFiles=L\n[L]\n..\\..\\a\n",
     "t.inf:6: \"..\\..\\a\" is not a file"},
    {"[I]\n[I.Services]\nAddService=a\\b,2,S\n[S]\n", "t.inf:3: \"a\\b\" is not a service's name"},
    {"[I]\n[I.Services]\nAddService=a,2\n", "t.inf:3: AddService = a names no section"},
    {"[I]\n[I.Services]\nAddService=,\n", "t.inf:3: AddService names no service"},
    {"[I]\n[I.Interfaces]\nAddInterface=guid\n", "t.inf:3: \"guid\" is not the GUID"},
    {"[I]\n[I.Filters]\nAddFilter=a,,F\n[F]\n", "t.inf:3: [F] has to have either"},
    {"[I]\n[I.Filters]\nAddFilter=a,,F\n[F]\nFilterPosition=Middle\n", "\"Middle\" is neither"},
    {"[I]\n[I.Wdf]\nUmdfDispatcher=x\n", "t.inf:3: \"x\" is no value of UmdfDispatcher"},
    {"[I]\n[I.Wdf]\nUmdfService=a,b\n", "t.inf:3: UmdfService: there is no section [b]"},
    {"[I]\nAddProperty=P\n[P]\n{g}\n", "t.inf:4: \"\" is not a property's number"},
    {"[I]\nAddProperty=P\n[P]\n{g},1,7,,5\n", "t.inf:4: \"1\" is not a property's number"},
};

START_TEST(what_is_wrong_is_named_with_its_line)
{
    ck_assert_int_lt(make(wrongs[_i].text), 0);
    ck_assert_msg(strstr(error.text, wrongs[_i].message) != NULL, "\"%s\"", error.text);
}
END_TEST

START_TEST(class_sections_have_their_own_plan)
{
    static const char text[] =
        "[ClassInstall32]\nAddReg=C\n[C]\nHKR,,,,\"Samples\"\nHKR,,Icon,,-5\n";

    ck_assert_int_eq(inf_parse("t.inf", text, strlen(text), &inf, &error), 0);
    ck_assert_int_eq(inf_plan_class(inf, NULL, &plan, &error), 0);
    ck_assert_uint_eq(plan.registry_count, 2);
    ck_assert_int_eq(plan.registry[0].root, INF_ROOT_CLASS);
    expect("", 1, u"Samples", 16);
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("plan");
    Suite *suite = suite_create("plan");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, every_type_of_value_is_read);
    tcase_add_test(tcase, hkr_is_what_the_section_says);
    tcase_add_test(tcase, services_and_frameworks_are_read);
    tcase_add_test(tcase, files_go_where_destination_dirs_say);
    tcase_add_test(tcase, properties_are_read);
    tcase_add_test(tcase, needed_sections_are_taken_from_included_files);
    tcase_add_test(tcase, a_reflector_from_the_systems_inf_means_umdf);
    tcase_add_loop_test(tcase, what_is_wrong_is_named_with_its_line, 0,
                        sizeof(wrongs) / sizeof(wrongs[0]));
    tcase_add_test(tcase, class_sections_have_their_own_plan);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
