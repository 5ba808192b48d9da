/* SPDX-License-Identifier: MIT */
/*
 * The user side: requests of an application, from the call to the top dispatch routine and from the
 * last completion routine to done().
 *
 * A request's `state` counts its references: 1 from the moment it can be cancelled until its IRP has
 * ended, plus 1 for each thread inside io_user_cancel. Whoever gives the last one back sets the state
 * to 0 and calls done(): so the IRP, which the next use overwrites, never changes under a canceller.
 *
 * Each request under way is a user of its file. When the last user has gone, and the references that
 * drivers took, the object manager deletes the file object, and that sends IRP_MJ_CLOSE.
 *
 * Counting users costs two atomic operations a request. A request that is used again with the same
 * file is therefore bound to it, and not counted any more; instead, when the opener leaves the file,
 * those of its bound requests that are under way become users then. All that a binding asks of the
 * callers is what they owe anyway: no request is begun while its file is being closed. Only requests
 * without done() are bound: a user leaves after done(), but a state of 0 comes before it.
 */
#include <string.h>

#include "base/atomic.h"
#include "base/hot.h"
#include "nt/io/file.h"
#include "nt/io/io_priv.h"
#include "nt/io/user.h"
#include "nt/ke/ke.h"
#include "nt/se/se.h"
#include "sys/memory.h"
#include "sys/wait.h"

/* Access that a request needs on its handle. */
#define NEEDS_READ  FILE_READ_DATA
#define NEEDS_WRITE (FILE_WRITE_DATA | FILE_APPEND_DATA)

/* io_user_request.state: a count of references, and these. 0: idle. */
#define STATE_USES_FILE 0x80000000u /* It is counted among its file's users. */
#define STATE_SLEEPERS  0x40000000u /* Somebody sleeps on the state. */
#define STATE_COUNT     0x3FFFFFFFu

/* io_user_request.at_end */
#define END_OPENS_FILE     0x1u /* It is a create. */
#define END_MOVES_POSITION 0x2u /* The file's current byte offset follows it. */
#define END_FREES_BUFFER   0x4u /* The system buffer is not kept. */

static struct sys_lock binding_lock; /* Guards the lists of bound requests. A leaf lock. */

static void finish_user(struct io_irp_block *block, PIRP irp);

void
io_user_request_init(struct io_user_request *request, void (*done)(struct io_user_request *request))
{
    memset(request, 0, offsetof(struct io_user_request, inline_buffer));
    request->done = done;
    list_init(&request->bound_link);
}

static void
bind(struct io_user_request *request, struct io_user_file *file)
{
    sys_lock_acquire(&binding_lock);
    list_push_back(&file->bound, &request->bound_link);
    atomic_store_ptr(&request->bound, file);
    sys_lock_release(&binding_lock);
}

/* The request is idle. */
static void
unbind(struct io_user_request *request)
{
    if (atomic_load_ptr(&request->bound) == NULL) {
        return;
    }
    sys_lock_acquire(&binding_lock);
    list_remove(&request->bound_link);
    atomic_store_ptr(&request->bound, NULL);
    sys_lock_release(&binding_lock);
}

/* A request under way becomes a user of the file; one that is idle does not. */
static void
count_if_under_way(struct io_user_request *request, struct io_user_file *file)
{
    uint32_t state = atomic_load_u32(&request->state);

    atomic_fetch_add_u32(&file->users, 1);
    do {
        if (state == 0) {
            atomic_fetch_sub_u32(&file->users, 1); /* The opener still is one. */
            return;
        }
    } while (!atomic_cas_u32(&request->state, &state, state | STATE_USES_FILE));
}

