BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/State.ps1
    Enter-TestSession
    foreach ($name in 'one', 'two') { $null = New-QemuVm -Name $name -Accelerator Tcg -MemoryStartupBytes 4MB -NoDisk -Vga None }
    & mkfifo "$TestFolder/never"
}

AfterAll { Exit-TestSession }

Describe 'Measure-QemuVm' {
    BeforeAll {
        # xor ax,ax; mov ds,ax; again: mov si,packet; mov ah,42h; mov dl,80h; int 13h; jmp again; packet: 16 sectors from sector 0 to 8000h
        New-GuestDisk "$TestFolder/reader.raw" ([byte[]] (0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x0f, 0x7c, 0xb4, 0x42, 0xb2, 0x80, 0xcd, 0x13, 0xeb, 0xf5, 0x10, 0x00, 0x10, 0x00, 0x00, 0x80, 0x00, 0x00, 0, 0, 0, 0, 0, 0, 0, 0))
        $null = New-QemuVm -Name reader -Accelerator Tcg -MemoryStartupBytes 4MB -Vga None -DiskPath "$TestFolder/reader.raw" -DiskBus Ide
        Start-QemuVm reader
        Start-QemuVm one -Paused
        while ((Invoke-QmpCommand query-blockstats reader).stats.rd_bytes -lt 100KB) { }
    }

    AfterAll { Stop-QemuVm reader, one -TurnOff }

    It 'tells what a busy machine and an idle one use in the same span' {
        $busy, $idle = Measure-QemuVm reader, one -SampleInterval 0.5 | Sort-Object VmName -Descending

        $busy.VmName | Should -Be 'reader'
        $busy.CPUUsage | Should -BeGreaterThan 1
        $busy.DiskReadBytesPerSecond | Should -BeGreaterThan 1KB
        $busy.DiskWriteBytesPerSecond | Should -Be 0
        $busy.ResidentBytes | Should -BeGreaterThan 4MB
        $busy.BlockErrors | Should -Be 0
        $busy.Interval.TotalSeconds | Should -BeGreaterThan 0.4
        $idle.CPUUsage | Should -BeLessThan 10
        $idle.DiskReadBytesPerSecond | Should -Be 0
        $idle.NetRxBytesPerSecond | Should -BeNullOrEmpty
    }

    It 'streams as often as asked for' {
        $stamps = Measure-QemuVm reader -SampleInterval 0.1 -MaxSamples 3 | ForEach-Object Timestamp

        $stamps | Should -HaveCount 3
        $stamps[0] | Should -BeLessThan $stamps[2]
    }

    It 'ends when the machine does, or the pipeline has enough' {
        Measure-QemuVm reader -SampleInterval 0.1 -Continuous | Select-Object -First 2 | Should -HaveCount 2
        Measure-QemuVm one -SampleInterval 0.1 -Continuous | ForEach-Object { Stop-QemuVm one -TurnOff -WarningAction SilentlyContinue; $_.VmName } | Select-Object -First 1 | Should -Be 'one'
        (Get-QemuVm one).State | Should -Be 'Off'
    }

    It 'says that a machine is off, and measures the others' {
        $measured = Measure-QemuVm two, reader -SampleInterval 0.1 -ErrorAction SilentlyContinue -ErrorVariable problems

        $problems[0].FullyQualifiedErrorId | Should -BeLike 'VmNotRunning,*'
        $measured.VmName | Should -Be 'reader'
    }

    It 'does not make up what a QEMU that hangs does not tell' {
        $id = (Get-QemuVm reader).ProcessId
        Send-Signal $id STOP
        $measured = Measure-QemuVm reader -SampleInterval 0.2
        Send-Signal $id CONT

        $measured.CPUUsage | Should -Be 0
        $measured.ResidentBytes | Should -BeGreaterThan 4MB
        $measured.DiskReadBytesPerSecond | Should -BeNullOrEmpty
        $measured.BlockErrors | Should -BeNullOrEmpty
    }

    It 'counts what comes in through a TAP adapter' -Skip:((& id -u) -ne '0' -or -not [IO.File]::Exists('/dev/net/tun')) {
        $tap = "qps$($PID % 100000)"
        $null = New-QemuVm -Name tapped -Accelerator Tcg -MemoryStartupBytes 4MB -NoDisk -Vga None -QemuArgument '-netdev', "tap,id=t,ifname=$tap,script=no,downscript=no",
            '-netdev', 'hubport,id=h1,hubid=9,netdev=t', '-netdev', 'user,id=u', '-netdev', 'hubport,id=h2,hubid=9,netdev=u'
        Start-QemuVm tapped
        & ip addr add 10.199.77.1/24 dev $tap
        & ip link set $tap up
        $sender = [Net.Sockets.UdpClient]::new()
        $sender.EnableBroadcast = $true
        $measured = Measure-QemuVm tapped -SampleInterval 0.3 -MaxSamples 3 | ForEach-Object { foreach ($i in 1..20) { $null = $sender.Send([byte[]]::new(1000), 1000, '10.199.77.255', 9) }; $_ }
        $sender.Dispose()
        Stop-QemuVm tapped -TurnOff

        $measured[2].NetRxBytesPerSecond + $measured[1].NetRxBytesPerSecond | Should -BeGreaterThan 20000
    }

    It 'shows a table' {
        Measure-QemuVm reader -SampleInterval 0.1 | Out-String | Should -Match 'CPU%\s+Resident\s+Read/s\s+Write/s'
    }
}

