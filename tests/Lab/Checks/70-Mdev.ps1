# Mediated devices, with the kernel's sample driver: serial ports, 24 of them, one or two a device. An IOMMU has no part in
# it; the machine that has time for it takes it.

$twoPorts = 'mtty-2'

Check 'Get-MdevType: types, names and what is left are those of sysfs' -On amd {
    Import-SampleDriver
    $theirs = foreach ($folder in [IO.Directory]::GetDirectories('/sys/class/mdev_bus/mtty/mdev_supported_types')) {
        (@([IO.Path]::GetFileName($folder)) + @('name', 'device_api', 'available_instances' | ForEach-Object { [IO.File]::ReadAllText("$folder/$_").Trim() })) -join '|'
    }
    $types = @(Get-MdevType)
    Assert-SameLines @($types | ForEach-Object { $_.Id, $_.Name, $_.DeviceApi, $_.AvailableInstances -join '|' }) @($theirs)
    $types.Parent | Should -Be 'mtty', 'mtty'
    ($types | Where-Object Id -eq $twoPorts).AvailableInstances | Should -Be 12
}

Check 'New-MdevDevice: makes devices until there are none left, says so, and has told the kernel''s answer right' -On amd {
    Import-SampleDriver
    try {
        $made = @(1..12 | ForEach-Object { Get-MdevType mtty -Name $twoPorts | New-MdevDevice })
        $made.IsActive | Select-Object -Unique | Should -BeTrue
        Assert-SameLines @($made | ForEach-Object { "$($_.Uuid)" }) @([IO.Directory]::GetFileSystemEntries('/sys/bus/mdev/devices') | ForEach-Object { [IO.Path]::GetFileName($_) })
        (Get-MdevType mtty).AvailableInstances | Should -Be 0, 0
        Get-MdevType -Available | Should -BeNullOrEmpty
        Get-FailureId { Get-MdevType mtty -Name $twoPorts | New-MdevDevice } | Should -Be 'MdevInstancesExhausted'
        Get-FailureId { Get-MdevType mtty -Name mtty-1 | New-MdevDevice } | Should -Be 'MdevInstancesExhausted'
        # Should somebody be faster than we are, this is what the kernel says.
        Get-KernelAnswer "/sys/class/mdev_bus/mtty/mdev_supported_types/$twoPorts/create" ([guid]::NewGuid()) | Should -BeIn 'No space left on device', 'Too many users'
        Assert-SameLines @(Get-MdevDevice | ForEach-Object { "$($_.Uuid) $($_.Parent) $($_.Type)" }) @(& mdevctl list | Where-Object { $_ } | ForEach-Object { ($_ -split ' ')[0..2] -join ' ' })
    }
    finally { Get-MdevDevice | Remove-MdevDevice -Confirm:$false }
    [IO.Directory]::GetFileSystemEntries('/sys/bus/mdev/devices').Count | Should -Be 0
    (Get-MdevType -Name $twoPorts).AvailableInstances | Should -Be 12
}

Check 'New-MdevDevice -Persist: mdevctl lists the definition and makes the device of it again' -On amd {
    Import-SampleDriver
    $device = Get-MdevType -Name $twoPorts | New-MdevDevice -Persist
    ((& mdevctl list -d) -join "`n").Trim() | Should -Be "$($device.Uuid) mtty $twoPorts manual (active)"
    Get-FailureId { Get-MdevType -Name $twoPorts | New-MdevDevice -Uuid $device.Uuid } | Should -Be 'MdevDeviceExists'
    $device | Remove-MdevDevice -Confirm:$false
    (Get-MdevDevice $device.Uuid).IsActive | Should -BeFalse
    & mdevctl start --uuid $device.Uuid
    $again = Get-MdevDevice $device.Uuid
    $again.IsActive | Should -BeTrue
    $again.IsDefined | Should -BeTrue
    $again.IommuGroup | Should -Be $device.IommuGroup
    $again | Remove-MdevDevice -Persist -Confirm:$false
    ((& mdevctl list -d) -join '').Trim() | Should -BeNullOrEmpty
    Get-MdevDevice | Should -BeNullOrEmpty
}

Check 'New-MdevDevice -Uuid: makes what mdevctl has defined' -On amd {
    Import-SampleDriver
    $uuid = [guid]::NewGuid()
    & mdevctl define --uuid $uuid --parent mtty --type mtty-1
    $defined = Get-MdevDevice -Defined
    "$($defined.Uuid) $($defined.Type) $($defined.IsActive)" | Should -Be "$uuid mtty-1 False"
    (Get-MdevType -Name mtty-1 | New-MdevDevice -Uuid $uuid).IsActive | Should -BeTrue
    Get-MdevDevice | Remove-MdevDevice -Persist -Confirm:$false
    [IO.Directory]::Exists('/etc/mdevctl.d/mtty') | Should -BeFalse
}

Check 'New-MdevDevice -AutoStart: udev makes it when the parent appears, once what the warning says is done' -On amd {
    Import-SampleDriver
    $said = @(Get-MdevType -Name mtty-1 | New-MdevDevice -AutoStart 3>&1)
    $warning, $device = ($said | Where-Object { $_ -is [Management.Automation.WarningRecord] }), ($said | Where-Object { $_ -isnot [Management.Automation.WarningRecord] })
    # Debian 12's rule runs the program in a folder where it is not.
    if ($warning) {
        "$warning" -match 'sudo (ln -s .*)$' | Should -BeTrue
        & sh -c $Matches[1]
    }
    # As at a start of the host: the parent goes, and appears.
    & rmmod mtty
    (Get-MdevDevice $device.Uuid).IsActive | Should -BeFalse
    Import-SampleDriver
    & udevadm settle
    $again = Get-MdevDevice $device.Uuid
    $again.IsActive | Should -BeTrue
    $again.AutoStart | Should -BeTrue
    $again | Remove-MdevDevice -Persist -Confirm:$false
    Get-MdevDevice | Should -BeNullOrEmpty
}

Check 'Add-VmPciPassthrough: a machine starts with a mediated device (mdev), which cannot be removed until it stops' -On amd {
    Import-SampleDriver
    $null = New-QemuVm ports -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
    $device = Get-MdevType -Name $twoPorts | New-MdevDevice
    try {
        $device | Add-VmPciPassthrough ports
        (Get-MdevDevice $device.Uuid).AssignedVm | Should -Be 'ports'
        Start-QemuVm ports
        (Get-VmPciPassthrough ports).State | Should -Be 'Attached'
        # What the sample driver says it is, in the machine that has it.
        Invoke-QmpCommand -Name ports -Hmp 'info qtree' | Should -Match 'pci id 4348:3253'
        Get-FailureId { Get-MdevDevice $device.Uuid | Remove-MdevDevice -Confirm:$false } | Should -Be 'PciDeviceInUse'
        (Get-MdevDevice $device.Uuid).IsActive | Should -BeTrue
    }
    finally {
        Stop-QemuVm ports -TurnOff
        Get-MdevDevice | Remove-MdevDevice -Confirm:$false
    }
    Get-FailureId { Start-QemuVm ports } | Should -Be 'MdevDeviceNotFound'
    Get-VmPciPassthrough ports | Remove-VmPciPassthrough
    Remove-QemuVm ports -Confirm:$false
}
