/* SPDX-License-Identifier: MIT */
/* What a driver may do with a list of resources, by the callback it got it in. */
#ifndef OPENWDF_FX_RES_ACCESS_H
#define OPENWDF_FX_RES_ACCESS_H

enum fx_res_access {
    FX_RES_READ = 0,   /* EvtDevicePrepareHardware, EvtDeviceReleaseHardware. */
    FX_RES_ADD = 1,    /* EvtDeviceResourcesQuery, ...RequirementsQuery, ...FilterAdd... */
    FX_RES_REMOVE = 2, /* EvtDeviceFilterRemove..., EvtDeviceRemoveAddedResources. */
    FX_RES_ALL = 3,
};

#endif