void
io_user_opener_leaves(struct io_user_file *file)
{
    struct list *link;

    sys_lock_acquire(&binding_lock);
    while ((link = list_pop_front(&file->bound)) != NULL) {
        struct io_user_request *request = container_of(link, struct io_user_request, bound_link);

        list_init(link);
        count_if_under_way(request, file);
        /* Last: until then its owner cannot use it with another file. */
        atomic_store_ptr(&request->bound, NULL);
    }
    sys_lock_release(&binding_lock);
    io_user_file_leave(file);
}

void
io_user_request_fini(struct io_user_request *request)
{
    unbind(request);
    if (request->block != NULL) {
        io_irp_free(io_irp_of_block(request->block));
        request->block = NULL;
    }
    sys_free(request->mdl);
    request->mdl = NULL;
    request->mdl_capacity = 0;
    sys_free(request->system_buffer);
    request->system_buffer = NULL;
    request->system_buffer_size = 0;
}

/* Ends a request that never reached a driver. */
static void
refuse(struct io_user_request *request, NTSTATUS status)
{
    request->status = status;
    request->information = 0;
    if (request->done != NULL) {
        request->done(request);
    }
}

/* What a request needs before anything is written. */
struct start {
    PDEVICE_OBJECT top;       /* The top of the file's stack. */
    unsigned stack_count;     /* Its locations. */
    struct ke_thread *thread; /* The calling one. */
};

/* False when the request's IRP is too small for the stack, or the thread is not known yet: see prepare. */
static inline __attribute__((always_inline)) bool
is_prepared(const struct io_user_request *request, const struct io_user_file *file,
            struct start *start)
{
    start->top = __builtin_expect(file->direct != NULL, 0)
                     ? file->direct
                     : io_device_top(file->object.DeviceObject);
    start->stack_count = (UCHAR)start->top->StackSize;
    start->thread = sys_slot_get(SYS_SLOT_KE);
    return __builtin_expect(request->block != NULL &&
                                request->block->capacity >= start->stack_count &&
                                start->thread != NULL,
                            1);
}

/* Gets what is_prepared says is missing; false when there is no memory. */
static __attribute__((noinline)) bool
prepare(struct io_user_request *request, struct start *start)
{
    start->thread = ke_thread_self();
    if (request->block == NULL || request->block->capacity < start->stack_count) {
        PIRP irp = io_irp_allocate(start->stack_count, __builtin_return_address(0));

        if (irp == NULL) {
            return false;
        }
        if (request->block != NULL) {
            io_irp_free(io_irp_of_block(request->block));
        }
        request->block = io_block_of_irp(irp);
        request->block->finish = finish_user;
        request->block->owner = request;
    }
    return true;
}

/* The request's IRP, set up for the file's stack. */
static inline __attribute__((always_inline)) PIRP
begin_prepared(struct io_user_request *request, struct io_user_file *file, UCHAR major,
               const struct start *start)
{
    PIRP irp = io_irp_of_block(request->block);
    PIO_STACK_LOCATION stack;

    io_irp_setup(irp, start->stack_count, IO_IRP_BLOCK | IO_IRP_USER);
    irp->RequestorMode = file->kernel ? KernelMode : UserMode;
    if (__builtin_expect(file->um_driver, 0)) {
        io_irp_mark_um_driver(irp);
    }
    irp->Tail.Overlay.Thread = (PETHREAD)(void *)start->thread;
    irp->Tail.Overlay.OriginalFileObject = &file->object;
    stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = major;
    stack->FileObject = &file->object;
    request->target = start->top;
    request->output_length = 0;
    request->at_end = major == IRP_MJ_CREATE ? END_OPENS_FILE : 0;
    return irp;
}

/* The same for any request; NULL when there is no memory. */
static inline PIRP
begin(struct io_user_request *request, struct io_user_file *file, UCHAR major)
{
    struct start start;

    if (!is_prepared(request, file, &start) && !prepare(request, &start)) {
        return NULL;
    }
    return begin_prepared(request, file, major, &start);
}

