# The guest that KvmGuest.cs carries as bytes: a ROM that goes from reset to protected mode, uses the FPU, SSE
# and CPUID as every operating system does, and says that it is done at port 0xf4.
#
#   as --32 KvmGuest.S -o probe.o && ld -m elf_i386 -Ttext 0 --oformat binary -e start probe.o -o probe.bin
.code16
.globl start
start:
    cli
    lgdtl %cs:gdtr
    mov %cr0, %eax
    or $1, %eax
    mov %eax, %cr0
    ljmpl $8, $(protected + 0xffff0000)
.balign 4
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00cf93000000ffff
gdtr:
    .word gdtr - gdt - 1
    .long gdt + 0xffff0000
.code32
protected:
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %ss
    mov %cr0, %eax
    and $0xfffffffb, %eax
    or $2, %eax
    mov %eax, %cr0
    mov %cr4, %eax
    or $0x600, %eax
    mov %eax, %cr4
    fwait
    fninit
    fld1
    fldpi
    faddp
    xorps %xmm0, %xmm0
    xor %eax, %eax
    cpuid
    mov $0x10, %al
    out %al, $0xf4
1:  hlt
    jmp 1b
