# What goes wrong below the commands. It comes last: some of it is not mended again.

Check 'Get-UsbDevice: a text that the kernel cannot read is missing, and the device is there' -On none {
    $stick = Get-UsbDevice -SerialNumber AAA
    # What a page that was never mapped answers: an input/output error.
    & mount -o bind /proc/1/mem "$($stick.SysfsPath)/product"
    try {
        (& cat "$($stick.SysfsPath)/product" 2>&1) -join '' | Should -Match 'Input/output error'
        $there = Get-UsbDevice -SerialNumber AAA
        $there.BusId | Should -Be $stick.BusId
        $there.VendorId | Should -Be '46f4'
        $there.SerialNumber | Should -Be 'AAA'
        $there.Product | Should -BeNullOrEmpty
        $there.Name | Should -Not -BeNullOrEmpty
    }
    finally { & umount "$($stick.SysfsPath)/product" }
}

Check 'Watch-UsbDevice: tells what is plugged in where no udevd runs, by the kernel''s own messages' -On none {
    Stop-Udevd
    try {
        $told = Watch-StickReplug 2
        $told.Action | Should -Be 'Remove', 'Add'
        $told.Device.SerialNumber | Should -Be 'BBB', 'BBB'
        $told[1].Device.Drivers | Should -Be 'usb-storage'
        Get-Udevd | Should -BeNullOrEmpty
    }
    finally { Start-Udevd }
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
    Stop-Udevd
    try { Get-FailureId { Get-UsbDevice -SerialNumber AAA | New-UdevRule -Apply -Group root } | Should -Be 'ToolFailed' }
    finally {
        Start-Udevd
        Get-UdevRule | Where-Object IsManaged | Remove-UdevRule -Confirm:$false
    }
}

# A command of another process that is killed when the kernel has taken the card from its driver and before it is asked to
# look for another: there, a pipe that nobody reads lies over the file that asks it.
function Stop-HalfWay([string] $Command, [string] $Address) {
    & mkfifo /run/nobody-reads
    & mount -o bind /run/nobody-reads /sys/bus/pci/drivers_probe
    $process = [Diagnostics.Process]::Start($env:lab_engine, "-NoProfile -NonInteractive -Command `"Import-Module QemuPS; $Command`"")
    try {
        Wait-Until { $process.HasExited -or -not [IO.Path]::Exists("/sys/bus/pci/devices/$Address/driver") } 90
        $process.HasExited | Should -BeFalse
        $process.Kill()
        $process.WaitForExit()
        $process.ExitCode | Should -Be (128 + 9)
    }
    finally {
        & umount /sys/bus/pci/drivers_probe
        & rm /run/nobody-reads
    }
}

Check 'Set-PciDriver: a card that was left without a driver by kill -9 is told, and both ways lead on' -On intel {
    $address = '0000:00:07.0'
    Stop-HalfWay "Set-PciDriver $address vfio-pci -Force -WarningAction SilentlyContinue" $address
    $left = Get-PciDevice $address
    $left.Driver | Should -BeNullOrEmpty
    $left.DriverOverride | Should -Be 'vfio-pci'
    ($left | Set-PciDriver -Driver vfio-pci -PassThru).Driver | Should -Be 'vfio-pci'
    ($left | Set-PciDriver -Default -PassThru).Driver | Should -Be 'e1000e'
    (Get-PciDevice $address).DriverOverride | Should -BeNullOrEmpty
}

# What a command that is killed leaves behind: it writes driver_override, unbinds, and asks the kernel to look again.
function Set-HalfWay([string] $Address, [switch] $Unbound) {
    [IO.File]::WriteAllText("/sys/bus/pci/devices/$Address/driver_override", "vfio-pci`n")
    if ($Unbound) { [IO.File]::WriteAllText("/sys/bus/pci/devices/$Address/driver/unbind", $Address) }
}

Check 'Set-PciDriver: what one that was killed half way has left is told, and the next one mends it' {
    $address = '0000:00:07.0'
    foreach ($unbound in $false, $true) {
        Set-HalfWay $address -Unbound:$unbound
        $left = Get-PciDevice $address
        $left.DriverOverride | Should -Be 'vfio-pci'
        $left.Driver | Should -Be $(if (-not $unbound) { 'e1000e' })
        $mended = $left | Set-PciDriver -Default -PassThru -Force
        $mended.Driver | Should -Be 'e1000e'
        $mended.DriverOverride | Should -BeNullOrEmpty
    }
}

Check 'Set-PciDriver: goes on where one that was killed half way has stopped' -On intel, amd {
    $address = '0000:00:07.0'
    foreach ($unbound in $false, $true) {
        Set-HalfWay $address -Unbound:$unbound
        (Get-PciDevice $address | Set-PciDriver -Driver vfio-pci -PassThru -Force -WarningAction SilentlyContinue).Driver | Should -Be 'vfio-pci'
        (Get-PciDevice $address | Set-PciDriver -Default -PassThru).Driver | Should -Be 'e1000e'
    }
}

Check 'Set-PciDriver -Persist: without udevd the rule is kept and the card has its driver' -On intel {
    $address = '0000:00:07.0'
    Stop-Udevd
    try {
        (Get-PciDevice $address | Set-PciDriver -Driver vfio-pci -Persist -PassThru -Force -WarningAction SilentlyContinue).Driver | Should -Be 'vfio-pci'
        (Get-UdevRule | Where-Object { $_.Text -match $address }).IsManaged | Should -BeTrue
        (Get-PciDevice $address | Set-PciDriver -Default -Persist -PassThru).Driver | Should -Be 'e1000e'
        Get-UdevRule | Where-Object { $_.Text -match $address } | Should -BeNullOrEmpty
    }
    finally {
        Start-Udevd
        Get-PciDevice $address | Set-PciDriver -Default -Persist
    }
}

Check 'Set-PciDriver: a /sys that is read-only is told, and nothing has changed' {
    $address = '0000:00:07.0'
    & mount -o remount,ro /sys
    try { Get-FailureId { Get-PciDevice $address | Set-PciDriver -Driver vfio-pci -Force -WarningAction SilentlyContinue } | Should -Be 'AccessDenied' }
    finally { & mount -o remount,rw /sys }
    (Get-PciDevice $address).Driver | Should -Be 'e1000e'
}
