BeforeDiscovery { $machines = @(@{ MachineType = 'q35' }, @{ MachineType = 'pc' }) }

BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    [IO.Directory]::CreateDirectory("$TestFolder/shared") | Out-Null
    $null = New-QemuDisk "$TestFolder/off.qcow2" 64MB
    foreach ($type in 'q35', 'pc') {
        foreach ($name in 'scsi', 'usb', 'virtio') { $null = New-QemuDisk "$TestFolder/$type-$name.qcow2" 64MB }
        # What a definition has no words for: a hub with something plugged in, a bridge with something behind it.
        $bridge = if ($type -eq 'q35') { 'pcie-pci-bridge' } else { 'pci-bridge' }
        $more = '{"driver":"usb-hub","id":"hub","bus":"usb.0","port":"5"}', '{"driver":"usb-kbd","bus":"usb.0","port":"5.2"}',
            """{""driver"":""$bridge"",""id"":""bridge""$(if ($type -eq 'pc') { ',"chassis_nr":9' })}""", '{"driver":"virtio-rng-pci","id":"rng","bus":"bridge","addr":"3"}' |
            ForEach-Object { '-device', ($_ -replace '^"|"$') }
        $null = New-QemuVm $type -MachineType $type -MemoryStartupBytes 64MB -DiskPath "$TestFolder/$type-scsi.qcow2" -DiskBus VirtioScsi -Accelerator Tcg -UsbController Xhci -Sound Hda -QemuArgument $more
        Add-QemuVmDisk $type "$TestFolder/$type-usb.qcow2" -Bus Usb
        Add-QemuVmDisk $type "$TestFolder/$type-virtio.qcow2"
        Add-QemuVmSharedFolder $type "$TestFolder/shared" -Tag files -Type NineP
        Start-QemuVm $type -Paused
    }
    $null = New-QemuVm off -MemoryStartupBytes 64MB -DiskPath "$TestFolder/off.qcow2" -Accelerator Tcg

    # The address that 'info qtree' shows among a device's properties, in our words; empty on a bus without addresses.
    function Get-ShownAddress([string] $BusType, [hashtable] $Property) {
        switch -Regex ($BusType) {
            '^PCIE?$' { $Property.addr }
            '^usb-bus$' { $Property.port.Trim('"') }
            '^SCSI$' { "$($Property.channel):$($Property.'scsi-id'):$($Property.lun)" }
            '^(IDE|floppy-bus)$' { $Property.unit }
            '^HDA$' { $Property.cad }
            '^virtio-serial-bus$' { $Property.nr }
            '^i2c-bus$' { '0x{0:x}' -f [int] $Property.address }
            '^ISA$' { if ($Property.iobase) { '0x{0:x}' -f [int] $Property.iobase } }
        }
    }

    # QEMU's own tree: a line a device with the way to it.
    function Get-Qtree([string] $Name) {
        $way = @{}
        $device = $null
        $lines = @((Invoke-QmpCommand $Name -Hmp 'info qtree') -split "`r?`n") + 'bus: end'
        foreach ($line in $lines) {
            if ($line -match '^(\s*)(bus|dev): (.*)') {
                if ($device) { "$($device.Way) @$(Get-ShownAddress $device.BusType $device.Property)" }
                $device = $null
                $depth = $Matches[1].Length
                $above = if ($depth -ge 2) { $way[$depth - 2] } else { @{ Way = ''; BusType = '' } }
                if ($Matches[2] -eq 'bus') { $way[$depth] = @{ Way = "$($above.Way)/$($Matches[3])"; BusType = '' } }
                else {
                    $null = $Matches[3] -match '^(.*), id "(.*)"$'
                    $way[$depth] = $device = @{ Way = "$($above.Way)/$($Matches[1])#$($Matches[2])"; BusType = $above.BusType; Property = @{} }
                }
            }
            elseif ($line -match '^\s*type (\S+)') { $way[$depth].BusType = $Matches[1] }
            elseif ($device -and $line -match '^\s*([\w-]+) = (\S+)' -and -not $device.Property.ContainsKey($Matches[1])) { $device.Property[$Matches[1]] = $Matches[2] }
        }
    }

    # The same of ours. QEMU has what is plugged into a hub beside it.
    function Get-OurTree([string] $Name) {
        $devices = Get-QemuVmDevice $Name
        $byPath = @{}
        foreach ($device in $devices) { $byPath[$device.QomPath] = $device }
        foreach ($device in $devices) {
            $way = ''
            for ($each = $device; $each; $each = $parent) {
                $way = "/$($each.Bus)/$($each.Driver)#$($each.Id)$way"
                $parent = if ($each.ParentPath) { $byPath[$each.ParentPath] }
                while ($parent -and $parent.Driver -eq 'usb-hub') { $parent = $byPath[$parent.ParentPath] }
            }
            "$way @$($device.Address -replace '^[0-9a-f]{2}:(?=[0-9a-f]{2}\.\d$)')"
        }
    }
}

AfterAll { Exit-TestSession }

