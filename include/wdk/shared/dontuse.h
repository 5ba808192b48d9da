/* SPDX-License-Identifier: MIT */
/* The kit's list of functions better left alone: advice for its analyser, nothing to compile. */
