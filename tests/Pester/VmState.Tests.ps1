BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/State.ps1
    Enter-TestSession
    foreach ($name in 'one', 'two') { $null = New-QemuVm -Name $name -Accelerator Tcg -MemoryStartupBytes 4MB -NoDisk -Vga None }
}

AfterAll { Exit-TestSession }

Describe 'What Get-QemuVm tells of a running machine' {
    BeforeAll {
        $null = New-QemuVm -Name full -Accelerator Tcg -MemoryStartupBytes 16MB -NoDisk -Vga None -PortForward '0:22', 'udp/0:53' -QemuArgument '-vnc', "unix:$TestFolder/vnc.sock"
        $vm = Start-QemuVm full -PassThru
    }

    AfterAll { Stop-QemuVm full -TurnOff }

    It 'has what QEMU and the kernel know of it' {
        $vm.State | Should -Be 'Running'
        $vm.MemoryAssigned | Should -Be 16MB
        $vm.CPUUsage | Should -BeGreaterThan -1
        $vm.CPUUsage | Should -BeLessThan 101
        $vm.Uptime | Should -BeGreaterThan ([timespan]::Zero)
        $vm.Uptime | Should -BeLessThan ([timespan]::FromMinutes(1))
        $vm.QemuVersion.Major | Should -BeGreaterThan 6
        $vm.Raw['query-status']['running'] | Should -BeTrue
    }

    It 'has the port that the kernel picked, ready for ssh' {
        $port = ($vm.PortForwards | Where-Object GuestPort -eq 22).HostPort

        $port | Should -BeGreaterThan 1023
        $vm.SshArguments | Should -Be '-p', "$port", '127.0.0.1'
        ($vm.PortForwards | Where-Object GuestPort -eq 53).HostPort | Should -BeGreaterThan 1023
    }

    It 'has the address of its display' {
        $vm.DisplayUri | Should -Be "vnc+unix://$TestFolder/vnc.sock"
    }

    It 'survives a file' {
        $again = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($vm))

        $again.State.ToString() | Should -Be 'Running'
        ($again | Get-QemuVm).ProcessId | Should -Be $vm.ProcessId
    }
}

Describe 'A QEMU that does not answer' {
    BeforeAll { $hung = Start-QemuVm one -PassThru; Start-QemuVm two }
    AfterAll { Stop-QemuVm one, two -TurnOff }

    It 'is Unresponsive at once when a signal has stopped it, and Running when it goes on' {
        Send-Signal $hung.ProcessId STOP
        # On a busy host the kernel takes a moment to stop all of its threads.
        while ([IO.File]::ReadAllText("/proc/$($hung.ProcessId)/stat") -notmatch '\) T ') { }
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $vms = Get-QemuVm one, two
        $watch.Stop()
        Send-Signal $hung.ProcessId CONT

        $vms[0].State | Should -Be 'Unresponsive'
        $vms[0].Status | Should -Match "kill -CONT $($hung.ProcessId)"
        $vms[1].State | Should -Be 'Running'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 4
        (Get-QemuVm one).State | Should -Be 'Running'
    }

    It 'is Running all the same when another client keeps its first monitor' {
        $client = Connect-Monitor $hung.QmpSocketPath
        try { (Get-QemuVm one).State | Should -Be 'Running' }
        finally { $client.Dispose() }
    }

    It 'is Unresponsive after the timeout, and does not delay the others' {
        $clients = Connect-AllMonitors one
        try {
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $seen = Get-QemuVm one, two | ForEach-Object { [pscustomobject]@{ Vm = $_; After = $watch.Elapsed.TotalSeconds } }
        }
        finally { $clients | ForEach-Object { $_.Dispose() } }

        $seen.Vm.Name | Should -Be 'two', 'one'
        $seen[1].Vm.State | Should -Be 'Unresponsive'
        $seen[1].Vm.Status | Should -Match 'another client holds its monitor, or it hangs'
        $seen[0].After | Should -BeLessThan 3
        $seen[1].After | Should -BeGreaterThan 4.5
    }
}

