/* SPDX-License-Identifier: MIT */
/* Names for the numbers of analyser warnings: nothing to name. */
