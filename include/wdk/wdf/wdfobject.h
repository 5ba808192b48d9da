/* SPDX-License-Identifier: MIT */
/* What all framework objects have: attributes, typed contexts, references. */
#ifndef OWDF_WDFOBJECT_H
#define OWDF_WDFOBJECT_H

WDF_EXTERN_C_START

typedef enum _WDF_EXECUTION_LEVEL {
    WdfExecutionLevelInvalid = 0x00,
    WdfExecutionLevelInheritFromParent,
    WdfExecutionLevelPassive,
    WdfExecutionLevelDispatch,
} WDF_EXECUTION_LEVEL;

typedef enum _WDF_SYNCHRONIZATION_SCOPE {
    WdfSynchronizationScopeInvalid = 0x00,
    WdfSynchronizationScopeInheritFromParent,
    WdfSynchronizationScopeDevice,
    WdfSynchronizationScopeQueue,
    WdfSynchronizationScopeNone,
} WDF_SYNCHRONIZATION_SCOPE;

typedef VOID NTAPI EVT_WDF_OBJECT_CONTEXT_CLEANUP(_In_ WDFOBJECT Object);
typedef EVT_WDF_OBJECT_CONTEXT_CLEANUP *PFN_WDF_OBJECT_CONTEXT_CLEANUP;

typedef VOID NTAPI EVT_WDF_OBJECT_CONTEXT_DESTROY(_In_ WDFOBJECT Object);
typedef EVT_WDF_OBJECT_CONTEXT_DESTROY *PFN_WDF_OBJECT_CONTEXT_DESTROY;

typedef const struct _WDF_OBJECT_CONTEXT_TYPE_INFO *PCWDF_OBJECT_CONTEXT_TYPE_INFO;

typedef struct _WDF_OBJECT_ATTRIBUTES {
    ULONG Size;
    PFN_WDF_OBJECT_CONTEXT_CLEANUP EvtCleanupCallback;
    PFN_WDF_OBJECT_CONTEXT_DESTROY EvtDestroyCallback;
    WDF_EXECUTION_LEVEL ExecutionLevel;
    WDF_SYNCHRONIZATION_SCOPE SynchronizationScope;
    WDFOBJECT ParentObject;
    size_t ContextSizeOverride; /* 0: the context type's own size. */
    PCWDF_OBJECT_CONTEXT_TYPE_INFO ContextTypeInfo;
} WDF_OBJECT_ATTRIBUTES, *PWDF_OBJECT_ATTRIBUTES;

OWDF_INLINE VOID
WDF_OBJECT_ATTRIBUTES_INIT(_Out_ PWDF_OBJECT_ATTRIBUTES Attributes)
{
    OWDF_INIT(Attributes);
    Attributes->ExecutionLevel = WdfExecutionLevelInheritFromParent;
    Attributes->SynchronizationScope = WdfSynchronizationScopeInheritFromParent;
}

#define WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(_attributes, _contexttype)                          \
    (_attributes)->ContextTypeInfo = WDF_GET_CONTEXT_TYPE_INFO(_contexttype)->UniqueType

#define WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(_attributes, _contexttype)                         \
    WDF_OBJECT_ATTRIBUTES_INIT(_attributes);                                                       \
    WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(_attributes, _contexttype)

typedef PCWDF_OBJECT_CONTEXT_TYPE_INFO(__cdecl *PFN_GET_UNIQUE_CONTEXT_TYPE)(VOID);

/*
 * A type of context. Two descriptions are of one type when their UniqueType is the same: a type
 * of one module points to itself; one that several modules share is filled in at load time by
 * EvtDriverGetUniqueContextType.
 */
typedef struct _WDF_OBJECT_CONTEXT_TYPE_INFO {
    ULONG Size;
    LPCSTR ContextName;
    size_t ContextSize;
    PCWDF_OBJECT_CONTEXT_TYPE_INFO UniqueType;
    PFN_GET_UNIQUE_CONTEXT_TYPE EvtDriverGetUniqueContextType;
} WDF_OBJECT_CONTEXT_TYPE_INFO, *PWDF_OBJECT_CONTEXT_TYPE_INFO;

