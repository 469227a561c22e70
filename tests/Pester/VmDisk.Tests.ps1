BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/DeviceGuest.ps1
    Enter-TestSession
    foreach ($name in 'a', 'b', 'c', 'd') { $null = New-QemuDisk "$TestFolder/$name.qcow2" 64MB }
    foreach ($name in 'one', 'two') { [IO.File]::WriteAllBytes("$TestFolder/$name.iso", [byte[]]::new(1MB)) }
    function New-TestVm([string] $Name, [string] $MachineType = 'q35') {
        $null = New-QemuVm $Name -MachineType $MachineType -MemoryStartupBytes 64MB -NoDisk -Network None -Accelerator Tcg -IsoPath "$TestFolder/one.iso"
    }
}

AfterAll { Exit-TestSession }

Describe 'Disks of a machine that is off' {
    BeforeAll { New-TestVm off }

    It 'come into the definition, with what was asked for' {
        $disk = Add-QemuVmDisk off "$TestFolder/a.qcow2" -Bus Nvme -Serial S1 -Cache None -Discard Unmap -BootIndex 5 -PassThru

        $disk.Id, $disk.Bus, $disk.Serial, $disk.Cache, $disk.Discard, $disk.BootIndex, $disk.Status | Should -Be @('disk0', 'Nvme', 'S1', 'None', 'Unmap', 5, 'Defined')
        $disk.SizeBytes | Should -Be 64MB
        $line = (ConvertTo-QemuCommandLine off) -join ' '
        $line | Should -Match '"driver":"nvme","id":"disk0","drive":"disk0-format","serial":"S1","write-cache":"on","bootindex":5'
        $line | Should -Match '"cache":\{"direct":true,"no-flush":false\},"discard":"unmap"'
    }

    It 'come from the pipeline' {
        Get-QemuDisk "$TestFolder/b.qcow2" | Add-QemuVmDisk off
        (Get-QemuVm off | Get-QemuVmDisk -Id disk1).DiskPath | Should -Be "$TestFolder/b.qcow2"
    }

    It 'are refused where they cannot be: <Id>' -ForEach @(
        @{ Id = 'DiskInUse'; Action = { Add-QemuVmDisk off "$TestFolder/a.qcow2" } }
        @{ Id = 'DiskNotFound'; Action = { Add-QemuVmDisk off "$TestFolder/none.qcow2" } }
        @{ Id = 'MediumNotFound'; Action = { Add-QemuVmDisk off "$TestFolder/none.iso" -Bus Cdrom } }
        @{ Id = 'VmNotRunning'; Action = { Add-QemuVmDisk off "$TestFolder/c.qcow2" -Live } }
        @{ Id = 'InvalidDefinition'; Action = { Add-QemuVmDisk off "$TestFolder/c.qcow2" -Bus Sata -ReadOnly } }
        @{ Id = 'NotSupported'; Action = { Set-QemuVmDisk off disk0 -Eject } }
        @{ Id = 'InvalidOption'; Action = { Set-QemuVmDisk off disk0 } }
        @{ Id = 'VmDeviceNotFound'; Action = { Set-QemuVmDisk off disk9 -BootIndex 1 } }
        @{ Id = 'VmDeviceNotFound'; Action = { Remove-QemuVmDisk off disk9 } }
    ) {
        Get-FailureId $Action | Should -Be $Id
    }

    It 'go out of the definition, and the image stays' {
        (Get-QemuVmDisk off disk1 | Remove-QemuVmDisk).State | Should -Be 'Removed'
        (Get-QemuVmDisk off).Id | Should -Be @('cd0', 'disk0')
        [IO.File]::Exists("$TestFolder/b.qcow2") | Should -BeTrue
    }

    It 'are only shown with -WhatIf' {
        Add-QemuVmDisk off "$TestFolder/c.qcow2" -WhatIf
        Remove-QemuVmDisk off disk0 -WhatIf
        (Get-QemuVmDisk off).Id | Should -Be @('cd0', 'disk0')
    }
}