Describe 'Repair-QemuVm' {
    BeforeEach { Get-QemuVm one, two | Where-Object State -ne Off | Stop-QemuVm -TurnOff }

    It 'finds nothing wrong with a machine that runs, and with one that was turned off' {
        Start-QemuVm one
        Repair-QemuVm one | Should -BeNullOrEmpty
        Stop-QemuVm one -TurnOff
        Repair-QemuVm one | Should -BeNullOrEmpty
    }

    It 'removes what a killed QEMU left behind, and nothing with -WhatIf' {
        Send-Signal (Start-QemuVm one -PassThru).ProcessId KILL
        $files = Get-RuntimeFile one 'pid'; $socket = Get-RuntimeFile one 'qmp.sock'

        $planned = Repair-QemuVm one -WhatIf
        $planned.Target | Should -Contain $socket
        $planned.Done | Should -Not -Contain $true
        [IO.File]::Exists($socket) | Should -BeTrue

        $done = Repair-QemuVm one
        $done.Target | Should -Be $planned.Target
        $done.Action | Sort-Object -Unique | Should -Be 'RemoveStaleFile'
        $done.Done | Should -Not -Contain $false
        $done[0].Detail | Should -Match 'QEMU ended unexpectedly'
        [IO.File]::Exists($socket) | Should -BeFalse
        [IO.File]::Exists($files) | Should -BeFalse
        Repair-QemuVm one | Should -BeNullOrEmpty
        (Get-QemuVm one).Status | Should -BeNullOrEmpty
    }

    It 'lets a QEMU go on that a signal has stopped' {
        $vm = Start-QemuVm one -PassThru
        Send-Signal $vm.ProcessId STOP
        $done = Repair-QemuVm one

        $done.Action | Should -Be 'ContinueProcess'
        $done.Done | Should -BeTrue
        (Get-QemuVm one).State | Should -Be 'Running'
    }

    It 'ends a QEMU that hangs with -Force only' {
        $vms = Start-QemuVm one, two -PassThru
        $clients = 'one', 'two' | ForEach-Object { Connect-AllMonitors $_ }
        try {
            $other = Start-AnotherShell '$step = Repair-QemuVm one; "$($step.Action) $($step.Done) $($step.Detail)"'
            $done = Repair-QemuVm two -Force
            $said = $other.StandardOutput.ReadToEnd()
        }
        finally { $clients | ForEach-Object { $_.Dispose() } }

        $done.Action | Should -Be 'EndHungProcess'
        $done.Done | Should -BeTrue
        Test-ProcessRuns $vms[1].ProcessId | Should -BeFalse
        (Get-QemuVm two).State | Should -Be 'Off'
        $said | Should -Match '^EndHungProcess False .*-Force ends it'
        (Get-QemuVm one).State | Should -Be 'Running'
    }

    It 'ends a helper whose QEMU is gone, and no other' {
        $vm = Start-QemuVm one -PassThru
        $folder = [IO.Path]::GetDirectoryName($vm.QmpSocketPath)
        [IO.File]::WriteAllText("$TestFolder/swtpm", "#!/bin/sh`nread x <$TestFolder/never`n")
        & chmod 755 "$TestFolder/swtpm"
        $own = [Diagnostics.Process]::Start("$TestFolder/swtpm", "socket --ctrl type=unixio,path=$folder/tpm.sock")
        $foreign = [Diagnostics.Process]::Start("$TestFolder/swtpm", 'socket --ctrl type=unixio,path=/run/elsewhere/tpm.sock')
        try {
            Repair-QemuVm one | Should -BeNullOrEmpty
            Send-Signal $vm.ProcessId KILL
            $done = Repair-QemuVm one | Where-Object Action -eq EndOrphanedHelper

            $done.Target | Should -Be "swtpm (pid $($own.Id))"
            $done.Done | Should -BeTrue
            $own.WaitForExit(5000) | Should -BeTrue
            $foreign.HasExited | Should -BeFalse
        }
        finally { $own, $foreign | Where-Object { -not $_.HasExited } | ForEach-Object { $_.Kill() } }
    }

    It 'finds a disk that was moved into the machine''s folder, and the machine starts' {
        $null = New-QemuVm -Name moved -Accelerator Tcg -MemoryStartupBytes 4MB -Vga None -NewDiskPath "$TestFolder/m.qcow2" -NewDiskSizeBytes 64MB
        $new = "$([IO.Path]::GetDirectoryName((Get-QemuVm moved).Path))/disks/m.qcow2"
        $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($new))
        [IO.File]::Move("$TestFolder/m.qcow2", $new)

        (Repair-QemuVm moved -WhatIf).Done | Should -BeFalse
        (Get-QemuVm moved).Disks.Path | Should -Be "$TestFolder/m.qcow2"
        $done = Repair-QemuVm moved
        $done.Action | Should -Be 'RelinkDisk'
        $done.Done | Should -BeTrue
        (Get-QemuVm moved).Disks.Path | Should -Be $new
        (Start-QemuVm moved -PassThru).State | Should -Be 'Running'
        Stop-QemuVm moved -TurnOff
    }

    It 'says so when a disk is nowhere, or when two could be it' {
        $disk = (Get-QemuVm moved).Disks.Path
        $folder = [IO.Path]::GetDirectoryName((Get-QemuVm moved).Path)
        [IO.File]::Move($disk, "$TestFolder/away.qcow2")
        $nowhere = Repair-QemuVm moved
        foreach ($place in 'a', 'b') {
            $null = [IO.Directory]::CreateDirectory("$folder/$place")
            [IO.File]::Copy("$TestFolder/away.qcow2", "$folder/$place/m.qcow2")
        }

        $nowhere.Done | Should -BeFalse
        $nowhere.Detail | Should -Match 'is not there, and nowhere'
        (Repair-QemuVm moved).Detail | Should -Match 'more than one file has its name'
    }

    It 'removes what an interrupted write of the definition left' {
        $partial = "$((Get-QemuVm one).Path).0123.partial"
        [IO.File]::WriteAllText($partial, '{')

        (Repair-QemuVm one).Action | Should -Be 'RemovePartialFile'
        [IO.File]::Exists($partial) | Should -BeFalse
    }

    It 'says who works on the machine at the moment' {
        $lock = [IO.Path]::GetDirectoryName((Get-QemuVm one).QmpSocketPath) + '.lock'
        $holder = [Diagnostics.Process]::Start('flock', "$lock sh -c `"echo >$TestFolder/held; read x <$TestFolder/never`"")
        while (-not [IO.File]::Exists("$TestFolder/held")) { Start-Sleep -Milliseconds 5 }
        try { $step = Repair-QemuVm one }
        finally { $holder.Kill($true) }

        $step.Action | Should -Be 'ReportHeldLock'
        $step.Done | Should -BeFalse
        $step.Detail | Should -Match "process $($holder.Id) \(flock\)"
    }

    It 'shows a table' {
        Send-Signal (Start-QemuVm one -PassThru).ProcessId KILL
        Repair-QemuVm one | Out-String | Should -Match 'Vm\s+Action\s+Done\s+Target'
    }
}
