# PCI: reading against lspci, drivers, virtual functions and machines that get devices, with a real kernel's answers.

function Get-Nic([string] $Port) { Get-PciDevice -Class Network | Where-Object ParentAddress -eq "0000:00:$Port.0" }

Check 'Get-PciDevice: every field is what lspci -vmmkD says' {
    # Without the hwdb: that calls a board that nobody knows by its chip's name.
    $theirs = foreach ($block in ((& lspci -O hwdb.disable=1 -vmmkD 2>$null) -join "`n") -split "`n`n") {
        $slot = ''
        foreach ($line in $block -split "`n" | Where-Object { $_ }) {
            $name, $value = $line -split ":`t", 2
            if ($name -eq 'Slot') { $slot = $value }
            # What pci.ids does not name is written with its number by both, each in its own way.
            elseif ($name -ne 'Module') { "$slot $name=$($value -replace ' \[[0-9a-f]{4}\]$')" }
        }
    }
    $ours = foreach ($device in Get-PciDevice) {
        $fields = [ordered]@{
            Class = $device.ClassName; Vendor = $device.Vendor; Device = if ($device.Name -match ' [0-9a-f]{4}:([0-9a-f]{4})$') { "Device $($Matches[1])" } else { $device.Name }; SVendor = $device.SubsystemVendor
            SDevice = if ($device.Subsystem) { $device.Subsystem } elseif ($device.SubsystemId) { "Device $($device.SubsystemId.Substring(5))" }
            PhySlot = $device.PhysicalSlot; Rev = if ($device.Revision -ne '00') { $device.Revision }; ProgIf = $device.ClassCode.Substring(4)
            Driver = $device.Driver; NUMANode = $device.NumaNode; IOMMUGroup = $device.IommuGroup
        }
        foreach ($field in $fields.GetEnumerator() | Where-Object { $null -ne $_.Value }) { "$($device.Address) $($field.Key)=$($field.Value)" }
    }
    Assert-SameLines @($ours) @($theirs)
}

Check 'Get-PciDevice: drivers that could bind are the modules lspci finds' {
    $theirs = @{}
    foreach ($line in & lspci -vmmkD 2>$null) {
        if ($line -match '^Slot:\s+(\S+)') { $slot = $Matches[1]; $theirs[$slot] = @() }
        elseif ($line -match '^Module:\s+(\S+)') { $theirs[$slot] += $Matches[1] }
    }
    $modules = @{}
    foreach ($module in [IO.Directory]::GetDirectories('/sys/module') | Where-Object { [IO.Directory]::Exists("$_/drivers") }) {
        foreach ($driver in [IO.Directory]::GetFileSystemEntries("$module/drivers", 'pci:*')) { $modules[[IO.Path]::GetFileName($driver).Substring(4)] = [IO.Path]::GetFileName($module) }
    }
    foreach ($device in Get-PciDevice) {
        $ours = @($device.AvailableDrivers | Where-Object { $_ -ne 'vfio-pci' } | ForEach-Object { if ($modules.ContainsKey($_)) { $modules[$_] } else { $_ } })
        ($ours | Sort-Object -Unique) -join ' ' | Should -Be (($theirs[$device.Address] | Sort-Object -Unique) -join ' ') -Because $device.Address
        $device.AvailableDrivers | Should -Contain 'vfio-pci'
    }
}

Check 'Get-IommuGroup -Detailed: the port without ACS is named, as lspci sees it' -On intel, amd {
    (& lspci -vvv -s 00:08.0) -join "`n" | Should -Match 'Access Control Services'
    (& lspci -vvv -s 00:09.0) -join "`n" | Should -Not -Match 'Access Control Services'
    $apart, $merged = (Get-Nic 08 | Get-IommuGroup -Detailed), (Get-Nic 09 | Get-IommuGroup -Detailed)
    $apart.Devices.Count | Should -Be 1
    $merged.Devices.Count | Should -BeGreaterThan 1
    $merged.Reason | Should -Match 'root port 0000:00:09.0 .* has no ACS'
    $merged.Reason | Should -Match 'has the driver e1000e'
}

Check 'Set-PciDriver: one of two cards of a kind gets vfio-pci, and its own again' -On intel, amd {
    $nic, $twin = (Get-Nic 08), (Get-Nic 09)
    $nic.DeviceId | Should -Be $twin.DeviceId
    $changed = $nic | Set-PciDriver -Driver vfio-pci -PassThru -WarningAction SilentlyContinue

    $changed.Driver | Should -Be 'vfio-pci'
    [IO.File]::ReadAllText("/sys/bus/pci/devices/$($nic.Address)/driver_override").Trim() | Should -Be 'vfio-pci'
    "/dev/vfio/$($nic.IommuGroup)" | Should -Exist
    (Get-Nic 09).Driver | Should -Be 'e1000e'
    (Get-Nic 08 | Get-IommuGroup).IsViable | Should -BeTrue
    ($nic | Set-PciDriver -Default -PassThru).Driver | Should -Be 'e1000e'
    [IO.File]::ReadAllText("/sys/bus/pci/devices/$($nic.Address)/driver_override").Trim() | Should -Be '(null)'
}

