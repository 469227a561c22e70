# What the host uses, and what belongs together.

function Get-Driver([string] $Address) { [IO.Path]::GetFileName([IO.FileInfo]::new("/sys/bus/pci/devices/$Address/driver").LinkTarget) }

Check 'Set-PciDriver -WholeGroup: two cards behind a bridge to vfio-pci and back, together' -On intel, amd {
    $pair = @(Get-PciDevice -Class Network | Where-Object Driver -eq e1000 | ForEach-Object Address)
    $pair.Count | Should -Be 2
    (Get-PciDevice $pair[0]).IommuGroup | Should -Be (Get-PciDevice $pair[1]).IommuGroup
    Get-PciDevice $pair[0] | Set-PciDriver -Driver vfio-pci -WholeGroup -Confirm:$false
    $pair | ForEach-Object { Get-Driver $_ } | Should -Be 'vfio-pci', 'vfio-pci'
    (Get-PciDevice $pair[0] | Get-IommuGroup).IsViable | Should -BeTrue
    Get-PciDevice $pair[0] | Get-IommuGroup | Set-PciDriver -Default -Confirm:$false
    $pair | ForEach-Object { Get-Driver $_ } | Should -Be 'e1000', 'e1000'
}

Check 'Set-PciDriver: refuses the controller of a mounted disk and the NIC of the default route' {
    $nic, $disk = '0000:00:07.0', '0000:00:0b.0'
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