Describe 'Drives of a running machine that has no operating system' {
    BeforeAll {
        New-TestVm live
        Start-QemuVm live
        $state = @{}
    }

    It 'a disk on <Bus> is there at once, and gone at once' -ForEach @(@{ Bus = 'VirtioScsi' }, @{ Bus = 'Usb' }) {
        $disk = Add-QemuVmDisk live "$TestFolder/b.qcow2" -Bus $Bus -Live -PassThru

        $disk.Status, $disk.Persisted | Should -Be @('Attached', $false)
        (Get-QemuDisk "$TestFolder/b.qcow2").InUse | Should -BeTrue
        ($disk | Remove-QemuVmDisk).State | Should -Be 'Removed'
        (Get-QemuDisk "$TestFolder/b.qcow2").InUse | Should -BeFalse
    }

    It 'a bus that takes nothing now says so, and nothing of the disk stays' {
        Get-FailureId { Add-QemuVmDisk live "$TestFolder/b.qcow2" -Bus Sata } | Should -Be 'LiveChangeFailed'
        (Get-QemuDisk "$TestFolder/b.qcow2").InUse | Should -BeFalse
        (Get-QemuVmDisk live).Id | Should -Be 'cd0'
    }

    It 'what QEMU refuses leaves nothing behind' {
        # A serial number in the definition of another device: QEMU is asked for a bus that is not there.
        $null = Invoke-QmpCommand live -Command blockdev-add -Argument @{ driver = 'null-co'; 'node-name' = 'disk0-format' }
        Get-FailureId { Add-QemuVmDisk live "$TestFolder/b.qcow2" } | Should -Be 'LiveChangeFailed'
        (Get-QemuDisk "$TestFolder/b.qcow2").InUse | Should -BeFalse
    }

    It 'a disc is exchanged and taken out, now and in the definition' {
        (Set-QemuVmDisk live cd0 -MediaPath "$TestFolder/two.iso" -PassThru).DiskPath | Should -Be "$TestFolder/two.iso"
        (Get-QemuVm live).Disks[0].Path | Should -Be "$TestFolder/two.iso"
        (Set-QemuVmDisk live cd0 -Eject -PassThru).Medium | Should -Be 'Empty'
        (Get-QemuVm live).Disks[0].Path | Should -BeNullOrEmpty
    }

    It 'a disc that cannot be opened leaves the drive as it was' {
        Set-QemuVmDisk live cd0 -MediaPath "$TestFolder/one.iso"
        Get-FailureId { Set-QemuVmDisk live cd0 -MediaPath $TestFolder } | Should -Not -BeNullOrEmpty
        (Get-QemuVmDisk live cd0).DiskPath | Should -Be "$TestFolder/one.iso"
    }

    It 'limits hold now and after the next start' {
        $disk = Add-QemuVmDisk live "$TestFolder/c.qcow2" -PassThru
        $state.Id = $disk.Id
        $disk | Set-QemuVmDisk -MaximumIops 100 -MaximumBytesPerSecond 10MB -WarnAtPercent 80
        $block = Invoke-QmpCommand live -Command query-block | Where-Object { $_.inserted.file -eq "$TestFolder/c.qcow2" }
        $block.inserted.iops, $block.inserted.bps | Should -Be @(100, 10MB)
        (Invoke-QmpCommand live -Command query-named-block-nodes | Where-Object { $_.'node-name' -eq "$($disk.Id)-file" }).write_threshold | Should -Be ([long](64MB * 0.8))
    }

    It 'a guest that does not answer is told of: PendingGuest, here and in Get-QemuVmDisk' {
        $result = Remove-QemuVmDisk live $state.Id -Live -Timeout 1
        $result.State | Should -Be 'PendingGuest'
        $result.Reason | Should -Match 'has not let go'
        (Get-QemuVmDisk live $state.Id).Status | Should -Be 'PendingGuest'
        (Get-QemuDisk "$TestFolder/c.qcow2").InUse | Should -BeTrue
    }

    It '-Force makes QEMU let go of the image all the same' {
        (Remove-QemuVmDisk live $state.Id -Live -Timeout 0 -Force).Reason | Should -Match 'let go of the image'
        (Get-QemuDisk "$TestFolder/c.qcow2").InUse | Should -BeFalse
        (Get-QemuVm live).State | Should -Be 'Running'
    }

    It 'starts again with what the definition has, limits and warning with it' {
        Stop-QemuVm live -TurnOff
        Start-QemuVm live
        $disk = Get-QemuVmDisk live $state.Id
        $disk.Status, $disk.MaximumIops, $disk.MaximumBytesPerSecond, $disk.WarnAtPercent | Should -Be @('Attached', 100, 10MB, 80)
        (Get-QemuVm live).State | Should -Be 'Running'
    }
}