Check 'Set-PciDriver: a driver that does not bind leaves the device with its own' {
    $nic = Get-Nic 08
    # Without an IOMMU vfio-pci refuses; a driver that was told to bind to a card it cannot drive fails anywhere.
    $driver = if ($lab.Machine -eq 'none') { 'vfio-pci' } else { 'ahci' }
    Get-FailureId { $nic | Set-PciDriver -Driver $driver -WarningAction SilentlyContinue } | Should -Be 'PciDriverFailed'
    (Get-Nic 08).Driver | Should -Be 'e1000e'
    [IO.File]::ReadAllText("/sys/bus/pci/devices/$($nic.Address)/driver_override").Trim() | Should -Be '(null)'
    Get-FailureId { $nic | Set-PciDriver -Driver no-such-driver } | Should -Be 'PciDriverNotFound'
}

Check 'Set-PciDriver: the controller of a disk that is in use is refused' {
    $stick = (Get-UsbDevice -SerialNumber AAA).BlockDevices[0]
    $null = & mkswap $stick 2>&1
    & swapon $stick
    try {
        $controller = Get-PciDevice 00:04.0
        ($controller.HostUse | Where-Object Kind -eq Disk).Detail | Should -Be '[swap]'
        Get-FailureId { $controller | Set-PciDriver -Driver vfio-pci -WarningAction SilentlyContinue } | Should -Be 'PciDeviceInUse'
    }
    finally { & swapoff $stick }
    (Get-PciDevice 00:04.0).HostUse.Kind | Should -Not -Contain 'Disk'
}

Check 'Set-PciDriver -Persist: a card that appears gets its driver by the rule, also from a udevd that was started since' -On intel {
    $nic = Get-Nic 08
    $nic | Set-PciDriver -Driver vfio-pci -Persist -WarningAction SilentlyContinue
    try {
        # As at a start of the host: udevd reads its rules, the card is found, and udev loads what it needs.
        Stop-Udevd
        Start-Udevd
        [IO.File]::WriteAllText("/sys/bus/pci/devices/$($nic.Address)/remove", '1')
        Get-FailureId { Get-PciDevice $nic.Address } | Should -Be 'PciDeviceNotFound'
        [IO.File]::WriteAllText('/sys/bus/pci/rescan', '1')
        & udevadm settle
        (Get-PciDevice $nic.Address).Driver | Should -Be 'vfio-pci'
        (Get-UdevRule | Where-Object { $_.Text -match $nic.Address }).IsManaged | Should -BeTrue
    }
    finally { Get-PciDevice $nic.Address | Set-PciDriver -Default -Persist }
    (Get-PciDevice $nic.Address).Driver | Should -Be 'e1000e'
    Get-UdevRule | Where-Object { $_.Text -match $nic.Address } | Should -BeNullOrEmpty
}

# AMD's IOMMU of QEMU 7.2 does not let the kernel's nvme driver come up.
Check 'Set-PciDevice: virtual functions come, change their number and go' -On intel, none {
    $disk = Get-PciDevice -Class Storage | Where-Object VirtualFunctionMaximum
    $disk.VirtualFunctionMaximum | Should -Be 4
    ($disk | Set-PciDevice -VirtualFunctionCount 2 -PassThru).VirtualFunctionCount | Should -Be 2
    @(Get-PciDevice | Where-Object PhysicalFunction -eq $disk.Address).Count | Should -Be 2
    ($disk | Set-PciDevice -VirtualFunctionCount 4 -PassThru).VirtualFunctionCount | Should -Be 4
    Get-FailureId { $disk | Set-PciDevice -VirtualFunctionCount 5 } | Should -Be 'InvalidOption'
    ($disk | Set-PciDevice -VirtualFunctionCount 0 -PassThru).VirtualFunctionCount | Should -Be 0
    Get-PciDevice | Where-Object PhysicalFunction -eq $disk.Address | Should -BeNullOrEmpty
}

Check 'Add-VmPciPassthrough: one card with the start, another while it runs' -On intel {
    New-QemuVm inner -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 64MB
    $nic = Get-Nic 08
    try {
        # The machine does not start before the card is ready.
        $nic | Add-VmPciPassthrough inner -WarningAction SilentlyContinue
        Get-FailureId { Start-QemuVm inner } | Should -Be 'PciDeviceNotBound'
        $nic | Set-PciDriver -Driver vfio-pci -WarningAction SilentlyContinue
        Start-QemuVm inner
        (Get-VmPciPassthrough inner).State | Should -Be 'Attached'
        (Get-PciDevice $nic.Address).HostUse.Kind | Should -Be 'VfioClient'
        Get-FailureId { Get-PciDevice $nic.Address | Set-PciDriver -Default -Force } | Should -Be 'PciDeviceInUse'

        # Its sibling port's card: bound and plugged in one go, then asked back from a guest that has no system.
        $live = Get-Nic 09 | Add-VmPciPassthrough inner -BindDriver -Live -PassThru -WarningAction SilentlyContinue
        $live.State | Should -Be 'Attached'
        $live.Persisted | Should -BeFalse
        (Get-VmPciPassthrough inner).Count | Should -Be 2
        $result = Remove-VmPciPassthrough inner $live.Id -Timeout 1 -Live
        $result.State | Should -Be 'PendingGuest'
        (Get-VmPciPassthrough inner | Where-Object Id -eq $live.Id).State | Should -Be 'Pending'
    }
    finally {
        Stop-QemuVm inner -TurnOff
        Get-PciDevice -Driver vfio-pci | Set-PciDriver -Default
    }
    (Get-Nic 08).Driver | Should -Be 'e1000e'
    Get-VmPciPassthrough inner | Remove-VmPciPassthrough
    Remove-QemuVm inner -Confirm:$false
}
