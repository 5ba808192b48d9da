/* SPDX-License-Identifier: MIT */
/* Registers that a test plays for a driver: ports, device memory with functions, device memory that is memory. */
#include <string.h>

#include "pnp_test.h"

#define PORTS  0x3F8u
#define BOARD  0xFE000000u
#define WINDOW 0x80000000u

/* A device with a scratch register of each width, which raises its line when it is written a 0 to. */
struct board {
    uint64_t value[8];
    unsigned reads;
    unsigned writes;
    unsigned last_width;
    uint64_t last_offset;
    KIRQL read_irql;
};

static struct board ports;
static struct board board;
static uint8_t window[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static uint64_t
on_read(void *argument, uint64_t offset, unsigned width)
{
    struct board *at = argument;

    at->reads++;
    at->last_width = width;
    at->last_offset = offset;
    at->read_irql = KeGetCurrentIrql();
    return at->value[offset % 8] + at->reads;
}

static void
on_write(void *argument, uint64_t offset, unsigned width, uint64_t value)
{
    struct board *at = argument;

    at->writes++;
    at->last_width = width;
    at->last_offset = offset;
    at->value[offset % 8] = value;
}

static struct bench_registers
play(enum bench_resource_kind kind, uint64_t base, uint64_t length, struct board *at)
{
    struct bench_registers registers = {
        .kind = kind,
        .base = base,
        .length = length,
        .read = on_read,
        .write = on_write,
        .argument = at,
    };

    memset(at, 0, sizeof(*at));
    ck_assert_int_eq(bench_play_registers(pnp_bench, &registers), STATUS_SUCCESS);
    return registers;
}

/* The pointer that a driver makes of the port's number in its resources. */
#define PORT(type, number) ((type *)(ULONG_PTR)(number))

PNP_TEST(ports_are_read_and_written_in_each_width)
{
    KIRQL irql;

    play(BENCH_PORT, PORTS, 8, &ports);
    WRITE_PORT_UCHAR(PORT(UCHAR, PORTS + 1), 0x81);
    ck_assert_uint_eq(ports.value[1], 0x81);
    ck_assert_uint_eq(ports.last_width, 1);
    ck_assert_uint_eq(READ_PORT_UCHAR(PORT(UCHAR, PORTS + 1)), 0x82);
    WRITE_PORT_USHORT(PORT(USHORT, PORTS + 2), 0x1234);
    ck_assert_uint_eq(ports.last_width, 2);
    ck_assert_uint_eq(READ_PORT_USHORT(PORT(USHORT, PORTS + 2)), 0x1236);
    WRITE_PORT_ULONG(PORT(ULONG, PORTS + 4), 0x89ABCDEF);
    ck_assert_uint_eq(ports.last_width, 4);
    ck_assert_uint_eq(READ_PORT_ULONG(PORT(ULONG, PORTS + 4)), 0x89ABCDF2);
    KeRaiseIrql(HIGH_LEVEL, &irql);
    READ_PORT_UCHAR(PORT(UCHAR, PORTS));
    KeLowerIrql(irql);
    ck_assert_uint_eq(ports.read_irql, HIGH_LEVEL);
}

PNP_TEST(buffer_forms_access_one_port)
{
    USHORT in[3];
    ULONG out[2] = {7, 9};

    play(BENCH_PORT, PORTS, 8, &ports);
    READ_PORT_BUFFER_USHORT(PORT(USHORT, PORTS + 6), in, 3);
    ck_assert_uint_eq(ports.reads, 3);
    ck_assert_uint_eq(ports.last_offset, 6);
    ck_assert_uint_eq(in[0], 1);
    ck_assert_uint_eq(in[2], 3);
    WRITE_PORT_BUFFER_ULONG(PORT(ULONG, PORTS + 4), out, 2);
    ck_assert_uint_eq(ports.writes, 2);
    ck_assert_uint_eq(ports.last_offset, 4);
    ck_assert_uint_eq(ports.value[4], 9);
}

static unsigned
count_lines(const char *text, const char *what)
{
    unsigned count = 0;

    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

PNP_TEST(where_nobody_answers_the_bus_floats_and_it_is_said_once)
{
    ck_assert_uint_eq(READ_PORT_UCHAR(PORT(UCHAR, 0x60)), 0xFF);
    ck_assert_uint_eq(READ_PORT_ULONG(PORT(ULONG, 0x60)), 0xFFFFFFFF);
    WRITE_PORT_USHORT(PORT(USHORT, 0x60), 1);
    play(BENCH_PORT, PORTS, 8, &ports);
    /* Half of it is not the device's. */
    ck_assert_uint_eq(READ_PORT_USHORT(PORT(USHORT, PORTS + 7)), 0xFFFF);
    ck_assert_uint_eq(ports.reads, 0);
    ck_assert_int_eq(bench_stop_registers(pnp_bench, BENCH_PORT, PORTS), STATUS_SUCCESS);
    ck_assert_uint_eq(READ_PORT_UCHAR(PORT(UCHAR, PORTS)), 0xFF);
    ck_assert_uint_eq(ports.reads, 0);
    ck_assert_uint_eq(count_lines(bench_output(pnp_bench), "no hardware answers"), 1);
    ck_assert_ptr_nonnull(strstr(bench_output(pnp_bench), "port 0x60"));
}

static PVOID
map(uint64_t address, size_t size)
{
    PHYSICAL_ADDRESS physical = {.QuadPart = (LONGLONG)address};

    return MmMapIoSpace(physical, size, MmNonCached);
}

PNP_TEST(mapped_registers_reach_the_functions)
{
    ULONG buffer[2];
    char *base;

    ck_assert_ptr_null(map(BOARD, 16));
    play(BENCH_MEMORY, BOARD, 64, &board);
    ck_assert_ptr_null(map(BOARD + 48, 17)); /* A byte too many. */
    base = map(BOARD + 8, 56);
    ck_assert_ptr_nonnull(base);
    WRITE_REGISTER_ULONG((volatile ULONG *)(base + 4), 40);
    ck_assert_uint_eq(board.last_offset, 12);
    ck_assert_uint_eq(READ_REGISTER_ULONG((volatile ULONG *)(base + 4)), 41);
    WRITE_REGISTER_UCHAR((volatile UCHAR *)base, 0xFE);
    ck_assert_uint_eq(board.last_width, 1);
    WRITE_REGISTER_ULONG64((volatile ULONG64 *)(base + 8), 1ull << 40);
    ck_assert_uint_eq(board.last_width, 8);
    READ_REGISTER_BUFFER_ULONG((volatile ULONG *)base, buffer, 2);
    ck_assert_uint_eq(board.last_offset, 12); /* Registers side by side, not one. */
    ck_assert_uint_eq(board.reads, 3);
    /* Other memory is what it was. */
    ck_assert_uint_eq(READ_REGISTER_ULONG((volatile ULONG *)buffer), buffer[0]);
    ck_assert_uint_eq(board.reads, 3);
    /* The device goes; the driver's mapping floats. */
    ck_assert_int_eq(bench_stop_registers(pnp_bench, BENCH_MEMORY, BOARD), STATUS_SUCCESS);
    ck_assert_uint_eq(READ_REGISTER_USHORT((volatile USHORT *)base), 0xFFFF);
    MmUnmapIoSpace(base, 56);
}

START_TEST(a_register_that_is_dereferenced_faults)
{
    NTSTATUS code = STATUS_SUCCESS;
    volatile ULONG *base;

    pnp_open();
    play(BENCH_MEMORY, BOARD, 64, &board);
    base = map(BOARD, 64);
    __try {
        (void)*base;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
    }
    ck_assert_int_eq(code, STATUS_ACCESS_VIOLATION);
    MmUnmapIoSpace((PVOID)base, 64);
    pnp_close();
}
END_TEST

PNP_TEST(a_range_with_memory_is_that_memory)
{
    struct bench_registers registers = {
        .kind = BENCH_MEMORY, .base = WINDOW, .length = sizeof(window), .memory = window};
    MM_PHYSICAL_ADDRESS_LIST list[2] = {
        {{.QuadPart = WINDOW}, PAGE_SIZE},
        {{.QuadPart = WINDOW + PAGE_SIZE}, PAGE_SIZE},
    };
    PMDL mdl = NULL;
    ULONG *base;

    ck_assert_int_eq(bench_play_registers(pnp_bench, &registers), STATUS_SUCCESS);
    base = map(WINDOW + 16, 16);
    WRITE_REGISTER_ULONG(base, 0x11223344);
    ck_assert_uint_eq(window[16], 0x44);
    window[20] = 5;
    ck_assert_uint_eq(base[1], 5); /* RAM may be dereferenced. */
    MmUnmapIoSpace(base, 16);

    ck_assert_int_eq(MmAllocateMdlForIoSpace(list, 2, &mdl), STATUS_SUCCESS);
    ck_assert_uint_eq(MmGetMdlByteCount(mdl), 2 * PAGE_SIZE);
    ck_assert_uint_eq(MmGetMdlPfnArray(mdl)[1], (WINDOW >> PAGE_SHIFT) + 1);
    base =
        MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmNonCached, NULL, FALSE, NormalPagePriority);
    ck_assert_uint_eq(*(UCHAR *)&base[5], 5);
    MmUnmapLockedPages(base, mdl);
    IoFreeMdl(mdl);

    list[1].NumberOfBytes = 100;
    ck_assert_int_eq(MmAllocateMdlForIoSpace(list, 2, &mdl), STATUS_INVALID_PARAMETER_1);
    list[0].PhysicalAddress.QuadPart = WINDOW + 8;
    ck_assert_int_eq(MmAllocateMdlForIoSpace(list, 1, &mdl), STATUS_INVALID_PARAMETER_1);
    list[0].PhysicalAddress.QuadPart = 0x1000; /* Nobody's. */
    ck_assert_int_eq(MmAllocateMdlForIoSpace(list, 1, &mdl), STATUS_INSUFFICIENT_RESOURCES);
}

/* A driver whose device has registers and a line: it asks by a register for an interrupt, and acknowledges there. */
static struct bench_device *board_device;
static volatile ULONG *board_base;
static ULONG seen;

static uint64_t
on_status(void *argument, uint64_t offset, unsigned width)
{
    return board.value[0];
}

static void
on_command(void *argument, uint64_t offset, unsigned width, uint64_t value)
{
    board.value[0] = value;
    bench_interrupt_hold(board_device, 0, value != 0);
}

static BOOLEAN
on_isr(WDFINTERRUPT interrupt, ULONG message)
{
    seen = READ_REGISTER_ULONG(board_base);
    WRITE_REGISTER_ULONG(board_base, 0);
    return TRUE;
}

static NTSTATUS
on_prepare(struct pnp_node *node, WDFCMRESLIST raw, WDFCMRESLIST translated)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *memory = WdfCmResourceListGetDescriptor(translated, 0);

    board_base = MmMapIoSpace(memory->u.Memory.Start, memory->u.Memory.Length, MmNonCached);
    return board_base != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static void
prepare(struct pnp_node *node)
{
    WDF_INTERRUPT_CONFIG config;
    WDFINTERRUPT interrupt;

    WDF_INTERRUPT_CONFIG_INIT(&config, on_isr, NULL);
    ck_assert_int_eq(
        WdfInterruptCreate(node->device, &config, WDF_NO_OBJECT_ATTRIBUTES, &interrupt),
        STATUS_SUCCESS);
}

PNP_TEST(a_device_is_played_whole)
{
    static const struct bench_resource resources[] = {
        {.kind = BENCH_MEMORY, .minimum = BOARD, .maximum = BOARD + 15, .length = 16},
        {.kind = BENCH_INTERRUPT, .minimum = 10, .maximum = 10, .shared = true},
    };
    const struct bench_registers registers = {
        .kind = BENCH_MEMORY, .base = BOARD, .length = 16, .read = on_status, .write = on_command};
    struct pnp_node node = {
        .created = prepare, .prepare = on_prepare, .resources = resources, .resource_count = 2};

    ck_assert_int_eq(bench_play_registers(pnp_bench, &registers), STATUS_SUCCESS);
    SUCCEEDS(pnp_add(NULL, &node, NULL, &board_device));
    WRITE_REGISTER_ULONG(board_base, 0x55);
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_eq(seen, 0x55);
    ck_assert_uint_eq(READ_REGISTER_ULONG(board_base), 0);
    MmUnmapIoSpace((PVOID)board_base, 16);
    SUCCEEDS(bench_device_remove(board_device));
}

PNP_TEST(what_cannot_be_played_is_refused)
{
    struct bench_registers registers;

    registers = play(BENCH_PORT, PORTS, 8, &ports);
    registers.base = PORTS + 7;
    ck_assert_int_eq(bench_play_registers(pnp_bench, &registers), STATUS_CONFLICTING_ADDRESSES);
    registers.base = PORTS + 8;
    ck_assert_int_eq(bench_play_registers(pnp_bench, &registers), STATUS_SUCCESS);
    registers.kind = BENCH_MEMORY; /* Another space. */
    ck_assert_int_eq(bench_play_registers(pnp_bench, &registers), STATUS_SUCCESS);
    registers.length = 0;
    ck_assert_int_eq(bench_play_registers(pnp_bench, &registers), STATUS_INVALID_PARAMETER);
    registers.length = UINT64_MAX;
    ck_assert_int_eq(bench_play_registers(pnp_bench, &registers), STATUS_INVALID_PARAMETER);
    registers.kind = BENCH_INTERRUPT;
    registers.length = 1;
    ck_assert_int_eq(bench_play_registers(pnp_bench, &registers), STATUS_INVALID_PARAMETER);
    registers.kind = BENCH_PORT;
    registers.memory = window;
    registers.base = 0x10;
    ck_assert_int_eq(bench_play_registers(pnp_bench, &registers), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(bench_stop_registers(pnp_bench, BENCH_PORT, 0x10), STATUS_NOT_FOUND);
}

PNP_RUN("conform/registers", ports_are_read_and_written_in_each_width, buffer_forms_access_one_port,
        where_nobody_answers_the_bus_floats_and_it_is_said_once,
        mapped_registers_reach_the_functions, a_register_that_is_dereferenced_faults,
        a_range_with_memory_is_that_memory, a_device_is_played_whole,
        what_cannot_be_played_is_refused)
