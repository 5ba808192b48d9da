/* SPDX-License-Identifier: MIT */
/* What a driver under test was called with, in order, as one line of words. Any thread and IRQL. */
#ifndef OPENWDF_TESTS_CONFORM_EVENTS_H
#define OPENWDF_TESTS_CONFORM_EVENTS_H

void events_clear(void);

/* Appends a word. */
void events_note(const char *word);

/* All words so far, each followed by a blank. Valid until the next call of a function here. */
const char *events_text(void);

#endif
