/* SPDX-License-Identifier: MIT */
#include "events.h"

#include <string.h>

static struct {
    int lock; /* Held for a few instructions only. */
    char text[4096];
} events;

static void
lock(void)
{
    while (__atomic_exchange_n(&events.lock, 1, __ATOMIC_ACQUIRE) != 0) {
    }
}

static void
unlock(void)
{
    __atomic_store_n(&events.lock, 0, __ATOMIC_RELEASE);
}

void
events_clear(void)
{
    lock();
    events.text[0] = '\0';
    unlock();
}

void
events_note(const char *word)
{
    size_t length = strlen(word);
    size_t used;

    lock();
    used = strlen(events.text);
    if (used + length + 2 <= sizeof(events.text)) {
        memcpy(events.text + used, word, length);
        events.text[used + length] = ' ';
        events.text[used + length + 1] = '\0';
    }
    unlock();
}

const char *
events_text(void)
{
    lock(); /* Whoever wrote before is seen. */
    unlock();
    return events.text;
}
