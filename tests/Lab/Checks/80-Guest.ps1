# A guest that is asked before a card goes. Linux is none in here: inside of a machine that QEMU itself computes it takes a
# minute of the processor to start (measured with this kernel, unpacked, by its PVH entry: 45 s alone, two minutes on a
# busy host). What a system does when it is asked are 36 bytes.

# sti; xor ebx,ebx; bus: mov dx,cd0h; mov eax,ebx; out dx,eax; mov dx,cc4h; in eax,dx; test eax,eax; jz next; mov dx,cc8h;
# out dx,eax; next: inc bx; and bl,1fh; jnz bus; hlt; jmp bus: at each tick of the clock it goes through the buses, and lets go
# what is asked for (docs/specs/acpi_pci_hotplug.txt of QEMU).
$granting = [Convert]::FromHexString('fb6631dbbad00c6689d866efbac40c66ed6685c07405bac80c66ef4380e31f75e3f4ebe0')

Check 'Remove-VmPciPassthrough: a card goes as soon as the guest grants it, and has its driver again while the machine runs on' -On intel {
    New-GuestDisk /tmp/grants.raw $granting
    $null = New-QemuVm grants -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 64MB -DiskPath /tmp/grants.raw -Network None
    $nic = Get-Nic 08
    try {
        # Its ROM would look for somebody to boot from first.
        $card = $nic | Add-VmPciPassthrough grants -BindDriver -NoRom -PassThru -WarningAction SilentlyContinue
        Start-QemuVm grants
        (Get-VmPciPassthrough grants).State | Should -Be 'Attached'
        $gone = Remove-VmPciPassthrough grants $card.Id -Timeout 90 -RestoreDriver -PassThru
        $gone.State | Should -Not -Be 'PendingGuest'
        Get-VmPciPassthrough grants | Should -BeNullOrEmpty
        Invoke-QmpCommand -Name grants -Hmp 'info qtree' | Should -Not -Match 'vfio-pci'
        (Get-PciDevice $nic.Address).Driver | Should -Be 'e1000e'
        (Get-QemuVm grants).State | Should -Be 'Running'
    }
    finally {
        Stop-QemuVm grants -TurnOff
        Get-PciDevice -Driver vfio-pci | Set-PciDriver -Default
    }
    Remove-QemuVm grants -Confirm:$false
}
