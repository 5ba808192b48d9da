/* SPDX-License-Identifier: MIT */
/*
 * Threads that delete, dereference and extend one tree of objects at the same time. Run by real
 * threads (tests/stress) and under the simulation (tests/sim).
 */
#ifndef OPENWDF_TESTS_UNIT_FX_OBJECT_RACE_H
#define OPENWDF_TESTS_UNIT_FX_OBJECT_RACE_H

/* One round, on a fixture that is open. Fails the test when a rule of object life is broken. */
void object_race_run(void);

#endif
