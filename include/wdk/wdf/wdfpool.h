/* SPDX-License-Identifier: MIT */
/* Empty, as in the WDK; for drivers that name it. */
#ifndef OWDF_WDFPOOL_H
#define OWDF_WDFPOOL_H

#endif