Describe 'Devices of a running machine' {
    It '<MachineType>: every device of QEMU''s own tree is there, on its bus and at its address, and nothing more' -ForEach $machines {
        $expected = Get-Qtree $MachineType | Sort-Object
        $expected.Count | Should -BeGreaterThan 40
        Get-OurTree $MachineType | Sort-Object | Should -Be $expected
    }

    It 'have the path by which QEMU finds them' {
        foreach ($device in Get-QemuVmDevice q35 | Where-Object Depth -GT 2) {
            Invoke-QmpCommand q35 -Command qom-get -Argument @{ path = $device.QomPath; property = 'type' } | Should -Be $device.Driver
        }
    }

    It 'say what of the definition they stand for' {
        $parts = Get-QemuVmDevice q35 | Where-Object Part
        $parts | Where-Object { "$($_.Part)" -ne 'HotplugPort' } | ForEach-Object { "$($_.Part) $($_.PartId) $($_.Driver)" } | Sort-Object |
            Should -Be @('Disk disk0 scsi-hd', 'Disk disk1 usb-storage', 'Disk disk2 virtio-blk-pci', 'NetworkAdapter net0 virtio-net-pci', 'SharedFolder share-files virtio-9p-pci')
        ($parts | Where-Object Part -EQ HotplugPort).Driver | Select-Object -Unique | Should -Be 'pcie-root-port'
    }

    It 'of the PCI bus say what they are in words and numbers' {
        $adapter = Get-QemuVmDevice q35 net0
        $adapter.Description, $adapter.VendorId, $adapter.DeviceId, $adapter.Bus -join ' ' | Should -Be 'Ethernet controller 1af4 1000 pcie.0'
    }

    It 'are found by id, by the name in the definition and by wildcards' {
        (Get-QemuVmDevice q35 hub).Driver | Should -Be 'usb-hub'
        (Get-QemuVmDevice q35 net0).Id | Should -Be 'net0-adapter'
        (Get-QemuVm q35 | Get-QemuVmDevice -Id 'DISK*').PartId | Sort-Object | Should -Be @('disk0', 'disk1', 'disk2')
        Get-QemuVmDevice q35 'none*' | Should -BeNullOrEmpty
        $failure = Get-Failure { Get-QemuVmDevice q35 none }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'VmDeviceNotFound'
        $failure.ErrorDetails.RecommendedAction | Should -Be 'Get-QemuVmDevice q35 -Tree'
    }

    It 'complete their ids' {
        $line = 'Get-QemuVmDevice q35 hu'
        [Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText | Should -Be 'hub'
    }

    It 'are a tree: each stands behind what it is plugged into, a level deeper' {
        $above = @{}
        foreach ($device in Get-QemuVmDevice q35 -Tree) {
            $above[$device.Depth] = $device.QomPath
            if ($device.Depth -gt 0) { $device.ParentPath | Should -Be $above[$device.Depth - 1] } else { $device.ParentPath | Should -BeNullOrEmpty }
        }
    }

    It 'are shown with hubs and bridges above them, and nothing else' {
        $shown = Get-QemuVmDevice q35 rng, disk1 -Tree | Out-String
        $lines = @($shown -split "`n" -match '^\s*[\w-]+ .* (yes|no)\b' | ForEach-Object { ($_ -replace '(\S) .*', '$1').TrimEnd() })
        $lines | Should -Be @('q35-pcihost', '   qemu-xhci', '      usb-storage', '   pcie-pci-bridge', '      virtio-rng-pci')
        (Get-QemuVmDevice q35 -Tree | Where-Object Driver -EQ usb-kbd).ParentPath | Should -Be '/machine/peripheral/hub'
    }

    It 'are those of now: one that comes is there, one that goes is not' {
        $null = Invoke-QmpCommand pc -Command device_add -Argument @{ driver = 'usb-mouse'; id = 'mouse'; bus = 'usb.0' }
        (Get-QemuVmDevice pc mouse).Hotpluggable | Should -BeTrue
        $null = Invoke-QmpCommand pc -Command device_del -Argument @{ id = 'mouse' }
        Get-FailureId { Get-QemuVmDevice pc mouse } | Should -Be 'VmDeviceNotFound'
    }

    It 'a machine that is off has none: it is said of one that is named, and passed over among all' {
        $failure = Get-Failure { Get-QemuVmDevice off }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'VmNotRunning'
        Get-FailureId { Get-QemuVm off | Get-QemuVmDevice } | Should -Be 'VmNotRunning'
        (Get-QemuVmDevice -ErrorAction Stop).VmName | Select-Object -Unique | Sort-Object | Should -Be @('pc', 'q35')
    }

    # The last: what QEMU lets go is gone.
    It '<MachineType>: Hotpluggable is what QEMU says when it is asked for the device' -ForEach $machines {
        foreach ($device in Get-QemuVmDevice $MachineType | Where-Object Id | Sort-Object Depth -Descending) {
            $refused = Get-Failure { Invoke-QmpCommand $MachineType -Command device_del -Argument @{ id = $device.Id } }
            "$($device.Id) $(-not $refused)" | Should -Be "$($device.Id) $($device.Hotpluggable)"
        }
    }
}
