/* SPDX-License-Identifier: MIT */
/*
 * void sim_fiber_swap(void **ret_sp, void *sp): saves the callee-saved state of the AArch64 calling
 * convention on the stack, stores its address, and continues on the other stack.
 *
 * Frame from the stack pointer up: x29, x30, x19 to x28, d8 to d15 (160 bytes).
 */
#if defined(__aarch64__) && !defined(SIM_FIBER_UCONTEXT)

    .text
    .globl  sim_fiber_swap
    .hidden sim_fiber_swap
    .type   sim_fiber_swap, %function
    .p2align 4
sim_fiber_swap:
    .cfi_startproc
    stp     x29, x30, [sp, #-160]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    stp     d8, d9, [sp, #96]
    stp     d10, d11, [sp, #112]
    stp     d12, d13, [sp, #128]
    stp     d14, d15, [sp, #144]
    mov     x9, sp
    str     x9, [x0]
    mov     sp, x1
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     d8, d9, [sp, #96]
    ldp     d10, d11, [sp, #112]
    ldp     d12, d13, [sp, #128]
    ldp     d14, d15, [sp, #144]
    ldp     x29, x30, [sp], #160
    ret
    .cfi_endproc
    .size   sim_fiber_swap, . - sim_fiber_swap

/* The outermost frame of a fiber; its entry is in x19. */
    .globl  sim_fiber_start
    .hidden sim_fiber_start
    .type   sim_fiber_start, %function
    .p2align 4
sim_fiber_start:
    .cfi_startproc
    .cfi_undefined x30
    mov     x29, #0
    mov     x30, #0
    blr     x19
    brk     #0
    .cfi_endproc
    .size   sim_fiber_start, . - sim_fiber_start

#endif
    .section .note.GNU-stack, "", %progbits
