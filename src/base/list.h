/* SPDX-License-Identifier: MIT */
/* Doubly linked circular lists with the link inside the element. */
#ifndef OPENWDF_BASE_LIST_H
#define OPENWDF_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Makes a head empty, or a link unlinked. */
static inline void
list_init(struct list *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool
list_empty(const struct list *head)
{
    return head->next == head;
}

static inline void
list_insert_after(struct list *position, struct list *link)
{
    link->next = position->next;
    link->prev = position;
    position->next->prev = link;
    position->next = link;
}

static inline void
list_push_front(struct list *head, struct list *link)
{
    list_insert_after(head, link);
}

static inline void
list_push_back(struct list *head, struct list *link)
{
    list_insert_after(head->prev, link);
}

/* Unlinks; the link is then unlinked and may be removed again without harm. */
static inline void
list_remove(struct list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

/* All that is in `from` goes behind what is in `to`. */
static inline void
list_move_all(struct list *to, struct list *from)
{
    if (!list_empty(from)) {
        from->next->prev = to->prev;
        to->prev->next = from->next;
        from->prev->next = to;
        to->prev = from->prev;
        list_init(from);
    }
}

/* The first element, unlinked; NULL when the list is empty. */
static inline struct list *
list_pop_front(struct list *head)
{
    struct list *link = head->next;

    if (link == head) {
        return NULL;
    }
    list_remove(link);
    return link;
}

#define list_for_each(link, head)                                                                  \
    for ((link) = (head)->next; (link) != (head); (link) = (link)->next)

/* Allows removal of `link` itself inside the loop. */
#define list_for_each_safe(link, following, head)                                                  \
    for ((link) = (head)->next, (following) = (link)->next; (link) != (head);                      \
         (link) = (following), (following) = (link)->next)

#endif