/* For a use with a file that the request is not bound to: binds it, or makes it a user of the file. */
static BASE_HOT __attribute__((noinline)) void
use_file(struct io_user_request *request, struct io_user_file *file)
{
    unbind(request);
    if (request->file == file && request->done == NULL) {
        bind(request, file);
        atomic_store_u32(&request->state, 1);
    } else {
        request->file = file;
        atomic_fetch_add_u32(&file->users, 1);
        atomic_store_u32(&request->state, 1 | STATE_USES_FILE);
    }
}

/* The request is gone for the caller when this returns: it may have ended, and been used again. */
static inline void
send(struct io_user_request *request, struct io_user_file *file, PIRP irp)
{
    if (__builtin_expect(atomic_load_ptr(&request->bound) == file, 1)) {
        atomic_store_u32(&request->state, 1);
    } else {
        use_file(request, file);
    }
    (void)IofCallDriver(request->target, irp);
}

/*
 * Gives back a reference to a request that has more than one, or whose end has more to do than to
 * call done().
 */
static BASE_HOT __attribute__((noinline)) void
unreference_slow(struct io_user_request *request)
{
    void (*done)(struct io_user_request *) = request->done;
    struct io_user_file *file = request->file;
    uint32_t state = atomic_load_relaxed_u32(&request->state);
    uint32_t next;

    do {
        next = (state & STATE_COUNT) == 1 ? 0 : state - 1;
    } while (!atomic_cas_u32(&request->state, &state, next));
    if (next != 0) {
        return;
    }
    if ((state & STATE_SLEEPERS) != 0) {
        sys_wake(&request->state, UINT32_MAX); /* The address is but a key. */
    }
    if (done != NULL) {
        done(request);
    }
    /* After done(): so the close, should this be the last user, comes after it. */
    if ((state & STATE_USES_FILE) != 0) {
        io_user_file_leave(file);
    }
}

/*
 * Gives one of the request's references back; the last one ends it. Once the state is 0 the request
 * may be used again, or be gone if nobody waits for done().
 */
static inline void
unreference(struct io_user_request *request)
{
    void (*done)(struct io_user_request *) = request->done;
    uint32_t expected = 1;

    if (atomic_load_relaxed_u32(&request->state) != 1 ||
        !atomic_cas_u32(&request->state, &expected, 0)) {
        unreference_slow(request);
    } else if (done != NULL) {
        done(request);
    }
}

bool
io_user_request_wait(struct io_user_request *request, uint64_t deadline_ns)
{
    uint32_t state = atomic_load_u32(&request->state);

    while (state != 0) {
        if ((state & STATE_SLEEPERS) != 0 ||
            atomic_cas_u32(&request->state, &state, state | STATE_SLEEPERS)) {
            bool too_late = sys_wait(&request->state, state | STATE_SLEEPERS, deadline_ns) != 0;

            state = atomic_load_u32(&request->state);
            if (too_late && state != 0) {
                return false;
            }
        }
    }
    return true;
}

/* Buffered output goes to the caller: never past its buffer, whatever the driver says. */
static inline void
copy_output(struct io_user_request *request, PIRP irp)
{
    NTSTATUS status = request->status;

    if (request->output_length != 0 && !NT_ERROR(status) && status != STATUS_VERIFY_REQUIRED) {
        bytes_copy_few(request->output, irp->AssociatedIrp.SystemBuffer,
                       request->information < request->output_length ? request->information
                                                                     : request->output_length);
    }
}

/* The end of a request with more to do, as at_end says. */
static __attribute__((noinline)) void
finish_more(struct io_user_request *request, PIRP irp)
{
    copy_output(request, irp);
    if ((request->at_end & END_OPENS_FILE) != 0 && NT_SUCCESS(request->status)) {
        request->file->opened = true;
    }
    if ((request->at_end & END_MOVES_POSITION) != 0 && NT_SUCCESS(request->status)) {
        request->file->object.CurrentByteOffset.QuadPart += (LONGLONG)request->information;
    }
    if ((request->at_end & END_FREES_BUFFER) != 0) {
        sys_free(request->system_buffer);
        request->system_buffer = NULL;
        request->system_buffer_size = 0;
    }
    unreference(request);
}

