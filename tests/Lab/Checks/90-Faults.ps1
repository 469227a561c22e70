# What goes wrong below the commands. It comes last: some of it is not mended again.

Check 'Get-UsbDevice: a text that the kernel cannot read is missing, and the device is there' -On none {
    $stick = Get-UsbDevice -SerialNumber AAA
    # What a page that was never mapped answers: an input/output error.
    & mount -o bind /proc/self/mem "$($stick.SysfsPath)/product"
    try {
        $there = Get-UsbDevice -SerialNumber AAA
        $there.BusId | Should -Be $stick.BusId
        $there.VendorId | Should -Be '46f4'
    }
    finally { & umount "$($stick.SysfsPath)/product" }
}

Check 'Add-VmUsbPassthrough: a device that disappears before it is added is not found, and the definition stays as it is' -On none {
    $null = New-QemuVm -Name fleeting -Accelerator Tcg -MemoryStartupBytes 32MB -NoDisk
    $stick = Get-UsbDevice -SerialNumber BBB
    $null = Invoke-Outside device_del @{ id = 'usb-b' }
    $null = Wait-OutsideEvent DEVICE_DELETED
    Wait-Until { -not (Get-UsbDevice -SerialNumber BBB) }
    Start-QemuVm fleeting
    try {
        Get-FailureId { $stick | Add-VmUsbPassthrough fleeting } | Should -Be 'UsbDeviceNotFound'
        Get-VmUsbPassthrough fleeting | Should -BeNullOrEmpty
    }
    finally { Stop-QemuVm fleeting -TurnOff }
}

Check 'New-UdevRule -Apply: says that udevd does not run' -On none {
    & udevadm control --exit
    try { Get-FailureId { Get-UsbDevice -SerialNumber AAA | New-UdevRule -Apply -Group root } | Should -Be 'ToolFailed' }
    finally {
        & /lib/systemd/systemd-udevd --daemon
        Get-UdevRule | Where-Object IsManaged | Remove-UdevRule -Confirm:$false
    }
}
