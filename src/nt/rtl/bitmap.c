/* SPDX-License-Identifier: MIT */
/*
 * Bitmaps over the caller's array of ULONGs; bit 0 is the lowest of the first. All searches stand on one
 * function that finds the next bit of a given value. Callers do the locking.
 */
#include "nt/rtl/rtl_priv.h"

#include <stdbool.h>

#define BITS_PER_WORD 32u
#define NOT_FOUND     0xFFFFFFFFu

VOID
RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer, ULONG SizeOfBitMap)
{
    BitMapHeader->SizeOfBitMap = SizeOfBitMap;
    BitMapHeader->Buffer = BitMapBuffer;
}

/* Single bits and ranges ---------------------------------------------------------------------- */

VOID
RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    RtlClearBits(BitMapHeader, BitNumber, 1);
}

VOID
RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    RtlSetBits(BitMapHeader, BitNumber, 1);
}

BOOLEAN
RtlTestBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    NT_ASSERT(BitNumber < BitMapHeader->SizeOfBitMap);
    return BitMapHeader->Buffer[BitNumber / BITS_PER_WORD] >> BitNumber % BITS_PER_WORD & 1;
}

/* Sets or clears [first, first + count). What lies outside the bitmap is not touched. */
static void
write_bits(PRTL_BITMAP bitmap, ULONG first, ULONG count, bool value)
{
    if (first >= bitmap->SizeOfBitMap) {
        return;
    }
    if (count > bitmap->SizeOfBitMap - first) {
        count = bitmap->SizeOfBitMap - first;
    }
    while (count > 0) {
        ULONG shift = first % BITS_PER_WORD;
        ULONG n = count < BITS_PER_WORD - shift ? count : BITS_PER_WORD - shift;
        ULONG mask = (n == BITS_PER_WORD ? ~0u : (1u << n) - 1) << shift;
        ULONG *word = &bitmap->Buffer[first / BITS_PER_WORD];

        *word = value ? *word | mask : *word & ~mask;
        first += n;
        count -= n;
    }
}

VOID
RtlClearAllBits(PRTL_BITMAP BitMapHeader)
{
    write_bits(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, false);
}

VOID
RtlSetAllBits(PRTL_BITMAP BitMapHeader)
{
    write_bits(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, true);
}

VOID
RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear)
{
    write_bits(BitMapHeader, StartingIndex, NumberToClear, false);
}

VOID
RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet)
{
    write_bits(BitMapHeader, StartingIndex, NumberToSet, true);
}

/* Searches ------------------------------------------------------------------------------------ */

/* The first bit at or behind `from` that has the value; the bitmap's size when there is none. */
static ULONG
next_bit(const RTL_BITMAP *bitmap, ULONG from, bool value)
{
    while (from < bitmap->SizeOfBitMap) {
        ULONG word = bitmap->Buffer[from / BITS_PER_WORD];
        ULONG found = (value ? word : ~word) >> from % BITS_PER_WORD;

        if (found != 0) {
            from += (ULONG)__builtin_ctz(found);
            return from < bitmap->SizeOfBitMap ? from : bitmap->SizeOfBitMap;
        }
        from += BITS_PER_WORD - from % BITS_PER_WORD;
    }
    return bitmap->SizeOfBitMap;
}

/* The next run of bits of the value at or behind `from`; its length, 0 when there is none. */
static ULONG
next_run(const RTL_BITMAP *bitmap, ULONG from, bool value, ULONG *ret_start)
{
    ULONG start = next_bit(bitmap, from, value);

    *ret_start = start;
    return next_bit(bitmap, start, !value) - start;
}

/* The start of `count` bits of the value in a run that begins at or behind `from`. */
static ULONG
find_from(const RTL_BITMAP *bitmap, ULONG from, ULONG count, bool value)
{
    ULONG start, length;

    while ((length = next_run(bitmap, from, value, &start)) != 0) {
        if (length >= count) {
            return start;
        }
        from = start + length;
    }
    return NOT_FOUND;
}

/* From the hint to the end, then from the beginning. */
static ULONG
find_bits(const RTL_BITMAP *bitmap, ULONG count, ULONG hint, bool value)
{
    ULONG found = NOT_FOUND;

    if (hint >= bitmap->SizeOfBitMap) {
        hint = 0;
    }
    if (count == 0) {
        return hint;
    }
    if (count <= bitmap->SizeOfBitMap) {
        found = find_from(bitmap, hint, count, value);
        if (found == NOT_FOUND && hint > 0) {
            found = find_from(bitmap, 0, count, value);
        }
    }
    return found;
}

