/* SPDX-License-Identifier: MIT */
/*
 * void sim_fiber_swap(void **ret_sp, void *sp): saves the callee-saved state of the System V x86-64
 * calling convention on the stack, stores its address, and continues on the other stack.
 *
 * Frame from the stack pointer up: mxcsr and x87 control word, r15, r14, r13, r12, rbx, rbp, return
 * address. No GNU property note here: shadow stacks must stay off in a process that links this.
 */
#if defined(__x86_64__) && !defined(SIM_FIBER_UCONTEXT)

    .text
    .globl  sim_fiber_swap
    .hidden sim_fiber_swap
    .type   sim_fiber_swap, @function
    .p2align 4
sim_fiber_swap:
    .cfi_startproc
    pushq   %rbp
    pushq   %rbx
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    subq    $8, %rsp
    stmxcsr (%rsp)
    fnstcw  4(%rsp)
    movq    %rsp, (%rdi)
    movq    %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw   4(%rsp)
    addq    $8, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    popq    %rbp
    ret
    .cfi_endproc
    .size   sim_fiber_swap, . - sim_fiber_swap

/* The outermost frame of a fiber; its entry is in r12. */
    .globl  sim_fiber_start
    .hidden sim_fiber_start
    .type   sim_fiber_start, @function
    .p2align 4
sim_fiber_start:
    .cfi_startproc
    .cfi_undefined rip
    xorl    %ebp, %ebp
    call    *%r12
    ud2
    .cfi_endproc
    .size   sim_fiber_start, . - sim_fiber_start

#endif
    .section .note.GNU-stack, "", @progbits