static BASE_HOT void
finish_user(struct io_irp_block *block, PIRP irp)
{
    struct io_user_request *request = block->owner;

    request->status = irp->IoStatus.Status;
    request->information = irp->IoStatus.Information;
    if (__builtin_expect(request->at_end != 0, 0)) {
        finish_more(request, irp);
        return;
    }
    copy_output(request, irp);
    unreference(request);
}

void
io_user_cancel(struct io_user_request *request)
{
    uint32_t state = atomic_load_u32(&request->state);

    do {
        if (state == 0) {
            return;
        }
    } while (!atomic_cas_u32(&request->state, &state, state + 1));
    IoCancelIrp(io_irp_of_block(request->block));
    unreference(request);
}

/* A system buffer for what does not fit into the request; NULL when there is no memory. */
static __attribute__((noinline)) void *
large_system_buffer(struct io_user_request *request, size_t size)
{
    void *buffer;

    if (IO_REUSE_MEMORY && size <= request->system_buffer_size) {
        return request->system_buffer;
    }
    buffer = sys_alloc(size);
    if (buffer != NULL) {
        sys_free(request->system_buffer);
        request->system_buffer = buffer;
        request->system_buffer_size = size;
        if (size > IO_USER_KEPT_BYTES || !IO_REUSE_MEMORY) {
            request->at_end |= END_FREES_BUFFER;
        }
    }
    return buffer;
}

/*
 * Private memory for buffered I/O. A memory sanitizer sees an overrun only in a block of exactly
 * this size, so its builds allocate one for each request.
 */
static inline __attribute__((always_inline)) bool
set_system_buffer(struct io_user_request *request, PIRP irp, const void *input, size_t input_length,
                  size_t size)
{
    void *buffer = request->inline_buffer;

    if (size == 0) {
        return true;
    }
    if (!IO_REUSE_MEMORY || size > sizeof(request->inline_buffer)) {
        buffer = large_system_buffer(request, size);
        if (buffer == NULL) {
            return false;
        }
    }
    if (input_length > 0) {
        bytes_copy_few(buffer, input, input_length);
    }
    irp->AssociatedIrp.SystemBuffer = buffer;
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    return true;
}

/* Buffered output goes to `output` when the request has ended. */
static void
set_output(struct io_user_request *request, PIRP irp, void *output, size_t length)
{
    request->output = output;
    request->output_length = length;
    irp->UserBuffer = output;
    if (length > 0) {
        irp->Flags |= IRP_INPUT_OPERATION;
    }
}

/* Describes the caller's buffer by the request's MDL. */
static __attribute__((noinline)) bool
set_mdl(struct io_user_request *request, PIRP irp, void *buffer, size_t length)
{
    size_t needed;

    if (length == 0) {
        return true;
    }
    needed = MmSizeOfMdl(buffer, length);
    if (needed > request->mdl_capacity) {
        PMDL mdl = sys_alloc(needed);

        if (mdl == NULL) {
            return false;
        }
        sys_free(request->mdl);
        request->mdl = mdl;
        request->mdl_capacity = needed;
    }
    MmInitializeMdl(request->mdl, buffer, length);
    MmBuildMdlForNonPagedPool(request->mdl);
    irp->MdlAddress = request->mdl;
    return true;
}

/* The byte offset of a transfer. */
static LONGLONG
transfer_offset(struct io_user_request *request, struct io_user_file *file, int64_t offset)
{
    PFILE_OBJECT object = &file->object;

    if (offset != IO_USER_CURRENT_OFFSET) {
        return offset;
    }
    if (!(object->Flags & FO_SYNCHRONOUS_IO)) {
        return 0;
    }
    request->at_end |= END_MOVES_POSITION;
    return object->CurrentByteOffset.QuadPart;
}