Describe 'Disks and a guest that answers' {
    BeforeAll {
        $guest = Get-DeviceGuest "$RepositoryRoot/out/cache/guest-devices"
        $null = New-QemuVm guest -MachineType q35 -MemoryStartupBytes 192MB -NoDisk -Network None -Accelerator Tcg -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet'
        Start-DeviceGuest guest
        $isRoot = [Environment]::UserName -eq 'root'
        $watch = Start-AnotherShell 'Watch-QemuVm guest -EventName BLOCK_*, RESUME -Timeout 180 | ForEach-Object { "$($_.Event) $($_.Data | ConvertTo-Json -Compress)" }'
        Wait-Watcher guest

        # A drive when it has come to a status: what QEMU destroys after the guest has let go is gone a moment later.
        function Wait-DiskStatus([string] $Name, [string] $Id, [string] $Status) {
            $end = [DateTime]::UtcNow.AddSeconds(30)
            do { $disk = Get-QemuVmDisk $Name $Id } until ("$($disk.Status)" -eq $Status -or [DateTime]::UtcNow -gt $end)
            $disk
        }

        # What Watch-QemuVm has told, up to an event of that name.
        function Wait-Event([string] $Name) {
            while ($line = $watch.StandardOutput.ReadLine()) { if ($line.StartsWith($Name)) { return $line } }
            throw "Watch-QemuVm has ended without $Name."
        }
    }

    AfterAll {
        if (-not $watch.HasExited) { $watch.Kill($true) }
        $watch.WaitForExit()
    }

    It 'a disk appears in the guest, with its size and serial number' {
        Add-QemuVmDisk guest "$TestFolder/d.qcow2" -Serial HOTPLUG1
        $seen = Invoke-GuestShell guest 'until [ -e /dev/vda ]; do sleep 0.1; done; cat /sys/block/vda/size /sys/block/vda/serial'
        $seen | Should -Match '131072'
        $seen | Should -Match 'HOTPLUG1'
    }

    It 'PCI devices are shown at the addresses that the guest sees, behind its bridges too' {
        $seen = (Invoke-GuestShell guest 'ls /sys/bus/pci/devices') -split '\s+' -match '^0000:' -replace '^0000:' | Sort-Object
        $devices = Get-QemuVmDevice guest | Where-Object BusType -EQ PCIE
        $devices | ForEach-Object { $_.Address } | Sort-Object | Should -Be $seen
        ($devices | Where-Object PartId -EQ disk0).Address | Should -Not -Match '^00:'
    }

    It 'what the guest writes is in the image, and counted: Watch-QemuVm tells the moment, and the disk is nearly full' {
        Set-QemuVmDisk guest disk0 -WarnAtPercent 10
        (Get-QemuVmDisk guest disk0).Status | Should -Be 'Attached'
        Invoke-GuestShell guest 'dd if=/dev/urandom of=/dev/vda bs=1M count=16 conv=fsync' | Should -Match '16\+0 records out'

        $told = Wait-Event BLOCK_WRITE_THRESHOLD
        $told | Should -Match '"node-name":"disk0-file"'
        $told | Should -Match "`"write-threshold`":$([long][Math]::Floor(64MB * 0.1))\b"
        (Get-QemuVmDisk guest disk0).Status | Should -Be 'NearlyFull'
        (Get-QemuVm guest).PendingChanges | Should -BeNullOrEmpty
    }

    It 'Watch-QemuVm tells of further hundredths, too' {
        # QEMU forgets a threshold when it tells of it; who watches has it set anew.
        do { $node = Invoke-QmpCommand guest -Command query-named-block-nodes | Where-Object { $_.'node-name' -eq 'disk0-file' } } until ($node.write_threshold -gt 0)
        $before = (Get-QemuVmDisk guest disk0).FileSizeBytes
        $null = Invoke-GuestShell guest 'dd if=/dev/urandom of=/dev/vda bs=1M seek=32 count=8 conv=fsync'

        # The first write may have been told of in parts.
        do { $told = (Wait-Event BLOCK_WRITE_THRESHOLD).Substring('BLOCK_WRITE_THRESHOLD'.Length) | ConvertFrom-Json } until ($told.'write-threshold' + $told.'amount-exceeded' -gt $before)
    }

    It 'a guest that was suspended lets go of it when it goes on' {
        Suspend-QemuVm guest
        (Remove-QemuVmDisk guest disk0 -Timeout 1).State | Should -Be 'PendingGuest'
        (Get-QemuVmDisk guest disk0).Status | Should -Be 'PendingGuest'
        (Get-QemuVm guest).PendingChanges | Should -Be "Drives: 'disk0' is there until restart"
        Resume-QemuVm guest
        (Remove-QemuVmDisk guest disk0 -Timeout 60).State | Should -Be 'Removed'
        Invoke-GuestShell guest 'ls /sys/block' | Should -Not -Match 'vda'
        (Get-QemuDisk "$TestFolder/d.qcow2").InUse | Should -BeFalse
        Get-QemuVmDisk guest | Should -BeNullOrEmpty
        (Get-QemuVm guest).PendingChanges | Should -BeNullOrEmpty
    }

    It 'a guest that lets go when nobody waits any more is told of, and the image can be added again' {
        Add-QemuVmDisk guest "$TestFolder/d.qcow2"
        $null = Invoke-GuestShell guest 'until [ -e /dev/vda ]; do sleep 0.1; done'
        Suspend-QemuVm guest
        (Remove-QemuVmDisk guest disk0 -Timeout 0).State | Should -Be 'PendingGuest'
        Resume-QemuVm guest
        $null = Invoke-GuestShell guest 'while [ -e /dev/vda ]; do sleep 0.1; done'

        $left = Wait-DiskStatus guest disk0 Unplugged
        $left.Persisted | Should -BeFalse
        (Get-QemuVm guest).Disks | Should -BeNullOrEmpty
        (Add-QemuVmDisk guest "$TestFolder/d.qcow2" -Serial AGAIN -PassThru).Status | Should -Be 'Attached'
        Invoke-GuestShell guest 'until grep AGAIN /sys/block/vda/serial; do sleep 0.1; done' | Should -Match AGAIN
        (Get-QemuVm guest).PendingChanges | Should -BeNullOrEmpty
        (Get-QemuVmDisk guest | Remove-QemuVmDisk -Timeout 60).State | Should -Be 'Removed'
    }

    It 'a full file system of the host stops the guest, and it goes on when there is room' {
        # Mounting takes root; what is tested is the same for everybody.
        if (-not $isRoot) { return }
        $full = [IO.Directory]::CreateDirectory("$TestFolder/full").FullName
        $said = & mount -t tmpfs -o size=4m tmpfs $full 2>&1
        if ($LASTEXITCODE -ne 0) { Write-Warning "Not tested, nothing can be mounted here: $said"; return }
        try {
            $null = New-QemuDisk "$full/small.qcow2" 32MB
            Add-QemuVmDisk guest "$full/small.qcow2"
            $null = Invoke-GuestShell guest 'until [ -e /dev/vda ]; do sleep 0.1; done; { (dd if=/dev/urandom of=/dev/vda bs=1M count=8 conv=fsync; echo written >/wrote) >/dev/null 2>&1 & }'
            $deadline = [DateTime]::UtcNow.AddSeconds(60)
            do { $vm = Get-QemuVm guest } until ("$($vm.State)" -eq 'RunningCritical' -or [DateTime]::UtcNow -gt $deadline)
            $vm.State | Should -Be 'RunningCritical'
            (Get-QemuVmDisk guest).Status | Should -Be 'NoSpace'
            $told = Wait-Event BLOCK_IO_ERROR
            foreach ($word in '"operation":"write"', '"action":"stop"', '"nospace":true') { $told | Should -Match $word }

            & mount -o remount,size=64m $full
            Resume-QemuVm guest
            $null = Wait-Event RESUME
            Invoke-GuestShell guest 'until [ -e /wrote ]; do sleep 0.1; done; cat /wrote' | Should -Match 'written'
            (Get-QemuVm guest).State | Should -Be 'Running'
            (Remove-QemuVmDisk guest disk0 -Timeout 60).State | Should -Be 'Removed'
        }
        finally {
            if ((Get-QemuVmDisk guest).Count -gt 0) { Stop-QemuVm guest -TurnOff }
            & umount $full
        }
    }
}
