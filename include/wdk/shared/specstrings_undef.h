/* SPDX-License-Identifier: MIT */
/* Annotations stay defined. */