/* Whether a handle with `granted` may do what needs one of the `needed` rights. */
static bool
allowed(const struct io_user_file *file, ACCESS_MASK needed)
{
    return file->kernel || (file->granted & needed) != 0;
}

BASE_HOT void
io_user_read(struct io_user_request *request, struct io_user_file *file, void *buffer,
             size_t length, int64_t offset)
{
    PIO_STACK_LOCATION stack;
    bool enough;
    PIRP irp;

    if (!allowed(file, NEEDS_READ)) {
        refuse(request, STATUS_ACCESS_DENIED);
        return;
    }
    irp = begin(request, file, IRP_MJ_READ);
    if (irp == NULL || length > MAXULONG) {
        refuse(request, irp == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_INVALID_PARAMETER);
        return;
    }
    stack = IoGetNextIrpStackLocation(irp);
    stack->Parameters.Read.Length = (ULONG)length;
    stack->Parameters.Read.ByteOffset.QuadPart = transfer_offset(request, file, offset);
    irp->Flags |= IRP_READ_OPERATION | IRP_DEFER_IO_COMPLETION;
    if (io_device_flags(request->target) & DO_BUFFERED_IO) {
        enough = set_system_buffer(request, irp, NULL, 0, length);
        set_output(request, irp, buffer, length);
    } else if (io_device_flags(request->target) & DO_DIRECT_IO) {
        enough = set_mdl(request, irp, buffer, length);
    } else {
        irp->UserBuffer = buffer;
        enough = true;
    }
    if (!enough) {
        refuse(request, STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    send(request, file, irp);
}

BASE_HOT void
io_user_write(struct io_user_request *request, struct io_user_file *file, const void *buffer,
              size_t length, int64_t offset)
{
    PIO_STACK_LOCATION stack;
    bool enough;
    PIRP irp;

    if (!allowed(file, NEEDS_WRITE)) {
        refuse(request, STATUS_ACCESS_DENIED);
        return;
    }
    irp = begin(request, file, IRP_MJ_WRITE);
    if (irp == NULL || length > MAXULONG) {
        refuse(request, irp == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_INVALID_PARAMETER);
        return;
    }
    stack = IoGetNextIrpStackLocation(irp);
    stack->Parameters.Write.Length = (ULONG)length;
    stack->Parameters.Write.ByteOffset.QuadPart = transfer_offset(request, file, offset);
    irp->Flags |= IRP_WRITE_OPERATION | IRP_DEFER_IO_COMPLETION;
    if (io_device_flags(request->target) & DO_BUFFERED_IO) {
        enough = set_system_buffer(request, irp, buffer, length, length);
        irp->UserBuffer = (PVOID)(ULONG_PTR)buffer;
    } else if (io_device_flags(request->target) & DO_DIRECT_IO) {
        enough = set_mdl(request, irp, (void *)(uintptr_t)buffer, length);
    } else {
        irp->UserBuffer = (PVOID)(ULONG_PTR)buffer;
        enough = true;
    }
    if (!enough) {
        refuse(request, STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    send(request, file, irp);
}

/* The handle rights that the code's access bits ask for; all of them, unlike for a transfer. */
static bool
ioctl_allowed(const struct io_user_file *file, uint32_t code)
{
    ULONG access = (code >> 14) & 3;

    return file->kernel || (((access & FILE_READ_ACCESS) == 0 || (file->granted & NEEDS_READ)) &&
                            ((access & FILE_WRITE_ACCESS) == 0 || (file->granted & NEEDS_WRITE)));
}

/* The longest way of all: a device control when something is missing. */
static __attribute__((noinline)) void
device_control_unprepared(struct io_user_request *request, struct io_user_file *file, UCHAR major,
                          uint32_t code, const void *input, size_t input_length, void *output,
                          size_t output_length, struct start start)
{
    if (!prepare(request, &start)) {
        refuse(request, STATUS_INSUFFICIENT_RESOURCES);
    } else if (major == IRP_MJ_DEVICE_CONTROL) {
        io_user_device_control(request, file, code, input, input_length, output, output_length);
    } else {
        io_user_internal_device_control(request, file, code, input, input_length, output,
                                        output_length);
    }
}

/*
 * Inlined, and begun anew when something is missing, because what needs no call has no registers to save: this is
 * the hottest path there is.
 */
static inline __attribute__((always_inline)) void
device_control(struct io_user_request *request, struct io_user_file *file, UCHAR major,
               uint32_t code, const void *input, size_t input_length, void *output,
               size_t output_length)
{
    struct start start;
    PIO_STACK_LOCATION stack;
    bool enough;
    PIRP irp;

    if (!ioctl_allowed(file, code)) {
        refuse(request, STATUS_ACCESS_DENIED);
        return;
    }
    if (__builtin_expect((input_length | output_length) > MAXULONG, 0)) {
        refuse(request, STATUS_INVALID_PARAMETER);
        return;
    }
    if (!is_prepared(request, file, &start)) {
        device_control_unprepared(request, file, major, code, input, input_length, output,
                                  output_length, start);
        return;
    }
    irp = begin_prepared(request, file, major, &start);
    stack = IoGetNextIrpStackLocation(irp);
    stack->Parameters.DeviceIoControl.IoControlCode = code;
    stack->Parameters.DeviceIoControl.InputBufferLength = (ULONG)input_length;
    stack->Parameters.DeviceIoControl.OutputBufferLength = (ULONG)output_length;
    switch (METHOD_FROM_CTL_CODE(code)) {
    case METHOD_BUFFERED:
        enough = set_system_buffer(request, irp, input, input_length,
                                   input_length > output_length ? input_length : output_length);
        set_output(request, irp, output, output_length);
        break;
    case METHOD_IN_DIRECT:
    case METHOD_OUT_DIRECT:
        enough = set_system_buffer(request, irp, input, input_length, input_length) &&
                 set_mdl(request, irp, output, output_length);
        break;
    default: /* METHOD_NEITHER */
        stack->Parameters.DeviceIoControl.Type3InputBuffer = (PVOID)(ULONG_PTR)input;
        irp->UserBuffer = output;
        enough = true;
        break;
    }
    if (!enough) {
        refuse(request, STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    send(request, file, irp);
}

BASE_HOT void
io_user_device_control(struct io_user_request *request, struct io_user_file *file, uint32_t code,
                       const void *input, size_t input_length, void *output, size_t output_length)
{
    device_control(request, file, IRP_MJ_DEVICE_CONTROL, code, input, input_length, output,
                   output_length);
}

void
io_user_internal_device_control(struct io_user_request *request, struct io_user_file *file,
                                uint32_t code, const void *input, size_t input_length, void *output,
                                size_t output_length)
{
    device_control(request, file, IRP_MJ_INTERNAL_DEVICE_CONTROL, code, input, input_length, output,
                   output_length);
}

void
io_user_flush(struct io_user_request *request, struct io_user_file *file)
{
    PIRP irp;

    if (!allowed(file, NEEDS_WRITE)) {
        refuse(request, STATUS_ACCESS_DENIED);
        return;
    }
    irp = begin(request, file, IRP_MJ_FLUSH_BUFFERS);
    if (irp == NULL) {
        refuse(request, STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    send(request, file, irp);
}

void
io_user_query_information(struct io_user_request *request, struct io_user_file *file,
                          FILE_INFORMATION_CLASS information_class, void *buffer, size_t length)
{
    PIRP irp = begin(request, file, IRP_MJ_QUERY_INFORMATION);
    PIO_STACK_LOCATION stack;

    if (irp == NULL || !set_system_buffer(request, irp, NULL, 0, length)) {
        refuse(request, STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    stack = IoGetNextIrpStackLocation(irp);
    stack->Parameters.QueryFile.Length = (ULONG)length;
    stack->Parameters.QueryFile.FileInformationClass = information_class;
    set_output(request, irp, buffer, length);
    send(request, file, irp);
}

void
io_user_set_information(struct io_user_request *request, struct io_user_file *file,
                        FILE_INFORMATION_CLASS information_class, const void *buffer, size_t length)
{
    PIRP irp = begin(request, file, IRP_MJ_SET_INFORMATION);
    PIO_STACK_LOCATION stack;

    if (irp == NULL || !set_system_buffer(request, irp, buffer, length, length)) {
        refuse(request, STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    stack = IoGetNextIrpStackLocation(irp);
    stack->Parameters.SetFile.Length = (ULONG)length;
    stack->Parameters.SetFile.FileInformationClass = information_class;
    send(request, file, irp);
}

void
io_user_file_open(struct io_user_file *file, struct io_user_request *request)
{
    PIRP irp = begin(request, file, IRP_MJ_CREATE);
    PIO_STACK_LOCATION stack;

    if (irp == NULL) {
        refuse(request, STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    file->security.DesiredAccess = file->granted;
    file->security.FullCreateOptions = file->options;
    file->security.AccessState = &file->access_state;
    file->access_state.OriginalDesiredAccess = file->granted;
    file->access_state.PreviouslyGrantedAccess = file->granted;
    file->access_state.SubjectSecurityContext.PrimaryToken = se_token(file->administrator);
    file->access_state.SubjectSecurityContext.ProcessAuditId = (PVOID)file->process_id;
    stack = IoGetNextIrpStackLocation(irp);
    stack->Parameters.Create.SecurityContext = &file->security;
    stack->Parameters.Create.Options = (file->disposition << 24) | (file->options & 0xFFFFFF);
    stack->Parameters.Create.FileAttributes = (USHORT)file->attributes;
    stack->Parameters.Create.ShareAccess = (USHORT)file->share;
    irp->Flags |= IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API | IRP_DEFER_IO_COMPLETION;
    send(request, file, irp);
}

void
io_user_file_cleanup(struct io_user_file *file, struct io_user_request *request)
{
    PIRP irp = begin(request, file, IRP_MJ_CLEANUP);

    file->cleaned_up = true;
    file->object.Flags |= FO_CLEANUP_COMPLETE;
    if (irp == NULL) {
        refuse(request, STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    irp->Flags |= IRP_CLOSE_OPERATION | IRP_SYNCHRONOUS_API;
    send(request, file, irp);
}

/* The last request of the file's life, from the object manager's delete routine. */
void
io_user_send_close(struct io_user_file *file, struct io_user_request *request)
{
    PIRP irp = begin(request, file, IRP_MJ_CLOSE);

    if (irp == NULL) {
        refuse(request, STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    irp->Flags |= IRP_CLOSE_OPERATION | IRP_SYNCHRONOUS_API;
    /* The file object is being deleted; the caller waits. */
    unbind(request);
    request->file = file;
    atomic_store_u32(&request->state, 1);
    (void)IofCallDriver(request->target, irp);
}

uint64_t
io_user_process_id(PIRP irp)
{
    struct io_user_request *request;

    if (!(irp->AllocationFlags & IO_IRP_USER)) {
        return 0;
    }
    request = io_block_of_irp(irp)->owner;
    return request->file->process_id;
}

void
io_user_waiter_init(struct io_user_waiter *waiter)
{
    io_user_request_init(&waiter->request, NULL);
}

void
io_user_waiter_fini(struct io_user_waiter *waiter)
{
    io_user_request_fini(&waiter->request);
}

NTSTATUS
io_user_wait(struct io_user_waiter *waiter)
{
    (void)io_user_request_wait(&waiter->request, SYS_FOREVER);
    return waiter->request.status;
}