#define WDF_TYPE_NAME_TO_TYPE_INFO(_contexttype)              _WDF_##_contexttype##_TYPE_INFO
#define WDF_TYPE_NAME_TO_EXTERNAL_INIT(_contexttype)          _WDF_##_contexttype##_EXTERNAL_INIT
#define WDF_TYPE_NAME_TO_EXTERNAL_INIT_FUNCTION(_contexttype) _contexttype##_EXTERNAL_INIT_FUNCTION
#define WDF_TYPE_NAME_POINTER_TYPE(_contexttype)              WDF_POINTER_TYPE_##_contexttype
#define WDF_GET_CONTEXT_TYPE_INFO(_contexttype)               (&WDF_TYPE_NAME_TO_TYPE_INFO(_contexttype))

/*
 * Declares that _contexttype is a context, in a header or a source file: its pointer type, its
 * description (the linker keeps one per module) and the function that gets an object's context of
 * that type, or NULL.
 */
#define WDF_DECLARE_CONTEXT_TYPE(_contexttype)                                                     \
    WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(_contexttype, WdfObjectGet_##_contexttype)

#define WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(_contexttype, _castingfunction)                         \
    OWDF_DECLARE_TYPE(_contexttype, const, WDF_GET_CONTEXT_TYPE_INFO(_contexttype), NULL)          \
    WDF_DECLARE_CASTING_FUNCTION(_contexttype, _castingfunction)

/* The stub finds the descriptions of shared types through a table that the linker gathers. */
#define WDF_DECLARE_SHARED_CONTEXT_TYPE_WITH_NAME(_contexttype, _castingfunction)                  \
    OWDF_DECLARE_TYPE(_contexttype, , NULL, WDF_TYPE_NAME_TO_EXTERNAL_INIT_FUNCTION(_contexttype)) \
    static WDF_OBJECT_CONTEXT_TYPE_INFO *const WDF_TYPE_NAME_TO_EXTERNAL_INIT(_contexttype)        \
        __attribute__((used, section("owdf_type_init"))) =                                         \
            &WDF_TYPE_NAME_TO_TYPE_INFO(_contexttype);                                             \
    WDF_DECLARE_CASTING_FUNCTION(_contexttype, _castingfunction)

#define OWDF_DECLARE_TYPE(_contexttype, _const, _uniquetype, _getuniquetype)                       \
    typedef _contexttype *WDF_TYPE_NAME_POINTER_TYPE(_contexttype);                                \
    WDF_EXTERN_C_START                                                                             \
    extern __attribute__((weak))                                                                   \
    _const WDF_OBJECT_CONTEXT_TYPE_INFO WDF_TYPE_NAME_TO_TYPE_INFO(_contexttype);                  \
    WDF_EXTERN_C_END                                                                               \
    _const WDF_OBJECT_CONTEXT_TYPE_INFO WDF_TYPE_NAME_TO_TYPE_INFO(_contexttype) = {               \
        sizeof(WDF_OBJECT_CONTEXT_TYPE_INFO),                                                      \
        #_contexttype,                                                                             \
        sizeof(_contexttype),                                                                      \
        _uniquetype,                                                                               \
        _getuniquetype,                                                                            \
    };

#define WDF_DECLARE_CASTING_FUNCTION(_contexttype, _castingfunction)                               \
    OWDF_INLINE WDF_TYPE_NAME_POINTER_TYPE(_contexttype) _castingfunction(_In_ WDFOBJECT Handle)   \
    {                                                                                              \
        return (WDF_TYPE_NAME_POINTER_TYPE(_contexttype))WdfObjectGetTypedContextWorker(           \
            Handle, WDF_GET_CONTEXT_TYPE_INFO(_contexttype)->UniqueType);                          \
    }

#define WdfObjectGetTypedContext(handle, type)                                                     \
    (type *)WdfObjectGetTypedContextWorker((WDFOBJECT)handle,                                      \
                                           WDF_GET_CONTEXT_TYPE_INFO(type)->UniqueType)

/*
 * Custom types: a mark of the driver's own, with one number, on any object.
 * WDF_DECLARE_CUSTOM_TYPE(_type) declares the mark.
 */
typedef struct _WDF_CUSTOM_TYPE_CONTEXT {
    ULONG Size;
    ULONG_PTR Data;
} WDF_CUSTOM_TYPE_CONTEXT, *PWDF_CUSTOM_TYPE_CONTEXT;

#define WDF_CUSTOM_TYPE_CONTEXT_NAME(_type)      WdfCustomType_##_type
#define WDF_GET_CUSTOM_TYPE_FUNCTION_NAME(_type) WdfObjectGetCustomType_##_type
#define WDF_ADD_CUSTOM_TYPE_FUNCTION_NAME(_type) WdfObjectAddCustomType_##_type

#define WDF_DECLARE_CUSTOM_TYPE(_type)                                                             \
    typedef WDF_CUSTOM_TYPE_CONTEXT WDF_CUSTOM_TYPE_CONTEXT_NAME(_type);                           \
    OWDF_DECLARE_CUSTOM_CONTEXT(WDF_CUSTOM_TYPE_CONTEXT_NAME(_type),                               \
                                WDF_GET_CUSTOM_TYPE_FUNCTION_NAME(_type))                          \
    OWDF_INLINE NTSTATUS WDF_ADD_CUSTOM_TYPE_FUNCTION_NAME(_type)(                                 \
        _In_ WDFOBJECT Handle, _In_opt_ ULONG_PTR Data,                                            \
        _In_opt_ PFN_WDF_OBJECT_CONTEXT_CLEANUP EvtCleanupCallback,                                \
        _In_opt_ PFN_WDF_OBJECT_CONTEXT_DESTROY EvtDestroyCallback)                                \
    {                                                                                              \
        return OwdfObjectAddCustomType(Handle,                                                     \
                                       OWDF_CUSTOM_TYPE_INFO(WDF_CUSTOM_TYPE_CONTEXT_NAME(_type)), \
                                       Data, EvtCleanupCallback, EvtDestroyCallback);              \
    }

/* These expand the names before they are glued. */
#define OWDF_DECLARE_CUSTOM_CONTEXT(_contexttype, _castingfunction)                                \
    WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(_contexttype, _castingfunction)
#define OWDF_CUSTOM_TYPE_INFO(_contexttype) WDF_GET_CONTEXT_TYPE_INFO(_contexttype)->UniqueType
#define OWDF_GET_CUSTOM_TYPE(handle, type)  WdfObjectGetTypedContext(handle, type)

#define WdfObjectIsCustomType(_handle, _type)                                                      \
    ((OWDF_GET_CUSTOM_TYPE(_handle, WDF_CUSTOM_TYPE_CONTEXT_NAME(_type))) == NULL ? FALSE : TRUE)

#define WdfObjectAddCustomTypeWithData(_handle, _type, _data, _cleanup, _destroy)                  \
    WDF_ADD_CUSTOM_TYPE_FUNCTION_NAME(_type)(_handle, _data, _cleanup, _destroy)

#define WdfObjectAddCustomType(_handle, _type)                                                     \
    WdfObjectAddCustomTypeWithData(_handle, _type, 0, NULL, NULL)

#define WdfObjectGetCustomTypeData(_handle, _type)                                                 \
    (WDF_GET_CUSTOM_TYPE_FUNCTION_NAME(_type)(_handle)->Data)

/* The tag, line and file of each reference are kept for debugging. */
#define WdfObjectReference(Handle) WdfObjectReferenceWithTag(Handle, NULL)
#define WdfObjectReferenceWithTag(Handle, Tag)                                                     \
    WdfObjectReferenceActual(Handle, Tag, __LINE__, __FILE__)
#define WdfObjectDereference(Handle) WdfObjectDereferenceWithTag(Handle, NULL)
#define WdfObjectDereferenceWithTag(Handle, Tag)                                                   \
    WdfObjectDereferenceActual(Handle, Tag, __LINE__, __FILE__)

WDF_EXTERN_C_END

#include "wdfobject_calls.h"

WDF_EXTERN_C_START

/* What every WDF_DECLARE_CUSTOM_TYPE needs. */
OWDF_INLINE NTSTATUS
OwdfObjectAddCustomType(_In_ WDFOBJECT Handle, _In_ PCWDF_OBJECT_CONTEXT_TYPE_INFO Type,
                        _In_ ULONG_PTR Data,
                        _In_opt_ PFN_WDF_OBJECT_CONTEXT_CLEANUP EvtCleanupCallback,
                        _In_opt_ PFN_WDF_OBJECT_CONTEXT_DESTROY EvtDestroyCallback)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    PVOID context = NULL;
    NTSTATUS status;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ContextTypeInfo = Type;
    attributes.EvtCleanupCallback = EvtCleanupCallback;
    attributes.EvtDestroyCallback = EvtDestroyCallback;
    status = WdfObjectAllocateContext(Handle, &attributes, &context);
    if (NT_SUCCESS(status)) {
        ((PWDF_CUSTOM_TYPE_CONTEXT)context)->Size = sizeof(WDF_CUSTOM_TYPE_CONTEXT);
        ((PWDF_CUSTOM_TYPE_CONTEXT)context)->Data = Data;
    }
    return status;
}

WDF_EXTERN_C_END

#endif
