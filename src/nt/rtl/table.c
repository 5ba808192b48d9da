/* SPDX-License-Identifier: MIT */
/*
 * Generic tables. The public structure is that of a splay tree with a list in insertion order; the tree
 * here stays as inserted: the documentation promises lookup by key and order, not depth.
 *
 * An element is one allocation: links, the list entry, then the caller's data.
 */
#include <ntddk.h>

#include <string.h>

struct element {
    RTL_SPLAY_LINKS links;
    LIST_ENTRY order;
    UCHAR data[] __attribute__((aligned(8)));
};

#define ELEMENT(splay_links) CONTAINING_RECORD(splay_links, struct element, links)

VOID
RtlInitializeGenericTable(PRTL_GENERIC_TABLE Table, PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine,
                          PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine,
                          PRTL_GENERIC_FREE_ROUTINE FreeRoutine, PVOID TableContext)
{
    memset(Table, 0, sizeof(*Table));
    InitializeListHead(&Table->InsertOrderList);
    Table->OrderedPointer = &Table->InsertOrderList;
    Table->CompareRoutine = CompareRoutine;
    Table->AllocateRoutine = AllocateRoutine;
    Table->FreeRoutine = FreeRoutine;
    Table->TableContext = TableContext;
}

/* Where the key is, or the empty place for it with its parent. */
static PRTL_SPLAY_LINKS *
find(PRTL_GENERIC_TABLE table, PVOID key, PRTL_SPLAY_LINKS *ret_parent)
{
    PRTL_SPLAY_LINKS *place = &table->TableRoot, parent = NULL;

    while (*place != NULL) {
        switch (table->CompareRoutine(table, key, ELEMENT(*place)->data)) {
        case GenericLessThan:
            parent = *place;
            place = &parent->LeftChild;
            continue;
        case GenericGreaterThan:
            parent = *place;
            place = &parent->RightChild;
            continue;
        default:
            break;
        }
        break;
    }
    *ret_parent = parent;
    return place;
}

PVOID
RtlInsertElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer, CLONG BufferSize,
                             PBOOLEAN NewElement)
{
    PRTL_SPLAY_LINKS parent, *place = find(Table, Buffer, &parent);
    BOOLEAN is_new = *place == NULL;
    struct element *element;

    if (is_new) {
        element = Table->AllocateRoutine(Table, (CLONG)sizeof(struct element) + BufferSize);
        if (element == NULL) {
            if (NewElement != NULL) {
                *NewElement = FALSE;
            }
            return NULL;
        }
        memset(&element->links, 0, sizeof(element->links));
        element->links.Parent = parent;
        memcpy(element->data, Buffer, BufferSize);
        InsertTailList(&Table->InsertOrderList, &element->order);
        Table->NumberGenericTableElements++;
        *place = &element->links;
    } else {
        element = ELEMENT(*place);
    }
    if (NewElement != NULL) {
        *NewElement = is_new;
    }
    return element->data;
}

static PRTL_SPLAY_LINKS
leftmost(PRTL_SPLAY_LINKS links)
{
    while (links != NULL && links->LeftChild != NULL) {
        links = links->LeftChild;
    }
    return links;
}

static PRTL_SPLAY_LINKS
successor(PRTL_SPLAY_LINKS links)
{
    if (links->RightChild != NULL) {
        return leftmost(links->RightChild);
    }
    while (links->Parent != NULL && links == links->Parent->RightChild) {
        links = links->Parent;
    }
    return links->Parent;
}

/* Puts `replacement` (or nothing) where `links` hangs. */
static VOID
replace(PRTL_GENERIC_TABLE table, PRTL_SPLAY_LINKS links, PRTL_SPLAY_LINKS replacement)
{
    if (links->Parent == NULL) {
        table->TableRoot = replacement;
    } else if (links->Parent->LeftChild == links) {
        links->Parent->LeftChild = replacement;
    } else {
        links->Parent->RightChild = replacement;
    }
    if (replacement != NULL) {
        replacement->Parent = links->Parent;
    }
}

BOOLEAN
RtlDeleteElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer)
{
    PRTL_SPLAY_LINKS parent, links = *find(Table, Buffer, &parent);

    if (links == NULL) {
        return FALSE;
    }
    if (links->LeftChild == NULL || links->RightChild == NULL) {
        replace(Table, links, links->LeftChild != NULL ? links->LeftChild : links->RightChild);
    } else {
        PRTL_SPLAY_LINKS next = leftmost(links->RightChild);

        replace(Table, next, next->RightChild);
        next->LeftChild = links->LeftChild;
        next->RightChild = links->RightChild;
        if (next->LeftChild != NULL) {
            next->LeftChild->Parent = next;
        }
        if (next->RightChild != NULL) {
            next->RightChild->Parent = next;
        }
        replace(Table, links, next);
    }
    RemoveEntryList(&ELEMENT(links)->order);
    Table->NumberGenericTableElements--;
    Table->OrderedPointer = &Table->InsertOrderList;
    Table->WhichOrderedElement = 0;
    Table->FreeRoutine(Table, ELEMENT(links));
    return TRUE;
}

PVOID
RtlLookupElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer)
{
    PRTL_SPLAY_LINKS parent, links = *find(Table, Buffer, &parent);

    return links == NULL ? NULL : ELEMENT(links)->data;
}

/* In the order of keys. The restart key is the links last returned. */
PVOID
RtlEnumerateGenericTableWithoutSplaying(PRTL_GENERIC_TABLE Table, PVOID *RestartKey)
{
    PRTL_SPLAY_LINKS links =
        *RestartKey == NULL ? leftmost(Table->TableRoot) : successor(*RestartKey);

    if (links == NULL) {
        return NULL;
    }
    *RestartKey = links;
    return ELEMENT(links)->data;
}

/* Keeps its place in the table: WhichOrderedElement counts what was returned, OrderedPointer where. */
PVOID
RtlEnumerateGenericTable(PRTL_GENERIC_TABLE Table, BOOLEAN Restart)
{
    PVOID key = NULL, data;

    if (!Restart && Table->OrderedPointer != &Table->InsertOrderList) {
        key = &CONTAINING_RECORD(Table->OrderedPointer, struct element, order)->links;
    }
    data = RtlEnumerateGenericTableWithoutSplaying(Table, &key);
    Table->OrderedPointer = data == NULL ? &Table->InsertOrderList : &ELEMENT(key)->order;
    return data;
}

/* In the order of insertion. */
PVOID
RtlGetElementGenericTable(PRTL_GENERIC_TABLE Table, ULONG I)
{
    PLIST_ENTRY entry = Table->InsertOrderList.Flink;

    if (I >= Table->NumberGenericTableElements) {
        return NULL;
    }
    while (I-- != 0) {
        entry = entry->Flink;
    }
    return CONTAINING_RECORD(entry, struct element, order)->data;
}

ULONG
RtlNumberGenericTableElements(PRTL_GENERIC_TABLE Table)
{
    return Table->NumberGenericTableElements;
}

BOOLEAN
RtlIsGenericTableEmpty(PRTL_GENERIC_TABLE Table)
{
    return Table->TableRoot == NULL;
}