Describe 'A QEMU that has ended' {
    It 'was killed: Off, with its last words' {
        $vm = Start-QemuVm one -PassThru
        [IO.File]::AppendAllText($vm.LogPath, "something went wrong`n")
        Send-Signal $vm.ProcessId KILL

        $off = Get-QemuVm one
        $off.State | Should -Be 'Off'
        $off.ProcessId | Should -BeNullOrEmpty
        $off.Status | Should -Be 'QEMU ended unexpectedly, its last words: something went wrong'
    }

    It 'was killed by the kernel, which says so' {
        $null = [IO.Directory]::CreateDirectory("$TestFolder/host/dev")
        $id = [IO.File]::ReadAllText((Get-RuntimeFile one 'pid')).Trim()
        [IO.File]::WriteAllText("$TestFolder/host/dev/kmsg", "3,1,5,-;Out of memory: Killed process $id (qemu-system-x86) long ago`n3,2,99999999999999,-;Out of memory: Killed process $id (qemu-system-x86) total-vm:1kB`n")
        $env:QEMUPS_ROOT = "$TestFolder/host"
        try { (Get-QemuVm one).Status | Should -Match "the kernel says: Out of memory: Killed process $id \(qemu-system-x86\) total-vm:1kB, its last words" }
        finally { $env:QEMUPS_ROOT = $null }
    }

    It 'was running when the host was restarted' {
        $uptime = [double] ([IO.File]::ReadAllText('/proc/uptime') -split ' ')[0]
        [IO.File]::SetLastWriteTimeUtc((Get-RuntimeFile one 'pid'), [DateTime]::UtcNow.AddSeconds(-$uptime - 60))

        (Get-QemuVm one).Status | Should -Be 'the host was restarted while the machine ran'
    }

    It 'left a pid file whose number another process has now: Off, and starts' {
        [IO.File]::WriteAllText((Get-RuntimeFile one 'pid'), "$PID`n")

        (Get-QemuVm one).State | Should -Be 'Off'
        (Start-QemuVm one -PassThru).State | Should -Be 'Running'
        Stop-QemuVm one -TurnOff
    }

    It 'left a socket and no pid file: Off, and starts' {
        $listener = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
        $listener.Bind([Net.Sockets.UnixDomainSocketEndPoint]::new((Get-RuntimeFile one 'qmp.sock')))
        $listener.Dispose()
        [IO.File]::WriteAllText((Get-RuntimeFile one 'qmp.sock'), '')

        (Get-QemuVm one).State | Should -Be 'Off'
        (Start-QemuVm one -PassThru).State | Should -Be 'Running'
        Stop-QemuVm one -TurnOff
    }

    It 'has no runtime folder any more, as after a restart of the host: Off, and starts' {
        [IO.Directory]::Delete("$TestFolder/qemups", $true)

        $off = Get-QemuVm one
        $off.State | Should -Be 'Off'
        $off.Status | Should -BeNullOrEmpty
        (Start-QemuVm one -PassThru).State | Should -Be 'Running'
    }

    It 'was ended by a signal: Off, and says from whom' {
        Send-Signal (Get-QemuVm one).ProcessId TERM

        $off = Get-QemuVm one
        $off.State | Should -Be 'Off'
        $off.Status | Should -Match '^QEMU was ended by signal 15 from pid \d+'
    }

    It 'is Saved when its memory was saved' {
        [IO.File]::WriteAllText("$([IO.Path]::GetDirectoryName((Get-QemuVm one).Path))/state.vmstate", 'memory')

        (Get-QemuVm one).State | Should -Be 'Saved'
        (Get-QemuVm -State Saved).Name | Should -Be 'one'
        [IO.File]::Delete("$([IO.Path]::GetDirectoryName((Get-QemuVm one).Path))/state.vmstate")
    }
}