static BOOLEAN
are_bits(const RTL_BITMAP *bitmap, ULONG first, ULONG count, bool value)
{
    return count > 0 && first < bitmap->SizeOfBitMap && count <= bitmap->SizeOfBitMap - first &&
           next_bit(bitmap, first, !value) >= first + count;
}

/* FALSE for no bits, and for a range that leaves the bitmap. */
BOOLEAN
RtlAreBitsClear(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return are_bits(BitMapHeader, StartingIndex, Length, false);
}

BOOLEAN
RtlAreBitsSet(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return are_bits(BitMapHeader, StartingIndex, Length, true);
}

ULONG
RtlFindClearBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find_bits(BitMapHeader, NumberToFind, HintIndex, false);
}

ULONG
RtlFindSetBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find_bits(BitMapHeader, NumberToFind, HintIndex, true);
}

ULONG
RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG found = find_bits(BitMapHeader, NumberToFind, HintIndex, false);

    if (found != NOT_FOUND) {
        write_bits(BitMapHeader, found, NumberToFind, true);
    }
    return found;
}

ULONG
RtlFindSetBitsAndClear(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG found = find_bits(BitMapHeader, NumberToFind, HintIndex, true);

    if (found != NOT_FOUND) {
        write_bits(BitMapHeader, found, NumberToFind, false);
    }
    return found;
}

/* Runs ---------------------------------------------------------------------------------------- */

ULONG
RtlFindNextForwardRunClear(PRTL_BITMAP BitMapHeader, ULONG FromIndex, PULONG StartingRunIndex)
{
    return next_run(BitMapHeader, FromIndex, false, StartingRunIndex);
}

ULONG
RtlFindFirstRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    return next_run(BitMapHeader, 0, false, StartingIndex);
}

ULONG
RtlFindLongestRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    RTL_BITMAP_RUN run = {0, 0};

    (void)RtlFindClearRuns(BitMapHeader, &run, 1, TRUE);
    *StartingIndex = run.StartingIndex;
    return run.NumberOfBits;
}

/* Puts a run into the array, longest first; the shortest falls out when it is full. */
static ULONG
insert_run(RTL_BITMAP_RUN *runs, ULONG count, ULONG size, RTL_BITMAP_RUN run)
{
    ULONG i;

    if (count == size) {
        if (run.NumberOfBits <= runs[count - 1].NumberOfBits) {
            return count;
        }
        count--;
    }
    for (i = count; i > 0 && runs[i - 1].NumberOfBits < run.NumberOfBits; i--) {
        runs[i] = runs[i - 1];
    }
    runs[i] = run;
    return count + 1;
}

ULONG
RtlFindClearRuns(PRTL_BITMAP BitMapHeader, PRTL_BITMAP_RUN RunArray, ULONG SizeOfRunArray,
                 BOOLEAN LocateLongestRuns)
{
    RTL_BITMAP_RUN run = {0, 0};
    ULONG count = 0;

    if (SizeOfRunArray == 0) {
        return 0;
    }
    while ((LocateLongestRuns || count < SizeOfRunArray) &&
           (run.NumberOfBits = next_run(BitMapHeader, run.StartingIndex + run.NumberOfBits, false,
                                        &run.StartingIndex)) != 0) {
        if (LocateLongestRuns) {
            count = insert_run(RunArray, count, SizeOfRunArray, run);
        } else {
            RunArray[count++] = run;
        }
    }
    return count;
}

/* Counts -------------------------------------------------------------------------------------- */

ULONG
RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader)
{
    ULONG start = 0, length = 0, count = 0;

    while ((length = next_run(BitMapHeader, start + length, true, &start)) != 0) {
        count += length;
    }
    return count;
}

ULONG
RtlNumberOfClearBits(PRTL_BITMAP BitMapHeader)
{
    return BitMapHeader->SizeOfBitMap - RtlNumberOfSetBits(BitMapHeader);
}

CCHAR
RtlFindLeastSignificantBit(ULONGLONG Set)
{
    return (CCHAR)(Set == 0 ? -1 : __builtin_ctzll(Set));
}

CCHAR
RtlFindMostSignificantBit(ULONGLONG Set)
{
    return (CCHAR)(Set == 0 ? -1 : 63 - __builtin_clzll(Set));
}
