/* SPDX-License-Identifier: MIT */
/* Warnings are the compiler flags' affair. */