Describe 'A guest in trouble' {
    It 'is RunningCritical when the host''s disk is full, and Status names the drive' -Skip:((& id -u) -ne '0') {
        $small = "$TestFolder/small"
        $null = [IO.Directory]::CreateDirectory($small)
        & mount -t tmpfs -o size=64k tmpfs $small
        try {
            # xor ax,ax; mov ds,ax; again: mov si,packet; mov ax,4300h; mov dl,80h; int 13h; add dword [packet+8],16; jmp again; packet: 16 sectors from 7c00h to sector 16 on
            $program = [byte[]] (0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x17, 0x7c, 0xb8, 0x00, 0x43, 0xb2, 0x80, 0xcd, 0x13, 0x66, 0x83, 0x06, 0x1f, 0x7c, 0x10, 0xeb, 0xee, 0x90,
                0x10, 0x00, 0x10, 0x00, 0x00, 0x7c, 0x00, 0x00, 0x10, 0, 0, 0, 0, 0, 0, 0)
            New-GuestDisk "$small/disk.raw" $program 4MB
            $null = New-QemuVm -Name writer -Accelerator Tcg -MemoryStartupBytes 4MB -Vga None -DiskPath "$small/disk.raw" -DiskBus Ide
            Start-QemuVm writer
            $vm = Wait-State writer RunningCritical
            Stop-QemuVm writer -TurnOff
        }
        finally { & umount -l $small }

        $vm.State | Should -Be 'RunningCritical'
        $vm.Status | Should -Be "io-error: the host has no space left for 'disk0'"
    }

    It 'is Critical when it panics' {
        # mov dx,505h; mov al,1; out dx,al; again: hlt; jmp again
        New-GuestDisk "$TestFolder/panic.raw" ([byte[]] (0xba, 0x05, 0x05, 0xb0, 0x01, 0xee, 0xf4, 0xeb, 0xfd))
        $null = New-QemuVm -Name panic -Accelerator Tcg -MemoryStartupBytes 4MB -Vga None -DiskPath "$TestFolder/panic.raw" -DiskBus Ide -QemuArgument '-device', 'pvpanic', '-action', 'panic=pause'
        Start-QemuVm panic
        $vm = Wait-State panic Critical
        Stop-QemuVm panic -TurnOff

        $vm.State | Should -Be 'Critical'
        $vm.Status | Should -Be 'guest-panicked'
    }
}

Describe 'Get-QemuVm -IncludeOrphaned' {
    BeforeAll {
        Start-QemuVm two
        & qemu-system-x86_64 -name 'guest=foreign,,er' -machine q35 -smp 2 -accel tcg -m 16 -nodefaults -vga none -display none -daemonize -pidfile "$TestFolder/f.pid" -chardev "socket,id=c,path=$TestFolder/f.sock,server=on,wait=off" -mon chardev=c,mode=control -S
        $foreign = [int] [IO.File]::ReadAllText("$TestFolder/f.pid").Trim()
    }

    AfterAll {
        Send-Signal $foreign TERM
        Stop-QemuVm two -TurnOff
    }

    It 'shows a QEMU that somebody else started' {
        $vm = Get-QemuVm 'foreign*' -IncludeOrphaned

        $vm.Name | Should -Be 'foreign,er'
        $vm.State | Should -Be 'Orphaned'
        $vm.Status | Should -Be 'prelaunch'
        $vm.ProcessId | Should -Be $foreign
        $vm.QmpSocketPath | Should -Be "$TestFolder/f.sock"
        $vm.MemoryAssigned | Should -Be 16MB
        $vm.ProcessorCount | Should -Be 2
        $vm.MachineType | Should -BeLike 'pc-q35-*'
    }

    It 'finds it by its name' {
        (Get-QemuVm 'foreign,er' -IncludeOrphaned).ProcessId | Should -Be $foreign
        Get-FailureId { Get-QemuVm 'foreign,er' } | Should -Be 'VmNotFound'
        Get-FailureId { Get-QemuVm nobody -IncludeOrphaned } | Should -Be 'VmNotFound'
    }

    It 'does not count a machine of the store' {
        $running = (Get-QemuVm two).ProcessId

        Get-QemuVm * -IncludeOrphaned -State Orphaned | Where-Object ProcessId -eq $running | Should -BeNullOrEmpty
    }

    It 'knows a machine of the store that runs with another runtime folder' {
        $usual = $env:XDG_RUNTIME_DIR
        $env:XDG_RUNTIME_DIR = "$TestFolder/other"
        $null = [IO.Directory]::CreateDirectory($env:XDG_RUNTIME_DIR)
        try { $vms = Get-QemuVm two -IncludeOrphaned }
        finally { $env:XDG_RUNTIME_DIR = $usual }

        $vms.State | Should -Be 'Off', 'Orphaned'
        $vms[1].Status | Should -Match "the machine 'two' of this store"
    }
}
