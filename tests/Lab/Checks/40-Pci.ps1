# PCI devices against lspci, and their drivers changed for real.

$nic, $spare, $pair, $disk = '0000:00:07.0', '0000:00:08.0', ('0000:01:01.0', '0000:01:02.0'), '0000:00:0a.0'

function Get-Driver([string] $Address) { [IO.Path]::GetFileName([IO.FileInfo]::new("/sys/bus/pci/devices/$Address/driver").LinkTarget) }

Check 'Get-PciDevice: every field is what lspci -vmmknn says' {
    # hwdb would give a board without a name that of its chip.
    $theirs = foreach ($block in ((& lspci -O hwdb.disable=1 -D -vmmknn) -join "`n") -split "`n`n") {
        $slot = [regex]::Match($block, '(?m)^Slot:\s*(\S+)').Groups[1].Value
        foreach ($line in $block -split "`n") { if ($line -match '^(Class|Vendor|Device|SVendor|SDevice|Rev|PhySlot|Driver|IOMMUGroup|NUMANode):\s*(.*)$') { "$slot $($Matches[1])=$($Matches[2])" } }
    }
    $ours = foreach ($device in Get-PciDevice) {
        $fields = [ordered]@{
            Class      = "$($device.ClassName) [$($device.ClassCode.Substring(0, 4))]"
            Vendor     = "$($device.Vendor) [$($device.VendorId)]"
            Device     = "$(if ($device.Name -like "*$($device.VendorId):$($device.DeviceId)") { 'Device' } else { $device.Name }) [$($device.DeviceId)]"
            SVendor    = if ($device.SubsystemId) { "$(if ($device.SubsystemVendor) { $device.SubsystemVendor } else { 'Unknown vendor' }) [$($device.SubsystemId.Substring(0, 4))]" }
            SDevice    = if ($device.SubsystemId) { "$(if ($device.Subsystem) { $device.Subsystem } else { 'Device' }) [$($device.SubsystemId.Substring(5))]" }
            PhySlot    = $device.PhysicalSlot
            Rev        = if ($device.Revision -ne '00') { $device.Revision }
            Driver     = $device.Driver
            IOMMUGroup = $device.IommuGroup
            NUMANode   = $device.NumaNode
        }
        foreach ($name in $fields.Keys) { if ($null -ne $fields[$name]) { "$($device.Address) $name=$($fields[$name])" } }
    }
    Assert-SameLines @($ours) @($theirs)
}

Check 'Get-PciDevice: drivers that could have a device are among the modules of lspci -k' {
    (Get-PciDevice $spare).AvailableDrivers | Should -Contain 'e1000e'
    (& lspci -D -k -s $spare) -match 'Kernel modules: e1000e' | Should -Not -BeNullOrEmpty
}

Check 'Set-PciDriver: one device to vfio-pci and back, each seen in sysfs' -On intel, amd {
    Get-Driver $spare | Should -Be 'e1000e'
    (Set-PciDriver $spare vfio-pci -PassThru -Confirm:$false).Driver | Should -Be 'vfio-pci'
    Get-Driver $spare | Should -Be 'vfio-pci'
    "/dev/vfio/$((Get-PciDevice $spare).IommuGroup)" | Should -Exist
    Get-Driver $nic | Should -Be 'e1000e'
    Set-PciDriver $spare -Default -Confirm:$false
    Get-Driver $spare | Should -Be 'e1000e'
    [IO.File]::ReadAllText("/sys/bus/pci/devices/$spare/driver_override").Trim() | Should -Be '(null)'
}

Check 'Set-PciDriver -WholeGroup: two cards behind a bridge to vfio-pci and back, together' -On intel, amd {
    (Get-PciDevice $pair[0]).IommuGroup | Should -Be (Get-PciDevice $pair[1]).IommuGroup
    Get-PciDevice $pair[0] | Set-PciDriver -Driver vfio-pci -WholeGroup -Confirm:$false
    $pair | ForEach-Object { Get-Driver $_ } | Should -Be 'vfio-pci', 'vfio-pci'
    (Get-PciDevice $pair[0] | Get-IommuGroup).IsViable | Should -BeTrue
    Get-PciDevice $pair[0] | Get-IommuGroup | Set-PciDriver -Default -Confirm:$false
    $pair | ForEach-Object { Get-Driver $_ } | Should -Be 'e1000', 'e1000'
}

Check 'Set-PciDriver: refuses the controller of a mounted disk and the NIC of the default route' {
    $node = "/dev/$([IO.Path]::GetFileName((Get-Item "/sys/bus/pci/devices/$disk/virtio*/block/*").FullName))"
    & mkfs.ext4 -q -F $node
    $null = [IO.Directory]::CreateDirectory('/run/system')
    & mount $node /run/system
    $interface = [IO.Path]::GetFileName([IO.Directory]::GetDirectories("/sys/bus/pci/devices/$nic/net")[0])
    & ip link set $interface up
    & ip addr add 10.0.2.15/24 dev $interface
    & ip route add default via 10.0.2.2
    try {
        foreach ($device in $disk, $nic) {
            Get-FailureId { Set-PciDriver $device vfio-pci -Confirm:$false } | Should -Be 'PciDeviceInUse'
            (Get-PciDevice $device).HostUse | Should -Not -BeNullOrEmpty
        }
        Get-Driver $nic | Should -Be 'e1000e'
    }
    finally {
        & ip route del default
        & umount /run/system
    }
}

Check 'Set-PciDriver -Persist: the driver is there again after a restart of udevd and a new probe' -On intel {
    Set-PciDriver $spare vfio-pci -Persist -Confirm:$false
    & udevadm control --exit
    & /lib/systemd/systemd-udevd --daemon
    [IO.File]::WriteAllText("/sys/bus/pci/devices/$spare/remove", '1')
    [IO.File]::WriteAllText('/sys/bus/pci/rescan', '1')
    & udevadm settle
    Wait-Until { (Get-Driver $spare) -eq 'vfio-pci' }
    Set-PciDriver $spare -Default -Persist -Confirm:$false
    Get-Driver $spare | Should -Be 'e1000e'
}
