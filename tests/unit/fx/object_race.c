/* SPDX-License-Identifier: MIT */
#include "object_race.h"

#include <check.h>
#include <string.h>

#include "base/atomic.h"
#include "fixture.h"
#include "sys/thread.h"

#define OBJECTS_MAX 8
#define ADDED       6

/* What must hold for every object, whatever happens around it. */
struct record {
    uint32_t cleaned;    /* Times. */
    uint32_t destroyed;  /* Times. */
    uint32_t cleaned_at; /* Place in the order of all events. */
    uint32_t destroyed_at;
    int parent; /* -1: none of ours. */
    bool passive;
};

typedef struct _NODE {
    ULONG_PTR number;
    ULONG_PTR alive; /* ALIVE until its destroy callback. */
} NODE;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(NODE, get_node)

#define ALIVE 0xA11CEu

static struct {
    struct record records[OBJECTS_MAX];
    uint32_t count;
    uint32_t clock;
    uint32_t added;
    uint32_t added_cleaned;
    uint32_t added_destroyed;
    WDFOBJECT root;
    WDFOBJECT child[3];
    WDFOBJECT grandchild[3];
} race;

static VOID
on_cleanup(WDFOBJECT object)
{
    NODE *node = get_node(object);
    struct record *record = &race.records[node->number];

    ck_assert_uint_eq(node->alive, ALIVE);
    ck_assert_uint_eq(atomic_fetch_add_u32(&record->cleaned, 1), 0);
    record->cleaned_at = atomic_fetch_add_u32(&race.clock, 1) + 1;
    if (record->passive) {
        ck_assert_int_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    }
    if (record->parent >= 0) {
        /* The parent exists in every child's clean-up. */
        ck_assert_uint_eq(atomic_load_u32(&race.records[record->parent].cleaned), 0);
    }
}

static VOID
on_destroy(WDFOBJECT object)
{
    NODE *node = get_node(object);
    struct record *record = &race.records[node->number];

    ck_assert_uint_eq(node->alive, ALIVE);
    ck_assert_uint_eq(atomic_load_u32(&record->cleaned), 1);
    ck_assert_uint_eq(atomic_fetch_add_u32(&record->destroyed, 1), 0);
    record->destroyed_at = atomic_fetch_add_u32(&race.clock, 1) + 1;
    node->alive = 0;
}

/* Made before the threads start: its number is known before anybody can delete it. */
static WDFOBJECT
plant(WDFOBJECT parent, int parent_number, bool passive)
{
    uint32_t number = race.count++;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFOBJECT object;

    ck_assert_uint_lt(number, OBJECTS_MAX);
    race.records[number] = (struct record){.parent = parent_number, .passive = passive};
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, NODE);
    attributes.ParentObject = parent;
    attributes.EvtCleanupCallback = on_cleanup;
    attributes.EvtDestroyCallback = on_destroy;
    if (passive) {
        attributes.ExecutionLevel = WdfExecutionLevelPassive;
    }
    ck_assert_int_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    get_node(object)->number = number;
    get_node(object)->alive = ALIVE;
    return object;
}

/* Children that threads add while the root is being deleted; only their counts are known. */
static VOID
on_added_cleanup(WDFOBJECT object)
{
    ck_assert_uint_eq(atomic_load_u32(&race.records[0].cleaned), 0);
    (void)atomic_fetch_add_u32(&race.added_cleaned, 1);
}

static VOID
on_added_destroy(WDFOBJECT object)
{
    (void)atomic_fetch_add_u32(&race.added_destroyed, 1);
}

static void
delete_root(void *unused)
{
    WdfObjectDelete(race.root);
    WdfObjectDereference(race.root);
}

static void
delete_children(void *unused)
{
    WdfObjectDelete(race.child[1]);
    WdfObjectDereference(race.child[1]);
    WdfObjectDelete(race.child[0]);
    WdfObjectDereference(race.child[0]);
}

/* At DISPATCH_LEVEL, what is below needs PASSIVE_LEVEL. */
static void
delete_at_dispatch(void *unused)
{
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    WdfObjectDelete(race.child[2]);
    WdfObjectDereference(race.child[2]);
    KeLowerIrql(irql);
}

static void
drop_grandchildren(void *unused)
{
    unsigned i;

    for (i = 0; i < 3; i++) {
        if (i != 1) {
            WdfObjectDelete(race.grandchild[i]);
        }
        WdfObjectDereference(race.grandchild[i]);
    }
}

static void
add_children(void *unused)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    unsigned i;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = race.root;
    attributes.EvtCleanupCallback = on_added_cleanup;
    attributes.EvtDestroyCallback = on_added_destroy;
    for (i = 0; i < ADDED; i++) {
        WDFOBJECT object;
        NTSTATUS status = WdfObjectCreate(&attributes, &object);

        if (status == STATUS_DELETE_PENDING) {
            break;
        }
        ck_assert_int_eq(status, STATUS_SUCCESS);
        (void)atomic_fetch_add_u32(&race.added, 1);
    }
    WdfObjectDereference(race.root);
}

static void
plant_tree(void)
{
    unsigned i;

    memset(&race, 0, sizeof(race));
    race.root = plant(NULL, -1, false);
    for (i = 0; i < 3; i++) {
        uint32_t number = race.count;

        race.child[i] = plant(race.root, 0, false);
        race.grandchild[i] = plant(race.child[i], (int)number, i == 2);
        WdfObjectReference(race.child[i]);
        WdfObjectReference(race.grandchild[i]);
    }
    WdfObjectReference(race.root); /* For the thread that deletes it. */
    WdfObjectReference(race.root); /* For the thread that adds. */
}

void
object_race_run(void)
{
    static void (*const threads[])(void *) = {delete_root, delete_children, delete_at_dispatch,
                                              drop_grandchildren, add_children};
    struct sys_thread *thread[RTL_NUMBER_OF(threads)];
    unsigned i;

    plant_tree();
    for (i = 0; i < RTL_NUMBER_OF(threads); i++) {
        ck_assert_int_eq(sys_thread_create(&thread[i], "race", threads[i], NULL), 0);
    }
    for (i = 0; i < RTL_NUMBER_OF(threads); i++) {
        sys_thread_join(thread[i]);
    }
    fixture_flush();
    for (i = 0; i < race.count; i++) {
        const struct record *record = &race.records[i];

        ck_assert_uint_eq(record->cleaned, 1);
        ck_assert_uint_eq(record->destroyed, 1);
        ck_assert_uint_lt(record->cleaned_at, record->destroyed_at);
        if (record->parent >= 0) {
            ck_assert_uint_lt(record->cleaned_at, race.records[record->parent].cleaned_at);
        }
    }
    ck_assert_uint_eq(race.added_cleaned, race.added);
    ck_assert_uint_eq(race.added_destroyed, race.added);
}
