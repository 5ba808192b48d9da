/* SPDX-License-Identifier: MIT */
/* A shared object that is no driver. */
extern __attribute__((visibility("default"))) int just_data;
int just_data = 1;
